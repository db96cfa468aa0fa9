/* See field.h. */
#include "journal/field.h"
#include <errno.h>
#include <stdio.h>

int tw_journal_field_refuse(struct tw_journal_complaint *complaint, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(complaint->text, sizeof(complaint->text), format, ap);
	va_end(ap);
	return TW_JOURNAL_BAD;
}

bool tw_journal_field_is_missing(const struct tw_json_node *node)
{
	enum tw_json_type type = tw_json_type_of(node);

	return type == TW_JSON_ABSENT || type == TW_JSON_NULL;
}

int tw_journal_field_number(const struct tw_json_node *root, const char *key, int64_t max,
	struct tw_journal_complaint *complaint, int64_t *ret_value)
{
	int r = tw_json_get_int(root, key, 0, max, ret_value);

	if (r == 0 || r == -ENOENT)
		return 0;
	return tw_journal_field_refuse(
		complaint, "\"%s\" must be a whole number between 0 and %lld", key, (long long)max);
}

int tw_journal_field_flag(const struct tw_json_node *root, const char *key,
	struct tw_journal_complaint *complaint, bool *ret_value)
{
	int r = tw_json_get_bool(root, key, ret_value);

	if (r == 0 || r == -ENOENT)
		return 0;
	return tw_journal_field_refuse(complaint, "\"%s\" must be true or false", key);
}

int tw_journal_field_ms(const struct tw_json_node *root, const char *key,
	struct tw_journal_complaint *complaint, int64_t *ret_us)
{
	int64_t us;
	int r = tw_json_get_ms(root, key, &us);

	if (r == -ENOENT)
		return tw_journal_field_refuse(complaint, "there is no \"%s\"", key);
	if (r < 0 || us > TW_JOURNAL_T_MAX)
		return tw_journal_field_refuse(complaint,
			"\"%s\" must be milliseconds with up to three decimals, not negative "
			"and at most %lld",
			key, (long long)(TW_JOURNAL_T_MAX / TW_MS));
	*ret_us = us;
	return 0;
}

int tw_journal_field_word(const struct tw_json_node *root, const char *key,
	struct tw_journal_complaint *complaint, const char **ret_word)
{
	*ret_word = tw_json_str(tw_json_member(root, key));
	if (*ret_word == NULL)
		return tw_journal_field_refuse(complaint, "\"%s\" must be a text", key);
	return 0;
}

int tw_journal_field_point(const struct tw_json_node *node, const char *key,
	struct tw_journal_complaint *complaint, struct tw_point *ret_point)
{
	const struct tw_json_node *height = tw_json_first(node), *hash, *difficulty;

	if (tw_json_type_of(node) != TW_JSON_ARRAY || tw_json_count(node) < 2 ||
		tw_json_count(node) > 3)
		return tw_journal_field_refuse(
			complaint, "%s must consist of pairs [height, \"hash\"]", key);
	if (tw_json_get_int(height, "", 0, TW_HEIGHT_MAX, &ret_point->height) < 0)
		return tw_journal_field_refuse(complaint, "%s has a height that is none", key);
	hash = tw_json_next(node, height);
	if (tw_json_get_hash(hash, "", &ret_point->hash) < 0)
		return tw_journal_field_refuse(
			complaint, "%s has a hash that is not 64 hex digits", key);
	difficulty = tw_json_next(node, hash);
	if (tw_json_type_of(difficulty) != TW_JSON_NUMBER &&
		!tw_journal_field_is_missing(difficulty))
		return tw_journal_field_refuse(
			complaint, "%s has a difficulty that is not a number", key);
	return 0;
}

void tw_journal_field_put_point(struct tw_emit *json, const struct tw_point *point)
{
	tw_emit_open_array(json);
	tw_emit_int(json, point->height);
	tw_emit_hash(json, &point->hash);
	tw_emit_close_array(json);
}

void tw_journal_field_put_number(struct tw_emit *json, const char *key, int64_t value)
{
	if (value >= 0)
		tw_emit_put_int(json, key, value);
}
