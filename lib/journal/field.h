/*
 * The fields that records of a journal consist of, read with a complaint and written. Every
 * function that reads returns 0 or TW_JOURNAL_BAD with the complaint filled in.
 */
#ifndef TW_JOURNAL_FIELD_H
#define TW_JOURNAL_FIELD_H

#include "core/types.h"
#include "json/emit.h"
#include "json/json.h"

enum { TW_JOURNAL_MESSAGE_MAX = 512 };
/* Readers of JSON that use doubles lose digits beyond it. */
#define TW_JOURNAL_NUMBER_MAX (INT64_C(1) << 53)
/* The largest time: over three hundred years, and spans can be added to it without overflow. */
#define TW_JOURNAL_T_MAX (INT64_C(10000000000000) * TW_MS)

enum tw_journal_outcome {
	TW_JOURNAL_OK,
	TW_JOURNAL_BAD = 1, /* the complaint says what is wrong */
	TW_JOURNAL_CUT_OFF, /* likewise, and it is no JSON: perhaps the torn end of a file */
};

/* What is wrong with a line, to follow "line N: ". */
struct tw_journal_complaint {
	char text[TW_JOURNAL_MESSAGE_MAX];
};

/* Fills in the complaint and returns TW_JOURNAL_BAD. */
int tw_journal_field_refuse(struct tw_journal_complaint *complaint, const char *format, ...)
	TW_PRINTF(2, 3);
/* Whether a value is absent or null: then a default holds. */
bool tw_journal_field_is_missing(const struct tw_json_node *node);

/* These leave ret_value as it is where the field is missing. */
int tw_journal_field_number(const struct tw_json_node *root, const char *key, int64_t max,
	struct tw_journal_complaint *complaint, int64_t *ret_value);
int tw_journal_field_flag(const struct tw_json_node *root, const char *key,
	struct tw_journal_complaint *complaint, bool *ret_value);

/* These complain where it is missing. */
int tw_journal_field_ms(const struct tw_json_node *root, const char *key,
	struct tw_journal_complaint *complaint, int64_t *ret_us);
/* A text, borrowed from the document. */
int tw_journal_field_word(const struct tw_json_node *root, const char *key,
	struct tw_journal_complaint *complaint, const char **ret_word);
/* A pair [height, "hash"]; a third member, the difficulty, is ignored. key is for the complaint. */
int tw_journal_field_point(const struct tw_json_node *node, const char *key,
	struct tw_journal_complaint *complaint, struct tw_point *ret_point);

void tw_journal_field_put_point(struct tw_emit *json, const struct tw_point *point);
/* Nothing where the value is not known (negative). */
void tw_journal_field_put_number(struct tw_emit *json, const char *key, int64_t value);

#endif
