/*
 * How long to wait for one node's answer: its smoothed round-trip time and how far it strays from
 * it (after RFC 6298) within the last block targets, between min_timeout and timeout (decision.md,
 * Verdicts 9). A daemon that always answers in 5 ms is suspected after a few hundred; one
 * that stalls while it adds a block is known for it.
 */
#ifndef TW_CORE_NODE_PACE_H
#define TW_CORE_NODE_PACE_H

#include "core/policy.h"

struct tw_pace {
	int64_t mean_us;   /* smoothed round-trip time; TW_UNKNOWN: none known */
	int64_t spread_us; /* how far an answer was off it; fades */
	int64_t late_us;   /* how late after it was due a good check ended; fades */
	int64_t last_us;   /* the last good check; TW_UNKNOWN: none */
	uint32_t n;        /* round-trip times known, as far as it matters */
	uint32_t timeouts; /* checks in a row that found it too slow */
	bool has_failed;   /* in another way since the last good check: it was away, not slow */
};

void tw_pace_init(struct tw_pace *pace);
/* A check ended. rtt_us is that of its first request, TW_UNKNOWN: not known. */
void tw_pace_observe(struct tw_pace *pace, const struct tw_policy *policy,
	const struct tw_node_policy *node, int64_t now, enum tw_result result, int64_t rtt_us);
/* How long a check that starts now waits for the first answer. */
int64_t tw_pace_timeout(const struct tw_pace *pace, const struct tw_policy *policy,
	const struct tw_node_policy *node);
/*
 * Age above which the node's last good observation no longer counts: two intervals and its current
 * timeout, or what the whole of its checks have taken lately, where that is longer.
 */
int64_t tw_pace_silent_after(const struct tw_pace *pace, const struct tw_policy *policy,
	const struct tw_node_policy *node);

#endif
