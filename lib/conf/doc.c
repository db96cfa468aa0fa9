/* See conf_doc.h. */
#include "conf/doc.h"
#include "conf/syntax.h"
#include <assert.h>
#include <errno.h>
#include <libconfig.h>
#include <stdlib.h>

struct tw_conf_doc {
	struct tw_conf_text text;
	config_t config;
};

static struct tw_conf_place place_of_line(const struct tw_conf_doc *doc, size_t line)
{
	return line >= 1 && line <= doc->text.n_lines ? doc->text.places[line - 1]
						      : (struct tw_conf_place){ .line = 1 };
}

int tw_conf_doc_create(
	const char *path, struct tw_conf_report *report, struct tw_conf_doc **ret_doc)
{
	struct tw_conf_doc *doc = calloc(1, sizeof(*doc));
	int r;

	if (doc == NULL)
		return -ENOMEM;
	r = tw_conf_text_read(path, report, &doc->text);
	if (r != 0) {
		free(doc);
		return r;
	}
	config_init(&doc->config);
	if (config_read_string(&doc->config, tw_buf_str(&doc->text.text)) != CONFIG_TRUE) {
		tw_conf_complain(report,
			place_of_line(doc, (size_t)config_error_line(&doc->config)),
			"libconfig cannot read this: %s", config_error_text(&doc->config));
		tw_conf_doc_destroy(doc);
		return 1;
	}
	*ret_doc = doc;
	return 0;
}

void tw_conf_doc_destroy(struct tw_conf_doc *doc)
{
	if (doc == NULL)
		return;
	config_destroy(&doc->config);
	tw_conf_text_finish(&doc->text);
	free(doc);
}

static const config_setting_t *setting_of(const struct tw_conf_item *item)
{
	return (const config_setting_t *)item;
}

static const struct tw_conf_item *item_of(const config_setting_t *setting)
{
	return (const struct tw_conf_item *)setting;
}

const struct tw_conf_item *tw_conf_root(const struct tw_conf_doc *doc)
{
	return item_of(config_root_setting(&doc->config));
}

const struct tw_conf_item *tw_conf_member(const struct tw_conf_item *group, const char *name)
{
	return group == NULL ? NULL : item_of(config_setting_get_member(setting_of(group), name));
}

uint32_t tw_conf_n_entries(const struct tw_conf_item *item)
{
	return config_setting_is_aggregate(setting_of(item))
		       ? (uint32_t)config_setting_length(setting_of(item))
		       : 0;
}

const struct tw_conf_item *tw_conf_entry(const struct tw_conf_item *item, uint32_t i)
{
	return item_of(config_setting_get_elem(setting_of(item), i));
}

enum tw_conf_type tw_conf_item_type(const struct tw_conf_item *item)
{
	switch (config_setting_type(setting_of(item))) {
	case CONFIG_TYPE_GROUP:
		return TW_CONF_IS_GROUP;
	case CONFIG_TYPE_STRING:
		return TW_CONF_IS_TEXT;
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return TW_CONF_IS_INTEGER;
	case CONFIG_TYPE_FLOAT:
		return TW_CONF_IS_REAL;
	case CONFIG_TYPE_BOOL:
		return TW_CONF_IS_BOOL;
	default:
		return TW_CONF_IS_LIST;
	}
}

const char *tw_conf_item_name(const struct tw_conf_item *item)
{
	const char *name = config_setting_name(setting_of(item));

	return name == NULL ? "" : name;
}

struct tw_conf_place tw_conf_item_place(
	const struct tw_conf_doc *doc, const struct tw_conf_item *item)
{
	return place_of_line(doc, config_setting_source_line(setting_of(item)));
}

const char *tw_conf_item_text(const struct tw_conf_item *item)
{
	assert(tw_conf_item_type(item) == TW_CONF_IS_TEXT);
	return config_setting_get_string(setting_of(item));
}

int64_t tw_conf_item_integer(const struct tw_conf_item *item)
{
	assert(tw_conf_item_type(item) == TW_CONF_IS_INTEGER);
	return config_setting_get_int64(setting_of(item));
}

double tw_conf_item_real(const struct tw_conf_item *item)
{
	assert(tw_conf_item_type(item) == TW_CONF_IS_REAL);
	return config_setting_get_float(setting_of(item));
}

bool tw_conf_item_bool(const struct tw_conf_item *item)
{
	assert(tw_conf_item_type(item) == TW_CONF_IS_BOOL);
	return config_setting_get_bool(setting_of(item)) == CONFIG_TRUE;
}
