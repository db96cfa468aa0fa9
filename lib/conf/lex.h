/*
 * Private to conf*.c: files to tokens of the libconfig language, @include followed. This stands in
 * front of libconfig because libconfig 1.5 ends the process when an included file is a directory,
 * wraps integers at 32 bits without a word, takes an unclosed comment for the end of the file and a
 * comment in a last line without line end for an error.
 */
#ifndef TW_CONF_LEX_H
#define TW_CONF_LEX_H

#include "base/buf.h"
#include "conf/report.h"

enum {
	TW_CONF_FILE_MAX = 1 << 20, /* bytes of one configuration file */
	TW_CONF_INCLUDE_DEPTH = 10, /* as in libconfig */
};

enum tw_conf_token_kind {
	TW_CONF_END,
	TW_CONF_NAME,
	TW_CONF_EQUALS, /* = or : */
	TW_CONF_STRING,
	TW_CONF_INTEGER,
	TW_CONF_FLOAT,
	TW_CONF_BOOL,
	TW_CONF_OPEN,  /* one of { ( [ */
	TW_CONF_CLOSE, /* one of } ) ] */
	TW_CONF_COMMA,
	TW_CONF_SEMICOLON,
	TW_CONF_GARBAGE, /* a character that begins nothing */
};

/* text is borrowed and lives as long as the lexer; a string has its quotes and escapes. */
struct tw_conf_token {
	enum tw_conf_token_kind kind;
	struct tw_conf_place place;
	const char *text;
	size_t len;
	bool is_glued; /* no white space before it */
};

struct tw_conf_source {
	struct tw_buf text;
	size_t at;
	struct tw_conf_place place;
	bool is_line_start;
};

struct tw_conf_lexer {
	struct tw_conf_report *report; /* borrowed */
	uint32_t n_sources;            /* all that were opened */
	struct tw_conf_source sources[TW_CONF_FILES_MAX];
	uint32_t depth; /* of stack */
	uint32_t stack[TW_CONF_INCLUDE_DEPTH + 1];
};

/* Opens path, which becomes the report's file 0. Returns 0, 1 (said in the report) or -ENOMEM. */
int tw_conf_lexer_init(
	struct tw_conf_lexer *ret_lexer, const char *path, struct tw_conf_report *report);
void tw_conf_lexer_finish(struct tw_conf_lexer *lexer);
/* The next token; at the end TW_CONF_END for ever. Complains about what is no token. */
void tw_conf_lexer_next(struct tw_conf_lexer *lexer, struct tw_conf_token *ret_token);
/* Drops the rest of an unquoted word, as of http://x or 1s: up to white space, ; , or a bracket. */
void tw_conf_lexer_skip_word(struct tw_conf_lexer *lexer);

#endif
