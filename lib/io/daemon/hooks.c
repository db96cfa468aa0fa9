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
	struct tw_hook_change *change)
{
	const struct tw_hook_change *waiting = tw_runner_waiting(hooks->runner, change->hook);
	const char *program = tw_hook_program(source->config, change->hook);
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

/* Of a hook for which the daemon is the one that it was. */
static void raise_hook(
	struct tw_daemon_hooks *hooks, const struct tw_status_source *source, enum tw_hook hook)
{
	struct tw_hook_change change = {
		.hook = hook, .count = 1, .old_mode = hooks->mode, .old_height = hooks->height
	};

	set_from(source, tw_monitor_decision(source->monitor)->chosen, &change);
	raise_change(hooks, source, &change);
}

static void raise_switches(struct tw_daemon_hooks *hooks, const struct tw_status_source *source)
{
	uint64_t n = tw_monitor_n_switches(source->monitor);

	while (hooks->n_switches < n) {
		const struct tw_switch *s =
			tw_monitor_switch(source->monitor, (uint32_t)(n - 1 - hooks->n_switches));
		struct tw_hook_change change = { .hook = TW_HOOK_SWITCH,
			.count = 1,
			.old_mode = hooks->mode,
			.old_height = hooks->height };

		hooks->n_switches++;
		if (s == NULL)
			continue;
		set_from(source, s->from, &change);
		raise_change(hooks, source, &change);
	}
}

static void raise_chain(struct tw_daemon_hooks *hooks, const struct tw_status_source *source)
{
	const struct tw_decision *decision = tw_monitor_decision(source->monitor);
	bool is_other = decision->chain_epoch != hooks->chain_epoch;

	/* At the start it is what was saved, or that of a chain that nobody has worked on. */
	if (is_other && hooks->chain_epoch != 0)
		raise_hook(hooks, source, TW_HOOK_CHAIN);
	hooks->chain_epoch = decision->chain_epoch;
	if (is_other || decision->tip.height > hooks->height)
		hooks->height = decision->tip.height;
}

void tw_daemon_hooks_run(struct tw_daemon_hooks *hooks, const struct tw_status_source *source)
{
	const struct tw_decision *decision = tw_monitor_decision(source->monitor);

	if (hooks->runner == NULL)
		return;
	raise_switches(hooks, source);
	raise_chain(hooks, source);
	if (decision->is_usable != hooks->is_usable) {
		hooks->is_usable = decision->is_usable;
		raise_hook(hooks, source, TW_HOOK_USABLE);
	}
	if (decision->announced != hooks->mode) {
		raise_hook(hooks, source, TW_HOOK_MODE);
		hooks->mode = decision->announced;
	}
}

void tw_daemon_hooks_tell_block(struct tw_daemon_hooks *hooks,
	const struct tw_status_source *source, const struct tw_block *block)
{
	struct tw_hook_change change = { .hook = TW_HOOK_BLOCK,
		.count = 1,
		.old_mode = hooks->mode,
		.old_height = hooks->height };

	if (hooks->runner == NULL)
		return;
	set_from(source, tw_monitor_decision(source->monitor)->chosen, &change);
	tw_hook_describe(block, &change);
	raise_change(hooks, source, &change);
}

static void on_beat(void *ctx)
{
	struct tw_daemon_hooks *hooks = ctx;
	struct tw_status_source source;

	tw_daemon_feed_enter(hooks->feed);
	source = tw_daemon_feed_source(hooks->feed);
	raise_hook(hooks, &source, TW_HOOK_BEAT);
	tw_loop_arm(hooks->beat, source.now_us + source.config->beat_us);
}

int tw_daemon_hooks_open(
	struct tw_daemon_hooks *hooks, struct tw_loop *loop, struct tw_daemon_feed *feed)
{
	int r = tw_runner_create(loop, TW_RUNNER_LIMIT_US, &hooks->runner);

	hooks->feed = feed;
	if (r == 0)
		r = tw_loop_add_timer(loop, on_beat, hooks, &hooks->beat);
	if (r == 0)
		tw_loop_arm(hooks->beat, tw_loop_now(loop) + feed->setup->config->beat_us);
	return r;
}

void tw_daemon_hooks_close(struct tw_daemon_hooks *hooks)
{
	tw_loop_remove_timer(hooks->beat);
	tw_runner_destroy(hooks->runner);
	hooks->beat = NULL;
	hooks->runner = NULL;
}
