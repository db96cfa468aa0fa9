/* See check.h. */
#include "journal/check.h"
#include "core/monitor.h"
#include "core/words.h"
#include <string.h>

/* What is written. */
struct shown {
	const struct tw_observation *obs;
	enum tw_result result;
	int slot;
};

/* What is read. */
struct learned {
	struct tw_observation *obs;
	int slot;
};

struct row {
	const char *key;
	/* Writes what is known of the field; reads it, where it is there, with a complaint. */
	void (*put)(struct tw_emit *json, const struct row *row, const struct shown *shown);
	int (*get)(const struct tw_json_node *root, const struct row *row,
		struct tw_journal_complaint *complaint, struct learned *learned);
	bool is_of_good; /* only a good check has it */
	/* of a whole number: where it is in the observation, and how large it may be */
	size_t offset;
	int64_t max;
};

static void put_result(struct tw_emit *json, const struct row *row, const struct shown *shown)
{
	tw_emit_put_text(json, row->key, tw_words_result(shown->result));
}

static int get_result(const struct tw_json_node *root, const struct row *row,
	struct tw_journal_complaint *complaint, struct learned *learned)
{
	enum tw_result result;
	const char *word;
	int r = tw_journal_field_word(root, row->key, complaint, &word);

	if (r != 0)
		return r;
	if (tw_words_parse_result(word, &result) < 0)
		return tw_journal_field_refuse(complaint, "there is no result \"%.64s\"", word);
	tw_observation_init(learned->obs, result);
	return 0;
}

static void put_rtt(struct tw_emit *json, const struct row *row, const struct shown *shown)
{
	if (shown->obs->rtt_us >= 0)
		tw_emit_put_ms(json, row->key, shown->obs->rtt_us);
}

static int get_rtt(const struct tw_json_node *root, const struct row *row,
	struct tw_journal_complaint *complaint, struct learned *learned)
{
	if (tw_journal_field_is_missing(tw_json_member(root, row->key)))
		return 0;
	return tw_journal_field_ms(root, row->key, complaint, &learned->obs->rtt_us);
}

static void put_confirm(struct tw_emit *json, const struct row *row, const struct shown *shown)
{
	if (shown->slot == TW_SLOT_CONFIRM)
		tw_emit_put_bool(json, row->key, true);
}

static int get_confirm(const struct tw_json_node *root, const struct row *row,
	struct tw_journal_complaint *complaint, struct learned *learned)
{
	bool is_confirm = false;
	int r = tw_journal_field_flag(root, row->key, complaint, &is_confirm);

	learned->slot = is_confirm ? TW_SLOT_CONFIRM : TW_SLOT_REGULAR;
	return r;
}

static void put_points(
	struct tw_emit *json, const char *key, const struct tw_point *points, uint32_t n)
{
	tw_emit_key(json, key);
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < n; i++)
		tw_journal_field_put_point(json, &points[i]);
	tw_emit_close_array(json);
}

static void put_chain(struct tw_emit *json, const struct row *row, const struct shown *shown)
{
	put_points(json, row->key, shown->obs->chain, shown->obs->n_chain);
}

/* Newest first without holes. Blocks older than those that an observation holds are left out. */
static int get_chain(const struct tw_json_node *root, const struct row *row,
	struct tw_journal_complaint *complaint, struct learned *learned)
{
	const struct tw_json_node *list = tw_json_member(root, row->key);
	struct tw_observation *obs = learned->obs;
	int64_t above = TW_UNKNOWN;

	if (tw_json_type_of(list) != TW_JSON_ARRAY || tw_json_count(list) == 0)
		return tw_journal_field_refuse(complaint,
			"a good check must show its newest block: "
			"\"chain\":[[height,\"hash\"],...]");
	for (const struct tw_json_node *c = tw_json_first(list); c != NULL;
		c = tw_json_next(list, c)) {
		struct tw_point point;
		int r = tw_journal_field_point(c, row->key, complaint, &point);

		if (r != 0)
			return r;
		if (above >= 0 && point.height != above - 1)
			return tw_journal_field_refuse(complaint,
				"chain must be newest first without holes: %lld follows "
				"%lld",
				(long long)point.height, (long long)above);
		above = point.height;
		if (obs->n_chain < TW_CHAIN_MAX)
			obs->chain[obs->n_chain++] = point;
	}
	return 0;
}

static void put_at(struct tw_emit *json, const struct row *row, const struct shown *shown)
{
	if (shown->obs->n_at > 0)
		put_points(json, row->key, shown->obs->at, shown->obs->n_at);
}

static int get_at(const struct tw_json_node *root, const struct row *row,
	struct tw_journal_complaint *complaint, struct learned *learned)
{
	const struct tw_json_node *list = tw_json_member(root, row->key);
	struct tw_observation *obs = learned->obs;

	if (tw_journal_field_is_missing(list))
		return 0;
	if (tw_json_type_of(list) != TW_JSON_ARRAY || tw_json_count(list) > TW_AT_MAX)
		return tw_journal_field_refuse(
			complaint, "\"at\" must be an array of at most %d pairs", TW_AT_MAX);
	for (const struct tw_json_node *c = tw_json_first(list); c != NULL;
		c = tw_json_next(list, c)) {
		struct tw_point point;
		const struct tw_hash *known;
		int r = tw_journal_field_point(c, row->key, complaint, &point);

		if (r != 0)
			return r;
		known = tw_observation_at(obs, point.height);
		if (point.height > obs->chain[0].height)
			return tw_journal_field_refuse(
				complaint, "\"at\" has a block above the newest one");
		if (known != NULL && !tw_hash_equal(known, &point.hash))
			return tw_journal_field_refuse(complaint,
				"two different blocks at height %lld", (long long)point.height);
		obs->at[obs->n_at++] = point;
	}
	return 0;
}

static void put_number(struct tw_emit *json, const struct row *row, const struct shown *shown)
{
	int64_t value;

	memcpy(&value, (const char *)shown->obs + row->offset, sizeof(value));
	tw_journal_field_put_number(json, row->key, value);
}

static int get_number(const struct tw_json_node *root, const struct row *row,
	struct tw_journal_complaint *complaint, struct learned *learned)
{
	int64_t value = TW_UNKNOWN;
	int r = tw_journal_field_number(root, row->key, row->max, complaint, &value);

	memcpy((char *)learned->obs + row->offset, &value, sizeof(value));
	return r;
}

static void put_synced(struct tw_emit *json, const struct row *row, const struct shown *shown)
{
	if (shown->obs->synced >= 0)
		tw_emit_put_bool(json, row->key, shown->obs->synced > 0);
}

static int get_synced(const struct tw_json_node *root, const struct row *row,
	struct tw_journal_complaint *complaint, struct learned *learned)
{
	bool is_synced = false;
	int r = tw_journal_field_flag(root, row->key, complaint, &is_synced);

	if (!tw_journal_field_is_missing(tw_json_member(root, row->key)))
		learned->obs->synced = is_synced;
	return r;
}

static void put_template(struct tw_emit *json, const struct row *row, const struct shown *shown)
{
	if (shown->obs->template != TW_TEMPLATE_UNCHECKED)
		tw_emit_put_text(json, row->key, tw_words_template(shown->obs->template));
}

static int get_template(const struct tw_json_node *root, const struct row *row,
	struct tw_journal_complaint *complaint, struct learned *learned)
{
	const struct tw_json_node *node = tw_json_member(root, row->key);

	if (tw_journal_field_is_missing(node))
		return 0;
	if (tw_json_str(node) == NULL ||
		tw_words_parse_template(tw_json_str(node), &learned->obs->template) < 0)
		return tw_journal_field_refuse(
			complaint, "\"template\" must be ok, failed, stale or unchecked");
	return 0;
}

static void put_nettype(struct tw_emit *json, const struct row *row, const struct shown *shown)
{
	if (shown->obs->network.nettype[0] != '\0')
		tw_emit_put_text(json, row->key, shown->obs->network.nettype);
}

static int get_nettype(const struct tw_json_node *root, const struct row *row,
	struct tw_journal_complaint *complaint, struct learned *learned)
{
	const struct tw_json_node *node = tw_json_member(root, row->key);
	const char *text = tw_json_str(node);

	if (tw_journal_field_is_missing(node))
		return 0;
	if (text == NULL || strlen(text) > TW_NETTYPE_MAX)
		return tw_journal_field_refuse(complaint,
			"\"nettype\" must be a text of at most %d bytes", TW_NETTYPE_MAX);
	strcpy(learned->obs->network.nettype, text);
	return 0;
}

static void put_genesis(struct tw_emit *json, const struct row *row, const struct shown *shown)
{
	if (shown->obs->network.has_genesis)
		tw_emit_put_hash(json, row->key, &shown->obs->network.genesis);
}

static int get_genesis(const struct tw_json_node *root, const struct row *row,
	struct tw_journal_complaint *complaint, struct learned *learned)
{
	struct tw_network_id *network = &learned->obs->network;

	if (tw_journal_field_is_missing(tw_json_member(root, row->key)))
		return 0;
	if (tw_json_get_hash(root, row->key, &network->genesis) != 0)
		return tw_journal_field_refuse(complaint, "\"genesis\" must be a block hash");
	network->has_genesis = true;
	return 0;
}

static void put_detail(struct tw_emit *json, const struct row *row, const struct shown *shown)
{
	if (shown->obs->detail[0] != '\0')
		tw_emit_put_text(json, row->key, shown->obs->detail);
}

/* A text for people: what does not fit is cut off, and what is no text is ignored. */
static int get_detail(const struct tw_json_node *root, const struct row *row,
	struct tw_journal_complaint *complaint, struct learned *learned)
{
	struct tw_observation *obs = learned->obs;
	const char *text = tw_json_str(tw_json_member(root, row->key));
	size_t len = text == NULL ? 0 : strnlen(text, sizeof(obs->detail) - 1);

	(void)complaint;
	if (len > 0)
		memcpy(obs->detail, text, len);
	obs->detail[len] = '\0';
	return 0;
}

#define NUMBER(field, max) put_number, get_number, true, offsetof(struct tw_observation, field), max

/* In the order of the line. The result is read first: it sets the defaults of all others. */
static const struct row rows[] = {
	{ "result", put_result, get_result, false, 0, 0 },
	{ "rtt_ms", put_rtt, get_rtt, false, 0, 0 },
	{ "confirm", put_confirm, get_confirm, false, 0, 0 },
	{ "chain", put_chain, get_chain, true, 0, 0 },
	{ "at", put_at, get_at, true, 0, 0 },
	{ "time", NUMBER(header_time_s, TW_JOURNAL_NUMBER_MAX) },
	{ "peers_in", NUMBER(peers_in, TW_JOURNAL_NUMBER_MAX) },
	{ "peers_out", NUMBER(peers_out, TW_JOURNAL_NUMBER_MAX) },
	{ "synced", put_synced, get_synced, true, 0, 0 },
	{ "network_height", NUMBER(network_height, TW_HEIGHT_MAX) },
	{ "template", put_template, get_template, true, 0, 0 },
	{ "nettype", put_nettype, get_nettype, true, 0, 0 },
	{ "genesis", put_genesis, get_genesis, true, 0, 0 },
	{ "detail", put_detail, get_detail, false, 0, 0 },
};

void tw_journal_check_put(struct tw_emit *json, const struct tw_observation *obs, int slot)
{
	struct shown shown = { obs, obs->result, slot };

	/* The core takes a good check without a block for a bad reply. */
	if (shown.result == TW_RESULT_OK && obs->n_chain == 0)
		shown.result = TW_RESULT_BAD_REPLY;
	for (size_t i = 0; i < TW_ARRAY_SIZE(rows); i++) {
		if (!rows[i].is_of_good || shown.result == TW_RESULT_OK)
			rows[i].put(json, &rows[i], &shown);
	}
}

int tw_journal_check_get(const struct tw_json_node *root, struct tw_journal_complaint *complaint,
	struct tw_observation *ret_obs, int *ret_slot)
{
	struct learned learned = { .obs = ret_obs };
	int r = 0;

	for (size_t i = 0; i < TW_ARRAY_SIZE(rows) && r == 0; i++) {
		if (!rows[i].is_of_good || ret_obs->result == TW_RESULT_OK)
			r = rows[i].get(root, &rows[i], complaint, &learned);
	}
	*ret_slot = learned.slot;
	return r;
}
