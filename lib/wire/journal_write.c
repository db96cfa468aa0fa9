/* Records to lines. See journal.h. */
#include "core/words.h"
#include "wire/journal_config.h"
#include <errno.h>

static const char *name_of(const struct tw_core_config *nodes, int32_t node)
{
	return nodes->nodes[node].name;
}

static void put_points(
	struct tw_json *json, const char *key, const struct tw_point *points, uint32_t n)
{
	tw_json_key(json, key);
	tw_json_open_array(json);
	for (uint32_t i = 0; i < n; i++) {
		tw_json_open_array(json);
		tw_json_int(json, points[i].height);
		tw_json_hash(json, &points[i].hash);
		tw_json_close_array(json);
	}
	tw_json_close_array(json);
}

static void put_known(struct tw_json *json, const char *key, int64_t value)
{
	if (value >= 0)
		tw_json_put_int(json, key, value);
}

/* Only what the check has learned. */
static void put_check(struct tw_json *json, const struct tw_journal_record *record)
{
	const struct tw_observation *obs = record->obs;
	enum tw_result result = obs->result;

	/* As the core takes it: a good check shows a block. */
	if (result == TW_RESULT_OK && obs->n_chain == 0)
		result = TW_RESULT_BAD_REPLY;
	tw_json_put_text(json, "result", tw_result_word(result));
	if (obs->rtt_us >= 0)
		tw_json_put_ms(json, "rtt_ms", obs->rtt_us);
	if (record->slot == TW_SLOT_CONFIRM)
		tw_json_put_bool(json, "confirm", true);
	if (result == TW_RESULT_OK) {
		put_points(json, "chain", obs->chain, obs->n_chain);
		if (obs->n_at > 0)
			put_points(json, "at", obs->at, obs->n_at);
		put_known(json, "time", obs->header_time_s);
		put_known(json, "peers_in", obs->peers_in);
		put_known(json, "peers_out", obs->peers_out);
		if (obs->synced >= 0)
			tw_json_put_bool(json, "synced", obs->synced > 0);
		put_known(json, "network_height", obs->network_height);
		if (obs->template != TW_TEMPLATE_UNCHECKED)
			tw_json_put_text(json, "template", tw_template_word(obs->template));
	}
	if (obs->detail[0] != '\0')
		tw_json_put_text(json, "detail", obs->detail);
}

static void put_header(struct tw_json *json, const struct tw_journal_record *record)
{
	const struct tw_journal_header *header = record->header;

	tw_json_put_int(json, "tipwatch_journal", 1);
	tw_json_put_text(json, "version", header->version);
	if (record->t_us >= 0)
		tw_json_put_ms(json, "t", record->t_us);
	put_known(json, "wall_ms", header->wall_ms);
	if (header->started_ms >= 0) {
		tw_json_put_int(json, "started_ms", header->started_ms);
		tw_json_put_int(json, "part", header->part);
	}
	if (header->n_lost > 0)
		tw_json_put_int(json, "lost_records", (int64_t)header->n_lost);
	if (header->has_ticks)
		tw_json_put_bool(json, "ticks", true);
	tw_json_key(json, "config");
	tw_journal_put_config(json, &header->config);
	if (header->saved != NULL) {
		tw_json_key(json, "state");
		tw_journal_put_state(json, &header->config, header->saved, header->saved_nodes);
	}
}

static void put_config(struct tw_json *json, const struct tw_journal_record *record)
{
	tw_json_key(json, "config");
	tw_journal_put_config(json, record->config);
	tw_json_key(json, "new");
	tw_json_open_array(json);
	for (uint32_t i = 0; i < record->config->n_nodes; i++) {
		if (record->old_of[i] < 0)
			tw_json_text(json, name_of(record->config, (int32_t)i));
	}
	tw_json_close_array(json);
}

static void put_record(struct tw_json *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	if (record->kind == TW_JOURNAL_HEADER) {
		put_header(json, record);
		return;
	}
	tw_json_put_ms(json, "t", record->t_us);
	switch (record->kind) {
	case TW_JOURNAL_CHECK:
		tw_json_put_text(json, "node", name_of(nodes, record->node));
		put_check(json, record);
		break;
	case TW_JOURNAL_REPORT:
		tw_json_put_text(json, "report", tw_report_word(record->report));
		tw_json_put_text(json, "node", name_of(nodes, record->node));
		break;
	case TW_JOURNAL_OPERATE:
		tw_json_put_text(json, "op", tw_op_word(record->op));
		if (record->op != TW_OP_UNPIN)
			tw_json_put_text(json, "node", name_of(nodes, record->node));
		break;
	case TW_JOURNAL_REQUEST:
		tw_json_put_text(json, "request", "check");
		if (record->node >= 0)
			tw_json_put_text(json, "node", name_of(nodes, record->node));
		break;
	case TW_JOURNAL_TICK:
		tw_json_put_bool(json, "tick", true);
		break;
	case TW_JOURNAL_GAP:
		tw_json_put_ms(json, "gap_ms", record->gap_us);
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
	struct tw_json *json;
	int r;

	r = tw_json_create(out, &json);
	if (r < 0) {
		out->error = r;
		return;
	}
	tw_json_open_map(json);
	put_record(json, nodes, record);
	if (record->kind == TW_JOURNAL_DECISION) {
		/* It is JSON already. */
		(void)tw_buf_puts(out, ",\"decision\":");
		(void)tw_buf_append(out, record->decision, record->decision_len);
	}
	tw_json_close_map(json);
	tw_json_destroy(json);
	(void)tw_buf_putc(out, '\n');
}
