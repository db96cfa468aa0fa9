/*
 * Private to conf*.c: the grammar of libconfig, checked with words for every mistake and carried on
 * after it, because libconfig stops at the first one and says "syntax error" (and 1.5 leaks there).
 */
#ifndef TW_CONF_SYNTAX_H
#define TW_CONF_SYNTAX_H

#include "conf/text.h"

enum {
	TW_CONF_DEPTH_MAX = 16, /* brackets within brackets */
	TW_CONF_KEYS_MAX = 256, /* settings in one group */
};

/*
 * Reads path and what it includes. Returns 0 (errors are in the report all the same), 1 when what
 * follows a mistake could not be read, or -ENOMEM. ret_text is finished by the caller after 0.
 */
int tw_conf_text_read(
	const char *path, struct tw_conf_report *report, struct tw_conf_text *ret_text);

#endif
