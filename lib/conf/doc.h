/*
 * A configuration file and what it includes as a tree of items, each with its type and its place.
 * This is the only part that knows libconfig.
 */
#ifndef TW_CONF_DOC_H
#define TW_CONF_DOC_H

#include "conf/report.h"

enum tw_conf_type {
	TW_CONF_IS_GROUP,
	TW_CONF_IS_LIST, /* or an array, which nothing here uses */
	TW_CONF_IS_TEXT,
	TW_CONF_IS_INTEGER,
	TW_CONF_IS_REAL,
	TW_CONF_IS_FLAG,
};

struct tw_conf_doc;
struct tw_conf_item; /* borrowed from its document */

/*
 * Reads a file and what it includes. The report is borrowed for as long as the document lives.
 * Returns 0 (errors may be in the report all the same: what was wrong is left out),
 * TW_CONF_COMPLAINED when nothing could be read, or -ENOMEM.
 */
int tw_conf_doc_create(
	const char *path, struct tw_conf_report *report, struct tw_conf_doc **ret_doc);
void tw_conf_doc_destroy(struct tw_conf_doc *doc); /* takes NULL */

struct tw_conf_report *tw_conf_doc_report(const struct tw_conf_doc *doc);
/* Complains at an item. */
void tw_conf_doc_complain(struct tw_conf_doc *doc, const struct tw_conf_item *item,
	const char *format, ...) TW_PRINTF(3, 4);

const struct tw_conf_item *tw_conf_doc_root(const struct tw_conf_doc *doc);
/* The member of a group, or NULL. group may be NULL: no member. */
const struct tw_conf_item *tw_conf_doc_member(const struct tw_conf_item *group, const char *name);
/* Entries of a group or a list; 0 for anything else. */
uint32_t tw_conf_doc_n_entries(const struct tw_conf_item *item);
const struct tw_conf_item *tw_conf_doc_entry(const struct tw_conf_item *item, uint32_t i);

enum tw_conf_type tw_conf_doc_type(const struct tw_conf_item *item);
const char *tw_conf_doc_name(const struct tw_conf_item *item); /* "" in a list */
struct tw_conf_place tw_conf_doc_place(
	const struct tw_conf_doc *doc, const struct tw_conf_item *item);
/* The value of a text, of any other item NULL. */
const char *tw_conf_doc_text(const struct tw_conf_item *item);
/* Appends the value of a text, a number, true or false; nothing for a group or a list. A number
 * beyond 64 bits, or 1e300, is "beyond all numbers". */
void tw_conf_doc_put_value(const struct tw_conf_item *item, struct tw_buf *out);

#endif
