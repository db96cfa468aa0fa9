/* See sweep.h. */
#include "core/vote/sweep.h"

static bool comes_before(const struct tw_cursor *a, const struct tw_cursor *b)
{
	if (a->height != b->height)
		return a->height > b->height;
	return tw_hash_compare(a->hash, b->hash) < 0;
}

static void sift_up(struct tw_sweep *sweep, uint32_t i)
{
	struct tw_cursor moving = sweep->cursors[i];

	for (; i > 0 && comes_before(&moving, &sweep->cursors[(i - 1) / 2]); i = (i - 1) / 2)
		sweep->cursors[i] = sweep->cursors[(i - 1) / 2];
	sweep->cursors[i] = moving;
}

static void sift_down(struct tw_sweep *sweep, uint32_t i)
{
	struct tw_cursor moving = sweep->cursors[i];

	while (2 * i + 1 < sweep->n) {
		uint32_t child = 2 * i + 1;

		if (child + 1 < sweep->n &&
			comes_before(&sweep->cursors[child + 1], &sweep->cursors[child]))
			child++;
		if (!comes_before(&sweep->cursors[child], &moving))
			break;
		sweep->cursors[i] = sweep->cursors[child];
		i = child;
	}
	sweep->cursors[i] = moving;
}

/* Puts the cursor on its chain's highest point at or below from. False when there is none. */
static bool move_down(const struct tw_sweep *sweep, struct tw_cursor *cursor, int64_t from)
{
	cursor->height = from;
	cursor->hash = tw_chain_at(cursor->chain, from);
	/* The window has a hole at this height. */
	if (cursor->hash == NULL) {
		cursor->height = tw_chain_prev_known(cursor->chain, from);
		cursor->hash = tw_chain_at(cursor->chain, cursor->height);
	}
	return cursor->hash != NULL && cursor->height > sweep->floor;
}

void tw_sweep_add(struct tw_sweep *sweep, const struct tw_chain *chain, int32_t node)
{
	struct tw_cursor *cursor = &sweep->cursors[sweep->n];

	*cursor = (struct tw_cursor){ .chain = chain, .node = node };
	if (move_down(sweep, cursor, chain->tip))
		sift_up(sweep, sweep->n++);
}

bool tw_sweep_next(struct tw_sweep *sweep, struct tw_cursor *ret_point)
{
	struct tw_cursor *top = &sweep->cursors[0];

	if (sweep->n == 0)
		return false;
	*ret_point = *top;
	if (!move_down(sweep, top, top->height - 1))
		*top = sweep->cursors[--sweep->n];
	if (sweep->n > 0)
		sift_down(sweep, 0);
	return true;
}
