/* See announce.h. */
#include "core/decide/announce.h"
#include "base/num.h"
#include "core/mode.h"
#include "core/model.h"

/* A better mode is announced after this time at the latest. */
#define HOLD_MAX_US TW_HOUR

void tw_announce_init(struct tw_announce *announce, int64_t now)
{
	announce->mode = announce->held = TW_MODE_STARTING;
	announce->hour = now / TW_HOUR;
	for (int i = 0; i < TW_MODES; i++)
		announce->better_us[i] = announce->worse_us[i] = TW_UNKNOWN;
	announce->better_us[TW_MODE_STARTING] = announce->worse_us[TW_MODE_STARTING] = now;
}

/* Since when something has been so without a break. */
static void note(int64_t *since_us, bool is_so, int64_t now)
{
	if (!is_so)
		*since_us = TW_UNKNOWN;
	else if (*since_us < 0)
		*since_us = now;
}

static bool has_held(struct tw_monitor *m, int64_t since_us, int64_t hold_us)
{
	return since_us >= 0 && tw_model_is_due(m, since_us + hold_us);
}

/* The mode has become worse, and has held. */
static void count_fall(struct tw_announce *announce, int64_t now)
{
	int64_t hour = now / TW_HOUR;

	for (int64_t i = tw_max(announce->hour, hour - TW_FALL_HOURS); i < hour; i++)
		announce->falls[(i + 1) % TW_FALL_HOURS] = 0;
	announce->hour = hour;
	announce->falls[hour % TW_FALL_HOURS]++;
	announce->n_falls = 0;
	for (int i = 0; i < TW_FALL_HOURS; i++)
		announce->n_falls += announce->falls[i];
}

/* For how long a better mode has to hold until it is announced. */
static int64_t better_hold(const struct tw_monitor *m)
{
	int64_t hold_us = m->policy.rise * m->policy.interval_us;

	for (uint32_t n = 1; n < m->announce.n_falls && hold_us < HOLD_MAX_US; n++)
		hold_us *= 2;
	return tw_max(tw_min(hold_us, HOLD_MAX_US), m->policy.rise * m->policy.interval_us);
}

/* The last mode on the way up (sign 1) or down (-1) from this one that has held for so long. */
static enum tw_mode find_held(struct tw_monitor *m, enum tw_mode mode, int sign, int64_t hold_us)
{
	const int64_t *since_us = sign > 0 ? m->announce.better_us : m->announce.worse_us;

	for (int i = 0; i < TW_MODES; i++) {
		int above = tw_mode_rank((enum tw_mode)i) - tw_mode_rank(mode);

		if (sign * above > 0 && has_held(m, since_us[i], hold_us))
			mode = (enum tw_mode)i;
	}
	return mode;
}

void tw_announce_update(struct tw_monitor *m)
{
	struct tw_announce *announce = &m->announce;
	int now_is = tw_mode_rank(m->mode), was = tw_mode_rank(announce->held);
	enum tw_mode held = announce->held;

	for (int i = 0; i < TW_MODES; i++) {
		int rank = tw_mode_rank((enum tw_mode)i);

		note(&announce->better_us[i], now_is >= rank, m->now);
		note(&announce->worse_us[i], now_is <= rank, m->now);
	}
	if (now_is < was)
		held = find_held(m, held, -1, m->policy.interval_us);
	else if (now_is > was)
		held = find_held(m, held, 1, m->policy.rise * m->policy.interval_us);
	if (tw_mode_rank(held) < was)
		count_fall(announce, m->now);
	announce->held = held;
	if (tw_mode_rank(held) < tw_mode_rank(announce->mode))
		announce->mode = held;
	else if (now_is > tw_mode_rank(announce->mode))
		announce->mode = find_held(m, announce->mode, 1, better_hold(m));
}
