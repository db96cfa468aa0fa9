/* See announce.h. */
#include "core/decide/announce.h"
#include "core/mode.h"
#include "core/model.h"

void tw_announce_init(struct tw_announce *announce, int64_t now)
{
	announce->mode = TW_MODE_STARTING;
	for (int i = 0; i < TW_MODES; i++)
		announce->since_us[i] = TW_UNKNOWN;
	announce->since_us[TW_MODE_STARTING] = now;
}

void tw_announce_update(struct tw_monitor *m)
{
	struct tw_announce *announce = &m->announce;
	int64_t hold_us = m->policy.rise * m->policy.interval_us;
	int now_is = tw_mode_rank(m->mode);

	/* A mode that the network is at least as good as now has held since it became so. */
	for (int i = 0; i < TW_MODES; i++) {
		enum tw_mode mode = (enum tw_mode)i;

		if (tw_mode_rank(mode) > now_is)
			announce->since_us[i] = TW_UNKNOWN;
		else if (announce->since_us[i] < 0)
			announce->since_us[i] = m->now;
	}
	if (now_is <= tw_mode_rank(announce->mode)) {
		announce->mode = m->mode;
		return;
	}
	for (int i = 0; i < TW_MODES; i++) {
		if (announce->since_us[i] >= 0 &&
			tw_mode_rank((enum tw_mode)i) > tw_mode_rank(announce->mode) &&
			tw_model_is_due(m, announce->since_us[i] + hold_us))
			announce->mode = (enum tw_mode)i;
	}
}
