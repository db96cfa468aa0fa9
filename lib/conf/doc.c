/* See doc.h. */
#include "conf/doc.h"
#include "base/num.h"
#include "conf/repair.h"
#include "conf/text.h"
#include <errno.h>
#include <inttypes.h>
#include <libconfig.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Numbers beyond it are not written out in messages. */
#define REAL_MAX 1e300

struct tw_conf_doc {
	struct tw_conf_text text;
	config_t config;
	struct tw_conf_report *report; /* borrowed */
};

/* What libconfig calls a line is a token (text.h). */
static uint32_t token_of_line(const struct tw_conf_doc *doc, unsigned int line)
{
	return line == 0 ? 0 : (uint32_t)tw_min(line, doc->text.n_tokens) - 1;
}

/* Reads the text, without what is broken. Returns 0 or TW_CONF_COMPLAINED. */
static int parse(struct tw_conf_doc *doc)
{
	config_t *config = &doc->config;

	while (config_read_string(config, tw_buf_str(&doc->text.text)) != CONFIG_TRUE) {
		bool is_twice = strncmp(config_error_text(config), "duplicate", 9) == 0;
		uint32_t token = token_of_line(doc, (unsigned int)config_error_line(config));

		if (!tw_conf_repair(&doc->text, token, is_twice, doc->report))
			return TW_CONF_COMPLAINED;
		/* Each error costs another round. */
		doc->report->is_cut = doc->report->n_errors == TW_CONF_ERRORS_MAX;
		if (doc->report->is_cut)
			return TW_CONF_COMPLAINED;
		config_destroy(config);
		config_init(config);
	}
	return 0;
}

int tw_conf_doc_create(
	const char *path, struct tw_conf_report *report, struct tw_conf_doc **ret_doc)
{
	struct tw_conf_doc *doc = calloc(1, sizeof(*doc));
	int r;

	if (doc == NULL)
		return -ENOMEM;
	doc->report = report;
	config_init(&doc->config);
	r = tw_conf_text_read(path, report, &doc->text);
	if (r == 0)
		r = parse(doc);
	if (r == 0 && report->error < 0)
		r = report->error;
	if (r == 0)
		*ret_doc = doc;
	else
		tw_conf_doc_destroy(doc);
	return r;
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

struct tw_conf_report *tw_conf_doc_report(const struct tw_conf_doc *doc)
{
	return doc->report;
}

void tw_conf_doc_complain(
	struct tw_conf_doc *doc, const struct tw_conf_item *item, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	tw_conf_report_vcomplain(doc->report, tw_conf_doc_place(doc, item), format, ap);
	va_end(ap);
}

const struct tw_conf_item *tw_conf_doc_root(const struct tw_conf_doc *doc)
{
	return item_of(config_root_setting(&doc->config));
}

const struct tw_conf_item *tw_conf_doc_member(const struct tw_conf_item *group, const char *name)
{
	return group == NULL ? NULL : item_of(config_setting_get_member(setting_of(group), name));
}

uint32_t tw_conf_doc_n_entries(const struct tw_conf_item *item)
{
	return config_setting_is_aggregate(setting_of(item))
		       ? (uint32_t)config_setting_length(setting_of(item))
		       : 0;
}

const struct tw_conf_item *tw_conf_doc_entry(const struct tw_conf_item *item, uint32_t i)
{
	return item_of(config_setting_get_elem(setting_of(item), i));
}

enum tw_conf_type tw_conf_doc_type(const struct tw_conf_item *item)
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
		return TW_CONF_IS_FLAG;
	default:
		return TW_CONF_IS_LIST;
	}
}

const char *tw_conf_doc_name(const struct tw_conf_item *item)
{
	const char *name = config_setting_name(setting_of(item));

	return name == NULL ? "" : name;
}

struct tw_conf_place tw_conf_doc_place(
	const struct tw_conf_doc *doc, const struct tw_conf_item *item)
{
	const config_setting_t *setting = setting_of(item);
	uint32_t token = token_of_line(doc, config_setting_source_line(setting));

	/* Of a string in a list libconfig takes the line only after it has seen the next token. */
	while (config_setting_name(setting) == NULL && token > 0 &&
		config_setting_type(setting) == CONFIG_TYPE_STRING &&
		doc->text.tokens[token].first != '"')
		token--;
	return doc->text.tokens[token].place;
}

const char *tw_conf_doc_text(const struct tw_conf_item *item)
{
	return config_setting_get_string(setting_of(item));
}

static void put_number(const config_setting_t *setting, struct tw_buf *out)
{
	int64_t value = config_setting_get_int64(setting);

	if (config_setting_type(setting) == CONFIG_TYPE_FLOAT &&
		fabs(config_setting_get_float(setting)) < REAL_MAX)
		tw_buf_printf(out, "%.15g", config_setting_get_float(setting));
	else if (config_setting_type(setting) == CONFIG_TYPE_FLOAT || value == INT64_MAX ||
		 value == INT64_MIN)
		tw_buf_puts(out, "beyond all numbers");
	else
		tw_buf_printf(out, "%" PRId64, value);
}

void tw_conf_doc_put_value(const struct tw_conf_item *item, struct tw_buf *out)
{
	const config_setting_t *setting = setting_of(item);

	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		tw_buf_puts(out, config_setting_get_string(setting));
	else if (config_setting_type(setting) == CONFIG_TYPE_BOOL)
		tw_buf_puts(out, config_setting_get_bool(setting) ? "true" : "false");
	else if (config_setting_is_number(setting))
		put_number(setting, out);
}
