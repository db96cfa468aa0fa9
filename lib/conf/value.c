/* See value.h. */
#include "conf/value.h"
#include "base/num.h"
#include "base/span.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { OCTAL_DIGITS_MIN = 3, OCTAL_DIGITS_MAX = 4 };

enum tw_conf_form tw_conf_value_form(const struct tw_conf_key *key)
{
	switch (key->kind) {
	case TW_CONF_NAME:
	case TW_CONF_URL:
	case TW_CONF_TEXT:
	case TW_CONF_DURATION:
	case TW_CONF_CHOICE:
	case TW_CONF_OCTAL:
		return TW_CONF_FORM_TEXT;
	case TW_CONF_U32:
	case TW_CONF_I32:
	case TW_CONF_I64:
	case TW_CONF_SIZE:
		return TW_CONF_FORM_INTEGER;
	case TW_CONF_FLAG:
		return TW_CONF_FORM_FLAG;
	}
	assert(false);
	return TW_CONF_FORM_TEXT;
}

static int set_url(const char *text, struct tw_url *field)
{
	char message[512];

	return tw_url_parse(text, field, message, sizeof(message));
}

int tw_conf_value_set_text(const char *text, char **field)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

static int set_duration(const struct tw_conf_key *key, const char *text, int64_t *field)
{
	int64_t us;

	if (tw_span_parse(text, &us) < 0 || us < key->min || us > key->max)
		return -EINVAL;
	*field = us;
	return 0;
}

static int set_choice(const struct tw_conf_key *key, const char *text, unsigned int *field)
{
	for (unsigned int i = 0; i < key->n_words; i++) {
		if (strcmp(key->word(i), text) != 0)
			continue;
		*field = i;
		return 0;
	}
	return -EINVAL;
}

static int set_octal(const struct tw_conf_key *key, const char *text, mode_t *field)
{
	size_t len = strlen(text);
	mode_t mode = 0;

	if (len < OCTAL_DIGITS_MIN || len > OCTAL_DIGITS_MAX || strspn(text, "01234567") != len)
		return -EINVAL;
	for (; *text != '\0'; text++)
		mode = mode * 8 + (mode_t)(*text - '0');
	if (mode > (mode_t)key->max)
		return -EINVAL;
	*field = mode;
	return 0;
}

static int set_integer(const struct tw_conf_key *key, const char *text, void *field)
{
	int64_t value;

	if (tw_num_parse(text, strlen(text), key->min, key->max, &value) < 0)
		return -EINVAL;
	if (key->kind == TW_CONF_U32)
		*(uint32_t *)field = (uint32_t)value;
	else if (key->kind == TW_CONF_I32)
		*(int32_t *)field = (int32_t)value;
	else if (key->kind == TW_CONF_I64)
		*(int64_t *)field = value;
	else
		*(size_t *)field = (size_t)value;
	return 0;
}

static int set_flag(const char *text, bool *field)
{
	bool is_true = strcmp(text, "true") == 0;

	if (!is_true && strcmp(text, "false") != 0)
		return -EINVAL;
	*field = is_true;
	return 0;
}

int tw_conf_value_set(const struct tw_conf_key *key, const char *text, void *field)
{
	switch (key->kind) {
	case TW_CONF_NAME:
		if (strlen(text) > TW_NAME_MAX)
			return -EINVAL;
		memcpy(field, text, strlen(text) + 1);
		return 0;
	case TW_CONF_URL:
		return set_url(text, field);
	case TW_CONF_TEXT:
		return tw_conf_value_set_text(text, field);
	case TW_CONF_DURATION:
		return set_duration(key, text, field);
	case TW_CONF_CHOICE:
		return set_choice(key, text, field);
	case TW_CONF_OCTAL:
		return set_octal(key, text, field);
	case TW_CONF_U32:
	case TW_CONF_I32:
	case TW_CONF_I64:
	case TW_CONF_SIZE:
		return set_integer(key, text, field);
	case TW_CONF_FLAG:
		return set_flag(text, field);
	}
	return -EINVAL;
}

int64_t tw_conf_value_integer(const struct tw_conf_key *key, const void *field)
{
	assert(tw_conf_value_form(key) == TW_CONF_FORM_INTEGER);
	if (key->kind == TW_CONF_U32)
		return *(const uint32_t *)field;
	if (key->kind == TW_CONF_I32)
		return *(const int32_t *)field;
	if (key->kind == TW_CONF_I64)
		return *(const int64_t *)field;
	return (int64_t) * (const size_t *)field;
}

void tw_conf_value_put(const struct tw_conf_key *key, const void *field, struct tw_buf *out)
{
	char span[TW_SPAN_TEXT_MAX];

	switch (key->kind) {
	case TW_CONF_NAME:
		tw_buf_puts(out, field);
		break;
	case TW_CONF_URL:
		tw_buf_puts(out, ((const struct tw_url *)field)->text);
		break;
	case TW_CONF_TEXT:
		tw_buf_puts(out, *(char *const *)field);
		break;
	case TW_CONF_DURATION:
		tw_buf_puts(out, tw_span_exact(*(const int64_t *)field, span));
		break;
	case TW_CONF_CHOICE:
		tw_buf_puts(out, key->word(*(const unsigned int *)field));
		break;
	case TW_CONF_OCTAL:
		tw_buf_printf(out, "%04o", (unsigned int)*(const mode_t *)field);
		break;
	case TW_CONF_U32:
	case TW_CONF_I32:
	case TW_CONF_I64:
	case TW_CONF_SIZE:
		tw_buf_printf(out, "%" PRId64, tw_conf_value_integer(key, field));
		break;
	case TW_CONF_FLAG:
		tw_buf_puts(out, *(const bool *)field ? "true" : "false");
		break;
	}
}

int tw_conf_value_set_defaults(const struct tw_conf_section *section, void *base)
{
	for (uint32_t i = 0; i < section->n_keys; i++) {
		const struct tw_conf_key *key = &section->keys[i];
		int r;

		if (key->initial == NULL)
			continue;
		r = tw_conf_value_set(key, key->initial, (char *)base + key->offset);
		assert(r != -EINVAL);
		if (r < 0)
			return r;
	}
	return 0;
}

void tw_conf_value_free(const struct tw_conf_section *section, void *base)
{
	for (uint32_t i = 0; i < section->n_keys; i++) {
		if (section->keys[i].kind == TW_CONF_TEXT)
			free(*(char **)(void *)((char *)base + section->keys[i].offset));
	}
}

static void put_words(const struct tw_conf_key *key, struct tw_buf *out)
{
	for (uint32_t i = 0; i < key->n_words; i++)
		tw_buf_printf(out, "%s\"%s\"", i == 0 ? "" : ", ", key->word(i));
}

void tw_conf_value_put_allowed(const struct tw_conf_key *key, struct tw_buf *out)
{
	char min[TW_SPAN_TEXT_MAX], max[TW_SPAN_TEXT_MAX];

	switch (key->kind) {
	case TW_CONF_NAME:
	case TW_CONF_URL:
	case TW_CONF_TEXT:
		tw_buf_puts(out, "a text in double quotes");
		break;
	case TW_CONF_DURATION:
		tw_buf_puts(out, "a duration ");
		if (key->max == TW_CONF_FOREVER)
			tw_buf_printf(out, "of at least %s", tw_span_exact(key->min, min));
		else
			tw_buf_printf(out, "between %s and %s", tw_span_exact(key->min, min),
				tw_span_exact(key->max, max));
		tw_buf_printf(out, ", such as \"%s\"", key->example);
		break;
	case TW_CONF_CHOICE:
		tw_buf_puts(out, "one of ");
		put_words(key, out);
		break;
	case TW_CONF_OCTAL:
		tw_buf_puts(out,
			"an octal file mode between 0000 and 0777 in quotes, such as \"0660\"");
		break;
	case TW_CONF_U32:
	case TW_CONF_I32:
	case TW_CONF_I64:
	case TW_CONF_SIZE:
		tw_buf_printf(
			out, "a whole number between %" PRId64 " and %" PRId64, key->min, key->max);
		break;
	case TW_CONF_FLAG:
		tw_buf_puts(out, "true or false");
		break;
	}
}

const char *tw_conf_value_kind(const struct tw_conf_key *key)
{
	if (key->what != NULL)
		return key->what;
	switch (tw_conf_value_form(key)) {
	case TW_CONF_FORM_INTEGER:
		return "number";
	case TW_CONF_FORM_FLAG:
		return "true or false";
	case TW_CONF_FORM_TEXT:
		break;
	}
	return key->kind == TW_CONF_DURATION ? "duration"
	       : key->kind == TW_CONF_CHOICE ? "word"
					     : "text";
}

void tw_conf_value_put_range(const struct tw_conf_key *key, struct tw_buf *out)
{
	char min[TW_SPAN_TEXT_MAX], max[TW_SPAN_TEXT_MAX];

	switch (key->kind) {
	case TW_CONF_NAME:
		tw_buf_printf(out, "1 to %d of the characters A-Z a-z 0-9 . _ -", (int)key->max);
		break;
	case TW_CONF_TEXT:
		tw_buf_printf(out, "at most %" PRId64 " bytes", key->max);
		break;
	case TW_CONF_DURATION:
		tw_span_exact(key->min, min);
		if (key->max == TW_CONF_FOREVER)
			tw_buf_printf(out, "%s or more", min);
		else
			tw_buf_printf(out, "%s to %s", min, tw_span_exact(key->max, max));
		break;
	case TW_CONF_CHOICE:
		put_words(key, out);
		break;
	case TW_CONF_OCTAL:
		tw_buf_printf(out, "\"%04o\" to \"%04o\"", (unsigned int)key->min,
			(unsigned int)key->max);
		break;
	case TW_CONF_U32:
	case TW_CONF_I32:
	case TW_CONF_I64:
	case TW_CONF_SIZE:
		tw_buf_printf(out, "%" PRId64 " to %" PRId64, key->min, key->max);
		break;
	case TW_CONF_URL:
	case TW_CONF_FLAG:
		break;
	}
}

void tw_conf_value_put_default(const struct tw_conf_key *key, struct tw_buf *out)
{
	const char *quote = tw_conf_value_form(key) == TW_CONF_FORM_TEXT ? "\"" : "";

	if (key->initial_words != NULL)
		tw_buf_puts(out, key->initial_words);
	else if (key->initial != NULL)
		tw_buf_printf(out, "%s%s%s", quote, key->initial, quote);
}
