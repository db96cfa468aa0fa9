/*
 * Which windows show a block: a table from blocks to the windows that have them. Voters that show
 * the same blocks have one window, and the first of them stands for all: most often there are few
 * windows, however many voters there are. The table is kept from count to count. Each count brings
 * only the voters up to date whose chains have changed since the last one, which is most often one
 * by one block. So to find out who shares a block with whom costs no comparison of windows.
 */
#ifndef TW_CORE_VOTE_INDEX_H
#define TW_CORE_VOTE_INDEX_H

#include "core/node/chain.h"

/* Places for the blocks of one window: the dense part, then the extras. */
enum { TW_INDEX_SLOTS = TW_WINDOW + TW_CHAIN_EXTRAS };

/* A block that at least one window has. Blocks are numbered from 1; 0 stands for no block. */
struct tw_index_block {
	struct tw_point point;
	uint32_t n;       /* windows that have it */
	uint32_t first;   /* the place of one of them */
	uint32_t next;    /* the next block in the same bucket, or on the list of free ones */
	uint32_t below;   /* a block that some of them show right below it, or 0 */
	uint32_t n_below; /* of them those that do, within the dense parts of their windows */
	int32_t value;    /* what the present round has noted of it (tw_index_note()) */
	uint64_t round;
};

/* A place in a window. The places with one block form a ring. */
struct tw_index_place {
	uint32_t block; /* 0: none, and no ring */
	uint32_t next;
	uint32_t prev;
};

/* What one or more voters show, as it was last taken in. */
struct tw_index_window {
	int32_t voter;     /* who stands for it */
	uint32_t n_voters; /* 0: the window is not used now */
	uint32_t n_shared; /* places whose block another window has too */
	bool is_single;    /* no other voter may have it, whatever it shows */
	int64_t tip;
	int64_t was_tip; /* before it has grown last */
	int64_t whole;   /* it shows every block from this height up to its tip */
	uint64_t digest;
	uint32_t next; /* the next window in the same bucket, or on the list of free ones */
};

/* A voter as it was last taken in. */
struct tw_index_voter {
	const struct tw_chain *chain; /* NULL: it does not vote */
	uint64_t revision;
	uint32_t window; /* counted from 1; 0: it does not vote */
};

/* What has changed of a voter since it was last taken in. */
enum tw_index_change {
	TW_INDEX_SAME,
	/* It has a window of its own, and shows more blocks on top, which nobody else shows: what
	 * it showed before is the same, but for blocks that have left the dense part. */
	TW_INDEX_GROWN,
	TW_INDEX_OTHER,
};

struct tw_index {
	uint32_t n; /* voters */
	struct tw_index_voter *voters;
	struct tw_index_window *windows; /* window 0 is none */
	uint32_t n_windows;              /* that were ever used, with window 0 */
	uint32_t free_window;            /* list of those that are not used now */
	uint32_t *window_buckets;        /* by their digests */
	uint32_t window_mask;
	struct tw_index_place *places; /* TW_INDEX_SLOTS for each window */
	struct tw_index_block *blocks;
	uint32_t n_blocks; /* blocks that were ever used, with block 0 */
	uint32_t free;     /* list of those that are not used now */
	uint32_t *buckets;
	uint32_t bucket_mask;
	uint64_t round;
};

/* An empty table for n voters. Returns 0 or -ENOMEM. */
int tw_index_init(struct tw_index *index, uint32_t n);
/* All zero is allowed. */
void tw_index_finish(struct tw_index *index);

/*
 * Takes in the chain of voter i: NULL where it does not vote. The chain is borrowed until the next
 * call for this voter. is_changed: its revision does not tell whether it has changed. is_single: it
 * has a window of its own.
 */
enum tw_index_change tw_index_take(struct tw_index *index, uint32_t i, const struct tw_chain *chain,
	bool is_changed, bool is_single);
/*
 * After the chains were taken in: finds who stands for each window, and puts these voters into
 * ret_voters, lowest first. Returns how many there are. What follows is asked about these only.
 */
uint32_t tw_index_settle(struct tw_index *index, int32_t *ret_voters);
/* Who stands for voter i; -1: it does not vote. */
static inline int32_t tw_index_stands_for(const struct tw_index *index, int32_t i)
{
	return index->windows[index->voters[i].window].voter;
}
static inline const struct tw_index_window *tw_index_window(const struct tw_index *index, int32_t i)
{
	return &index->windows[index->voters[i].window];
}
/* Whether voter i shows height, where that is found out at once: not where it may be below a hole.
 */
static inline bool tw_index_shows(const struct tw_index *index, int32_t i, int64_t height)
{
	const struct tw_index_window *window = tw_index_window(index, i);

	return height >= window->whole && height <= window->tip;
}
/* The block of a point, or 0 where nobody shows it. */
uint32_t tw_index_find(struct tw_index *index, const struct tw_point *point);
/* The block that voter i shows at height, or 0. */
uint32_t tw_index_at(const struct tw_index *index, int32_t i, int64_t height);
static inline const struct tw_hash *tw_index_hash(const struct tw_index *index, uint32_t block)
{
	return &index->blocks[block].point.hash;
}
/* The places of voter i: first those of the dense part, by height modulo TW_WINDOW. */
static inline const struct tw_index_place *tw_index_places(const struct tw_index *index, int32_t i)
{
	return &index->places[(size_t)index->voters[i].window * TW_INDEX_SLOTS];
}
/* Whether all windows that have the block, and no others, have one and the same block below it. */
static inline bool tw_index_goes_on(const struct tw_index *index, uint32_t id)
{
	const struct tw_index_block *block = &index->blocks[id];

	return block->n_below == block->n && index->blocks[block->below].n == block->n;
}
/* Who stands for the window that a place belongs to. */
static inline int32_t tw_index_voter(const struct tw_index *index, uint32_t place)
{
	return index->windows[place / TW_INDEX_SLOTS].voter;
}

/* Begins a round: nothing is noted of any block. */
static inline void tw_index_begin(struct tw_index *index)
{
	index->round++;
}
static inline void tw_index_note(struct tw_index *index, uint32_t block, int32_t value)
{
	index->blocks[block].value = value;
	index->blocks[block].round = index->round;
}
/* What this round has noted of a block, or -1. */
static inline int32_t tw_index_noted(const struct tw_index *index, uint32_t block)
{
	return index->blocks[block].round == index->round ? index->blocks[block].value : -1;
}

#endif
