/* See quota.h. */
#include "io/check/quota.h"
#include "base/num.h"

int64_t tw_quota_due(const struct tw_quota *quota, int64_t now)
{
	return tw_max(quota->due_us, now);
}

void tw_quota_note_request(struct tw_quota *quota, int64_t now)
{
	quota->due_us = now + quota->gap_us;
}

void tw_quota_note_answer(struct tw_quota *quota)
{
	if (quota->gap_us == 0 || ++quota->n_answers < quota->n_enough)
		return;
	quota->n_answers = 0;
	quota->gap_us /= 2;
	if (quota->gap_us < TW_QUOTA_GAP_MIN_US)
		quota->gap_us = 0;
}

void tw_quota_note_limit(struct tw_quota *quota, int64_t now, int64_t retry_us)
{
	int64_t gap_us = tw_max(quota->gap_us + quota->gap_us / 2, TW_QUOTA_GAP_FIRST_US);

	if (quota->n_enough == 0)
		quota->n_enough = TW_QUOTA_ENOUGH_FIRST;
	else if (quota->n_answers > 0 && quota->n_enough < TW_QUOTA_ENOUGH_MAX)
		quota->n_enough *= 2;
	quota->gap_us = tw_min(gap_us, TW_QUOTA_GAP_MAX_US);
	quota->n_answers = 0;
	quota->due_us = now + tw_max(quota->gap_us, tw_min(retry_us, TW_QUOTA_RETRY_MAX_US));
}
