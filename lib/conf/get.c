/* See get.h. */
#include "conf/get.h"
#include "conf/check.h"
#include "conf/near.h"
#include "conf/value.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* As long as a text can be that is stored, and more than any other value. */
enum { VALUE_MAX = 1 << 16, ALLOWED_MAX = 1024 };

/* A setting that is about to be stored, with all that a message needs. */
struct slot {
	struct tw_conf_doc *doc;
	const struct tw_conf_item *item;
	const struct tw_conf_section *section;
	const struct tw_conf_key *key;
};

/* "SECTION.KEY MESSAGE"; the key of a daemon stands alone, because its line says which daemon's. */
static void complain(const struct slot *slot, const char *message)
{
	bool is_daemon = slot->section == &tw_conf_daemon;

	tw_conf_doc_complain(slot->doc, slot->item, "%s%s%s %s",
		is_daemon ? "" : slot->section->name, is_daemon ? "" : ".", slot->key->name,
		message);
}

/* "KEY must be ALLOWED; it is VALUE". A value that might be a secret is not repeated. */
static void refuse(const struct slot *slot, const char *value)
{
	static const char *const types[] = {
		[TW_CONF_IS_GROUP] = "a group",
		[TW_CONF_IS_LIST] = "a list",
		[TW_CONF_IS_TEXT] = "a text",
		[TW_CONF_IS_INTEGER] = "a number",
		[TW_CONF_IS_REAL] = "a number",
		[TW_CONF_IS_FLAG] = "true or false",
	};
	enum tw_conf_type type = tw_conf_doc_type(slot->item);
	struct tw_buf message;

	tw_buf_init(&message, ALLOWED_MAX);
	tw_buf_puts(&message, "must be ");
	tw_conf_value_put_allowed(slot->key, &message);
	tw_buf_puts(&message, "; it is ");
	if (slot->key->is_private || type == TW_CONF_IS_GROUP || type == TW_CONF_IS_LIST)
		tw_buf_puts(&message, types[type]);
	else if (type == TW_CONF_IS_TEXT)
		tw_conf_report_quote(&message, value, strlen(value));
	else
		tw_buf_puts(&message, value);
	complain(slot, tw_buf_str(&message));
	tw_buf_finish(&message);
}

static bool has_type(const struct slot *slot)
{
	switch (tw_conf_value_form(slot->key)) {
	case TW_CONF_FORM_TEXT:
		return tw_conf_doc_type(slot->item) == TW_CONF_IS_TEXT;
	case TW_CONF_FORM_INTEGER:
		return tw_conf_doc_type(slot->item) == TW_CONF_IS_INTEGER;
	case TW_CONF_FORM_FLAG:
		return tw_conf_doc_type(slot->item) == TW_CONF_IS_FLAG;
	}
	return false;
}

/* Whether a text may be what it is; complains where not. */
static bool check_text(const struct slot *slot, const char *text)
{
	const struct tw_conf_key *key = slot->key;
	char message[TW_CONF_MESSAGE_MAX];
	int64_t len = (int64_t)strlen(text);

	if (key->check == NULL)
		return true;
	if (len < key->min)
		snprintf(message, sizeof(message), "must not be empty");
	else if (key->kind == TW_CONF_TEXT && len > key->max)
		snprintf(message, sizeof(message),
			"must be at most %" PRId64 " bytes long; it has %" PRId64, key->max, len);
	else if ((key->kind == TW_CONF_TEXT && len == 0) ||
		 key->check(text, message, sizeof(message)) == 0)
		return true;
	complain(slot, message);
	return false;
}

static void store(const struct slot *slot, void *base)
{
	struct tw_buf value;
	int r = -EINVAL;

	tw_buf_init(&value, VALUE_MAX);
	tw_conf_doc_put_value(slot->item, &value);
	if (has_type(slot)) {
		const char *text = tw_conf_doc_text(slot->item);

		if (text == NULL)
			text = tw_buf_str(&value);
		if (!check_text(slot, text))
			goto out;
		r = tw_conf_value_set(slot->key, text, (char *)base + slot->key->offset);
	}
	if (r == -EINVAL)
		refuse(slot, tw_buf_str(&value));
	else if (r < 0)
		tw_conf_doc_report(slot->doc)->error = r;
out:
	tw_buf_finish(&value);
}

static void complain_unknown(struct tw_conf_doc *doc, const struct tw_conf_item *item,
	const struct tw_conf_section *section)
{
	struct tw_buf text;

	tw_buf_init(&text, ALLOWED_MAX);
	tw_conf_near_explain(tw_conf_doc_name(item), section, &text);
	tw_conf_doc_complain(doc, item, "%s", tw_buf_str(&text));
	tw_buf_finish(&text);
}

void tw_conf_get_section(struct tw_conf_doc *doc, const struct tw_conf_item *group,
	const struct tw_conf_section *section, void *base)
{
	if (tw_conf_doc_type(group) != TW_CONF_IS_GROUP) {
		if (section == &tw_conf_daemon)
			tw_conf_doc_complain(doc, group,
				"every entry of daemons must be a group such as "
				"{ name = \"alpha\"; url = \"http://127.0.0.1:11898\"; }");
		else
			tw_conf_doc_complain(doc, group,
				"%s must be a group in braces: %s = { %s = ...; };", section->name,
				section->name, section->keys[0].name);
		return;
	}
	for (uint32_t i = 0; i < tw_conf_doc_n_entries(group); i++) {
		struct slot slot = {
			.doc = doc, .item = tw_conf_doc_entry(group, i), .section = section
		};

		slot.key = tw_conf_keys_find(section, tw_conf_doc_name(slot.item));
		if (slot.key == NULL)
			complain_unknown(doc, slot.item, section);
		else
			store(&slot, base);
	}
}

void tw_conf_get_check_root(struct tw_conf_doc *doc)
{
	const struct tw_conf_item *root = tw_conf_doc_root(doc);

	for (uint32_t i = 0; i < tw_conf_doc_n_entries(root); i++) {
		const struct tw_conf_item *item = tw_conf_doc_entry(root, i);

		if (tw_conf_keys_section(tw_conf_doc_name(item)) == NULL)
			complain_unknown(doc, item, NULL);
	}
}
