/*
 * Writing JSON into a capped buffer, on yajl's generator. Errors stick in the buffer. One object is
 * one line; text is escaped, and bytes that are not UTF-8 are replaced, so that the output is
 * always valid JSON whatever a daemon said.
 */
#ifndef TW_JSON_EMIT_H
#define TW_JSON_EMIT_H

#include "base/buf.h"
#include "base/hash.h"

struct tw_emit;

/* Writes into out, which is borrowed. NULL, with the error in out, when memory is short: the
 * functions below do nothing with it. */
struct tw_emit *tw_emit_create(struct tw_buf *out);
void tw_emit_destroy(struct tw_emit *json);

void tw_emit_open_map(struct tw_emit *json);
void tw_emit_close_map(struct tw_emit *json);
void tw_emit_open_array(struct tw_emit *json);
void tw_emit_close_array(struct tw_emit *json);
void tw_emit_key(struct tw_emit *json, const char *key);
void tw_emit_text(struct tw_emit *json, const char *text); /* NULL writes null */
void tw_emit_int(struct tw_emit *json, int64_t value);
/* TW_UNKNOWN (-1) writes null. */
void tw_emit_int_or_null(struct tw_emit *json, int64_t value);
/* Microseconds as milliseconds with up to three decimals; negative writes null. */
void tw_emit_ms(struct tw_emit *json, int64_t us);
void tw_emit_bool(struct tw_emit *json, bool value);
void tw_emit_null(struct tw_emit *json);
void tw_emit_hash(struct tw_emit *json, const struct tw_hash *hash); /* NULL writes null */
/* A value that is JSON already. */
void tw_emit_raw(struct tw_emit *json, const char *text, size_t len);

/* key and value in one */
void tw_emit_put_text(struct tw_emit *json, const char *key, const char *text);
void tw_emit_put_int(struct tw_emit *json, const char *key, int64_t value);
void tw_emit_put_int_or_null(struct tw_emit *json, const char *key, int64_t value);
void tw_emit_put_ms(struct tw_emit *json, const char *key, int64_t us);
void tw_emit_put_bool(struct tw_emit *json, const char *key, bool value);
void tw_emit_put_hash(struct tw_emit *json, const char *key, const struct tw_hash *hash);

#endif
