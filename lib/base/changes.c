/* See changes.h. */
#include "base/changes.h"

void tw_changes_init(struct tw_changes *changes, int value)
{
	*changes = (struct tw_changes){ .value = value, .before = value };
}

uint32_t tw_changes_note(struct tw_changes *changes, int64_t now_us, int value)
{
	bool has_changed = value != changes->value;

	if (has_changed) {
		changes->before = changes->value;
		changes->value = value;
	}
	if (now_us - changes->since_us >= TW_CHANGES_EVERY_US) {
		uint32_t n = changes->n_unsaid + (has_changed ? 1 : 0);

		changes->since_us = now_us;
		changes->is_counting = changes->n_unsaid > 0;
		changes->n_said = 0;
		changes->n_unsaid = 0;
		if (changes->is_counting)
			return n;
	}
	if (!has_changed)
		return 0;
	if (changes->is_counting || changes->n_said == TW_CHANGES_ONE_BY_ONE) {
		changes->n_unsaid++;
		return 0;
	}
	if (changes->n_said++ == 0)
		changes->since_us = now_us;
	return 1;
}

int64_t tw_changes_due(const struct tw_changes *changes)
{
	return changes->n_unsaid == 0 ? TW_NEVER : changes->since_us + TW_CHANGES_EVERY_US;
}
