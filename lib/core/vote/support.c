/* See support.h. */
#include "core/vote/support.h"
#include <errno.h>
#include <stdlib.h>

int tw_support_init(struct tw_support *support, uint32_t max)
{
	*support = (struct tw_support){ .levels = calloc(max, sizeof(support->levels[0])) };
	return support->levels == NULL ? -ENOMEM : 0;
}

void tw_support_finish(struct tw_support *support)
{
	free(support->levels);
	*support = (struct tw_support){ 0 };
}

/* The first level that is not above height. */
static uint32_t find(const struct tw_support *support, int64_t height)
{
	uint32_t low = 0, high = support->n;

	if (support->last < support->n && support->levels[support->last].height == height)
		return support->last;
	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (support->levels[middle].height > height)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void tw_support_add(struct tw_support *support, int64_t height, uint32_t n, uint32_t n_believed)
{
	uint32_t i = find(support, height);
	struct tw_level *level = &support->levels[i];

	if (i == support->n || level->height != height) {
		memmove(level + 1, level, (support->n++ - i) * sizeof(*level));
		*level = (struct tw_level){ .height = height };
	}
	support->last = i;
	level->n_voters += n;
	level->n_believed += n_believed;
}

int64_t tw_support_of(const struct tw_support *support, uint32_t n, bool must_be_believed)
{
	uint32_t n_above = 0;

	for (uint32_t i = 0; i < support->n; i++) {
		const struct tw_level *level = &support->levels[i];

		n_above += must_be_believed ? level->n_believed : level->n_voters;
		if (n_above >= n)
			return level->height;
	}
	return TW_UNKNOWN;
}
