/* See journal.h. */
#include "journal/journal.h"
#include "core/words.h"
#include "journal/check.h"
#include "journal/config.h"
#include "journal/state.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, VERSION_TEXT_MAX = 64, VALUES_MAX = 1 << 18 };

struct tw_journal_reader {
	struct tw_json_doc *doc;
	struct tw_journal_complaint complaint;
	struct tw_journal_config config; /* of a header or a reload */
	struct tw_journal_state state;   /* of a header */
	struct tw_journal_header header;
	char version[VERSION_TEXT_MAX];
	int32_t *old_of;
	struct tw_observation obs;
	int32_t last; /* node of the last record: often the next record is of its neighbour */
};

/* A line that is being read. */
struct line {
	struct tw_journal_reader *reader;
	const struct tw_core_config *nodes;
	const struct tw_json_node *root;
	const char *text;
	size_t len;
};

#define REFUSE(...) tw_journal_field_refuse(&line->reader->complaint, __VA_ARGS__)

/* --- pieces --- */

static void put_node(struct tw_emit *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	if (record->node >= 0)
		tw_emit_put_text(json, "node", nodes->nodes[record->node].name);
}

static int get_node(const struct line *line, struct tw_journal_record *record)
{
	struct tw_journal_reader *reader = line->reader;
	const char *name;
	int r = tw_journal_field_word(line->root, "node", &reader->complaint, &name);

	if (r != 0)
		return r;
	record->node = tw_journal_config_find(line->nodes, name, reader->last + 1);
	if (record->node < 0)
		return REFUSE("there is no node \"%.64s\" in the configuration", name);
	reader->last = record->node;
	return 0;
}

/* --- the kinds: how each is written, how it is read --- */

static void put_header(struct tw_emit *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	const struct tw_journal_header *header = record->header;

	(void)nodes;
	tw_emit_put_int(json, "tipwatch_journal", VERSION);
	tw_emit_put_text(json, "version", header->version);
	if (record->t_us >= 0)
		tw_emit_put_ms(json, "t", record->t_us);
	tw_journal_field_put_number(json, "wall_ms", header->wall_ms);
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

static int get_header(const struct line *line, struct tw_journal_record *record)
{
	struct tw_journal_reader *reader = line->reader;
	struct tw_journal_complaint *complaint = &reader->complaint;
	struct tw_journal_header *header = &reader->header;
	const struct tw_json_node *root = line->root, *state = tw_json_member(root, "state");
	const char *version = tw_json_str(tw_json_member(root, "version"));
	int64_t number = 0, n_lost = 0;
	int r = 0;

	if (tw_json_get_int(root, "tipwatch_journal", 0, TW_JOURNAL_NUMBER_MAX, &number) < 0 ||
		number != VERSION)
		return REFUSE("this journal is of another version than %d, which is the one that "
			      "this tipwatch reads",
			VERSION);
	*header = (struct tw_journal_header){
		.version = reader->version, .wall_ms = TW_UNKNOWN, .started_ms = TW_UNKNOWN
	};
	reader->version[0] = '\0';
	if (version != NULL && strlen(version) < sizeof(reader->version))
		memcpy(reader->version, version, strlen(version) + 1);
	record->t_us = TW_UNKNOWN;
	if (tw_json_type_of(tw_json_member(root, "t")) != TW_JSON_ABSENT)
		r = tw_journal_field_ms(root, "t", complaint, &record->t_us);
	if (r == 0)
		r = tw_journal_field_number(
			root, "wall_ms", TW_JOURNAL_NUMBER_MAX, complaint, &header->wall_ms);
	if (r == 0)
		r = tw_journal_field_number(
			root, "started_ms", TW_JOURNAL_NUMBER_MAX, complaint, &header->started_ms);
	if (r == 0)
		r = tw_journal_field_number(
			root, "part", TW_JOURNAL_NUMBER_MAX, complaint, &header->part);
	if (r == 0)
		r = tw_journal_field_number(
			root, "lost_records", TW_JOURNAL_NUMBER_MAX, complaint, &n_lost);
	if (r == 0)
		r = tw_journal_field_flag(root, "ticks", complaint, &header->has_ticks);
	if (r == 0)
		r = tw_journal_config_get(
			tw_json_member(root, "config"), NULL, complaint, &reader->config);
	if (r != 0)
		return r;
	header->n_lost = (uint64_t)n_lost;
	header->config = reader->config.core;
	record->header = header;
	if (tw_journal_field_is_missing(state))
		return 0;
	r = tw_journal_state_get(state, &header->config, complaint, &reader->state);
	header->saved = &reader->state.saved;
	header->saved_nodes = reader->state.nodes;
	return r;
}

static void put_check(struct tw_emit *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	put_node(json, nodes, record);
	tw_journal_check_put(json, record->obs, record->slot);
}

static int get_check(const struct line *line, struct tw_journal_record *record)
{
	struct tw_journal_reader *reader = line->reader;
	int r = get_node(line, record);

	record->obs = &reader->obs;
	return r != 0 ? r
		      : tw_journal_check_get(
				line->root, &reader->complaint, &reader->obs, &record->slot);
}

static void put_tick(struct tw_emit *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	(void)nodes;
	(void)record;
	tw_emit_put_bool(json, "tick", true);
}

static int get_tick(const struct line *line, struct tw_journal_record *record)
{
	bool is_tick;

	(void)record;
	if (tw_json_get_bool(line->root, "tick", &is_tick) < 0 || !is_tick)
		return REFUSE("\"tick\" must be true");
	return 0;
}

static void put_report(struct tw_emit *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	tw_emit_put_text(json, "report", tw_words_report(record->report));
	put_node(json, nodes, record);
}

static int get_report(const struct line *line, struct tw_journal_record *record)
{
	const char *word;
	int r = tw_journal_field_word(line->root, "report", &line->reader->complaint, &word);

	if (r != 0)
		return r;
	if (tw_words_parse_report(word, &record->report) < 0)
		return REFUSE("\"%.64s\" cannot be reported, only template-failed, submit-failed "
			      "and timeout",
			word);
	return get_node(line, record);
}

static void put_link(struct tw_emit *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	tw_emit_put_text(json, "link", tw_words_link(record->link));
	put_node(json, nodes, record);
	if (record->link == TW_LINK_PUSH)
		tw_journal_field_put_number(json, "height", record->tip.height);
	if (record->link != TW_LINK_TIP)
		return;
	tw_emit_key(json, "tip");
	tw_journal_field_put_point(json, &record->tip);
}

static int get_link(const struct line *line, struct tw_journal_record *record)
{
	struct tw_journal_complaint *complaint = &line->reader->complaint;
	const char *word;
	int r = tw_journal_field_word(line->root, "link", complaint, &word);

	if (r != 0)
		return r;
	if (tw_words_parse_link(word, &record->link) < 0)
		return REFUSE("a link has no \"%.64s\", only up, closed, dropped, push and "
			      "tip",
			word);
	record->tip.height = TW_UNKNOWN;
	if (record->link == TW_LINK_TIP)
		r = tw_journal_field_point(
			tw_json_member(line->root, "tip"), "tip", complaint, &record->tip);
	else
		r = tw_journal_field_number(
			line->root, "height", TW_HEIGHT_MAX, complaint, &record->tip.height);
	return r == 0 ? get_node(line, record) : r;
}

static void put_witness(struct tw_emit *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	(void)nodes;
	tw_emit_put_int(json, "witness", record->slot);
	if (record->tip.height < 0)
		return;
	tw_emit_key(json, "tip");
	tw_journal_field_put_point(json, &record->tip);
}

static int get_witness(const struct line *line, struct tw_journal_record *record)
{
	struct tw_journal_complaint *complaint = &line->reader->complaint;
	const struct tw_json_node *tip = tw_json_member(line->root, "tip");
	int64_t slot = 0;
	int r = tw_journal_field_number(
		line->root, "witness", TW_WITNESSES_MAX - 1, complaint, &slot);

	record->slot = (int)slot;
	record->tip.height = TW_UNKNOWN;
	if (r != 0 || tw_journal_field_is_missing(tip))
		return r;
	return tw_journal_field_point(tip, "tip", complaint, &record->tip);
}

static void put_operate(struct tw_emit *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	tw_emit_put_text(json, "op", tw_words_op(record->op));
	if (record->op != TW_OP_UNPIN)
		put_node(json, nodes, record);
}

static int get_operate(const struct line *line, struct tw_journal_record *record)
{
	const char *word;
	int r = tw_journal_field_word(line->root, "op", &line->reader->complaint, &word);

	if (r != 0)
		return r;
	if (tw_words_parse_op(word, &record->op) < 0)
		return REFUSE("there is no op \"%.64s\", only drain, undrain, pin and unpin", word);
	if (record->op == TW_OP_UNPIN)
		return 0;
	r = get_node(line, record);
	if (r == 0 && record->op == TW_OP_PIN &&
		line->nodes->nodes[record->node].role != TW_ROLE_DAEMON)
		return REFUSE("%s is a reference and cannot be pinned",
			line->nodes->nodes[record->node].name);
	return r;
}

static void put_request(struct tw_emit *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	tw_emit_put_text(json, "request", "check");
	put_node(json, nodes, record);
}

static int get_request(const struct line *line, struct tw_journal_record *record)
{
	const char *word;
	int r = tw_journal_field_word(line->root, "request", &line->reader->complaint, &word);

	if (r != 0)
		return r;
	if (strcmp(word, "check") != 0)
		return REFUSE("only a check can be requested, not \"%.64s\"", word);
	if (tw_json_type_of(tw_json_member(line->root, "node")) == TW_JSON_ABSENT)
		return 0;
	return get_node(line, record);
}

static void put_gap(struct tw_emit *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	(void)nodes;
	tw_emit_put_ms(json, "gap_ms", record->gap_us);
}

static int get_gap(const struct line *line, struct tw_journal_record *record)
{
	return tw_journal_field_ms(line->root, "gap_ms", &line->reader->complaint, &record->gap_us);
}

static void put_config(struct tw_emit *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	const struct tw_core_config *config = record->config;

	(void)nodes;
	tw_emit_key(json, "config");
	tw_journal_config_put(json, config);
	tw_emit_key(json, "new");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (record->old_of[i] < 0)
			tw_emit_text(json, config->nodes[i].name);
	}
	tw_emit_close_array(json);
}

/* Nodes that are new, or were changed so much that nothing of what was known of them holds. */
static int get_new(const struct line *line, int32_t *old_of)
{
	const struct tw_json_node *list = tw_json_member(line->root, "new");

	if (tw_journal_field_is_missing(list))
		return 0;
	if (tw_json_type_of(list) != TW_JSON_ARRAY)
		return REFUSE("\"new\" must be an array of names");
	for (const struct tw_json_node *c = tw_json_first(list); c != NULL;
		c = tw_json_next(list, c)) {
		const char *name = tw_json_str(c);
		int32_t node;

		if (name == NULL)
			return REFUSE("\"new\" must be an array of names");
		node = tw_journal_config_find(&line->reader->config.core, name, 0);
		if (node < 0)
			return REFUSE(
				"\"new\" names \"%.64s\", which the configuration has not", name);
		old_of[node] = TW_NODE_NONE;
	}
	return 0;
}

static int get_config(const struct line *line, struct tw_journal_record *record)
{
	struct tw_journal_config *config = &line->reader->config;
	const struct tw_core_config *nodes = line->nodes;
	int32_t *old_of;
	int r = tw_journal_config_get(
		tw_json_member(line->root, "config"), nodes, &line->reader->complaint, config);

	if (r != 0)
		return r;
	old_of = line->reader->old_of = calloc(config->core.n_nodes, sizeof(old_of[0]));
	if (old_of == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < config->core.n_nodes; i++) {
		old_of[i] = tw_journal_config_find(nodes, config->nodes[i].name, (int32_t)i);
		if (old_of[i] >= 0 && nodes->nodes[old_of[i]].role != config->nodes[i].role)
			old_of[i] = TW_NODE_NONE;
	}
	record->config = &config->core;
	record->old_of = old_of;
	return get_new(line, old_of);
}

/* The decision is JSON already. */
static void put_decision(struct tw_emit *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	(void)nodes;
	tw_emit_key(json, "decision");
	tw_emit_raw(json, record->decision, record->decision_len);
}

/* The object as it was written: it is compared byte for byte. */
static int get_decision(const struct line *line, struct tw_journal_record *record)
{
	static const char mark[] = "\"decision\":";
	const char *start = memmem(line->text, line->len, mark, sizeof(mark) - 1);
	size_t len = line->len;

	if (tw_json_type_of(tw_json_member(line->root, "decision")) != TW_JSON_MAP)
		return REFUSE("\"decision\" must be an object");
	while (len > 0 && (line->text[len - 1] == ' ' || line->text[len - 1] == '\r'))
		len--;
	record->decision = "";
	record->decision_len = 0;
	if (start == NULL || line->text[len - 1] != '}')
		return 0;
	start += sizeof(mark) - 1;
	record->decision = start;
	record->decision_len = (size_t)(line->text + len - 1 - start);
	return 0;
}

struct kind {
	const char *key; /* the member that only records of this kind have */
	enum tw_journal_kind kind;
	void (*put)(struct tw_emit *json, const struct tw_core_config *nodes,
		const struct tw_journal_record *record);
	int (*get)(const struct line *line, struct tw_journal_record *record);
};

static const struct kind header_kind = { "tipwatch_journal", TW_JOURNAL_HEADER, put_header,
	get_header };
/* What a run consists of: all have a time "t". */
static const struct kind kinds[] = {
	{ "result", TW_JOURNAL_CHECK, put_check, get_check },
	{ "tick", TW_JOURNAL_TICK, put_tick, get_tick },
	{ "report", TW_JOURNAL_REPORT, put_report, get_report },
	{ "link", TW_JOURNAL_LINK, put_link, get_link },
	{ "witness", TW_JOURNAL_WITNESS, put_witness, get_witness },
	{ "op", TW_JOURNAL_OPERATE, put_operate, get_operate },
	{ "request", TW_JOURNAL_REQUEST, put_request, get_request },
	{ "gap_ms", TW_JOURNAL_GAP, put_gap, get_gap },
	{ "config", TW_JOURNAL_CONFIG, put_config, get_config },
	{ "decision", TW_JOURNAL_DECISION, put_decision, get_decision },
};

/* --- writing --- */

static void put_record(struct tw_emit *json, const struct tw_core_config *nodes,
	const struct tw_journal_record *record)
{
	if (record->kind == TW_JOURNAL_HEADER) {
		header_kind.put(json, nodes, record);
		return;
	}
	tw_emit_put_ms(json, "t", record->t_us);
	for (size_t i = 0; i < TW_ARRAY_SIZE(kinds); i++) {
		if (kinds[i].kind == record->kind)
			kinds[i].put(json, nodes, record);
	}
}

void tw_journal_write(const struct tw_core_config *nodes, const struct tw_journal_record *record,
	struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);

	tw_emit_open_map(json);
	put_record(json, nodes, record);
	tw_emit_close_map(json);
	tw_emit_destroy(json);
	tw_buf_putc(out, '\n');
}

/* --- reading --- */

int tw_journal_reader_create(struct tw_journal_reader **ret_reader)
{
	struct tw_journal_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return -ENOMEM;
	*ret_reader = reader;
	return 0;
}

/* Frees what the last record pointed to. */
static void forget(struct tw_journal_reader *reader)
{
	tw_json_doc_destroy(reader->doc);
	reader->doc = NULL;
	tw_journal_config_finish(&reader->config);
	tw_journal_state_finish(&reader->state);
	free(reader->old_of);
	reader->old_of = NULL;
}

void tw_journal_reader_destroy(struct tw_journal_reader *reader)
{
	if (reader == NULL)
		return;
	forget(reader);
	free(reader);
}

const char *tw_journal_reader_message(const struct tw_journal_reader *reader)
{
	return reader->complaint.text;
}

/* What the record is: exactly one of the kinds. */
static int find_kind(const struct line *line, const struct kind **ret_kind)
{
	const struct kind *found = NULL;

	if (tw_json_type_of(line->root) != TW_JSON_MAP)
		return REFUSE("it is not an object but %s",
			tw_json_type_name(tw_json_type_of(line->root)));
	if (tw_json_member(line->root, header_kind.key) != NULL) {
		*ret_kind = &header_kind;
		return 0;
	}
	if (line->nodes == NULL)
		return REFUSE("a journal begins with its header, {\"tipwatch_journal\":1,...}");
	for (size_t i = 0; i < TW_ARRAY_SIZE(kinds); i++) {
		if (tw_json_member(line->root, kinds[i].key) == NULL)
			continue;
		if (found != NULL)
			return REFUSE("\"%s\" and \"%s\" cannot be in one record", found->key,
				kinds[i].key);
		found = &kinds[i];
	}
	if (found == NULL)
		return REFUSE(
			"it has none of result, op, report, link, witness, request, tick, gap_ms, "
			"config and decision");
	*ret_kind = found;
	return 0;
}

int tw_journal_reader_next(struct tw_journal_reader *reader, const struct tw_core_config *nodes,
	const char *text, size_t len, struct tw_journal_record *ret_record)
{
	static const struct tw_json_limits limits = { .bytes = TW_JOURNAL_LINE_MAX,
		.nodes = VALUES_MAX };
	struct tw_journal_record record = { .node = TW_NODE_NONE };
	struct line line = { .reader = reader, .nodes = nodes, .text = text, .len = len };
	const struct kind *kind = &header_kind; /* gcc at -O3 does not see that it is always set */
	int r;

	forget(reader);
	r = tw_json_parse(text, len, &limits, &reader->doc);
	if (r < 0)
		return r;
	if (r != TW_JSON_OK) {
		(void)tw_journal_field_refuse(
			&reader->complaint, "it %s", tw_json_problem((enum tw_json_outcome)r));
		return TW_JOURNAL_CUT_OFF;
	}
	line.root = tw_json_root(reader->doc);
	r = find_kind(&line, &kind);
	if (r != 0)
		return r;
	record.kind = kind->kind;
	if (kind != &header_kind)
		r = tw_journal_field_ms(line.root, "t", &reader->complaint, &record.t_us);
	if (r == 0)
		r = kind->get(&line, &record);
	if (r == 0)
		*ret_record = record;
	return r;
}
