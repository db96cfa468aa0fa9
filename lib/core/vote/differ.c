/* See differ.h. */
#include "core/vote/differ.h"
#include "core/vote/sweep.h"

/* Whether any two voters differ. */
static bool do_any(struct tw_votes *votes, int64_t tolerance)
{
	struct tw_sweep sweep = {
		.index = &votes->index,
		.cursors = votes->cursors,
		.floor = TW_UNKNOWN,
	};

	for (uint32_t k = 0; k < votes->n_voters; k++) {
		if (votes->voters[k] != votes->confirmed)
			tw_sweep_add(&sweep, votes->voters[k]);
	}
	while (tw_sweep_next(&sweep)) {
		uint32_t any = sweep.cursors[sweep.n_waiting].block, deep = 0;
		bool is_one = true;

		for (uint32_t i = sweep.n_waiting; i < sweep.n; i++) {
			const struct tw_cursor *cursor = &sweep.cursors[i];

			is_one = is_one && cursor->block == any;
			if (votes->chains[cursor->node]->tip - sweep.height < tolerance)
				continue;
			if (deep != 0 && cursor->block != deep)
				return true;
			deep = cursor->block;
		}
		if (is_one)
			tw_sweep_pass(&sweep, &any, 1);
	}
	return false;
}

/* Whether another voter shows another block than this one at a height where both are deep. */
static bool does_one_at(
	const struct tw_votes *votes, int32_t voter, int64_t height, int64_t tolerance)
{
	uint32_t block = tw_index_at(&votes->index, voter, height);

	for (uint32_t k = 0; block != 0 && k < votes->n_voters; k++) {
		int32_t i = votes->voters[k];
		uint32_t other;

		if (tw_index_window(&votes->index, i)->tip - height < tolerance ||
			i == votes->confirmed)
			continue;
		other = tw_index_at(&votes->index, i, height);
		if (other != 0 && other != block)
			return true;
	}
	return false;
}

/* Whether the voter differs from another one since it has grown. */
static bool does_one(const struct tw_votes *votes, int32_t voter, int64_t tolerance)
{
	const struct tw_index_window *window = tw_index_window(&votes->index, voter);

	for (int64_t h = window->was_tip - tolerance + 1; h <= window->tip - tolerance; h++) {
		if (does_one_at(votes, voter, h, tolerance))
			return true;
	}
	return false;
}

bool tw_differ_find(struct tw_votes *votes, int64_t tolerance)
{
	bool was_even = votes->even_count + 1 == votes->n_counts, do_differ;

	if (was_even && votes->is_alike)
		do_differ = votes->grown >= 0 && does_one(votes, votes->grown, tolerance);
	else
		do_differ = do_any(votes, tolerance);
	if (!do_differ)
		votes->even_count = votes->n_counts;
	return do_differ;
}
