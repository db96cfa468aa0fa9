/* See pushes.h. */
#include "serve/pushes.h"
#include "base/time.h"

typedef int64_t value_fn(
	const struct tw_status_source *source, const struct tw_p2p_delays_block *block);

static int64_t height_of(
	const struct tw_status_source *source, const struct tw_p2p_delays_block *block)
{
	(void)source;
	return block->height;
}

static int64_t pushed_of(
	const struct tw_status_source *source, const struct tw_p2p_delays_block *block)
{
	return tw_status_loop_ms(source, block->pushed_us);
}

static int64_t checked_of(
	const struct tw_status_source *source, const struct tw_p2p_delays_block *block)
{
	return tw_status_loop_ms(source, block->shown_us);
}

static void write_node(const struct tw_status_source *source, int32_t node, struct tw_emit *json)
{
	static const struct {
		const char *key;
		value_fn *value_of;
	} lists[] = {
		{ "height", height_of },
		{ "pushed_ms", pushed_of },
		{ "checked_ms", checked_of },
	};
	const struct tw_p2p_state *link = tw_status_link(source, node);
	struct tw_p2p_delays_block blocks[TW_P2P_DELAYS_MAX];
	uint32_t n = tw_p2p_delays_list(&link->delays, blocks);

	tw_emit_open_map(json);
	tw_emit_put_text(json, "name", tw_config_name(source->config, node, NULL));
	tw_emit_put_text(json, "state", tw_p2p_phase_word(link->phase));
	for (size_t i = 0; i < TW_ARRAY_SIZE(lists); i++) {
		tw_emit_key(json, lists[i].key);
		tw_emit_open_array(json);
		for (uint32_t k = 0; k < n; k++)
			tw_emit_int_or_null(json, lists[i].value_of(source, &blocks[k]));
		tw_emit_close_array(json);
	}
	tw_emit_close_map(json);
}

void tw_pushes_write(const struct tw_status_source *source, struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);

	tw_emit_open_map(json);
	tw_emit_put_int(json, "v", 1);
	tw_emit_put_int(json, "now_ms", source->wall_us / TW_MS);
	tw_emit_key(json, "daemons");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < source->config->n_nodes; i++) {
		if (tw_status_link(source, (int32_t)i) != NULL)
			write_node(source, (int32_t)i, json);
	}
	tw_emit_close_array(json);
	tw_emit_close_map(json);
	tw_emit_destroy(json);
}
