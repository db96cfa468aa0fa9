/* See setup.h. */
#include "io/daemon/setup.h"
#include <errno.h>
#include <stdlib.h>

static int allocate(struct tw_daemon_setup *setup, uint32_t n)
{
	setup->nodes = calloc(n, sizeof(setup->nodes[0]));
	setup->counters = calloc(n, sizeof(setup->counters[0]));
	setup->peers = calloc(n, sizeof(setup->peers[0]));
	if (setup->nodes == NULL || setup->counters == NULL || setup->peers == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		tw_changes_init(&setup->nodes[i].reasons, TW_REASON_UNCHECKED);
	return 0;
}

static int make_links(struct tw_daemon_setup *setup, struct tw_loop *loop,
	const struct tw_daemon_setup_ears *ears)
{
	uint32_t n = setup->config->n_nodes;
	int r;

	setup->link_states = calloc(n, sizeof(setup->link_states[0]));
	if (setup->link_states == NULL)
		return -ENOMEM;
	r = tw_links_create(loop, setup->config, ears->link, ears->ctx, &setup->links);
	for (uint32_t i = 0; r == 0 && i < n; i++)
		setup->link_states[i] = tw_links_state(setup->links, (int32_t)i);
	if (r == 0 && setup->config->n_witnesses > 0)
		r = tw_witnesses_create(loop, setup->config, setup->links, ears->witness, ears->ctx,
			&setup->witnesses);
	return r;
}

int tw_daemon_setup_init(struct tw_daemon_setup *setup, struct tw_loop *loop,
	struct tw_config *config, bool has_links, const struct tw_daemon_setup_ears *ears)
{
	uint32_t n = config->n_nodes;
	int r;

	*setup = (struct tw_daemon_setup){ .config = config };
	r = allocate(setup, n);
	if (r == 0)
		r = tw_history_create(n, config->policy.interval_us, &setup->history);
	if (r == 0)
		r = tw_probe_create(
			loop, config, ears->check, ears->dropped, ears->ctx, &setup->probe);
	if (r == 0 && has_links)
		r = make_links(setup, loop, ears);
	if (r < 0) {
		tw_daemon_setup_finish(setup);
		return r;
	}
	for (uint32_t i = 0; i < n; i++)
		setup->peers[i] = tw_probe_peer(setup->probe, (int32_t)i);
	return 0;
}

int tw_daemon_setup_follow(struct tw_daemon_setup *setup, const struct tw_daemon_setup *old,
	const struct tw_core_config *core, const int32_t *old_of, int64_t now_us)
{
	int r = tw_monitor_reconfigure(old->monitor, core, old_of, now_us, &setup->monitor);

	if (r < 0)
		return r;
	tw_history_carry(setup->history, old->history, old_of);
	for (uint32_t i = 0; i < setup->config->n_nodes; i++) {
		if (old_of[i] < 0)
			continue;
		setup->nodes[i].reasons = old->nodes[old_of[i]].reasons;
		setup->counters[i] = old->counters[old_of[i]];
	}
	return 0;
}

void tw_daemon_setup_finish(struct tw_daemon_setup *setup)
{
	tw_witnesses_destroy(setup->witnesses);
	tw_links_destroy(setup->links);
	tw_probe_destroy(setup->probe);
	tw_monitor_destroy(setup->monitor);
	tw_history_destroy(setup->history);
	tw_config_destroy(setup->config);
	free(setup->nodes);
	free(setup->counters);
	free(setup->peers);
	free(setup->link_states);
	*setup = (struct tw_daemon_setup){ 0 };
}
