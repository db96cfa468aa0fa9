/* What to say about a key that does not exist: which one may be meant, or where it belongs. */
#ifndef TW_CONF_NEAR_H
#define TW_CONF_NEAR_H

#include "base/buf.h"
#include "conf/keys.h"

/* Appends a sentence about the unknown key name of section (NULL: of the file itself): the key that
 * may be meant, or the section where it belongs and the keys that are allowed here. */
void tw_conf_near_explain(
	const char *name, const struct tw_conf_section *section, struct tw_buf *out);

#endif
