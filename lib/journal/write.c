/* Records to lines. See journal.h. */
#include "core/words.h"
#include "journal/config.h"
#include <errno.h>

static const char *name_of(const struct tw_core_config *nodes, int32_t node)
{
	return nodes->nodes[node].name;
}

static void put_points(
	struct tw_emit *json, const char *key, const struct tw_point *points, uint32_t n)
{
	tw_emit_key(json, key);
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < n; i++) {
		tw_emit_open_array(json);
		tw_emit_int(json, points[i].height);
		tw_emit_hash(json, &points[i].hash);
		tw_emit_close_array(json);
	}
	tw_emit_close_array(json);
}

static void put_known(struct tw_emit *json, const char *key, int64_t value)
{
	if (value >= 0)
		tw_emit_put_int(json, key, value);
}

/* Only what the check has learned. */
static void put_check(struct tw_emit *json, const struct tw_journal_record *record)
{
	const struct tw_observation *obs = record->obs;
	enum tw_result result = obs->result;

	/* As the core takes it: a good check shows a block. */
	if (result == TW_RESULT_OK && obs->n_chain == 0)
		result = TW_RESULT_BAD_REPLY;
	tw_emit_put_text(json, "result", tw_words_result(result));
	if (obs->rtt_us >= 0)
		tw_emit_put_ms(json, "rtt_ms", obs->rtt_us);
	if (record->slot == TW_SLOT_CONFIRM)
		tw_emit_put_bool(json, "confirm", true);
	if (result == TW_RESULT_OK) {
		put_points(json, "chain", obs->chain, obs->n_chain);
		if (obs->n_at > 0)
			put_points(json, "at", obs->at, obs->n_at);
		put_known(json, "time", obs->header_time_s);
		put_known(json, "peers_in", obs->peers_in);
		put_known(json, "peers_out", obs->peers_out);
		if (obs->synced >= 0)
			tw_emit_put_bool(json, "synced", obs->synced > 0);
		put_known(json, "network_height", obs->network_height);
		if (obs->template != TW_TEMPLATE_UNCHECKED)
			tw_emit_put_text(json, "template", tw_words_template(obs->template));
	}
	if (obs->detail[0] != '\0')
		tw_emit_put_text(json, "detail", obs->detail);
}

static void put_header(struct tw_emit *json, const struct tw_journal_record *record)
{
	const struct tw_journal_header *header = record->header;

	tw_emit_put_int(json, "tipwatch_journal", 1);
	tw_emit_put_text(json, "version", header->version);
	if (record->t_us >= 0)
		tw_emit_put_ms(json, "t", record->t_us);
	put_known(json, "wall_ms", header->wall_ms);
	if (header->started_ms >= 0) {
		tw_emit_put_int(json, "started_ms", header->started_ms);
		tw_emit_put_int(json, "part", header->part);
	}
	if (header->n_lost > 0)
		tw_emit_put_int(json, "lost_records", (int64_t)header->n_lost);
	if (header->has_ticks)
		tw_emit_put_bool(json, "ticks", true);
	tw_emit_key(json, "config");
	tw_journal_config_put(json, &header->config);
	if (header->saved != NULL) {
		tw_emit_key(json, "state");
		tw_journal_state_put(json, &header->config, header->saved, header->saved_nodes);
	}
}

static void put_config(struct tw_emit *json, const struct tw_journal_record *record)
{
	tw_emit_key(json, "config");
	tw_journal_config_put(json, record->config);
	tw_emit_key(json, "new");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < record->config->n_nodes; i++) {
		if (record->old_of[i] < 0)
			tw_emit_text(json, name_of(record->config, (int32_t)i));
	}
	tw_emit_close_array(json);
}

static void put_record(struct tw_emit *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	if (record->kind == TW_JOURNAL_HEADER) {
		put_header(json, record);
		return;
	}
	tw_emit_put_ms(json, "t", record->t_us);
	switch (record->kind) {
	case TW_JOURNAL_CHECK:
		tw_emit_put_text(json, "node", name_of(nodes, record->node));
		put_check(json, record);
		break;
	case TW_JOURNAL_REPORT:
		tw_emit_put_text(json, "report", tw_words_report(record->report));
		tw_emit_put_text(json, "node", name_of(nodes, record->node));
		break;
	case TW_JOURNAL_OPERATE:
		tw_emit_put_text(json, "op", tw_words_op(record->op));
		if (record->op != TW_OP_UNPIN)
			tw_emit_put_text(json, "node", name_of(nodes, record->node));
		break;
	case TW_JOURNAL_REQUEST:
		tw_emit_put_text(json, "request", "check");
		if (record->node >= 0)
			tw_emit_put_text(json, "node", name_of(nodes, record->node));
		break;
	case TW_JOURNAL_TICK:
		tw_emit_put_bool(json, "tick", true);
		break;
	case TW_JOURNAL_GAP:
		tw_emit_put_ms(json, "gap_ms", record->gap_us);
		break;
	case TW_JOURNAL_CONFIG:
		put_config(json, record);
		break;
	case TW_JOURNAL_HEADER:
	case TW_JOURNAL_DECISION:
		break;
	}
}

void tw_journal_write(const struct tw_core_config *nodes, const struct tw_journal_record *record,
	struct tw_buf *out)
{
	struct tw_emit *json;
	int r;

	r = tw_emit_create(out, &json);
	if (r < 0) {
		out->error = r;
		return;
	}
	tw_emit_open_map(json);
	put_record(json, nodes, record);
	if (record->kind == TW_JOURNAL_DECISION) {
		/* It is JSON already. */
		tw_buf_puts(out, ",\"decision\":");
		tw_buf_append(out, record->decision, record->decision_len);
	}
	tw_emit_close_map(json);
	tw_emit_destroy(json);
	tw_buf_putc(out, '\n');
}
