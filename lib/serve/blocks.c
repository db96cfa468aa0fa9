/* See blocks.h. */
#include "serve/blocks.h"
#include "block/record.h"

static void write_counts(const struct tw_block_counts *counts, struct tw_emit *json)
{
	tw_emit_open_map(json);
	for (int i = 0; i < TW_BLOCK_STATES; i++)
		tw_emit_put_int(json, tw_block_word((enum tw_block_state)i), counts->by_state[i]);
	tw_emit_close_map(json);
}

static void write_list(const struct tw_block_book *book, int64_t since_ms, struct tw_emit *json)
{
	uint32_t n = 0;

	tw_emit_open_array(json);
	for (uint32_t i = book->n; i-- > 0 && n < TW_BLOCKS_MAX; n++) {
		if (book->blocks[i]->found_ms < since_ms)
			break;
		tw_block_record_write(book->blocks[i], json);
	}
	tw_emit_close_array(json);
}

void tw_blocks_write(const struct tw_block_book *book, int64_t since_ms, struct tw_buf *out)
{
	static const struct tw_block_book none;
	struct tw_emit *json = tw_emit_create(out);
	struct tw_block_counts counts;

	tw_block_book_count(book == NULL ? &none : book, &counts);
	tw_emit_open_map(json);
	tw_emit_put_int(json, "v", 1);
	tw_emit_put_bool(json, "kept", book != NULL);
	tw_emit_key(json, "counts");
	write_counts(&counts, json);
	tw_emit_put_int(json, "recent", counts.n_settled);
	tw_emit_put_int(json, "recent_lost", counts.n_lost);
	tw_emit_key(json, "blocks");
	write_list(book == NULL ? &none : book, since_ms, json);
	tw_emit_close_map(json);
	tw_emit_destroy(json);
}
