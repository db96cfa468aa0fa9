/* See sweep.h. */
#include "core/vote/sweep.h"
#include "base/num.h"

/* --- the heap of those that wait, highest first --- */

static void sift_up(struct tw_sweep *sweep, uint32_t i)
{
	struct tw_cursor moving = sweep->cursors[i];

	for (; i > 0 && moving.height > sweep->cursors[(i - 1) / 2].height; i = (i - 1) / 2)
		sweep->cursors[i] = sweep->cursors[(i - 1) / 2];
	sweep->cursors[i] = moving;
}

static void sift_down(struct tw_sweep *sweep)
{
	struct tw_cursor moving = sweep->cursors[0];
	uint32_t i = 0;

	while (2 * i + 1 < sweep->n_waiting) {
		uint32_t child = 2 * i + 1;

		if (child + 1 < sweep->n_waiting &&
			sweep->cursors[child + 1].height > sweep->cursors[child].height)
			child++;
		if (sweep->cursors[child].height <= moving.height)
			break;
		sweep->cursors[i] = sweep->cursors[child];
		i = child;
	}
	sweep->cursors[i] = moving;
}

/* Moves the first one of the level to the heap. */
static void push(struct tw_sweep *sweep)
{
	sift_up(sweep, sweep->n_waiting++);
}

/* Moves the highest one of the heap to the level. */
static void pop(struct tw_sweep *sweep)
{
	struct tw_cursor top = sweep->cursors[0];

	sweep->cursors[0] = sweep->cursors[--sweep->n_waiting];
	sweep->cursors[sweep->n_waiting] = top;
	if (sweep->n_waiting > 0)
		sift_down(sweep);
}

static void swap(struct tw_sweep *sweep, uint32_t i, uint32_t k)
{
	struct tw_cursor moving = sweep->cursors[i];

	sweep->cursors[i] = sweep->cursors[k];
	sweep->cursors[k] = moving;
}

/* --- the way down --- */

/* Puts the cursor on its voter's highest block at or below from. False when there is none. */
static bool move_down(const struct tw_sweep *sweep, struct tw_cursor *cursor, int64_t from)
{
	const struct tw_index_place *places = tw_index_places(sweep->index, cursor->node);
	const struct tw_chain *chain = sweep->index->voters[cursor->node].chain;
	int64_t bottom = tw_max(tw_max(chain->tip - TW_WINDOW, sweep->floor), -1);

	for (int64_t h = from; h > bottom; h--) {
		cursor->height = h;
		cursor->block = places[h % TW_WINDOW].block;
		if (cursor->block != 0)
			return true;
	}
	for (uint32_t i = 0; i < chain->n_extras; i++) {
		cursor->height = chain->extras[i].height;
		cursor->block = places[TW_WINDOW + i].block;
		if (cursor->height <= from && cursor->block != 0)
			return cursor->height > sweep->floor;
	}
	return false;
}

void tw_sweep_add(struct tw_sweep *sweep, int32_t node)
{
	struct tw_cursor *cursor = &sweep->cursors[sweep->n];

	*cursor = (struct tw_cursor){ .node = node };
	if (!move_down(sweep, cursor, sweep->index->voters[node].chain->tip))
		return;
	sweep->n++;
	push(sweep);
}

bool tw_sweep_next(struct tw_sweep *sweep)
{
	int64_t next = TW_UNKNOWN;

	for (uint32_t i = sweep->n_waiting; i < sweep->n;) {
		if (move_down(sweep, &sweep->cursors[i], sweep->height - 1))
			next = tw_max(next, sweep->cursors[i++].height);
		else
			sweep->cursors[i] = sweep->cursors[--sweep->n];
	}
	if (sweep->n_waiting > 0)
		next = tw_max(next, sweep->cursors[0].height);
	for (uint32_t i = sweep->n_waiting; i < sweep->n; i++) {
		if (sweep->cursors[i].height == next)
			continue;
		swap(sweep, i, sweep->n_waiting);
		push(sweep);
	}
	while (sweep->n_waiting > 0 && sweep->cursors[0].height == next)
		pop(sweep);
	sweep->height = next;
	return sweep->n > 0;
}

void tw_sweep_pass(struct tw_sweep *sweep, uint32_t *blocks, uint32_t n)
{
	int64_t stop = sweep->n_waiting > 0 ? tw_max(sweep->floor, sweep->cursors[0].height)
					    : sweep->floor;
	int64_t height = sweep->height;
	uint32_t n_voters = 0;

	for (uint32_t i = 0; i < n; i++)
		n_voters += sweep->index->blocks[blocks[i]].n;
	/* Voters that are not in the sweep show one of the blocks. */
	if (n_voters != sweep->n - sweep->n_waiting)
		return;
	while (height - 1 > stop) {
		uint32_t i = 0;

		while (i < n && tw_index_goes_on(sweep->index, blocks[i]))
			i++;
		if (i < n)
			break;
		for (i = 0; i < n; i++)
			blocks[i] = sweep->index->blocks[blocks[i]].below;
		height--;
	}
	for (uint32_t i = sweep->n_waiting; height < sweep->height && i < sweep->n; i++) {
		struct tw_cursor *cursor = &sweep->cursors[i];

		cursor->height = height;
		cursor->block =
			tw_index_places(sweep->index, cursor->node)[height % TW_WINDOW].block;
	}
	sweep->height = height;
}
