/* See node.h. */
#include "core/node/node.h"
#include "base/num.h"
#include "core/reason.h"
#include <stdlib.h>

void tw_node_init(struct tw_node *node, const struct tw_node_policy *policy,
	const struct tw_chain *chain, int64_t now)
{
	*node = (struct tw_node){
		.policy = *policy,
		.chain = chain,
		.verdict = { TW_STATE_UNKNOWN, TW_REASON_UNCHECKED },
		.since_us = now,
		.healthy_us = TW_UNKNOWN,
		.tip_us = now,
		.grew_us = { TW_UNKNOWN, TW_UNKNOWN },
		.share = TW_UNKNOWN,
		.race_us = TW_UNKNOWN,
		.deep_us = TW_UNKNOWN,
		.peers_in = TW_UNKNOWN,
		.peers_out = TW_UNKNOWN,
		.network_height = TW_UNKNOWN,
		.synced = -1,
		.stale_us = TW_UNKNOWN,
		.silent_us = INT64_MIN,
		.next_check_us = now,
		.looked_us = now,
		.next_template_us = now,
		.template_us = TW_UNKNOWN,
		.last_report_us = TW_UNKNOWN,
		.hinted_us = INT64_MIN / 2,
		.drops_from_us = INT64_MIN,
		.news_us = TW_NEVER,
		.answer_by_us = TW_NEVER,
		.synced_us = TW_UNKNOWN,
		.awaited_slot = -1,
	};
	tw_health_init(&node->health);
	tw_pace_init(&node->pace);
	tw_jumps_init(&node->jumps);
	tw_record_init(&node->record);
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t clamp_u32(int64_t value)
{
	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

void tw_node_note_rtt(struct tw_node *node, int64_t rtt_us)
{
	node->rtts_us[node->n_rtts++ % TW_RTTS] = clamp_u32(rtt_us);
}

int64_t tw_node_rtt_p99(const struct tw_node *node)
{
	uint32_t sorted[TW_RTTS];
	uint32_t n = node->n_rtts < TW_RTTS ? node->n_rtts : TW_RTTS;

	if (n == 0)
		return TW_UNKNOWN;
	memcpy(sorted, node->rtts_us, n * sizeof(sorted[0]));
	qsort(sorted, n, sizeof(sorted[0]), compare_u32);
	return sorted[(n * 99 + 99) / 100 - 1];
}

static int64_t median_delay(const struct tw_node *node)
{
	uint32_t sorted[TW_DELAYS];
	uint32_t n = node->n_delays < TW_DELAYS ? node->n_delays : TW_DELAYS;

	/* qsort() may allocate, which a step must not. */
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = i;

		for (; k > 0 && sorted[k - 1] > node->delays_ms[i]; k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = node->delays_ms[i];
	}
	return sorted[n / 2] * TW_MS;
}

void tw_node_note_delay(struct tw_node *node, int64_t delay_us)
{
	node->delays_ms[node->n_delays++ % TW_DELAYS] = clamp_u32(delay_us / TW_MS);
	/* The choice asks for it with each comparison of two daemons. */
	node->delay_us = median_delay(node);
}

/* Whether its last good observation does not count any more, however new it is. */
static bool is_silenced(const struct tw_health *health)
{
	enum tw_reason reason;

	if (!health->is_down)
		return false;
	reason = tw_reason_of_result(health->failure);
	return tw_reason_state(reason) == TW_STATE_UNRESPONSIVE || tw_reason_is_distrusted(reason);
}

void tw_node_note_silence(struct tw_node *node, const struct tw_policy *policy)
{
	const struct tw_health *health = &node->health;

	node->silent_us = INT64_MIN;
	if (health->has_answered && !is_silenced(health))
		node->silent_us = tw_max(health->last_ok_us, node->synced_us) +
				  tw_pace_silent_after(&node->pace, policy, &node->policy) + 1;
}

void tw_node_forget_template(struct tw_node *node)
{
	node->template = TW_TEMPLATE_UNCHECKED;
	node->template_fails = 0;
	node->stale_us = TW_UNKNOWN;
	node->is_template_stale = false;
	node->wants_template = false;
}
