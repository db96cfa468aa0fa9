/*
 * Private to conf*.c: the one typed getter of configuration values: finds the setting, checks its
 * type and range by the table of keys, stores it or says what is wrong and what is allowed.
 */
#ifndef TW_CONF_GET_H
#define TW_CONF_GET_H

#include "conf/doc.h"
#include "conf/keys.h"

/* What reading a file works with. */
struct tw_conf_reader {
	struct tw_conf_doc *doc;
	struct tw_conf_report *report;
};

/* Complains at an item. */
void tw_conf_complain_item(struct tw_conf_reader *reader, const struct tw_conf_item *item,
	const char *format, ...) TW_PRINTF(3, 4);
/* Stores every key of section that group has into base; complains about wrong and unknown ones.
 * group may be something else than a group: that is an error too. */
void tw_conf_get_section(struct tw_conf_reader *reader, const struct tw_conf_item *group,
	const struct tw_conf_section *section, void *base);
/* The text of an item, or NULL after complaining that it is none. */
const char *tw_conf_get_text(struct tw_conf_reader *reader, const struct tw_conf_item *item,
	const struct tw_conf_key *key);
/* Complains about every member of the file's root that is no section. */
void tw_conf_check_root(struct tw_conf_reader *reader);

#endif
