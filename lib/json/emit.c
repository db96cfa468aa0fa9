/* See emit.h. */
#include "json/emit.h"
#include "base/utf8.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

struct tw_emit {
	yajl_gen gen;
	struct tw_buf *out;
};

static void print(void *ctx, const char *data, size_t len)
{
	struct tw_emit *json = ctx;

	tw_buf_append(json->out, data, len);
}

struct tw_emit *tw_emit_create(struct tw_buf *out)
{
	struct tw_emit *json = calloc(1, sizeof(*json));

	if (json != NULL)
		json->gen = yajl_gen_alloc(NULL);
	if (json == NULL || json->gen == NULL) {
		free(json);
		if (out->error == 0)
			out->error = -ENOMEM;
		return NULL;
	}
	json->out = out;
	yajl_gen_config(json->gen, yajl_gen_print_callback, print, json);
	return json;
}

void tw_emit_destroy(struct tw_emit *json)
{
	if (json == NULL)
		return;
	yajl_gen_free(json->gen);
	free(json);
}

/* An error of the generator is a bug of ours (a value without a key). It becomes an error of the
 * buffer, so that it is not taken for a short text. */
static void check(struct tw_emit *json, yajl_gen_status status)
{
	if (status != yajl_gen_status_ok && json->out->error == 0)
		json->out->error = -EINVAL;
}

/* Calls the generator where there is one. */
#define PUT(json, call) check(json, (json) == NULL ? yajl_gen_status_ok : (call))

void tw_emit_open_map(struct tw_emit *json)
{
	PUT(json, yajl_gen_map_open(json->gen));
}

void tw_emit_close_map(struct tw_emit *json)
{
	PUT(json, yajl_gen_map_close(json->gen));
}

void tw_emit_open_array(struct tw_emit *json)
{
	PUT(json, yajl_gen_array_open(json->gen));
}

void tw_emit_close_array(struct tw_emit *json)
{
	PUT(json, yajl_gen_array_close(json->gen));
}

static void put_string(struct tw_emit *json, const char *text, size_t len)
{
	PUT(json, yajl_gen_string(json->gen, (const unsigned char *)text, len));
}

void tw_emit_text(struct tw_emit *json, const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t len, i = 0, n;
	struct tw_buf clean;

	if (text == NULL) {
		tw_emit_null(json);
		return;
	}
	len = strlen(text);
	while (i < len && (n = tw_utf8_len(bytes + i, len - i)) > 0)
		i += n;
	if (i == len) {
		put_string(json, text, len);
		return;
	}
	tw_buf_init(&clean, 3 * len + 1);
	for (i = 0; i < len; i += n == 0 ? 1 : n) {
		n = tw_utf8_len(bytes + i, len - i);
		tw_buf_append(&clean, n > 0 ? text + i : "\xef\xbf\xbd", n > 0 ? n : 3);
	}
	if (clean.error < 0 && json != NULL && json->out->error == 0)
		json->out->error = clean.error;
	put_string(json, tw_buf_str(&clean), clean.len);
	tw_buf_finish(&clean);
}

void tw_emit_int(struct tw_emit *json, int64_t value)
{
	PUT(json, yajl_gen_integer(json->gen, value));
}

void tw_emit_int_or_null(struct tw_emit *json, int64_t value)
{
	if (value == -1)
		tw_emit_null(json);
	else
		tw_emit_int(json, value);
}

void tw_emit_ms(struct tw_emit *json, int64_t us)
{
	char text[32];
	int n;

	if (us < 0) {
		tw_emit_null(json);
		return;
	}
	n = snprintf(text, sizeof(text), "%" PRId64 ".%03" PRId64, us / 1000, us % 1000);
	while (text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	PUT(json, yajl_gen_number(json->gen, text, (size_t)n));
}

void tw_emit_bool(struct tw_emit *json, bool value)
{
	PUT(json, yajl_gen_bool(json->gen, value));
}

void tw_emit_null(struct tw_emit *json)
{
	PUT(json, yajl_gen_null(json->gen));
}

void tw_emit_hash(struct tw_emit *json, const struct tw_hash *hash)
{
	char text[TW_HASH_HEX + 1];

	if (hash == NULL) {
		tw_emit_null(json);
		return;
	}
	tw_hash_format(hash, text);
	put_string(json, text, TW_HASH_HEX);
}

void tw_emit_raw(struct tw_emit *json, const char *text, size_t len)
{
	/* The generator copies the text of a number as it is. */
	PUT(json, yajl_gen_number(json->gen, text, len));
}

void tw_emit_key(struct tw_emit *json, const char *key)
{
	put_string(json, key, strlen(key));
}

void tw_emit_put_text(struct tw_emit *json, const char *key, const char *text)
{
	tw_emit_key(json, key);
	tw_emit_text(json, text);
}

void tw_emit_put_int(struct tw_emit *json, const char *key, int64_t value)
{
	tw_emit_key(json, key);
	tw_emit_int(json, value);
}

void tw_emit_put_int_or_null(struct tw_emit *json, const char *key, int64_t value)
{
	tw_emit_key(json, key);
	tw_emit_int_or_null(json, value);
}

void tw_emit_put_ms(struct tw_emit *json, const char *key, int64_t us)
{
	tw_emit_key(json, key);
	tw_emit_ms(json, us);
}

void tw_emit_put_bool(struct tw_emit *json, const char *key, bool value)
{
	tw_emit_key(json, key);
	tw_emit_bool(json, value);
}

void tw_emit_put_hash(struct tw_emit *json, const char *key, const struct tw_hash *hash)
{
	tw_emit_key(json, key);
	tw_emit_hash(json, hash);
}
