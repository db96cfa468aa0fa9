/* See history.h. */
#include "history.h"
#include "journal/journal.h"
#include <string.h>

/* --- the forest --- */

bool history_is_ancestor(const struct history *history, int a, int b)
{
	int64_t height = history->blocks[a].point.height;

	while (b >= 0 && history->blocks[b].point.height > height)
		b = history->blocks[b].parent;
	return a == b;
}

bool history_conflict(const struct history *history, int a, int b)
{
	return !history_is_ancestor(history, a, b) && !history_is_ancestor(history, b, a);
}

int history_find(const struct history *history, const struct tw_point *point)
{
	int id;

	memcpy(&id, &point->hash.bytes[8], sizeof(id));
	return id >= 0 && id < history->n_blocks &&
			       tw_hash_equal(&history->blocks[id].point.hash, &point->hash)
		       ? id
		       : -1;
}

int history_add_block(struct history *history, int parent, uint8_t first)
{
	int id = history->n_blocks;
	struct history_block *block = &history->blocks[id];

	if (id == HISTORY_BLOCKS)
		return parent;
	history->n_blocks++;
	*block = (struct history_block){ .parent = parent };
	block->point.height = parent < 0 ? 1000 : history->blocks[parent].point.height + 1;
	block->point.hash.bytes[0] = first;
	memcpy(&block->point.hash.bytes[8], &id, sizeof(id));
	return id;
}

/* --- witnesses --- */

uint32_t history_count_witnesses(
	const struct history *history, int64_t t_us, const struct tw_chain *chain, int64_t height)
{
	bool has_said[TW_WITNESSES_MAX] = { false };
	uint32_t n = 0;

	for (uint32_t i = 0; i < history->n_records; i++) {
		const struct history_record *record = &history->records[i];

		if (record->kind != HISTORY_WITNESS || record->t_us > t_us ||
			record->tip.height <= height || has_said[record->slot] ||
			!tw_chain_has(chain, &record->tip))
			continue;
		has_said[record->slot] = true;
		n++;
	}
	return n;
}

/* --- feeding and printing --- */

void history_observe(const struct history *history, const struct history_record *record,
	struct tw_observation *ret_obs)
{
	int block = record->block;

	tw_observation_init(ret_obs, record->result);
	for (uint32_t i = 0; i < record->shown && i < TW_CHAIN_MAX && block >= 0; i++) {
		ret_obs->chain[ret_obs->n_chain++] = history->blocks[block].point;
		block = history->blocks[block].parent;
	}
	ret_obs->rtt_us = record->rtt_us;
	ret_obs->peers_out = record->peers;
	ret_obs->network_height = record->claim;
	ret_obs->synced = record->synced;
	ret_obs->template = record->template;
}

static void print_record(const struct history *history, const struct history_record *record,
	const struct tw_core_config *config, struct tw_buf *out)
{
	static struct tw_observation obs;
	static int32_t same[HISTORY_NODES];
	struct tw_core_config reloaded = *config;
	struct tw_journal_record line = { .t_us = record->t_us, .node = record->node };

	switch (record->kind) {
	case HISTORY_CHECK:
		line.kind = TW_JOURNAL_CHECK;
		history_observe(history, record, &obs);
		line.slot = -1;
		line.obs = &obs;
		break;
	case HISTORY_OPERATE:
		line.kind = TW_JOURNAL_OPERATE;
		line.op = record->op;
		break;
	case HISTORY_REPORT:
		line.kind = TW_JOURNAL_REPORT;
		line.report = TW_REPORT_TIMEOUT;
		break;
	case HISTORY_LINK:
		line.kind = TW_JOURNAL_LINK;
		line.link = record->link;
		line.tip = record->tip;
		break;
	case HISTORY_WITNESS:
		line.kind = TW_JOURNAL_WITNESS;
		line.slot = (int)record->slot;
		line.tip = record->tip;
		break;
	case HISTORY_GAP:
		line.kind = TW_JOURNAL_GAP;
		line.gap_us = record->gap_us;
		break;
	case HISTORY_RELOAD:
		line.kind = TW_JOURNAL_CONFIG;
		reloaded.policy = history->policies[1];
		line.config = &reloaded;
		for (int32_t i = 0; i < HISTORY_NODES; i++)
			same[i] = i;
		line.old_of = same;
		break;
	}
	tw_journal_write(config, &line, out);
}

/* The timers before t_us. */
static void print_ticks(const struct tw_core_config *config, const int64_t *ticks_us, uint32_t n,
	uint32_t *i, int64_t t_us, struct tw_buf *out)
{
	for (; *i < n && ticks_us[*i] < t_us; ++*i) {
		struct tw_journal_record tick = { .kind = TW_JOURNAL_TICK, .t_us = ticks_us[*i] };

		tw_journal_write(config, &tick, out);
	}
}

bool history_print(const struct history *history, const int64_t *ticks_us, uint32_t n, FILE *file)
{
	struct tw_core_config config = { history->policies[0], history->n, history->nodes };
	struct tw_journal_header header = { .version = "",
		.config = config,
		.has_ticks = true,
		.wall_ms = TW_UNKNOWN,
		.started_ms = TW_UNKNOWN };
	struct tw_journal_record line = { .kind = TW_JOURNAL_HEADER, .header = &header };
	uint32_t tick = 0;
	struct tw_buf out;
	bool is_written;

	line.t_us = history->n_records > 0 ? history->records[0].t_us : 0;
	tw_buf_init(&out, 64 << 20);
	tw_journal_write(&config, &line, &out);
	for (uint32_t i = 0; i < history->n_records; i++) {
		print_ticks(&config, ticks_us, n, &tick, history->records[i].t_us, &out);
		print_record(history, &history->records[i], &config, &out);
	}
	is_written = out.error == 0 && fwrite(out.data, 1, out.len, file) == out.len;
	tw_buf_finish(&out);
	return is_written;
}
