/*
 * The journal of blocks, blocks.jsonl in the state directory: a line (block/record.h) for every
 * change of a block, the last one of each counts. A line is written before what it is about is
 * done, at once and by this thread: a tipwatchd that is killed must know afterwards what it has
 * sent. A file that grew too large is renamed to its name and ".1", and one with a line for each
 * block that is remembered takes its place.
 */
#ifndef TW_IO_VAULT_LEDGER_H
#define TW_IO_VAULT_LEDGER_H

#include "block/book.h"
#include <limits.h>

enum { TW_LEDGER_MAX = 16 << 20 }; /* bytes of a file */

struct tw_ledger {
	char path[PATH_MAX];
	int fd; /* -1: it cannot be opened */
	int64_t size;
	int64_t max;
	bool has_warned; /* that it cannot be written, and it still cannot */
};

/* Reads what there is into book, and opens the file for appending. max: its size, TW_LEDGER_MAX. A
 * failure is logged; the blocks are then remembered until the end of this process only. 0 or
 * -ENOMEM. */
int tw_ledger_open(
	struct tw_ledger *ledger, const char *dir, int64_t max, struct tw_block_book *book);
void tw_ledger_close(struct tw_ledger *ledger);
/* Appends the line of a block; book is for a new file where one is due. */
void tw_ledger_put(
	struct tw_ledger *ledger, const struct tw_block_book *book, const struct tw_block *block);

#endif
