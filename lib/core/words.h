/* The machine-readable words of the contract for the enums of types.h. Borrowed, static. */
#ifndef TW_CORE_WORDS_H
#define TW_CORE_WORDS_H

#include "core/types.h"

const char *tw_role_word(enum tw_role role);
const char *tw_result_word(enum tw_result result);
const char *tw_template_word(enum tw_template t);
const char *tw_state_word(enum tw_state state);
const char *tw_reason_word(enum tw_reason reason);
const char *tw_mode_word(enum tw_mode mode);
const char *tw_fallback_word(enum tw_fallback fallback);
const char *tw_choice_word(enum tw_choice choice);
const char *tw_report_word(enum tw_report report);
const char *tw_op_word(enum tw_op op);

/* The other way round; return 0 or -EINVAL for a word that is not one. */
int tw_role_parse(const char *word, enum tw_role *ret_role);
int tw_result_parse(const char *word, enum tw_result *ret_result);
int tw_template_parse(const char *word, enum tw_template *ret_template);
int tw_fallback_parse(const char *word, enum tw_fallback *ret_fallback);
int tw_report_parse(const char *word, enum tw_report *ret_report);
int tw_op_parse(const char *word, enum tw_op *ret_op);

#endif
