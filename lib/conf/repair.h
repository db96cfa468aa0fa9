/*
 * A syntax error where libconfig stopped: the tokens around it tell what is wrong, and the broken
 * setting is blanked, so that libconfig can read the rest and all errors are reported at once.
 */
#ifndef TW_CONF_REPAIR_H
#define TW_CONF_REPAIR_H

#include "conf/text.h"

/*
 * Complains about the token at which libconfig stopped, and takes what is wrong out of the text.
 * is_twice: the token is a name that its group has already. Returns whether the rest can be read:
 * not after a wrong bracket.
 */
bool tw_conf_repair(
	struct tw_conf_text *text, uint32_t token, bool is_twice, struct tw_conf_report *report);

#endif
