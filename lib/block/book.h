/* All blocks that are remembered, in the order in which they were found. */
#ifndef TW_BLOCK_BOOK_H
#define TW_BLOCK_BOOK_H

#include "block/block.h"

/* The oldest one that is final is forgotten for a new one beyond this, at the worst the oldest. */
enum { TW_BLOCK_BOOK_MAX = 2000 };

struct tw_block_book {
	uint32_t n;
	struct tw_block *blocks[TW_BLOCK_BOOK_MAX]; /* the oldest first; owned */
};

/* Counts of a book, for metrics and pages. */
struct tw_block_counts {
	uint32_t by_state[TW_BLOCK_STATES];
	uint32_t n_accepted;       /* blocks that a daemon has taken, and */
	int64_t accepted_after_ms; /* the sum of the times that this took */
	uint32_t n_settled;        /* of the last 100 whose fate is known: */
	uint32_t n_lost;           /* orphaned, stale, refused or lost */
	uint32_t n_sent;           /* blocks that were sent, and of these */
	uint32_t n_everywhere;     /* those that every daemon they were sent to has */
};

void tw_block_book_finish(struct tw_block_book *book); /* takes a zeroed one */
/* Adds a block, which is then owned by the book; one with the same id is replaced. Returns the
 * number of blocks that were dropped for it. */
uint32_t tw_block_book_add(struct tw_block_book *book, struct tw_block *block);
/* NULL: there is none. */
struct tw_block *tw_block_book_find(const struct tw_block_book *book, const char *id);
void tw_block_book_count(const struct tw_block_book *book, struct tw_block_counts *ret_counts);
/* Whether the network went on without a block of this state. */
bool tw_block_book_is_lost(enum tw_block_state state);

#endif
