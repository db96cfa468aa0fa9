/*
 * The words that programs read for the enums of types.h, one table each; they are a public
 * interface. Reasons and modes have tables of their own (reason.h, mode.h). All texts are static.
 */
#ifndef TW_CORE_WORDS_H
#define TW_CORE_WORDS_H

#include "core/types.h"

const char *tw_words_role(enum tw_role role);
const char *tw_words_result(enum tw_result result);
const char *tw_words_template(enum tw_template t);
const char *tw_words_state(enum tw_state state);
/* What the state means for a pool, as a clause without a capital and without a full stop. */
const char *tw_words_state_meaning(enum tw_state state);
const char *tw_words_fallback(enum tw_fallback fallback);
const char *tw_words_choice(enum tw_choice choice);
const char *tw_words_report(enum tw_report report);
const char *tw_words_link(enum tw_link link);
const char *tw_words_op(enum tw_op op);

/* The other way round; return 0 or -EINVAL for a word that is not one. */
int tw_words_parse_role(const char *word, enum tw_role *ret_role);
int tw_words_parse_result(const char *word, enum tw_result *ret_result);
int tw_words_parse_template(const char *word, enum tw_template *ret_template);
int tw_words_parse_fallback(const char *word, enum tw_fallback *ret_fallback);
int tw_words_parse_choice(const char *word, enum tw_choice *ret_choice);
int tw_words_parse_report(const char *word, enum tw_report *ret_report);
int tw_words_parse_link(const char *word, enum tw_link *ret_link);
int tw_words_parse_op(const char *word, enum tw_op *ret_op);

#endif
