/* The pieces of a record, and the one record that is rich: a check. */
#include "core/words.h"
#include "journal/reader.h"
#include <errno.h>
#include <string.h>

/* --- pieces --- */

/* A number that may be missing: then ret_value stays as it is. */
int tw_journal_get_number(struct tw_journal_reader *reader, const struct tw_json_node *root,
	const char *key, int64_t max, int64_t *ret_value)
{
	int r = tw_json_get_int(root, key, 0, max, ret_value);

	if (r == 0 || r == -ENOENT)
		return 0;
	return TW_JOURNAL_COMPLAIN(
		"\"%s\" must be a whole number between 0 and %lld", key, (long long)max);
}

int tw_journal_get_ms(struct tw_journal_reader *reader, const struct tw_json_node *root,
	const char *key, int64_t *ret_us)
{
	int64_t us;
	int r = tw_json_get_ms(root, key, &us);

	if (r == -ENOENT)
		return TW_JOURNAL_COMPLAIN("there is no \"%s\"", key);
	if (r < 0 || us > TW_JOURNAL_T_MAX)
		return TW_JOURNAL_COMPLAIN(
			"\"%s\" must be milliseconds with up to three decimals, not negative "
			"and at most %lld",
			key, (long long)(TW_JOURNAL_T_MAX / TW_MS));
	*ret_us = us;
	return 0;
}

int tw_journal_get_word(struct tw_journal_reader *reader, const struct tw_json_node *root,
	const char *key, const char **ret_word)
{
	*ret_word = tw_json_str(tw_json_member(root, key));
	if (*ret_word == NULL)
		return TW_JOURNAL_COMPLAIN("\"%s\" must be a text", key);
	return 0;
}

int tw_journal_get_node(struct tw_journal_reader *reader, const struct tw_core_config *nodes,
	const struct tw_json_node *root, int32_t *ret_node)
{
	const char *name;
	int r = tw_journal_get_word(reader, root, "node", &name);

	if (r != 0)
		return r;
	*ret_node = tw_journal_config_find(nodes, name, reader->last + 1);
	if (*ret_node < 0)
		return TW_JOURNAL_COMPLAIN("there is no node \"%.64s\" in the configuration", name);
	reader->last = *ret_node;
	return 0;
}

int tw_journal_get_point(const struct tw_json_node *node, struct tw_journal_report *report,
	const char *key, struct tw_point *ret_point)
{
	const struct tw_json_node *height = tw_json_first(node), *hash, *difficulty;

	if (tw_json_type_of(node) != TW_JSON_ARRAY || tw_json_count(node) < 2 ||
		tw_json_count(node) > 3)
		return tw_journal_config_complain(
			report, "%s must consist of pairs [height, \"hash\"]", key);
	if (tw_json_get_int(height, "", 0, TW_HEIGHT_MAX, &ret_point->height) < 0)
		return tw_journal_config_complain(report, "%s has a height that is none", key);
	hash = tw_json_next(node, height);
	if (tw_json_get_hash(hash, "", &ret_point->hash) < 0)
		return tw_journal_config_complain(
			report, "%s has a hash that is not 64 hex digits", key);
	difficulty = tw_json_next(node, hash);
	if (difficulty != NULL && tw_json_type_of(difficulty) != TW_JSON_NUMBER &&
		tw_json_type_of(difficulty) != TW_JSON_NULL)
		return tw_journal_config_complain(
			report, "%s has a difficulty that is not a number", key);
	return 0;
}

/* --- checks --- */

/* Newest first without holes. Older ones than an observation holds are of no use. */
static int get_chain(struct tw_journal_reader *reader, const struct tw_json_node *list)
{
	struct tw_observation *obs = &reader->obs;
	int64_t above = TW_UNKNOWN;

	if (tw_json_type_of(list) != TW_JSON_ARRAY || tw_json_count(list) == 0)
		return TW_JOURNAL_COMPLAIN("a good check must show its newest block: "
					   "\"chain\":[[height,\"hash\"],...]");
	for (const struct tw_json_node *c = tw_json_first(list); c != NULL;
		c = tw_json_next(list, c)) {
		struct tw_point point;
		int r = tw_journal_get_point(c, &reader->report, "chain", &point);

		if (r != 0)
			return r;
		if (above >= 0 && point.height != above - 1)
			return TW_JOURNAL_COMPLAIN(
				"chain must be newest first without holes: %lld follows "
				"%lld",
				(long long)point.height, (long long)above);
		above = point.height;
		if (obs->n_chain < TW_CHAIN_MAX)
			obs->chain[obs->n_chain++] = point;
	}
	return 0;
}

static int get_at(struct tw_journal_reader *reader, const struct tw_json_node *list)
{
	struct tw_observation *obs = &reader->obs;

	if (tw_json_type_of(list) == TW_JSON_ABSENT || tw_json_type_of(list) == TW_JSON_NULL)
		return 0;
	if (tw_json_type_of(list) != TW_JSON_ARRAY || tw_json_count(list) > TW_AT_MAX)
		return TW_JOURNAL_COMPLAIN(
			"\"at\" must be an array of at most %d pairs", TW_AT_MAX);
	for (const struct tw_json_node *c = tw_json_first(list); c != NULL;
		c = tw_json_next(list, c)) {
		struct tw_point point;
		const struct tw_hash *known;
		int r = tw_journal_get_point(c, &reader->report, "at", &point);

		if (r != 0)
			return r;
		known = tw_observation_at(obs, point.height);
		if (point.height > obs->chain[0].height)
			return TW_JOURNAL_COMPLAIN("\"at\" has a block above the newest one");
		if (known != NULL && !tw_hash_equal(known, &point.hash))
			return TW_JOURNAL_COMPLAIN(
				"two different blocks at height %lld", (long long)point.height);
		obs->at[obs->n_at++] = point;
	}
	return 0;
}

static int get_claims(struct tw_journal_reader *reader, const struct tw_json_node *root)
{
	struct tw_observation *obs = &reader->obs;
	const char *word = tw_json_str(tw_json_member(root, "template"));
	enum tw_json_type type = tw_json_type_of(tw_json_member(root, "template"));
	bool is_synced;
	int r;

	r = tw_journal_get_number(reader, root, "time", TW_JOURNAL_NUMBER_MAX, &obs->header_time_s);
	if (r == 0)
		r = tw_journal_get_number(
			reader, root, "peers_in", TW_JOURNAL_NUMBER_MAX, &obs->peers_in);
	if (r == 0)
		r = tw_journal_get_number(
			reader, root, "peers_out", TW_JOURNAL_NUMBER_MAX, &obs->peers_out);
	if (r == 0)
		r = tw_journal_get_number(
			reader, root, "network_height", TW_HEIGHT_MAX, &obs->network_height);
	if (r != 0)
		return r;
	r = tw_json_get_bool(root, "synced", &is_synced);
	if (r == 0)
		obs->synced = is_synced;
	else if (r != -ENOENT)
		return TW_JOURNAL_COMPLAIN("\"synced\" must be true or false");
	if (type == TW_JSON_ABSENT || type == TW_JSON_NULL)
		return 0;
	if (word == NULL || tw_words_parse_template(word, &obs->template) < 0)
		return TW_JOURNAL_COMPLAIN("\"template\" must be ok, failed, stale or unchecked");
	return 0;
}

/* Words for people: what does not fit is cut off. */
static void get_detail(struct tw_observation *obs, const struct tw_json_node *root)
{
	const char *text = tw_json_str(tw_json_member(root, "detail"));
	size_t len = text == NULL ? 0 : strlen(text);

	if (len >= sizeof(obs->detail))
		len = sizeof(obs->detail) - 1;
	if (len > 0)
		memcpy(obs->detail, text, len);
	obs->detail[len] = '\0';
}

int tw_journal_get_check(struct tw_journal_reader *reader, const struct tw_json_node *root,
	const struct tw_core_config *nodes, struct tw_journal_record *record)
{
	struct tw_observation *obs = &reader->obs;
	enum tw_result result;
	const char *word;
	bool is_confirm = false;
	int r;

	r = tw_journal_get_word(reader, root, "result", &word);
	if (r == 0)
		r = tw_journal_get_node(reader, nodes, root, &record->node);
	if (r != 0)
		return r;
	if (tw_words_parse_result(word, &result) < 0)
		return TW_JOURNAL_COMPLAIN("there is no result \"%.64s\"", word);
	tw_observation_init(obs, result);
	record->obs = obs;
	r = tw_json_get_bool(root, "confirm", &is_confirm);
	if (r < 0 && r != -ENOENT)
		return TW_JOURNAL_COMPLAIN("\"confirm\" must be true or false");
	record->slot = is_confirm ? TW_SLOT_CONFIRM : TW_SLOT_REGULAR;
	if (tw_json_type_of(tw_json_member(root, "rtt_ms")) != TW_JSON_ABSENT &&
		tw_json_type_of(tw_json_member(root, "rtt_ms")) != TW_JSON_NULL) {
		r = tw_journal_get_ms(reader, root, "rtt_ms", &obs->rtt_us);
		if (r != 0)
			return r;
	}
	get_detail(obs, root);
	if (result != TW_RESULT_OK)
		return 0;
	r = get_chain(reader, tw_json_member(root, "chain"));
	if (r == 0)
		r = get_at(reader, tw_json_member(root, "at"));
	return r == 0 ? get_claims(reader, root) : r;
}
