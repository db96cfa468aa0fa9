/*
 * How one node goes down and comes up: `fall` failed checks take it down, a number of good checks
 * that doubles with every fall of the last hour brings it back (decision.md, Verdicts 8).
 */
#ifndef TW_CORE_NODE_HEALTH_H
#define TW_CORE_NODE_HEALTH_H

#include "core/policy.h"

enum { TW_WARM_MAX = 32 }; /* good checks that are always enough */

struct tw_health {
	bool has_finished;      /* its first check has ended, well or not */
	bool has_answered;      /* at least one good check since the start */
	bool is_down;           /* `fall` failed checks in a row */
	bool is_warming;        /* answers again, but has not had enough good checks yet */
	bool is_suspect;        /* forked, ahead or isolated at the last verdict */
	uint32_t fails;         /* failed checks in a row */
	uint32_t warm;          /* good checks in a row while warming */
	enum tw_result result;  /* of the last check */
	enum tw_result failure; /* of the last failed check */
	int64_t suspect_us;     /* when it was last found suspect, TW_UNKNOWN: never */
	int64_t last_check_us;  /* TW_UNKNOWN: never */
	int64_t last_ok_us;
	uint32_t n_falls;
	int64_t falls_us[TW_FALLS_MAX]; /* oldest first */
};

void tw_health_init(struct tw_health *health);
/* A check has ended. Returns whether it failed and has to be confirmed by another one at once. */
bool tw_health_observe(struct tw_health *health, const struct tw_policy *policy, int64_t now,
	enum tw_result result);
/*
 * Says whether the node, whose answers are good, is forked, ahead or isolated. Becoming so is a
 * fall from the second time in an hour on.
 */
void tw_health_suspect(
	struct tw_health *health, const struct tw_policy *policy, int64_t now, bool is_suspect);
/* Good checks in a row that the node needs now to come up again. */
uint32_t tw_health_need(
	const struct tw_health *health, const struct tw_policy *policy, int64_t now);
/* Falls within the last hour. */
uint32_t tw_health_falls(const struct tw_health *health, int64_t now);
void tw_health_add_fall(struct tw_health *health, int64_t when_us);

#endif
