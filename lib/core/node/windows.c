/* See windows.h. */
#include "core/node/windows.h"
#include <errno.h>
#include <stdlib.h>

int tw_windows_init(struct tw_windows *windows, uint32_t n_nodes)
{
	uint32_t n_buckets = 1;

	while (n_buckets < n_nodes)
		n_buckets *= 2;
	*windows = (struct tw_windows){ .n_windows = 1, .bucket_mask = n_buckets - 1 };
	/* Where all have one of their own, none is made before another one is given up. */
	windows->windows = calloc((size_t)n_nodes + 1, sizeof(windows->windows[0]));
	windows->buckets = calloc(n_buckets, sizeof(windows->buckets[0]));
	if (windows->windows == NULL || windows->buckets == NULL) {
		tw_windows_finish(windows);
		return -ENOMEM;
	}
	return 0;
}

void tw_windows_finish(struct tw_windows *windows)
{
	free(windows->windows);
	free(windows->buckets);
	*windows = (struct tw_windows){ 0 };
}

/* --- finding one --- */

/* Of what the chain shows now or may show again, when its tip goes down. */
static uint64_t digest_of(const struct tw_chain *chain)
{
	uint64_t digest = (uint64_t)chain->tip;

	for (size_t i = 0; i < TW_WINDOW; i++) {
		uint64_t part;

		if (chain->pairs[i].height < 0)
			continue;
		memcpy(&part, chain->pairs[i].hash.bytes, sizeof(part));
		digest = (digest ^ part ^ (uint64_t)chain->pairs[i].height) *
			 UINT64_C(0x9e3779b97f4a7c15);
	}
	return digest;
}

static bool is_same_point(const struct tw_point *a, const struct tw_point *b)
{
	return a->height == b->height && (a->height < 0 || tw_hash_equal(&a->hash, &b->hash));
}

static bool is_same(const struct tw_chain *a, const struct tw_chain *b)
{
	bool is_same = a->tip == b->tip && a->n_extras == b->n_extras;

	for (size_t i = 0; is_same && i < TW_WINDOW; i++)
		is_same = is_same_point(&a->pairs[i], &b->pairs[i]);
	for (uint32_t i = 0; is_same && i < a->n_extras; i++)
		is_same = is_same_point(&a->extras[i], &b->extras[i]);
	return is_same;
}

static uint32_t *bucket_of(struct tw_windows *windows, uint64_t digest)
{
	return &windows->buckets[digest >> 32 & windows->bucket_mask];
}

/* The window that is the same as one that is not entered, or 0. */
static uint32_t find(struct tw_windows *windows, uint32_t w)
{
	const struct tw_window *wanted = &windows->windows[w];
	uint32_t twin = *bucket_of(windows, wanted->digest);

	while (twin != 0 && (windows->windows[twin].digest != wanted->digest ||
				    !is_same(&windows->windows[twin].chain, &wanted->chain)))
		twin = windows->windows[twin].next;
	return twin;
}

/* --- having one --- */

static uint32_t take_free(struct tw_windows *windows)
{
	uint32_t w = windows->free;

	if (w == 0)
		return windows->n_windows++;
	windows->free = windows->windows[w].next;
	return w;
}

/* A node has the window, which is new or was changed: or another one that is the same. */
static const struct tw_chain *enter(struct tw_windows *windows, uint32_t w)
{
	struct tw_window *window = &windows->windows[w];
	uint32_t *bucket, twin;

	window->digest = digest_of(&window->chain);
	twin = find(windows, w);
	if (twin != 0) {
		window->next = windows->free;
		windows->free = w;
		windows->windows[twin].n_nodes++;
		return &windows->windows[twin].chain;
	}
	window->chain.revision = ++windows->revision;
	window->n_nodes = 1;
	bucket = bucket_of(windows, window->digest);
	window->next = *bucket;
	*bucket = w;
	return &window->chain;
}

/* Nobody has the window any more. */
static void withdraw(struct tw_windows *windows, uint32_t w)
{
	uint32_t *link = bucket_of(windows, windows->windows[w].digest);

	while (*link != w)
		link = &windows->windows[*link].next;
	*link = windows->windows[w].next;
}

const struct tw_chain *tw_windows_add(struct tw_windows *windows, const struct tw_chain *chain)
{
	uint32_t w = take_free(windows);

	if (chain == NULL)
		tw_chain_init(&windows->windows[w].chain);
	else
		windows->windows[w].chain = *chain;
	return enter(windows, w);
}

const struct tw_chain *tw_windows_update(
	struct tw_windows *windows, const struct tw_chain *chain, const struct tw_observation *obs)
{
	/* A chain is the first part of its window. */
	uint32_t w = (uint32_t)((const struct tw_window *)(const void *)chain - windows->windows);

	if (--windows->windows[w].n_nodes == 0) {
		withdraw(windows, w);
	} else {
		w = take_free(windows);
		windows->windows[w].chain = *chain;
	}
	tw_chain_update(&windows->windows[w].chain, obs);
	return enter(windows, w);
}
