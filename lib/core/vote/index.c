/* See index.h. */
#include "core/vote/index.h"
#include <errno.h>
#include <stdlib.h>

/* For each voter. A voter may show more blocks, but most of them show the same. */
enum { BUCKETS = 32 };

int tw_index_init(struct tw_index *index, uint32_t n)
{
	uint32_t n_buckets = 1, n_window_buckets = 1;

	while (n_buckets < n * BUCKETS)
		n_buckets *= 2;
	while (n_window_buckets < n)
		n_window_buckets *= 2;
	*index = (struct tw_index){
		.n = n,
		.n_windows = 1,
		.window_mask = n_window_buckets - 1,
		.n_blocks = 1,
		.bucket_mask = n_buckets - 1,
	};
	index->voters = calloc(n, sizeof(index->voters[0]));
	/* A window that is made before the last one of another is dropped: n + 1, and window 0. */
	index->windows = calloc((size_t)n + 2, sizeof(index->windows[0]));
	index->window_buckets = calloc(n_window_buckets, sizeof(index->window_buckets[0]));
	index->places = calloc(((size_t)n + 2) * TW_INDEX_SLOTS, sizeof(index->places[0]));
	/* Memory that is never used is never touched: on one chain there are few blocks. */
	index->blocks = calloc(((size_t)n + 1) * TW_INDEX_SLOTS + 1, sizeof(index->blocks[0]));
	index->buckets = calloc(n_buckets, sizeof(index->buckets[0]));
	if (index->voters == NULL || index->windows == NULL || index->window_buckets == NULL ||
		index->places == NULL || index->blocks == NULL || index->buckets == NULL) {
		tw_index_finish(index);
		return -ENOMEM;
	}
	index->windows[0].voter = -1;
	return 0;
}

void tw_index_finish(struct tw_index *index)
{
	free(index->voters);
	free(index->windows);
	free(index->window_buckets);
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

uint32_t tw_index_find(struct tw_index *index, const struct tw_point *point)
{
	uint32_t id = *bucket_of(index, point);

	while (id != 0 && !is_block(&index->blocks[id], point))
		id = index->blocks[id].next;
	return id;
}

/* The block of a point, which is made where nobody has shown it. */
static uint32_t find_or_make(struct tw_index *index, const struct tw_point *point)
{
	uint32_t *bucket = bucket_of(index, point), id = tw_index_find(index, point);

	if (id != 0)
		return id;
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

static struct tw_index_window *window_of(struct tw_index *index, uint32_t at)
{
	return &index->windows[at / TW_INDEX_SLOTS];
}

/* The block that a window has beside the block in a place: at its height + step. */
static uint32_t neighbour(const struct tw_index *index, uint32_t at, int64_t step)
{
	uint32_t first = at / TW_INDEX_SLOTS * TW_INDEX_SLOTS, id;
	int64_t height = index->blocks[index->places[at].block].point.height + step;

	if (at - first >= TW_WINDOW || height < 0)
		return 0;
	id = index->places[first + (uint32_t)(height % TW_WINDOW)].block;
	return id != 0 && index->blocks[id].point.height == height ? id : 0;
}

/* One more window, or one fewer, has both blocks, of which the second one is right below. */
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

static void add(struct tw_index *index, uint32_t at, uint32_t id)
{
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
	window_of(index, at)->n_shared++;
	if (block->n == 2)
		window_of(index, block->first)->n_shared++;
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
	window_of(index, at)->n_shared--;
	if (block->n == 1)
		window_of(index, block->first)->n_shared--;
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

/* --- the windows --- */

static struct tw_index_place *places_of(const struct tw_index *index, uint32_t w)
{
	return &index->places[(size_t)w * TW_INDEX_SLOTS];
}

/*
 * Finds the blocks that a chain shows, slot by slot. model is a window that shows nearly the same,
 * or 0. Returns whether all of them are known.
 */
static bool find_blocks(struct tw_index *index, const struct tw_chain *chain, uint32_t model,
	uint32_t ret_blocks[TW_INDEX_SLOTS])
{
	const struct tw_index_place *places = places_of(index, model);
	bool is_known = true;

	for (uint32_t slot = 0; slot < TW_INDEX_SLOTS; slot++) {
		const struct tw_point *point = shown_in(chain, slot);
		uint32_t block = places[slot].block;

		if (point == NULL)
			block = 0;
		else if (block == 0 || !is_block(&index->blocks[block], point))
			block = tw_index_find(index, point);
		is_known = is_known && (point == NULL || block != 0);
		ret_blocks[slot] = block;
	}
	return is_known;
}

static uint64_t add_to_digest(uint64_t digest, uint32_t block)
{
	return (digest ^ block) * UINT64_C(0x9e3779b97f4a7c15);
}

static bool shows(const struct tw_index *index, uint32_t w, const uint32_t blocks[TW_INDEX_SLOTS])
{
	const struct tw_index_place *places = places_of(index, w);
	uint32_t slot = 0;

	while (slot < TW_INDEX_SLOTS && places[slot].block == blocks[slot])
		slot++;
	return slot == TW_INDEX_SLOTS;
}

static uint32_t *window_bucket(struct tw_index *index, uint64_t digest)
{
	return &index->window_buckets[digest >> 32 & index->window_mask];
}

/* The window that shows these blocks, or 0. */
static uint32_t find_window(struct tw_index *index, const uint32_t blocks[TW_INDEX_SLOTS])
{
	uint64_t digest = 0;
	uint32_t w;

	for (uint32_t slot = 0; slot < TW_INDEX_SLOTS; slot++)
		digest = add_to_digest(digest, blocks[slot]);
	w = *window_bucket(index, digest);
	while (w != 0 && (index->windows[w].digest != digest || !shows(index, w, blocks)))
		w = index->windows[w].next;
	return w;
}

/* Notes how far down a window shows every block. */
static void note_whole(struct tw_index *index, uint32_t w, int64_t tip)
{
	const struct tw_index_place *places = places_of(index, w);
	struct tw_index_window *window = &index->windows[w];

	window->tip = window->whole = tip;
	while (window->whole > 0 && window->whole > tip - TW_WINDOW + 1 &&
		places[(window->whole - 1) % TW_WINDOW].block != 0)
		window->whole--;
}

/* Puts a window where find_window() finds it, unless it is a single one. */
static void enter(struct tw_index *index, uint32_t w, int64_t tip, bool is_single)
{
	struct tw_index_window *window = &index->windows[w];
	uint32_t *bucket;

	note_whole(index, w, tip);
	window->is_single = is_single;
	window->digest = 0;
	if (is_single)
		return;
	for (uint32_t slot = 0; slot < TW_INDEX_SLOTS; slot++)
		window->digest = add_to_digest(window->digest, places_of(index, w)[slot].block);
	bucket = window_bucket(index, window->digest);
	window->next = *bucket;
	*bucket = w;
}

static void withdraw(struct tw_index *index, uint32_t w)
{
	uint32_t *link = window_bucket(index, index->windows[w].digest);

	if (index->windows[w].is_single)
		return;
	while (*link != w)
		link = &index->windows[*link].next;
	*link = index->windows[w].next;
}

/* Brings the places of a window up to what the chain shows, which is these blocks where known. */
static enum tw_index_change fill(struct tw_index *index, uint32_t w, const struct tw_chain *chain,
	const uint32_t blocks[TW_INDEX_SLOTS])
{
	int64_t was_tip = index->windows[w].tip;
	bool is_same = chain->tip == was_tip, has_grown = chain->tip > was_tip;

	for (uint32_t slot = 0; slot < TW_INDEX_SLOTS; slot++) {
		uint32_t at = w * TW_INDEX_SLOTS + slot, old = index->places[at].block;
		const struct tw_point *point;

		if (old == blocks[slot] && old != 0)
			continue;
		point = shown_in(chain, slot);
		if (old == 0 && point == NULL)
			continue;
		is_same = false;
		if (old != 0) {
			int64_t height = index->blocks[old].point.height;

			has_grown = has_grown && height <= chain->tip - TW_WINDOW;
			drop(index, at);
		}
		if (point == NULL)
			continue;
		/* A known block may have been forgotten with the place that was dropped last. */
		add(index, at, find_or_make(index, point));
		has_grown = has_grown && point->height > was_tip &&
			    index->blocks[index->places[at].block].n == 1;
	}
	index->windows[w].was_tip = was_tip;
	return is_same ? TW_INDEX_SAME : has_grown ? TW_INDEX_GROWN : TW_INDEX_OTHER;
}

static void copy(struct tw_index *index, uint32_t w, const struct tw_chain *chain,
	const uint32_t blocks[TW_INDEX_SLOTS])
{
	for (uint32_t slot = 0; slot < TW_INDEX_SLOTS; slot++) {
		const struct tw_point *point = shown_in(chain, slot);

		if (point != NULL)
			add(index, w * TW_INDEX_SLOTS + slot,
				blocks[slot] != 0 ? blocks[slot] : find_or_make(index, point));
	}
}

static uint32_t make_window(struct tw_index *index)
{
	uint32_t w = index->free_window;

	if (w != 0)
		index->free_window = index->windows[w].next;
	else
		w = index->n_windows++;
	return w;
}

/* One voter fewer has the window. */
static void leave(struct tw_index *index, uint32_t w)
{
	struct tw_index_window *window = &index->windows[w];

	if (w == 0 || --window->n_voters > 0)
		return;
	withdraw(index, w);
	for (uint32_t slot = 0; slot < TW_INDEX_SLOTS; slot++) {
		if (index->places[w * TW_INDEX_SLOTS + slot].block != 0)
			drop(index, w * TW_INDEX_SLOTS + slot);
	}
	window->next = index->free_window;
	index->free_window = w;
}

/* Gives a voter the window for what its chain shows. */
static enum tw_index_change move_to(struct tw_index *index, struct tw_index_voter *voter,
	const struct tw_chain *chain, bool is_single)
{
	uint32_t blocks[TW_INDEX_SLOTS], old = voter->window, w = 0;

	if (find_blocks(index, chain, old, blocks) && !is_single)
		w = find_window(index, blocks);
	if (w != 0 && w == old)
		return TW_INDEX_SAME;
	if (w == 0 && old != 0 && index->windows[old].n_voters == 1) {
		bool was_single = index->windows[old].is_single;
		enum tw_index_change change;

		/* Nobody else has the old one. */
		withdraw(index, old);
		change = fill(index, old, chain, blocks);
		enter(index, old, chain->tip, is_single);
		return is_single == was_single ? change : TW_INDEX_OTHER;
	}
	if (w == 0) {
		w = make_window(index);
		copy(index, w, chain, blocks);
		enter(index, w, chain->tip, is_single);
	}
	index->windows[w].n_voters++;
	leave(index, old);
	voter->window = w;
	return TW_INDEX_OTHER;
}

enum tw_index_change tw_index_take(struct tw_index *index, uint32_t i, const struct tw_chain *chain,
	bool is_changed, bool is_single)
{
	struct tw_index_voter *voter = &index->voters[i];

	if (voter->chain == chain &&
		(chain == NULL || (!is_changed && voter->revision == chain->revision &&
					  index->windows[voter->window].is_single == is_single)))
		return TW_INDEX_SAME;
	voter->chain = chain;
	voter->revision = chain == NULL ? 0 : chain->revision;
	if (chain != NULL)
		return move_to(index, voter, chain, is_single);
	leave(index, voter->window);
	voter->window = 0;
	return TW_INDEX_OTHER;
}

uint32_t tw_index_settle(struct tw_index *index, int32_t *ret_voters)
{
	uint32_t n = 0;

	for (uint32_t w = 1; w < index->n_windows; w++)
		index->windows[w].voter = -1;
	for (uint32_t i = 0; i < index->n; i++) {
		struct tw_index_window *window = &index->windows[index->voters[i].window];

		if (index->voters[i].window == 0 || window->voter >= 0)
			continue;
		window->voter = (int32_t)i;
		ret_voters[n++] = (int32_t)i;
	}
	return n;
}

uint32_t tw_index_at(const struct tw_index *index, int32_t i, int64_t height)
{
	const struct tw_chain *chain = index->voters[i].chain;
	const struct tw_index_place *places = tw_index_places(index, i);
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
