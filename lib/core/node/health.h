/*
 * One node's going down and coming up: `fall` failed checks take it down, a number of good checks
 * that doubles with every fall of the last hour brings it back (decision.md, Verdicts 8).
 */
#ifndef TW_CORE_NODE_HEALTH_H
#define TW_CORE_NODE_HEALTH_H

#include "core/policy.h"

enum { TW_WARM_MAX = 32 }; /* good checks that are always enough */

struct tw_health {
	bool has_finished;      /* its first check finished or failed */
	bool has_answered;      /* at least one good check since the start */
	bool is_down;           /* `fall` failed checks */
	bool is_warming;        /* answers again, but not yet enough good checks */
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
/* A check ended. Returns whether this is the failure that has to be confirmed at once. */
bool tw_health_observe(struct tw_health *health, const struct tw_policy *policy, int64_t now,
	enum tw_result result);
/*
 * The node's own answers are good, but its chain or its peers are not (forked, ahead, isolated): a
 * fall from the second time in an hour on.
 */
void tw_health_suspect(
	struct tw_health *health, const struct tw_policy *policy, int64_t now, bool is_suspect);
/* Good checks in a row needed now to come up again. */
uint32_t tw_health_need(
	const struct tw_health *health, const struct tw_policy *policy, int64_t now);
/* Falls within the last hour. */
uint32_t tw_health_falls(const struct tw_health *health, int64_t now);
void tw_health_add_fall(struct tw_health *health, int64_t when_us);

#endif
