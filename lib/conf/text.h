/*
 * The files of a configuration as one text for libconfig, with one token in each line.
 *
 * libconfig is the parser. Of a mistake it tells no more than "syntax error" and a line; with one
 * token in each line, that line is the very token, and so is the line of a setting. What else is
 * done here is what libconfig 1.5, the version of Debian 12, cannot do or does wrongly:
 * - it ends the process when an included file is a directory, so files are included here;
 * - it wraps integers at 32 bits (at 64 with an L) and says nothing, so they are written anew;
 * - it takes an unclosed comment for the end of the file, refuses a comment in a last line without
 *   a line end and a ',' after the last entry of a list, and loses memory at a misplaced string;
 * - a value without its quotes can be something else to it: "url = http://host;" ends with a
 *   comment, and "interval = 1s;" is a number and the name of the next setting.
 */
#ifndef TW_CONF_TEXT_H
#define TW_CONF_TEXT_H

#include "conf/report.h"

/* What first is of a token that stands as "? " in the text, so that libconfig stops at it, and of
 * one that was blanked. Of an unquoted value it is the value's first character. */
enum { TW_CONF_UNCLOSED = 1 /* string */, TW_CONF_STRAY /* string */, TW_CONF_BLANK };

struct tw_conf_token {
	struct tw_conf_place place;
	uint32_t at; /* in the text; its line is its index + 1 */
	uint32_t len;
	uint32_t parent;     /* the bracket that is open before it; 0: the file */
	uint32_t n_settings; /* of an opening bracket, or of the file: in it */
	char first;          /* the first character; '\0': the file, and the end */
};

/* The first token is the file itself and the last one its end, both empty lines. */
struct tw_conf_text {
	struct tw_buf text; /* after a token there is room for a ',' */
	uint32_t n_tokens;
	uint32_t size;
	struct tw_conf_token *tokens;
};

/*
 * Reads path, which becomes the report's file 0, and what it includes. Returns 0 (errors may be in
 * the report all the same), TW_CONF_COMPLAINED when path cannot be read or a limit is exceeded, or
 * -ENOMEM. ret_text is finished by the caller after 0.
 */
int tw_conf_text_read(
	const char *path, struct tw_conf_report *report, struct tw_conf_text *ret_text);
void tw_conf_text_finish(struct tw_conf_text *text);

/* Takes a token out of the text; its line stays. */
void tw_conf_text_blank(struct tw_conf_text *text, uint32_t token);
/* Whether c is one of set, and no NUL. */
bool tw_conf_text_is(char c, const char *set);
/* Whether a name can begin with c. */
bool tw_conf_text_is_name(char c);

#endif
