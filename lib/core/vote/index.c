/* See index.h. */
#include "core/vote/index.h"
#include <errno.h>
#include <stdlib.h>

int tw_index_init(struct tw_index *index, uint32_t n)
{
	uint32_t n_buckets = 1;

	while (n_buckets < n * TW_INDEX_SLOTS)
		n_buckets *= 2;
	*index = (struct tw_index){ .n = n, .n_blocks = 1, .bucket_mask = n_buckets - 1 };
	index->windows = calloc(n, sizeof(index->windows[0]));
	index->places = calloc((size_t)n * TW_INDEX_SLOTS, sizeof(index->places[0]));
	/* Memory that is never used is never touched: on one chain there are few blocks. */
	index->blocks = calloc((size_t)n * TW_INDEX_SLOTS + 1, sizeof(index->blocks[0]));
	index->buckets = calloc(n_buckets, sizeof(index->buckets[0]));
	if (index->windows == NULL || index->places == NULL || index->blocks == NULL ||
		index->buckets == NULL) {
		tw_index_finish(index);
		return -ENOMEM;
	}
	return 0;
}

void tw_index_finish(struct tw_index *index)
{
	free(index->windows);
	free(index->places);
	free(index->blocks);
	free(index->buckets);
	*index = (struct tw_index){ 0 };
}

/* --- the table --- */

static uint32_t *bucket_of(struct tw_index *index, const struct tw_point *point)
{
	uint64_t parts[TW_HASH_BYTES / sizeof(uint64_t)];
	uint64_t mixed = (uint64_t)point->height;

	memcpy(parts, point->hash.bytes, sizeof(parts));
	for (size_t i = 0; i < TW_HASH_BYTES / sizeof(uint64_t); i++)
		mixed = (mixed ^ parts[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return &index->buckets[(mixed >> 32) & index->bucket_mask];
}

static bool is_block(const struct tw_index_block *block, const struct tw_point *point)
{
	return block->point.height == point->height &&
	       tw_hash_equal(&block->point.hash, &point->hash);
}

/* The block of a point, which is made where nobody has shown it. */
static uint32_t find_or_make(struct tw_index *index, const struct tw_point *point)
{
	uint32_t *bucket = bucket_of(index, point), id;

	for (id = *bucket; id != 0; id = index->blocks[id].next) {
		if (is_block(&index->blocks[id], point))
			return id;
	}
	id = index->free;
	if (id != 0)
		index->free = index->blocks[id].next;
	else
		id = index->n_blocks++;
	index->blocks[id] = (struct tw_index_block){ .point = *point, .next = *bucket };
	*bucket = id;
	return id;
}

static void drop_block(struct tw_index *index, uint32_t id)
{
	uint32_t *link = bucket_of(index, &index->blocks[id].point);

	while (*link != id)
		link = &index->blocks[*link].next;
	*link = index->blocks[id].next;
	index->blocks[id].next = index->free;
	index->free = id;
}

/* --- the places --- */

/* The block that a voter shows beside the block in a place: at its height + step. */
static uint32_t neighbour(const struct tw_index *index, uint32_t at, int64_t step)
{
	uint32_t first = at / TW_INDEX_SLOTS * TW_INDEX_SLOTS, id;
	int64_t height = index->blocks[index->places[at].block].point.height + step;

	if (at - first >= TW_WINDOW || height < 0)
		return 0;
	id = index->places[first + (uint32_t)(height % TW_WINDOW)].block;
	return id != 0 && index->blocks[id].point.height == height ? id : 0;
}

/* One more voter, or one fewer, shows both blocks, of which the second one is right below. */
static void count_below(struct tw_index *index, uint32_t id, uint32_t below, bool is_more)
{
	struct tw_index_block *block = &index->blocks[id];

	if (id == 0 || below == 0)
		return;
	if (is_more && block->n_below == 0)
		block->below = below;
	if (block->below != below)
		return;
	if (is_more)
		block->n_below++;
	else
		block->n_below--;
}

static void count_neighbours(struct tw_index *index, uint32_t at, bool is_more)
{
	uint32_t id = index->places[at].block;

	count_below(index, id, neighbour(index, at, -1), is_more);
	count_below(index, neighbour(index, at, 1), id, is_more);
}

static void add(struct tw_index *index, uint32_t at, const struct tw_point *point)
{
	uint32_t id = find_or_make(index, point);
	struct tw_index_block *block = &index->blocks[id];
	struct tw_index_place *place = &index->places[at], *first;

	if (block->n++ == 0) {
		block->first = at;
		*place = (struct tw_index_place){ id, at, at };
		count_neighbours(index, at, true);
		return;
	}
	first = &index->places[block->first];
	*place = (struct tw_index_place){ id, first->next, block->first };
	index->places[first->next].prev = at;
	first->next = at;
	count_neighbours(index, at, true);
	index->windows[tw_index_voter(at)].n_shared++;
	if (block->n == 2)
		index->windows[tw_index_voter(block->first)].n_shared++;
}

static void drop(struct tw_index *index, uint32_t at)
{
	struct tw_index_place *place = &index->places[at];
	uint32_t id = place->block;
	struct tw_index_block *block = &index->blocks[id];

	count_neighbours(index, at, false);
	place->block = 0;
	if (--block->n == 0) {
		drop_block(index, id);
		return;
	}
	index->places[place->prev].next = place->next;
	index->places[place->next].prev = place->prev;
	if (block->first == at)
		block->first = place->next;
	index->windows[tw_index_voter(at)].n_shared--;
	if (block->n == 1)
		index->windows[tw_index_voter(block->first)].n_shared--;
}

/* What a window shows in a slot, or NULL. */
static const struct tw_point *shown_in(const struct tw_chain *chain, uint32_t slot)
{
	const struct tw_point *point;
	int64_t floor = chain->tip - TW_WINDOW;

	if (slot >= TW_WINDOW) {
		point = &chain->extras[slot - TW_WINDOW];
		return slot - TW_WINDOW < chain->n_extras && point->height <= floor ? point : NULL;
	}
	point = &chain->pairs[slot];
	return point->height >= 0 && point->height > floor && point->height <= chain->tip ? point
											  : NULL;
}

void tw_index_take(
	struct tw_index *index, uint32_t i, const struct tw_chain *chain, bool is_changed)
{
	struct tw_index_window *window = &index->windows[i];

	if (window->chain == chain &&
		(chain == NULL || (!is_changed && window->revision == chain->revision)))
		return;
	for (uint32_t slot = 0; slot < TW_INDEX_SLOTS; slot++) {
		const struct tw_point *point = chain == NULL ? NULL : shown_in(chain, slot);
		uint32_t at = i * TW_INDEX_SLOTS + slot, block = index->places[at].block;

		if (block != 0 && (point == NULL || !is_block(&index->blocks[block], point)))
			drop(index, at);
		else if (block != 0)
			continue;
		if (point != NULL)
			add(index, at, point);
	}
	window->chain = chain;
	window->revision = chain == NULL ? 0 : chain->revision;
}

uint32_t tw_index_at(const struct tw_index *index, int32_t i, int64_t height)
{
	const struct tw_chain *chain = index->windows[i].chain;
	const struct tw_index_place *places = &index->places[(size_t)i * TW_INDEX_SLOTS];
	uint32_t block;

	if (height < 0 || height > chain->tip)
		return 0;
	if (height > chain->tip - TW_WINDOW) {
		block = places[height % TW_WINDOW].block;
		return index->blocks[block].point.height == height ? block : 0;
	}
	for (uint32_t k = 0; k < chain->n_extras; k++) {
		if (chain->extras[k].height == height)
			return places[TW_WINDOW + k].block;
	}
	return 0;
}
