/* See hooks.h. */
#include "io/daemon/hooks.h"
#include <string.h>

static void set_from(
	const struct tw_status_source *source, int32_t node, struct tw_hook_change *change)
{
	if (node != TW_NODE_NONE)
		memcpy(change->from, source->config->nodes[node].policy.name, sizeof(change->from));
}

static void raise_change(struct tw_daemon_hooks *hooks, const struct tw_status_source *source,
	const char *program, struct tw_hook_change *change)
{
	const struct tw_hook_change *waiting = tw_runner_waiting(hooks->runner, change->hook);
	struct tw_buf env;

	if (program[0] == '\0')
		return;
	if (waiting != NULL)
		tw_hook_merge(waiting, change);
	tw_buf_init(&env, TW_HOOK_ENV_MAX);
	tw_hook_write_env(source, change, &env);
	tw_runner_run(hooks->runner, program, change, &env);
	tw_buf_finish(&env);
}

static void raise_switches(struct tw_daemon_hooks *hooks, const struct tw_status_source *source)
{
	uint64_t n = tw_monitor_n_switches(source->monitor);

	while (hooks->n_switches < n) {
		const struct tw_switch *s =
			tw_monitor_switch(source->monitor, (uint32_t)(n - 1 - hooks->n_switches));
		struct tw_hook_change change = {
			.hook = TW_HOOK_SWITCH, .count = 1, .old_mode = hooks->mode
		};

		hooks->n_switches++;
		if (s == NULL)
			continue;
		set_from(source, s->from, &change);
		raise_change(hooks, source, source->config->on_switch, &change);
	}
}

void tw_daemon_hooks_run(struct tw_daemon_hooks *hooks, const struct tw_status_source *source)
{
	const struct tw_decision *decision = tw_monitor_decision(source->monitor);
	struct tw_hook_change change = {
		.hook = TW_HOOK_MODE, .count = 1, .old_mode = hooks->mode
	};

	if (hooks->runner == NULL)
		return;
	raise_switches(hooks, source);
	if (decision->announced == hooks->mode)
		return;
	hooks->mode = decision->announced;
	set_from(source, decision->chosen, &change);
	raise_change(hooks, source, source->config->on_mode, &change);
}
