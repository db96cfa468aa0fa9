/* See conf_get.h. */
#include "conf/get.h"
#include "base/span.h"
#include "conf/near.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value about to be stored, with all that a message needs. */
struct slot {
	struct tw_conf_reader *reader;
	const struct tw_conf_item *item;
	const struct tw_conf_section *section;
	const struct tw_conf_key *key;
	char *field;
};

void tw_conf_complain_item(
	struct tw_conf_reader *reader, const struct tw_conf_item *item, const char *format, ...)
{
	struct tw_buf text;
	va_list ap;

	tw_buf_init(&text, 4096);
	va_start(ap, format);
	tw_buf_vprintf(&text, format, ap);
	va_end(ap);
	tw_conf_complain(
		reader->report, tw_conf_item_place(reader->doc, item), "%s", tw_buf_str(&text));
	tw_buf_finish(&text);
}

/* What the value is, without repeating one that might be a secret. */
static void describe(struct tw_buf *out, const struct tw_conf_item *item, bool is_private)
{
	static const char *const kinds[] = {
		[TW_CONF_IS_GROUP] = "a group",
		[TW_CONF_IS_LIST] = "a list",
		[TW_CONF_IS_TEXT] = "a text",
		[TW_CONF_IS_INTEGER] = "a number",
		[TW_CONF_IS_REAL] = "a number",
		[TW_CONF_IS_BOOL] = "true or false",
	};
	enum tw_conf_type type = tw_conf_item_type(item);

	if (is_private || type == TW_CONF_IS_GROUP || type == TW_CONF_IS_LIST)
		tw_buf_puts(out, kinds[type]);
	else if (type == TW_CONF_IS_TEXT)
		tw_conf_quote(out, tw_conf_item_text(item), strlen(tw_conf_item_text(item)));
	else if (type == TW_CONF_IS_BOOL)
		tw_buf_puts(out, tw_conf_item_bool(item) ? "true" : "false");
	else if (type == TW_CONF_IS_REAL && fabs(tw_conf_item_real(item)) < 1e300)
		tw_buf_printf(out, "%.15g", tw_conf_item_real(item));
	else if (type == TW_CONF_IS_REAL || tw_conf_item_integer(item) == INT64_MAX ||
		 tw_conf_item_integer(item) == INT64_MIN)
		tw_buf_puts(out, "beyond all numbers");
	else
		tw_buf_printf(out, "%" PRId64, tw_conf_item_integer(item));
}

/* "SECTION.KEY ..." (a daemon's key stands alone: its line says which daemon's). */
static void complain(const struct slot *slot, const char *format, ...) TW_PRINTF(2, 3);

static void complain(const struct slot *slot, const char *format, ...)
{
	struct tw_buf text;
	va_list ap;

	tw_buf_init(&text, 4096);
	if (slot->section != &tw_conf_daemon)
		tw_buf_printf(&text, "%s.", slot->section->name);
	tw_buf_printf(&text, "%s ", slot->key->name);
	va_start(ap, format);
	tw_buf_vprintf(&text, format, ap);
	va_end(ap);
	tw_conf_complain_item(slot->reader, slot->item, "%s", tw_buf_str(&text));
	tw_buf_finish(&text);
}

/* "KEY must be ALLOWED; it is VALUE". */
static void refuse(const struct slot *slot, const char *allowed)
{
	struct tw_buf value;

	tw_buf_init(&value, 1024);
	describe(&value, slot->item, slot->key->is_private);
	complain(slot, "must be %s; it is %s", allowed, tw_buf_str(&value));
	tw_buf_finish(&value);
}

static void get_duration(const struct slot *slot)
{
	const struct tw_conf_key *key = slot->key;
	char min[TW_SPAN_TEXT_MAX], max[TW_SPAN_TEXT_MAX], allowed[256];
	int64_t us;

	if (tw_conf_item_type(slot->item) == TW_CONF_IS_TEXT &&
		tw_span_parse(tw_conf_item_text(slot->item), &us) == 0 && us >= key->min &&
		us <= key->max) {
		memcpy(slot->field, &us, sizeof(us));
		return;
	}
	tw_span_exact(key->min, min);
	tw_span_exact(key->max, max);
	if (key->max == TW_CONF_FOREVER)
		snprintf(allowed, sizeof(allowed), "a duration of at least %s, such as \"%s\"", min,
			key->example);
	else
		snprintf(allowed, sizeof(allowed), "a duration between %s and %s, such as \"%s\"",
			min, max, key->example);
	refuse(slot, allowed);
}

static void get_integer(const struct slot *slot)
{
	const struct tw_conf_key *key = slot->key;
	char allowed[256];
	int64_t value;

	if (tw_conf_item_type(slot->item) != TW_CONF_IS_INTEGER)
		goto wrong;
	value = tw_conf_item_integer(slot->item);
	if (value < key->min || value > key->max)
		goto wrong;
	if (key->kind == TW_CONF_I64)
		memcpy(slot->field, &value, sizeof(value));
	else if (key->kind == TW_CONF_SIZE)
		memcpy(slot->field, &(size_t){ (size_t)value }, sizeof(size_t));
	else if (key->kind == TW_CONF_I32)
		memcpy(slot->field, &(int32_t){ (int32_t)value }, sizeof(int32_t));
	else
		memcpy(slot->field, &(uint32_t){ (uint32_t)value }, sizeof(uint32_t));
	return;
wrong:
	snprintf(allowed, sizeof(allowed), "a whole number between %" PRId64 " and %" PRId64,
		key->min, key->max);
	refuse(slot, allowed);
}

static void get_flag(const struct slot *slot)
{
	bool value;

	if (tw_conf_item_type(slot->item) != TW_CONF_IS_BOOL) {
		refuse(slot, "true or false");
		return;
	}
	value = tw_conf_item_bool(slot->item);
	memcpy(slot->field, &value, sizeof(value));
}

static void get_choice(const struct slot *slot)
{
	const struct tw_conf_key *key = slot->key;
	const char *text;
	char allowed[256];
	int n;

	if (tw_conf_item_type(slot->item) == TW_CONF_IS_TEXT) {
		text = tw_conf_item_text(slot->item);
		for (unsigned int i = 0; i < key->n_words; i++) {
			if (strcmp(key->word(i), text) != 0)
				continue;
			memcpy(slot->field, &i, sizeof(i));
			return;
		}
	}
	n = snprintf(allowed, sizeof(allowed), "one of");
	for (uint32_t i = 0; i < key->n_words; i++)
		n += snprintf(allowed + n, sizeof(allowed) - (size_t)n, "%s \"%s\"",
			i == 0 ? "" : ",", key->word(i));
	refuse(slot, allowed);
}

static void get_octal(const struct slot *slot)
{
	const char *text;
	mode_t mode = 0;

	if (tw_conf_item_type(slot->item) != TW_CONF_IS_TEXT)
		goto wrong;
	text = tw_conf_item_text(slot->item);
	if (strlen(text) < 3 || strlen(text) > 4 || strspn(text, "01234567") != strlen(text))
		goto wrong;
	for (; *text != '\0'; text++)
		mode = mode * 8 + (mode_t)(*text - '0');
	if (mode > (mode_t)slot->key->max)
		goto wrong;
	memcpy(slot->field, &mode, sizeof(mode));
	return;
wrong:
	refuse(slot, "an octal file mode between 0000 and 0777 in quotes, such as \"0660\"");
}

const char *tw_conf_get_text(struct tw_conf_reader *reader, const struct tw_conf_item *item,
	const struct tw_conf_key *key)
{
	struct slot slot = {
		.reader = reader, .item = item, .section = &tw_conf_daemon, .key = key
	};

	if (tw_conf_item_type(item) == TW_CONF_IS_TEXT)
		return tw_conf_item_text(item);
	refuse(&slot, "a text in double quotes");
	return NULL;
}

static void get_text(const struct slot *slot)
{
	const struct tw_conf_key *key = slot->key;
	char message[TW_CONF_MESSAGE_MAX], *copy;
	const char *text;
	size_t len;

	if (tw_conf_item_type(slot->item) != TW_CONF_IS_TEXT) {
		refuse(slot, "a text in double quotes");
		return;
	}
	text = tw_conf_item_text(slot->item);
	len = strlen(text);
	if (len < (size_t)key->min) {
		complain(slot, "must not be empty");
		return;
	}
	if (len > (size_t)key->max) {
		complain(slot, "must be at most %" PRId64 " bytes long; it has %zu", key->max, len);
		return;
	}
	if (len > 0 && key->check(text, message, sizeof(message)) < 0) {
		complain(slot, "%s", message);
		return;
	}
	copy = strdup(text);
	if (copy == NULL) {
		slot->reader->report->error = -ENOMEM;
		return;
	}
	free(*(char **)(void *)slot->field);
	memcpy(slot->field, &copy, sizeof(char *));
}

static void get(const struct slot *slot)
{
	switch (slot->key->kind) {
	case TW_CONF_DURATION:
		get_duration(slot);
		break;
	case TW_CONF_U32:
	case TW_CONF_I32:
	case TW_CONF_I64:
	case TW_CONF_SIZE:
		get_integer(slot);
		break;
	case TW_CONF_FLAG:
		get_flag(slot);
		break;
	case TW_CONF_TEXT:
		get_text(slot);
		break;
	case TW_CONF_CHOICE:
		get_choice(slot);
		break;
	case TW_CONF_OCTAL:
		get_octal(slot);
		break;
	case TW_CONF_OTHER:
		break;
	}
}

void tw_conf_get_section(struct tw_conf_reader *reader, const struct tw_conf_item *group,
	const struct tw_conf_section *section, void *base)
{
	struct slot slot = { .reader = reader, .section = section };

	if (tw_conf_item_type(group) != TW_CONF_IS_GROUP) {
		if (section == &tw_conf_daemon)
			tw_conf_complain_item(reader, group,
				"every entry of daemons must be a group such as "
				"{ name = \"alpha\"; url = \"http://127.0.0.1:11898\"; }");
		else
			tw_conf_complain_item(reader, group,
				"%s must be a group in braces: %s = { %s = ...; };", section->name,
				section->name, section->keys[0].name);
		return;
	}
	for (uint32_t i = 0; i < tw_conf_n_entries(group); i++) {
		slot.item = tw_conf_entry(group, i);
		slot.key = tw_conf_key_find(section, tw_conf_item_name(slot.item));
		if (slot.key == NULL) {
			tw_conf_complain_unknown(reader, slot.item, section);
			continue;
		}
		slot.field = (char *)base + slot.key->offset;
		get(&slot);
	}
}

void tw_conf_check_root(struct tw_conf_reader *reader)
{
	const struct tw_conf_item *root = tw_conf_root(reader->doc);

	for (uint32_t i = 0; i < tw_conf_n_entries(root); i++) {
		const struct tw_conf_item *item = tw_conf_entry(root, i);
		const char *name = tw_conf_item_name(item);
		bool is_known = strcmp(name, tw_conf_daemon.name) == 0;

		for (uint32_t s = 0; s < TW_CONF_SECTIONS; s++)
			is_known = is_known || strcmp(name, tw_conf_sections[s].name) == 0;
		if (!is_known)
			tw_conf_complain_unknown(reader, item, NULL);
	}
}
