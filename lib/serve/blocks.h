/* The blocks object: what became of the found blocks, newest first (tipwatch-control(7)). */
#ifndef TW_SERVE_BLOCKS_H
#define TW_SERVE_BLOCKS_H

#include "base/buf.h"
#include "block/book.h"

enum { TW_BLOCKS_MAX = 500 }; /* blocks in one object; the older ones are left out */

/*
 * Writes the object in one line, without a newline: blocks found at since_ms or later. book is NULL
 * where no found blocks are kept.
 */
void tw_blocks_write(const struct tw_block_book *book, int64_t since_ms, struct tw_buf *out);

#endif
