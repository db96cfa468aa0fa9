/*
 * Private to conf*.c: a configuration file as a tree of items, each with its type and its place.
 * The only part that knows libconfig.
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
	TW_CONF_IS_BOOL,
};

struct tw_conf_doc;
struct tw_conf_item; /* borrowed from its document */

/*
 * Reads a file and what it includes. Returns 0 (errors may be in the report all the same: what was
 * wrong is left out), 1 when nothing could be read, all in the report, or -ENOMEM.
 */
int tw_conf_doc_create(
	const char *path, struct tw_conf_report *report, struct tw_conf_doc **ret_doc);
void tw_conf_doc_destroy(struct tw_conf_doc *doc); /* takes NULL */

const struct tw_conf_item *tw_conf_root(const struct tw_conf_doc *doc);
/* The member of a group, or NULL. group may be NULL: no member. */
const struct tw_conf_item *tw_conf_member(const struct tw_conf_item *group, const char *name);
/* Entries of a group or a list; 0 for anything else. */
uint32_t tw_conf_n_entries(const struct tw_conf_item *item);
const struct tw_conf_item *tw_conf_entry(const struct tw_conf_item *item, uint32_t i);

enum tw_conf_type tw_conf_item_type(const struct tw_conf_item *item);
const char *tw_conf_item_name(const struct tw_conf_item *item); /* "" in a list */
struct tw_conf_place tw_conf_item_place(
	const struct tw_conf_doc *doc, const struct tw_conf_item *item);
/* Only for an item of that type. Integers beyond 64 bits are the smallest or largest there is. */
const char *tw_conf_item_text(const struct tw_conf_item *item);
int64_t tw_conf_item_integer(const struct tw_conf_item *item);
double tw_conf_item_real(const struct tw_conf_item *item);
bool tw_conf_item_bool(const struct tw_conf_item *item);

#endif
