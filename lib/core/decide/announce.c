/* See announce.h. */
#include "core/decide/announce.h"
#include "core/mode.h"
#include "core/model.h"

void tw_announce_init(struct tw_announce *announce, int64_t now)
{
	announce->mode = TW_MODE_STARTING;
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

void tw_announce_update(struct tw_monitor *m)
{
	struct tw_announce *announce = &m->announce;
	int64_t worse_hold_us = m->policy.interval_us;
	int64_t better_hold_us = m->policy.rise * m->policy.interval_us;
	int now_is = tw_mode_rank(m->mode), was = tw_mode_rank(announce->mode);

	for (int i = 0; i < TW_MODES; i++) {
		int rank = tw_mode_rank((enum tw_mode)i);

		note(&announce->better_us[i], now_is >= rank, m->now);
		note(&announce->worse_us[i], now_is <= rank, m->now);
	}
	for (int i = 0; i < TW_MODES; i++) {
		enum tw_mode mode = (enum tw_mode)i;
		int rank = tw_mode_rank(mode), best = tw_mode_rank(announce->mode);

		if (now_is < was && rank < best &&
			has_held(m, announce->worse_us[i], worse_hold_us))
			announce->mode = mode;
		if (now_is > was && rank > best &&
			has_held(m, announce->better_us[i], better_hold_us))
			announce->mode = mode;
	}
}
