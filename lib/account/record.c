/* See record.h. */
#include "account/record.h"
#include "core/reason.h"
#include "json/emit.h"
#include "json/json.h"
#include <errno.h>
#include <string.h>
#include <time.h>

enum { FIGURES = 4 }; /* of an hour, before the reason */

static const struct tw_json_limits limits = { .bytes = TW_ACCOUNT_RECORD_MAX, .nodes = 200000 };

const char *tw_account_record_date(int64_t number, char date[TW_ACCOUNT_DATE_SIZE])
{
	time_t seconds = (time_t)(number * (TW_DAY / TW_SEC));
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
		strftime(date, TW_ACCOUNT_DATE_SIZE, "%Y-%m-%d", &tm) == 0)
		(void)strcpy(date, "-");
	return date;
}

/* --- writing --- */

static void write_hour(const struct tw_account_hour *hour, struct tw_emit *json)
{
	if (hour->watched_ms == 0) {
		tw_emit_null(json);
		return;
	}
	tw_emit_open_array(json);
	tw_emit_int(json, hour->watched_ms);
	tw_emit_int(json, hour->usable_ms);
	tw_emit_int(json, hour->saved_ms);
	tw_emit_int(json, hour->contested_ms);
	if (hour->reason_ms > 0) {
		tw_emit_text(json, tw_reason_word((enum tw_reason)hour->reason));
		tw_emit_int(json, hour->reason_ms);
	}
	tw_emit_close_array(json);
}

static void write_node(const struct tw_account_node *node, struct tw_emit *json)
{
	tw_emit_open_map(json);
	tw_emit_put_text(json, "name", node->name);
	tw_emit_key(json, "ms");
	tw_emit_open_map(json);
	for (int i = 0; i < TW_REASONS; i++) {
		if (node->ms[i] > 0)
			tw_emit_put_int(json, tw_reason_word((enum tw_reason)i), node->ms[i]);
	}
	tw_emit_close_map(json);
	tw_emit_key(json, "away");
	tw_emit_open_map(json);
	for (uint32_t i = 0; i < TW_ACCOUNT_CAUSES; i++) {
		if (node->away[i] > 0)
			tw_emit_put_int(json, tw_account_day_cause(i), node->away[i]);
	}
	tw_emit_close_map(json);
	tw_emit_close_map(json);
}

void tw_account_record_format(const struct tw_account_day *day, struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);
	char date[TW_ACCOUNT_DATE_SIZE];

	tw_emit_open_map(json);
	tw_emit_put_int(json, "v", 1);
	tw_emit_put_int(json, "from_ms", day->number * TW_ACCOUNT_DAY_MS);
	tw_emit_put_text(json, "day", tw_account_record_date(day->number, date));
	tw_emit_put_int_or_null(json, "since_ms", day->since_ms);
	tw_emit_key(json, "hours");
	tw_emit_open_array(json);
	for (int i = 0; i < TW_ACCOUNT_HOURS; i++)
		write_hour(&day->hours[i], json);
	tw_emit_close_array(json);
	tw_emit_key(json, "daemons");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < day->n_nodes; i++)
		write_node(&day->nodes[i], json);
	tw_emit_close_array(json);
	tw_emit_close_map(json);
	tw_emit_destroy(json);
}

/* --- reading --- */

static int get_ms(const struct tw_json_node *node, uint32_t *ret_ms)
{
	int64_t value;
	int r = tw_json_get_int(node, "", 0, UINT32_MAX, &value);

	if (r == 0)
		*ret_ms = (uint32_t)value;
	return r;
}

static int parse_hour(const struct tw_json_node *node, struct tw_account_hour *hour)
{
	uint32_t *const figures[FIGURES] = { &hour->watched_ms, &hour->usable_ms, &hour->saved_ms,
		&hour->contested_ms };
	const struct tw_json_node *figure = tw_json_first(node);
	enum tw_reason reason;
	int r = 0;

	if (tw_json_type_of(node) == TW_JSON_NULL)
		return 0;
	if (tw_json_type_of(node) != TW_JSON_ARRAY)
		return -EINVAL;
	if (tw_json_count(node) < FIGURES)
		return -EINVAL;
	for (int i = 0; r == 0 && i < FIGURES; i++) {
		r = get_ms(figure, figures[i]);
		figure = tw_json_next(node, figure);
	}
	if (r < 0 || hour->usable_ms > hour->watched_ms || hour->saved_ms > hour->usable_ms ||
		hour->contested_ms > hour->watched_ms)
		return -EINVAL;
	/* A word that this version does not know is no reason to forget the hour. */
	if (tw_json_str(figure) == NULL || tw_reason_parse(tw_json_str(figure), &reason) < 0)
		return 0;
	hour->reason = (uint8_t)reason;
	return get_ms(tw_json_next(node, figure), &hour->reason_ms);
}

/* Words that this version does not know are left out here, too. */
static int parse_node(const struct tw_json_node *node, struct tw_account_day *day)
{
	const struct tw_json_node *ms = tw_json_member(node, "ms");
	const struct tw_json_node *away = tw_json_member(node, "away");
	char name[TW_NAME_MAX + 1];
	uint32_t position, cause;
	enum tw_reason reason;
	int64_t count;
	int r = tw_json_get_text(node, "name", sizeof(name), name);

	if (r < 0)
		return r;
	r = tw_account_day_add_node(day, name, &position);
	for (const struct tw_json_node *child = tw_json_first(ms); r == 0 && child != NULL;
		child = tw_json_next(ms, child)) {
		if (tw_reason_parse(tw_json_key_of(child), &reason) == 0)
			r = get_ms(child, &day->nodes[position].ms[reason]);
	}
	for (const struct tw_json_node *child = tw_json_first(away); r == 0 && child != NULL;
		child = tw_json_next(away, child)) {
		if (tw_account_day_parse_cause(tw_json_key_of(child), &cause) < 0)
			continue;
		r = tw_json_get_int(child, "", 0, UINT16_MAX, &count);
		if (r == 0)
			day->nodes[position].away[cause] = (uint16_t)count;
	}
	return r;
}

static int parse(const struct tw_json_node *root, struct tw_account_day *day)
{
	const struct tw_json_node *list = tw_json_member(root, "hours");
	const struct tw_json_node *node = tw_json_first(list);
	int r = tw_json_count(list) == TW_ACCOUNT_HOURS ? 0 : -EINVAL;

	for (int i = 0; r == 0 && i < TW_ACCOUNT_HOURS; i++) {
		r = parse_hour(node, &day->hours[i]);
		node = tw_json_next(list, node);
	}
	list = tw_json_member(root, "daemons");
	if (r == 0 && tw_json_type_of(list) != TW_JSON_ARRAY)
		r = -EINVAL;
	for (node = tw_json_first(list); r == 0 && node != NULL; node = tw_json_next(list, node))
		r = parse_node(node, day);
	return r;
}

static int get_date(const struct tw_json_node *root, int64_t *ret_from_ms, int64_t *ret_since_ms)
{
	int r = tw_json_get_int(root, "from_ms", 0, INT64_MAX / 4, ret_from_ms);

	if (r < 0 || *ret_from_ms % TW_ACCOUNT_DAY_MS != 0)
		return -EINVAL;
	*ret_since_ms = TW_UNKNOWN;
	r = tw_json_get_int(
		root, "since_ms", *ret_from_ms, *ret_from_ms + TW_ACCOUNT_DAY_MS, ret_since_ms);
	return r == -ENOENT ? 0 : r;
}

int tw_account_record_parse(const char *line, size_t len, struct tw_account_day **ret_day)
{
	struct tw_account_day *day = NULL;
	struct tw_json_doc *doc = NULL;
	int64_t from_ms = 0, since_ms = 0;
	int r = tw_json_parse(line, len, &limits, &doc);

	if (r > 0)
		return -EINVAL;
	if (r < 0)
		return r;
	r = get_date(tw_json_root(doc), &from_ms, &since_ms);
	if (r == 0)
		r = tw_account_day_create(from_ms / TW_ACCOUNT_DAY_MS, &day);
	if (r == 0) {
		day->since_ms = since_ms;
		r = parse(tw_json_root(doc), day);
	}
	tw_json_doc_destroy(doc);
	if (r == 0) {
		*ret_day = day;
		return 0;
	}
	tw_account_day_destroy(day);
	return r == -ENOMEM ? r : -EINVAL;
}
