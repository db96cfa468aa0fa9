/*
 * The value of a key by its row in the table (keys.h): from text to the field of the struct and
 * back, and in words what is allowed.
 */
#ifndef TW_CONF_VALUE_H
#define TW_CONF_VALUE_H

#include "base/buf.h"
#include "conf/keys.h"

/* How a value is written: in quotes, as digits, or as true or false. */
enum tw_conf_form { TW_CONF_FORM_TEXT, TW_CONF_FORM_INTEGER, TW_CONF_FORM_FLAG };
enum tw_conf_form tw_conf_value_form(const struct tw_conf_key *key);

/*
 * Stores text, the value without quotes, in field. The texts of a name, a URL and a text must have
 * been checked before (key->check). Returns 0, -EINVAL (not such a value, or outside its range) or
 * -ENOMEM.
 */
int tw_conf_value_set(const struct tw_conf_key *key, const char *text, void *field);
/* Replaces a text that field owns with a copy. Returns 0 or -ENOMEM. */
int tw_conf_value_set_text(const char *text, char **field);
/* Appends the value in field as tw_conf_value_set() reads it. */
void tw_conf_value_put(const struct tw_conf_key *key, const void *field, struct tw_buf *out);
/* The value of a key whose form is TW_CONF_FORM_INTEGER. */
int64_t tw_conf_value_integer(const struct tw_conf_key *key, const void *field);

/* Stores the defaults of a section's keys that have one. base is the struct that their offsets lead
 * into. Returns 0 or -ENOMEM. */
int tw_conf_value_set_defaults(const struct tw_conf_section *section, void *base);
/* Frees the texts that a section's keys own. */
void tw_conf_value_free(const struct tw_conf_section *section, void *base);

/* Appends what ends the sentence "KEY must be ...": "a whole number between 1 and 32". */
void tw_conf_value_put_allowed(const struct tw_conf_key *key, struct tw_buf *out);

/* For the manual and for the completion of commands. */
/* What a value is: "duration", "number", "path", ... Static. */
const char *tw_conf_value_kind(const struct tw_conf_key *key);
/* Appends the range or the words: "1 to 32", "100ms or more", "at most 107 bytes"; "" for none. */
void tw_conf_value_put_range(const struct tw_conf_key *key, struct tw_buf *out);
/* Appends the default: "\"1s\"", "2", "false", or words; "" for a key that must be given. */
void tw_conf_value_put_default(const struct tw_conf_key *key, struct tw_buf *out);

#endif
