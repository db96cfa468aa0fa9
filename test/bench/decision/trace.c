/* See trace.h. */
#include "trace.h"
#include "core/mode.h"
#include "core/reason.h"
#include <stdio.h>

static void stamp(int64_t now_us)
{
	printf("%3lld d %02lld:%02lld:%06.3f  ", (long long)(now_us / TW_DAY),
		(long long)(now_us / TW_HOUR % 24), (long long)(now_us / TW_MIN % 60),
		(double)(now_us % TW_MIN) / TW_SEC);
}

static void tell(void *ctx, int64_t now_us, int32_t node, const char *text)
{
	(void)ctx;
	stamp(now_us);
	if (node >= 0)
		printf("d%d ", node + 1);
	printf("%s\n", text);
}

static void observe(
	void *ctx, int64_t now_us, int32_t node, int slot, const struct tw_observation *obs)
{
	(void)ctx;
	(void)now_us;
	(void)node;
	(void)slot;
	(void)obs;
}

static void hear(void *ctx, int64_t now_us, uint32_t slot, const struct tw_point *tip)
{
	(void)ctx;
	(void)now_us;
	(void)slot;
	(void)tip;
}

static void step(void *ctx, int64_t now_us, bool was_fed, const void *rule)
{
	struct trace *trace = ctx;
	const struct tw_monitor *monitor;
	const struct tw_decision *decision;

	(void)was_fed;
	if (!trace->is_tipwatch)
		return;
	monitor = tw_sim_rule_monitor(rule);
	decision = tw_monitor_decision(monitor);
	for (uint32_t i = 0; i < trace->n_nodes; i++) {
		struct tw_verdict verdict = tw_monitor_verdict(monitor, (int32_t)i);

		if (verdict.reason == trace->verdicts[i].reason)
			continue;
		trace->verdicts[i] = verdict;
		stamp(now_us);
		printf("    d%u is %s\n", i + 1, tw_reason_word(verdict.reason));
	}
	if (decision->mode != trace->mode) {
		trace->mode = decision->mode;
		stamp(now_us);
		printf("    %s\n", tw_mode_word(decision->mode));
	}
}

static void change(void *ctx, int64_t now_us, int32_t choice, enum tw_sim_standing standing)
{
	static const char *const words[] = { "good", "stale", "on a wrong fork", "nothing" };

	(void)ctx;
	stamp(now_us);
	printf("        the pool mines on d%d: %s\n", choice + 1, words[standing]);
}

void trace_begin(struct trace *trace, struct tw_sim_drive_params *params)
{
	*trace = (struct trace){
		.n_nodes = params->config.n_nodes,
		.is_tipwatch = params->rule == &tw_sim_rule_tipwatch,
		.witness = { observe, hear, step, change, trace },
	};
	params->tell = tell;
	params->tell_ctx = trace;
	params->witness = &trace->witness;
}
