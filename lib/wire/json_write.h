/*
 * Writing JSON into a capped buffer, on yajl's generator. Errors stick in the buffer. One object is
 * one line; text is escaped, and bytes that are not UTF-8 are replaced, so that the output is
 * always valid JSON whatever a daemon said.
 */
#ifndef TW_WIRE_JSON_WRITE_H
#define TW_WIRE_JSON_WRITE_H

#include "base/buf.h"
#include "base/hash.h"

struct tw_json;

/* Writes into out (borrowed). Returns 0 or -ENOMEM. */
int tw_json_create(struct tw_buf *out, struct tw_json **ret_json);
void tw_json_destroy(struct tw_json *json);

void tw_json_open_map(struct tw_json *json);
void tw_json_close_map(struct tw_json *json);
void tw_json_open_array(struct tw_json *json);
void tw_json_close_array(struct tw_json *json);
void tw_json_key(struct tw_json *json, const char *key);
void tw_json_text(struct tw_json *json, const char *text); /* NULL writes null */
void tw_json_int(struct tw_json *json, int64_t value);
/* TW_UNKNOWN (-1) writes null. */
void tw_json_int_or_null(struct tw_json *json, int64_t value);
/* Microseconds as milliseconds with up to three decimals; negative writes null. */
void tw_json_ms(struct tw_json *json, int64_t us);
void tw_json_bool(struct tw_json *json, bool value);
void tw_json_null(struct tw_json *json);
void tw_json_hash(struct tw_json *json, const struct tw_hash *hash); /* NULL writes null */

/* key and value in one */
void tw_json_put_text(struct tw_json *json, const char *key, const char *text);
void tw_json_put_int(struct tw_json *json, const char *key, int64_t value);
void tw_json_put_int_or_null(struct tw_json *json, const char *key, int64_t value);
void tw_json_put_ms(struct tw_json *json, const char *key, int64_t us);
void tw_json_put_bool(struct tw_json *json, const char *key, bool value);
void tw_json_put_hash(struct tw_json *json, const char *key, const struct tw_hash *hash);

#endif
