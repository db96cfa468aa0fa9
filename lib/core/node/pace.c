/* See pace.h. */
#include "core/node/pace.h"
#include "base/num.h"
#include <stdlib.h>

enum {
	TRUSTED = 8,       /* answers that have the whole timeout before less is enough */
	MEMORY_BLOCKS = 8, /* block targets until a variation has faded to nothing */
	STALL_BLOCKS = 32, /* block targets for which a stall is remembered */
};

/* A check is not later than usual before this: machines have their moments. */
#define LATE_MIN_US (100 * TW_MS)

void tw_pace_init(struct tw_pace *pace)
{
	*pace = (struct tw_pace){
		.mean_us = TW_UNKNOWN,
		.check_us = TW_UNKNOWN,
		.last_us = TW_UNKNOWN,
		.synced_us = TW_UNKNOWN,
	};
}

/*
 * What is left of a span after some time. Daemons stall when they add a block, not at every check:
 * so a variation fades with time, and not with the number of answers since.
 */
static int64_t fade(int64_t span_us, int64_t elapsed_us, int64_t memory_us)
{
	if (elapsed_us >= memory_us)
		return 0;
	/* In milliseconds, so that five minutes times eight days do not overflow. */
	return span_us - span_us * (elapsed_us / TW_MS) / tw_max(memory_us / TW_MS, 1);
}

static int64_t forgotten_before(const struct tw_pace *pace, const struct tw_policy *policy)
{
	return pace->last_us - STALL_BLOCKS * policy->block_target_us;
}

/* Keeps the longest ones of those that are not too old. */
static void note_stall(
	struct tw_pace *pace, const struct tw_policy *policy, int64_t now, int64_t long_us)
{
	int64_t from_us = forgotten_before(pace, policy);
	struct tw_stall *place = &pace->stalls[0];

	for (uint32_t i = 0; i < TW_STALLS; i++) {
		if (pace->stalls[i].when_us < from_us)
			pace->stalls[i].long_us = 0;
		if (pace->stalls[i].long_us < place->long_us)
			place = &pace->stalls[i];
	}
	if (long_us > place->long_us)
		*place = (struct tw_stall){ now, long_us };
}

/* The longest stall of the last block targets, if there was more than one: it may come again. */
static int64_t usual_stall(const struct tw_pace *pace, const struct tw_policy *policy)
{
	int64_t from_us = forgotten_before(pace, policy), long_us = 0;
	uint32_t n = 0;

	for (uint32_t i = 0; i < TW_STALLS; i++) {
		if (pace->stalls[i].long_us == 0 || pace->stalls[i].when_us < from_us)
			continue;
		n++;
		long_us = tw_max(long_us, pace->stalls[i].long_us);
	}
	return n > 1 ? long_us : 0;
}

static void take_rtt(struct tw_pace *pace, const struct tw_policy *policy, int64_t now,
	int64_t rtt_us, int64_t behind_us)
{
	int64_t off_us;

	if (rtt_us < 0)
		return;
	if (pace->mean_us < 0) {
		pace->mean_us = rtt_us;
		pace->spread_us = rtt_us / 2;
	}
	/* After time-outs the answer itself may be fast: the stall took as long as all of them. */
	off_us = (pace->timeouts > 0 ? tw_max(rtt_us, behind_us) : rtt_us) - pace->mean_us;
	if (off_us >= LATE_MIN_US)
		note_stall(pace, policy, now, off_us);
	pace->spread_us = tw_max(pace->spread_us, llabs(off_us));
	pace->mean_us += (rtt_us - pace->mean_us) / 8;
	if (pace->n < TRUSTED)
		pace->n++;
}

bool tw_pace_is_known(const struct tw_pace *pace)
{
	return pace->n >= TRUSTED;
}

/* The timeout by its answers so far. */
static int64_t usual_timeout(const struct tw_pace *pace, const struct tw_policy *policy,
	const struct tw_node_policy *node)
{
	int64_t most_us = tw_policy_timeout(policy, node);
	int64_t usual_us =
		pace->mean_us + tw_max(2 * pace->spread_us, usual_stall(pace, policy) * 5 / 4);

	if (!tw_pace_is_known(pace))
		return most_us;
	return tw_min(tw_max(usual_us, policy->min_timeout_us), most_us);
}

static void take_answer(struct tw_pace *pace, const struct tw_policy *policy,
	const struct tw_node_policy *node, int64_t now, int64_t rtt_us)
{
	int64_t memory_us = MEMORY_BLOCKS * policy->block_target_us;
	int64_t elapsed_us = pace->last_us < 0 ? 0 : now - pace->last_us;
	int64_t seen_us = tw_max(pace->last_us, pace->synced_us);
	int64_t behind_us = (seen_us < 0 ? 0 : now - seen_us) - tw_policy_interval(policy, node);

	/* A node that was gone for longer than its timeout was away, and not slow. */
	if (pace->timeouts > 0)
		behind_us = tw_max(behind_us, now - pace->failed_us);
	if (behind_us < 0 || behind_us > tw_policy_timeout(policy, node) || pace->has_failed)
		behind_us = 0;
	pace->spread_us = fade(pace->spread_us, elapsed_us, memory_us);
	pace->late_us = tw_max(fade(pace->late_us, elapsed_us, memory_us), behind_us);
	take_rtt(pace, policy, now, rtt_us, behind_us);
	pace->timeouts = 0;
	pace->has_failed = false;
	pace->last_us = now;
}

void tw_pace_observe(struct tw_pace *pace, const struct tw_policy *policy,
	const struct tw_node_policy *node, int64_t now, enum tw_result result, int64_t rtt_us)
{
	if (result == TW_RESULT_OK) {
		take_answer(pace, policy, node, now, rtt_us);
	} else if (result == TW_RESULT_TIMEOUT) {
		if (pace->timeouts == 0)
			pace->failed_us = now - usual_timeout(pace, policy, node);
		pace->timeouts++;
	} else {
		pace->timeouts = 0;
		pace->has_failed = true;
	}
}

void tw_pace_note_check(struct tw_pace *pace, int64_t took_us)
{
	int64_t off_us;

	if (pace->check_us < 0) {
		pace->check_us = took_us;
		pace->vary_us = took_us / 2;
		return;
	}
	off_us = took_us - pace->check_us;
	pace->vary_us += (llabs(off_us) - pace->vary_us) / 4;
	pace->check_us += off_us / 8;
}

void tw_pace_note_sync(struct tw_pace *pace, int64_t now)
{
	pace->synced_us = now;
}

int64_t tw_pace_timeout(const struct tw_pace *pace, const struct tw_policy *policy,
	const struct tw_node_policy *node)
{
	int64_t most_us = tw_policy_timeout(policy, node);
	int64_t timeout_us = usual_timeout(pace, policy, node);

	/* A node that is down may come back as a slow one, and nobody waits for it. */
	for (uint32_t i = policy->fall; i <= pace->timeouts && timeout_us < most_us; i++)
		timeout_us *= 2;
	return tw_min(timeout_us, most_us);
}

int64_t tw_pace_late_after(const struct tw_pace *pace, const struct tw_policy *policy,
	const struct tw_node_policy *node)
{
	int64_t late_us = tw_max(pace->check_us + 4 * pace->vary_us, LATE_MIN_US);

	if (!tw_pace_is_known(pace) || pace->check_us < 0 ||
		late_us >= usual_timeout(pace, policy, node))
		return TW_NEVER;
	return late_us;
}

int64_t tw_pace_silent_after(const struct tw_pace *pace, const struct tw_policy *policy,
	const struct tw_node_policy *node)
{
	int64_t late_us = tw_min(2 * pace->late_us, tw_policy_timeout(policy, node));

	return 2 * tw_policy_interval(policy, node) +
	       tw_max(usual_timeout(pace, policy, node), late_us);
}
