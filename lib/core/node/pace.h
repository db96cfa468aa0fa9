/*
 * How long to wait for an answer of one node (decision.md, Verdicts 9): its smoothed round-trip
 * time plus twice the variation of it (after RFC 6298) within the last block targets, but no less
 * than min_timeout and no more than timeout. So a daemon that always answers in 5 ms is suspected
 * after some hundred milliseconds, and one that often stalls while it adds a block is not.
 */
#ifndef TW_CORE_NODE_PACE_H
#define TW_CORE_NODE_PACE_H

#include "core/policy.h"

/* A time in which the node answered nothing, and then it did. */
struct tw_stall {
	int64_t when_us;
	int64_t long_us; /* 0: there was none */
};
enum { TW_STALLS = 4 }; /* that are remembered: the longest ones */

struct tw_pace {
	int64_t mean_us;   /* smoothed round-trip time; TW_UNKNOWN: none known */
	int64_t spread_us; /* how far an answer was off the mean; fades with time */
	int64_t check_us;  /* smoothed time that a whole good check takes; TW_UNKNOWN: none known */
	int64_t vary_us;   /* smoothed variation of that */
	int64_t failed_us; /* since when it is too slow, where the last checks found it so */
	struct tw_stall stalls[TW_STALLS]; /* in no order */
	int64_t late_us;   /* how long after it was due a good check ended; fades with time */
	int64_t last_us;   /* the last good check; TW_UNKNOWN: none */
	int64_t synced_us; /* the last timed sync in place of one; TW_UNKNOWN: none */
	uint32_t n;        /* round-trip times known; not counted beyond those that are needed */
	uint32_t timeouts; /* checks in a row that found it too slow */
	bool has_failed;   /* a check failed otherwise since the last good one: it was not just slow
			    */
};

void tw_pace_init(struct tw_pace *pace);
/* A check has ended. rtt_us is the round-trip time of its first request, or TW_UNKNOWN. */
void tw_pace_observe(struct tw_pace *pace, const struct tw_policy *policy,
	const struct tw_node_policy *node, int64_t now, enum tw_result result, int64_t rtt_us);
/* A good check took so long in all, from its first request to its last answer. */
void tw_pace_note_check(struct tw_pace *pace, int64_t took_us);
/* A timed sync took the place of a check: the next check is not late. */
void tw_pace_note_sync(struct tw_pace *pace, int64_t now);
/* Whether enough answers are known that less than the whole timeout may be enough. */
bool tw_pace_is_known(const struct tw_pace *pace);
/* How long a check that starts now waits for the first answer. */
int64_t tw_pace_timeout(const struct tw_pace *pace, const struct tw_policy *policy,
	const struct tw_node_policy *node);
/*
 * After how long a check is later than usual: the smoothed time that good checks take and four
 * times its variation (RFC 6298), at least 100 ms. TW_NEVER: not before it times out, or not known
 * yet.
 */
int64_t tw_pace_late_after(const struct tw_pace *pace, const struct tw_policy *policy,
	const struct tw_node_policy *node);
/*
 * Age above which the last good observation of the node no longer counts: two intervals and its
 * current timeout, or, where that is longer, two intervals and twice what its good checks came too
 * late lately. So a daemon whose templates take long goes on voting meanwhile.
 */
int64_t tw_pace_silent_after(const struct tw_pace *pace, const struct tw_policy *policy,
	const struct tw_node_policy *node);

#endif
