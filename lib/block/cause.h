/* Why a block became what it is: one sentence for people. */
#ifndef TW_BLOCK_CAUSE_H
#define TW_BLOCK_CAUSE_H

#include "base/buf.h"
#include "block/block.h"

/* A block that took longer than this to be accepted was submitted slowly. */
enum { TW_BLOCK_CAUSE_SLOW_MS = 1000 };

/* Appends the sentence, without a capital and without a full stop. Errors stick in out. */
void tw_block_cause_write(const struct tw_block *block, struct tw_buf *out);

#endif
