/* See book.h. */
#include "block/book.h"
#include <string.h>

enum { SHARE_OF = 100 };

void tw_block_book_finish(struct tw_block_book *book)
{
	for (uint32_t i = 0; i < book->n; i++)
		tw_block_destroy(book->blocks[i]);
	book->n = 0;
}

static void drop(struct tw_block_book *book, uint32_t i)
{
	tw_block_destroy(book->blocks[i]);
	book->n--;
	memmove(&book->blocks[i], &book->blocks[i + 1], (book->n - i) * sizeof(book->blocks[0]));
}

uint32_t tw_block_book_add(struct tw_block_book *book, struct tw_block *block)
{
	uint32_t at, n_dropped = 0;

	for (uint32_t i = 0; i < book->n; i++) {
		if (strcmp(book->blocks[i]->id, block->id) != 0)
			continue;
		tw_block_destroy(book->blocks[i]);
		book->blocks[i] = block;
		return 0;
	}
	if (book->n == TW_BLOCK_BOOK_MAX) {
		for (at = 0; at < book->n && !book->blocks[at]->is_final; at++)
			;
		drop(book, at < book->n ? at : 0);
		n_dropped = 1;
	}
	for (at = book->n; at > 0 && book->blocks[at - 1]->found_ms > block->found_ms; at--)
		book->blocks[at] = book->blocks[at - 1];
	book->blocks[at] = block;
	book->n++;
	return n_dropped;
}

struct tw_block *tw_block_book_find(const struct tw_block_book *book, const char *id)
{
	for (uint32_t i = book->n; i-- > 0;) {
		if (strcmp(book->blocks[i]->id, id) == 0)
			return book->blocks[i];
	}
	return NULL;
}

bool tw_block_book_is_lost(enum tw_block_state state)
{
	switch (state) {
	case TW_BLOCK_ORPHANED:
	case TW_BLOCK_REFUSED:
	case TW_BLOCK_STALE:
	case TW_BLOCK_LOST:
		return true;
	case TW_BLOCK_FOUND:
	case TW_BLOCK_SENT:
	case TW_BLOCK_ACCEPTED:
	case TW_BLOCK_ON_MAIN:
	case TW_BLOCK_BURIED:
		break;
	}
	return false;
}

static void count_spread(const struct tw_block *block, struct tw_block_counts *counts)
{
	bool is_sent = false, is_everywhere = true;

	for (uint32_t i = 0; i < block->n_peers; i++) {
		if (block->peers[i].n_sends == 0)
			continue;
		is_sent = true;
		is_everywhere = is_everywhere && tw_block_is_taken(block->peers[i].answer);
	}
	counts->n_sent += is_sent;
	counts->n_everywhere += is_sent && is_everywhere;
}

void tw_block_book_count(const struct tw_block_book *book, struct tw_block_counts *ret_counts)
{
	*ret_counts = (struct tw_block_counts){ 0 };
	for (uint32_t i = book->n; i-- > 0;) {
		const struct tw_block *block = book->blocks[i];
		int64_t accepted_ms = tw_block_accepted_ms(block);
		bool is_lost = tw_block_book_is_lost(block->state);

		ret_counts->by_state[block->state]++;
		if (accepted_ms != TW_UNKNOWN) {
			ret_counts->n_accepted++;
			ret_counts->accepted_after_ms += accepted_ms - block->found_ms;
		}
		count_spread(block, ret_counts);
		if (ret_counts->n_settled < SHARE_OF &&
			(is_lost || block->state == TW_BLOCK_ON_MAIN ||
				block->state == TW_BLOCK_BURIED)) {
			ret_counts->n_settled++;
			ret_counts->n_lost += is_lost;
		}
	}
}
