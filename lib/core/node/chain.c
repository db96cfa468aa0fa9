/* See chain.h. */
#include "core/node/chain.h"
#include "base/num.h"
#include <assert.h>

void tw_chain_init(struct tw_chain *chain)
{
	chain->tip = TW_UNKNOWN;
	chain->n_extras = 0;
	chain->revision = 0;
	for (size_t i = 0; i < TW_WINDOW; i++)
		chain->pairs[i].height = TW_UNKNOWN;
}

const struct tw_hash *tw_chain_at(const struct tw_chain *chain, int64_t height)
{
	if (height < 0 || height > chain->tip)
		return NULL;
	if (height > chain->tip - TW_WINDOW) {
		const struct tw_point *pair = &chain->pairs[height % TW_WINDOW];

		return pair->height == height ? &pair->hash : NULL;
	}
	for (uint32_t i = 0; i < chain->n_extras; i++) {
		if (chain->extras[i].height == height)
			return &chain->extras[i].hash;
	}
	return NULL;
}

int64_t tw_chain_next_known(const struct tw_chain *chain, int64_t from)
{
	int64_t bottom = chain->tip - TW_WINDOW + 1;

	if (chain->tip < 0 || from > chain->tip)
		return TW_UNKNOWN;
	/* Extras are highest first, so the last one that is high enough is the lowest. */
	for (uint32_t i = chain->n_extras; i > 0; i--) {
		if (chain->extras[i - 1].height >= from)
			return chain->extras[i - 1].height;
	}
	for (int64_t h = tw_max(tw_max(from, bottom), 0); h <= chain->tip; h++) {
		if (chain->pairs[h % TW_WINDOW].height == h)
			return h;
	}
	return TW_UNKNOWN;
}

int64_t tw_chain_lowest(const struct tw_chain *chain)
{
	return tw_chain_next_known(chain, 0);
}

int64_t tw_chain_prev_known(const struct tw_chain *chain, int64_t from)
{
	int64_t bottom = chain->tip - TW_WINDOW;

	for (int64_t h = from < chain->tip ? from : chain->tip; h > bottom && h >= 0; h--) {
		if (chain->pairs[h % TW_WINDOW].height == h)
			return h;
	}
	for (uint32_t i = 0; i < chain->n_extras; i++) {
		if (chain->extras[i].height <= from)
			return chain->extras[i].height;
	}
	return TW_UNKNOWN;
}

bool tw_chain_differs(const struct tw_chain *a, const struct tw_chain *b)
{
	int64_t h = tw_chain_prev_known(a, b->tip);

	while (h >= 0 && tw_chain_at(b, h) == NULL)
		h = tw_chain_prev_known(a, h - 1);
	return h >= 0 && !tw_hash_equal(tw_chain_at(a, h), tw_chain_at(b, h));
}

/* How an observation compares with a window. TW_UNKNOWN: there is no such height. */
struct comparison {
	int64_t shared;   /* highest height at which both show the same block */
	int64_t above;    /* lowest height above shared that the observation shows */
	int64_t lowest;   /* lowest height at which they differ */
	int64_t poisoned; /* highest height at or below shared at which they differ */
};

static void compare_point(
	const struct tw_chain *chain, const struct tw_point *point, struct comparison *cmp)
{
	const struct tw_hash *known = tw_chain_at(chain, point->height);

	if (known == NULL)
		return;
	if (tw_hash_equal(known, &point->hash)) {
		if (point->height > cmp->shared)
			cmp->shared = point->height;
	} else if (cmp->lowest < 0 || point->height < cmp->lowest) {
		cmp->lowest = point->height;
	}
}

static void note_point(
	const struct tw_chain *chain, const struct tw_point *point, struct comparison *cmp)
{
	const struct tw_hash *known;

	if (point->height > cmp->shared) {
		if (cmp->above < 0 || point->height < cmp->above)
			cmp->above = point->height;
		return;
	}
	known = tw_chain_at(chain, point->height);
	if (known != NULL && !tw_hash_equal(known, &point->hash) && point->height > cmp->poisoned)
		cmp->poisoned = point->height;
}

static struct comparison compare(const struct tw_chain *chain, const struct tw_observation *obs)
{
	struct comparison cmp = { TW_UNKNOWN, TW_UNKNOWN, TW_UNKNOWN, TW_UNKNOWN };

	for (uint32_t i = 0; i < obs->n_chain; i++)
		compare_point(chain, &obs->chain[i], &cmp);
	for (uint32_t i = 0; i < obs->n_at; i++)
		compare_point(chain, &obs->at[i], &cmp);
	for (uint32_t i = 0; i < obs->n_chain; i++)
		note_point(chain, &obs->chain[i], &cmp);
	for (uint32_t i = 0; i < obs->n_at; i++)
		note_point(chain, &obs->at[i], &cmp);
	return cmp;
}

static void add_extra(struct tw_chain *chain, const struct tw_point *point)
{
	uint32_t i = 0;

	while (i < chain->n_extras && chain->extras[i].height > point->height)
		i++;
	if (i < chain->n_extras && chain->extras[i].height == point->height) {
		chain->extras[i] = *point;
		return;
	}
	if (i == TW_CHAIN_EXTRAS)
		return;
	if (chain->n_extras == TW_CHAIN_EXTRAS)
		chain->n_extras--;
	memmove(&chain->extras[i + 1], &chain->extras[i],
		(chain->n_extras - i) * sizeof(chain->extras[0]));
	chain->extras[i] = *point;
	chain->n_extras++;
}

static void add_point(struct tw_chain *chain, const struct tw_point *point)
{
	if (point->height > chain->tip - TW_WINDOW)
		chain->pairs[point->height % TW_WINDOW] = *point;
	else
		add_extra(chain, point);
}

/* Forgets all points above `above`, and those at `below` and under it. */
static void trim(struct tw_chain *chain, int64_t above, int64_t below)
{
	uint32_t kept = 0;

	for (size_t i = 0; i < TW_WINDOW; i++) {
		if (chain->pairs[i].height > above || chain->pairs[i].height <= below)
			chain->pairs[i].height = TW_UNKNOWN;
	}
	for (uint32_t i = 0; i < chain->n_extras; i++) {
		if (chain->extras[i].height <= above && chain->extras[i].height > below)
			chain->extras[kept++] = chain->extras[i];
	}
	chain->n_extras = kept;
}

void tw_chain_update(struct tw_chain *chain, const struct tw_observation *obs)
{
	struct comparison cmp;
	int64_t old_tip = chain->tip;

	assert(obs->n_chain > 0);
	chain->revision++;
	cmp = compare(chain, obs);
	/* Most often the new tip is on top of the old one, and all of the window stays. */
	if (cmp.shared < old_tip || cmp.poisoned >= 0)
		trim(chain, cmp.shared, cmp.poisoned);
	chain->tip = obs->chain[0].height;
	/* When the tip goes down, the dense part moves down with it: extras may lie in it now. */
	if (chain->tip < old_tip) {
		struct tw_point extras[TW_CHAIN_EXTRAS];
		uint32_t n = chain->n_extras;

		memcpy(extras, chain->extras, sizeof(extras));
		chain->n_extras = 0;
		for (uint32_t i = 0; i < n; i++)
			add_point(chain, &extras[i]);
	}
	/* Among them is the block that links the old part: it stays, as an extra if the dense part
	 * has moved on. */
	for (uint32_t i = 0; i < obs->n_at; i++)
		add_point(chain, &obs->at[i]);
	for (uint32_t i = 0; i < obs->n_chain; i++)
		add_point(chain, &obs->chain[i]);
}

void tw_chain_cut(const struct tw_chain *chain, int64_t height, struct tw_chain *ret_chain)
{
	uint64_t revision = ret_chain->revision;

	tw_chain_init(ret_chain);
	ret_chain->revision = revision + 1;
	ret_chain->tip = height;
	for (size_t i = 0; i < TW_WINDOW; i++) {
		if (chain->pairs[i].height >= 0 && chain->pairs[i].height <= height)
			add_point(ret_chain, &chain->pairs[i]);
	}
	for (uint32_t i = 0; i < chain->n_extras; i++) {
		if (chain->extras[i].height <= height)
			add_point(ret_chain, &chain->extras[i]);
	}
}

/* The next height to try when all that was compared so far differs, or TW_UNKNOWN. */
static int64_t step_back(
	const struct tw_chain *chain, const struct tw_observation *obs, int64_t lowest_difference)
{
	int64_t top = obs->chain[0].height < chain->tip ? obs->chain[0].height : chain->tip;
	int64_t distance, next;

	if (lowest_difference == TW_UNKNOWN)
		return tw_chain_prev_known(chain, top);
	distance = top - lowest_difference;
	if (distance >= TW_LOOK_BACK_MAX)
		return TW_UNKNOWN;
	distance = distance == 0 ? 1 : 2 * distance;
	if (distance > TW_LOOK_BACK_MAX)
		distance = TW_LOOK_BACK_MAX;
	next = tw_chain_prev_known(chain, top - distance);
	if (next >= 0)
		return next;
	/* Nothing is known that far down: the lowest known height is tried instead. */
	next = tw_chain_lowest(chain);
	return next < lowest_difference ? next : TW_UNKNOWN;
}

int64_t tw_chain_next_question(const struct tw_chain *chain, const struct tw_observation *obs)
{
	struct comparison cmp;
	int64_t low, high, middle;

	assert(obs->n_chain > 0);
	cmp = compare(chain, obs);
	low = obs->chain[0].height - obs->n_chain;
	if (cmp.shared < 0) {
		int64_t next;

		if (obs->n_chain < 4 && low >= 0)
			return low;
		if (obs->n_at == TW_AT_MAX)
			return TW_UNKNOWN;
		next = step_back(chain, obs, cmp.lowest);
		return next >= 0 && tw_observation_at(obs, next) == NULL ? next : TW_UNKNOWN;
	}
	/* Linked, over a few blocks that were not shown: another node may fork off there. */
	if (low > cmp.shared && low - cmp.shared <= TW_FILL_MAX)
		return low;
	/* Between the shared block and the next one that the node showed, more blocks of the window
	 * may be shared: the bisection finds the highest. */
	high = cmp.above < 0 ? obs->chain[0].height : cmp.above;
	if (high > chain->tip + 1)
		high = chain->tip + 1;
	if (high <= cmp.shared + 1 || obs->n_at == TW_AT_MAX)
		return TW_UNKNOWN;
	middle = tw_chain_prev_known(chain, cmp.shared + (high - cmp.shared) / 2);
	if (middle <= cmp.shared)
		middle = tw_chain_next_known(chain, cmp.shared + 1);
	return middle > cmp.shared && middle < high ? middle : TW_UNKNOWN;
}
