/*
 * A block as a JSON object: a line of the journal of blocks, which holds everything that a restart
 * needs, and an entry of what tipwatchd answers, which has the sentence besides. The keys are
 * public interface: a new key comes last in its object.
 */
#ifndef TW_BLOCK_RECORD_H
#define TW_BLOCK_RECORD_H

#include "block/block.h"
#include "json/emit.h"

enum { TW_BLOCK_RECORD_MAX = 64 * 1024 }; /* bytes of a line, without its end */

/* Writes a value of json: the object, with the sentence. */
void tw_block_record_write(const struct tw_block *block, struct tw_emit *json);
/* Appends the object to out, without a newline. */
void tw_block_record_format(const struct tw_block *block, struct tw_buf *out);
/* Reads a line. Returns 0, -EINVAL (it is none) or -ENOMEM. */
int tw_block_record_parse(const char *line, size_t len, struct tw_block **ret_block);

#endif
