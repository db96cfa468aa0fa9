/* See health.h. */
#include "core/node/health.h"
#include "core/reason.h"

void tw_health_init(struct tw_health *health)
{
	*health = (struct tw_health){
		.suspect_us = TW_UNKNOWN,
		.last_check_us = TW_UNKNOWN,
		.last_ok_us = TW_UNKNOWN,
	};
}

uint32_t tw_health_falls(const struct tw_health *health, int64_t now)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < health->n_falls; i++)
		n += now - health->falls_us[i] < TW_HOUR;
	return n;
}

uint32_t tw_health_need(const struct tw_health *health, const struct tw_policy *policy, int64_t now)
{
	uint32_t falls = tw_health_falls(health, now);
	uint64_t need = policy->rise;

	for (uint32_t i = 1; i < falls && need < TW_WARM_MAX; i++)
		need *= 2;
	return need < TW_WARM_MAX ? (uint32_t)need : TW_WARM_MAX;
}

void tw_health_add_fall(struct tw_health *health, int64_t when_us)
{
	if (health->n_falls == TW_FALLS_MAX) {
		memmove(health->falls_us, health->falls_us + 1,
			(TW_FALLS_MAX - 1) * sizeof(health->falls_us[0]));
		health->n_falls--;
	}
	health->falls_us[health->n_falls++] = when_us;
}

static void fall(struct tw_health *health, int64_t now)
{
	tw_health_add_fall(health, now);
	health->is_warming = true;
	health->warm = 0;
}

static void count_good(struct tw_health *health, const struct tw_policy *policy, int64_t now)
{
	if (health->is_warming && ++health->warm >= tw_health_need(health, policy, now))
		health->is_warming = false;
}

bool tw_health_observe(struct tw_health *health, const struct tw_policy *policy, int64_t now,
	enum tw_result result)
{
	health->has_finished = true;
	health->last_check_us = now;
	health->result = result;
	if (result != TW_RESULT_OK) {
		health->failure = result;
		health->warm = 0;
		health->fails++;
		if (!health->is_down &&
			(health->fails >= policy->fall ||
				tw_reason_is_distrusted(tw_reason_of_result(result)))) {
			health->is_down = true;
			fall(health, now);
		}
		return health->fails == 1 && !health->is_down;
	}
	health->last_ok_us = now;
	health->fails = 0;
	health->is_down = false;
	if (!health->has_answered) {
		/* One good check is enough for the first time since the start. */
		health->has_answered = true;
		health->is_warming = false;
	} else if (!health->is_suspect) {
		count_good(health, policy, now);
	}
	return false;
}

void tw_health_suspect(
	struct tw_health *health, const struct tw_policy *policy, int64_t now, bool is_suspect)
{
	if (is_suspect == health->is_suspect)
		return;
	health->is_suspect = is_suspect;
	if (!is_suspect) {
		/* The check that ended it is the first good one. */
		if (health->result == TW_RESULT_OK)
			count_good(health, policy, now);
		return;
	}
	/* The check that showed it does not count as a good one. */
	health->warm = 0;
	if (health->suspect_us != TW_UNKNOWN && now - health->suspect_us < TW_HOUR)
		fall(health, now);
	health->suspect_us = now;
}
