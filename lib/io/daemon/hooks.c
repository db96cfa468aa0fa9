/* Which changes the hooks of the configuration are told. */
#include "io/daemon/internal.h"
#include <string.h>

static void set_from(const struct tw_daemon *d, int32_t node, struct tw_hook_change *change)
{
	if (node != TW_NODE_NONE)
		memcpy(change->from, d->config->nodes[node].policy.name, sizeof(change->from));
}

static void raise(struct tw_daemon *d, const char *program, struct tw_hook_change *change)
{
	const struct tw_hook_change *waiting = tw_runner_waiting(d->hooks, change->hook);
	struct tw_status_source source;
	struct tw_buf env;

	if (program[0] == '\0')
		return;
	if (waiting != NULL)
		tw_hook_merge(waiting, change);
	source = tw_daemon_source(d);
	tw_buf_init(&env, TW_HOOK_ENV_MAX);
	tw_hook_write_env(&source, change, &env);
	tw_runner_run(d->hooks, program, change, &env);
	tw_buf_finish(&env);
}

static void raise_switches(struct tw_daemon *d)
{
	uint64_t n = tw_monitor_n_switches(d->monitor);

	while (d->hooked_switches < n) {
		const struct tw_switch *s =
			tw_monitor_switch(d->monitor, (uint32_t)(n - 1 - d->hooked_switches));
		struct tw_hook_change change = {
			.hook = TW_HOOK_SWITCH, .count = 1, .old_mode = d->hooked_mode
		};

		d->hooked_switches++;
		if (s == NULL)
			continue;
		set_from(d, s->from, &change);
		raise(d, d->config->on_switch, &change);
	}
}

void tw_daemon_hooks_run(struct tw_daemon *d)
{
	const struct tw_decision *decision = tw_monitor_decision(d->monitor);
	struct tw_hook_change change = {
		.hook = TW_HOOK_MODE, .count = 1, .old_mode = d->hooked_mode
	};

	raise_switches(d);
	if (decision->announced == d->hooked_mode)
		return;
	d->hooked_mode = decision->announced;
	set_from(d, decision->chosen, &change);
	raise(d, d->config->on_mode, &change);
}
