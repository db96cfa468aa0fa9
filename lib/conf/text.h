/*
 * Private to conf*.c: the well-formed part of a configuration and of what it includes, as one text
 * that libconfig reads: a token per line, so that its lines lead back to places in files, and
 * integers 64 bits wide.
 */
#ifndef TW_CONF_TEXT_H
#define TW_CONF_TEXT_H

#include "conf/lex.h"

enum { TW_CONF_TEXT_MAX = 1 << 24 };

struct tw_conf_text {
	struct tw_buf text; /* its error is that of all that was put */
	size_t n_lines;
	size_t size;
	struct tw_conf_place *places; /* of line 1, 2, ... of text */
};

struct tw_conf_mark {
	size_t len;
	size_t n_lines;
};

void tw_conf_text_init(struct tw_conf_text *ret_text);
void tw_conf_text_finish(struct tw_conf_text *text);
/* Errors (-ENOMEM, -EMSGSIZE) stick in text. */
void tw_conf_text_put(struct tw_conf_text *text, const struct tw_conf_token *token);
void tw_conf_text_end(struct tw_conf_text *text);
/* Drops all that was put since the mark was taken. */
struct tw_conf_mark tw_conf_text_mark(const struct tw_conf_text *text);
void tw_conf_text_drop(struct tw_conf_text *text, struct tw_conf_mark mark);

#endif
