/* Lines to records. See journal.h. */
#include "journal/reader.h"
#include "core/words.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, VALUES_MAX = 1 << 18 };

int tw_journal_reader_create(struct tw_journal_reader **ret_reader)
{
	struct tw_journal_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return -ENOMEM;
	*ret_reader = reader;
	return 0;
}

/* Lets go of what the last record pointed to. */
static void forget(struct tw_journal_reader *reader)
{
	tw_json_doc_destroy(reader->doc);
	reader->doc = NULL;
	tw_journal_config_finish(&reader->config);
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
	return reader->report.text;
}

/* --- the other records --- */

static int get_report(struct tw_journal_reader *reader, const struct tw_json_node *root,
	const struct tw_core_config *nodes, struct tw_journal_record *record)
{
	const char *word;
	int r = tw_journal_get_word(reader, root, "report", &word);

	if (r != 0)
		return r;
	if (tw_words_parse_report(word, &record->report) < 0)
		return TW_JOURNAL_COMPLAIN(
			"\"%.64s\" cannot be reported, only template-failed, submit-failed "
			"and timeout",
			word);
	return tw_journal_get_node(reader, nodes, root, &record->node);
}

static int get_operate(struct tw_journal_reader *reader, const struct tw_json_node *root,
	const struct tw_core_config *nodes, struct tw_journal_record *record)
{
	const char *word;
	int r = tw_journal_get_word(reader, root, "op", &word);

	if (r != 0)
		return r;
	if (tw_words_parse_op(word, &record->op) < 0)
		return TW_JOURNAL_COMPLAIN(
			"there is no op \"%.64s\", only drain, undrain, pin and unpin", word);
	if (record->op == TW_OP_UNPIN)
		return 0;
	r = tw_journal_get_node(reader, nodes, root, &record->node);
	if (r == 0 && record->op == TW_OP_PIN && nodes->nodes[record->node].role != TW_ROLE_DAEMON)
		return TW_JOURNAL_COMPLAIN(
			"%s is a reference and cannot be pinned", nodes->nodes[record->node].name);
	return r;
}

static int get_request(struct tw_journal_reader *reader, const struct tw_json_node *root,
	const struct tw_core_config *nodes, struct tw_journal_record *record)
{
	const char *word;
	int r = tw_journal_get_word(reader, root, "request", &word);

	if (r != 0)
		return r;
	if (strcmp(word, "check") != 0)
		return TW_JOURNAL_COMPLAIN("only a check can be requested, not \"%.64s\"", word);
	if (tw_json_type_of(tw_json_member(root, "node")) == TW_JSON_ABSENT)
		return 0;
	return tw_journal_get_node(reader, nodes, root, &record->node);
}

static int get_tick(struct tw_journal_reader *reader, const struct tw_json_node *root)
{
	bool is_tick;

	if (tw_json_get_bool(root, "tick", &is_tick) < 0 || !is_tick)
		return TW_JOURNAL_COMPLAIN("\"tick\" must be true");
	return 0;
}

/* Nodes that are new, or were changed so much that what was known of them is void. */
static int get_new(struct tw_journal_reader *reader, const struct tw_json_node *list)
{
	if (tw_json_type_of(list) == TW_JSON_ABSENT || tw_json_type_of(list) == TW_JSON_NULL)
		return 0;
	if (tw_json_type_of(list) != TW_JSON_ARRAY)
		return TW_JOURNAL_COMPLAIN("\"new\" must be an array of names");
	for (const struct tw_json_node *c = tw_json_first(list); c != NULL;
		c = tw_json_next(list, c)) {
		int32_t node;

		if (tw_json_str(c) == NULL)
			return TW_JOURNAL_COMPLAIN("\"new\" must be an array of names");
		node = tw_journal_config_find(&reader->config.core, tw_json_str(c), 0);
		if (node < 0)
			return TW_JOURNAL_COMPLAIN(
				"\"new\" names \"%.64s\", which the configuration has not",
				tw_json_str(c));
		reader->old_of[node] = TW_NODE_NONE;
	}
	return 0;
}

static int get_config(struct tw_journal_reader *reader, const struct tw_json_node *root,
	const struct tw_core_config *nodes, struct tw_journal_record *record)
{
	struct tw_journal_config *config = &reader->config;
	int r = tw_journal_config_get(
		tw_json_member(root, "config"), nodes, &reader->report, config);

	if (r != 0)
		return r;
	reader->old_of = calloc(config->core.n_nodes, sizeof(reader->old_of[0]));
	if (reader->old_of == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < config->core.n_nodes; i++) {
		int32_t old = tw_journal_config_find(nodes, config->nodes[i].name, (int32_t)i);

		if (old >= 0 && nodes->nodes[old].role != config->nodes[i].role)
			old = TW_NODE_NONE;
		reader->old_of[i] = old;
	}
	record->config = &config->core;
	record->old_of = reader->old_of;
	return get_new(reader, tw_json_member(root, "new"));
}

/* The object as it was written: it is compared byte for byte. */
static int get_decision(struct tw_journal_reader *reader, const struct tw_json_node *root,
	const char *line, size_t len, struct tw_journal_record *record)
{
	static const char mark[] = "\"decision\":";
	const char *start = memmem(line, len, mark, sizeof(mark) - 1);

	if (tw_json_type_of(tw_json_member(root, "decision")) != TW_JSON_MAP)
		return TW_JOURNAL_COMPLAIN("\"decision\" must be an object");
	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\r'))
		len--;
	record->decision = "";
	record->decision_len = 0;
	if (start == NULL || line[len - 1] != '}')
		return 0;
	start += sizeof(mark) - 1;
	record->decision = start;
	record->decision_len = (size_t)(line + len - 1 - start);
	return 0;
}

/* --- lines --- */

static int get_header(struct tw_journal_reader *reader, const struct tw_json_node *root,
	struct tw_journal_record *record)
{
	struct tw_journal_header *header = &reader->header;
	const struct tw_json_node *state = tw_json_member(root, "state");
	const char *version = tw_json_str(tw_json_member(root, "version"));
	int64_t number = 0, n_lost = 0;
	int r;

	if (tw_json_get_int(root, "tipwatch_journal", 0, TW_JOURNAL_NUMBER_MAX, &number) < 0 ||
		number != VERSION)
		return TW_JOURNAL_COMPLAIN(
			"this journal is of another version than %d, which is the one that "
			"this tipwatch reads",
			VERSION);
	*header = (struct tw_journal_header){
		.version = reader->version, .wall_ms = TW_UNKNOWN, .started_ms = TW_UNKNOWN
	};
	reader->version[0] = '\0';
	if (version != NULL && strlen(version) < sizeof(reader->version))
		memcpy(reader->version, version, strlen(version) + 1);
	record->t_us = TW_UNKNOWN;
	r = tw_json_type_of(tw_json_member(root, "t")) == TW_JSON_ABSENT
		    ? 0
		    : tw_journal_get_ms(reader, root, "t", &record->t_us);
	if (r == 0)
		r = tw_journal_get_number(
			reader, root, "wall_ms", TW_JOURNAL_NUMBER_MAX, &header->wall_ms);
	if (r == 0)
		r = tw_journal_get_number(
			reader, root, "started_ms", TW_JOURNAL_NUMBER_MAX, &header->started_ms);
	if (r == 0)
		r = tw_journal_get_number(
			reader, root, "part", TW_JOURNAL_NUMBER_MAX, &header->part);
	if (r == 0)
		r = tw_journal_get_number(
			reader, root, "lost_records", TW_JOURNAL_NUMBER_MAX, &n_lost);
	if (r == 0 && tw_json_get_bool(root, "ticks", &header->has_ticks) == -EINVAL)
		return TW_JOURNAL_COMPLAIN("\"ticks\" must be true or false");
	if (r == 0)
		r = tw_journal_config_get(
			tw_json_member(root, "config"), NULL, &reader->report, &reader->config);
	if (r != 0)
		return r;
	header->n_lost = (uint64_t)n_lost;
	header->config = reader->config.core;
	record->kind = TW_JOURNAL_HEADER;
	record->header = header;
	if (tw_json_type_of(state) == TW_JSON_ABSENT || tw_json_type_of(state) == TW_JSON_NULL)
		return 0;
	r = tw_journal_state_get(state, &reader->report, &reader->config);
	header->saved = &reader->config.saved;
	header->saved_nodes = reader->config.saved_nodes;
	return r;
}

static const struct {
	const char *key;
	enum tw_journal_kind kind;
} kinds[] = {
	{ "result", TW_JOURNAL_CHECK },
	{ "tick", TW_JOURNAL_TICK },
	{ "report", TW_JOURNAL_REPORT },
	{ "op", TW_JOURNAL_OPERATE },
	{ "request", TW_JOURNAL_REQUEST },
	{ "gap_ms", TW_JOURNAL_GAP },
	{ "config", TW_JOURNAL_CONFIG },
	{ "decision", TW_JOURNAL_DECISION },
};

/* What the record is: exactly one of the kinds. */
static int find_kind(struct tw_journal_reader *reader, const struct tw_json_node *root,
	enum tw_journal_kind *ret_kind)
{
	const char *found = NULL;

	for (size_t i = 0; i < TW_ARRAY_SIZE(kinds); i++) {
		if (tw_json_member(root, kinds[i].key) == NULL)
			continue;
		if (found != NULL)
			return TW_JOURNAL_COMPLAIN(
				"\"%s\" and \"%s\" cannot be in one record", found, kinds[i].key);
		found = kinds[i].key;
		*ret_kind = kinds[i].kind;
	}
	if (found != NULL)
		return 0;
	return TW_JOURNAL_COMPLAIN(
		"it has none of result, op, report, request, tick, gap_ms, config and "
		"decision");
}

static int get_record(struct tw_journal_reader *reader, const struct tw_json_node *root,
	const struct tw_core_config *nodes, const char *line, size_t len,
	struct tw_journal_record *record)
{
	int r;

	if (tw_json_type_of(root) != TW_JSON_MAP)
		return TW_JOURNAL_COMPLAIN(
			"it is not an object but %s", tw_json_type_name(tw_json_type_of(root)));
	if (tw_json_member(root, "tipwatch_journal") != NULL)
		return get_header(reader, root, record);
	if (nodes == NULL)
		return TW_JOURNAL_COMPLAIN(
			"a journal begins with its header, {\"tipwatch_journal\":1,...}");
	r = find_kind(reader, root, &record->kind);
	if (r == 0)
		r = tw_journal_get_ms(reader, root, "t", &record->t_us);
	if (r != 0)
		return r;
	switch (record->kind) {
	case TW_JOURNAL_CHECK:
		return tw_journal_get_check(reader, root, nodes, record);
	case TW_JOURNAL_REPORT:
		return get_report(reader, root, nodes, record);
	case TW_JOURNAL_OPERATE:
		return get_operate(reader, root, nodes, record);
	case TW_JOURNAL_REQUEST:
		return get_request(reader, root, nodes, record);
	case TW_JOURNAL_TICK:
		return get_tick(reader, root);
	case TW_JOURNAL_GAP:
		return tw_journal_get_ms(reader, root, "gap_ms", &record->gap_us);
	case TW_JOURNAL_CONFIG:
		return get_config(reader, root, nodes, record);
	case TW_JOURNAL_DECISION:
		return get_decision(reader, root, line, len, record);
	case TW_JOURNAL_HEADER:
		break;
	}
	return 0;
}

int tw_journal_reader_next(struct tw_journal_reader *reader, const struct tw_core_config *nodes,
	const char *line, size_t len, struct tw_journal_record *ret_record)
{
	static const struct tw_json_limits limits = { .bytes = TW_JOURNAL_LINE_MAX,
		.nodes = VALUES_MAX };
	struct tw_journal_record record = { .node = TW_NODE_NONE };
	int r;

	forget(reader);
	r = tw_json_parse(line, len, &limits, &reader->doc);
	if (r < 0)
		return r;
	if (r != TW_JSON_OK) {
		(void)TW_JOURNAL_COMPLAIN("it %s", tw_json_problem((enum tw_json_outcome)r));
		return TW_JOURNAL_CUT_OFF;
	}
	r = get_record(reader, tw_json_root(reader->doc), nodes, line, len, &record);
	if (r == 0)
		*ret_record = record;
	return r;
}
