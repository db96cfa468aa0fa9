/*
 * Reading the settings of a file by the table of keys: finds the row of each setting, checks its
 * type and range, and stores it or says what is wrong and what is allowed.
 */
#ifndef TW_CONF_GET_H
#define TW_CONF_GET_H

#include "conf/doc.h"
#include "conf/keys.h"

/* Stores every key of section that group has into base; complains about wrong and unknown ones, and
 * when group is no group at all. */
void tw_conf_get_section(struct tw_conf_doc *doc, const struct tw_conf_item *group,
	const struct tw_conf_section *section, void *base);
/* Complains about every member of the file's root that is no section. */
void tw_conf_get_check_root(struct tw_conf_doc *doc);

#endif
