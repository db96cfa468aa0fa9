/* The blocks object for people: what became of each found block, newest first. */
#ifndef TW_SHOW_BLOCKS_H
#define TW_SHOW_BLOCKS_H

#include "show/text.h"
#include "json/json.h"

/* Writes a line and a sentence for each block of a blocks object, and then the share that was lost.
 * Times are in the local time zone. */
void tw_show_blocks_table(const struct tw_json_node *blocks, const struct tw_text *text);

#endif
