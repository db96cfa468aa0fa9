/* See parse.h. */
#include "client/parse.h"
#include "json/json.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* select and submit are small; submit has at most 1024 daemons. */
static const struct tw_json_limits limits = { .bytes = 2 << 20, .nodes = 32768 };

static int error_of(const char *code)
{
	static const struct {
		const char *code;
		int error;
	} codes[] = {
		{ "forbidden", -EACCES },
		{ "unknown_node", -ENOENT },
		{ "busy", -EBUSY },
	};

	for (size_t i = 0; i < TW_ARRAY_SIZE(codes); i++) {
		if (strcmp(codes[i].code, code) == 0)
			return codes[i].error;
	}
	return -EINVAL;
}

/* Parses an object that is no error object. The document is to be destroyed, also on failure. */
static int open(const char *line, size_t len, struct tw_buf *refusal, struct tw_json_doc **ret_doc)
{
	const struct tw_json_node *root, *error;
	const char *code, *message;
	int r = tw_json_parse(line, len, &limits, ret_doc);

	if (r != 0)
		return r < 0 ? r : -EBADMSG;
	root = tw_json_root(*ret_doc);
	if (tw_json_type_of(root) != TW_JSON_MAP)
		return -EBADMSG;
	error = tw_json_member(root, "error");
	if (error == NULL)
		return 0;
	code = tw_json_str(tw_json_member(error, "code"));
	message = tw_json_str(tw_json_member(error, "message"));
	tw_buf_clear(refusal);
	tw_buf_puts(refusal, message != NULL ? message : code != NULL ? code : "refused");
	return error_of(code != NULL ? code : "");
}

/* One error for every value that tipwatchd does not send. */
static int need(int r)
{
	return r < 0 ? -EBADMSG : 0;
}

/* A text that may be null, which reads as "". */
static int get_text_or_null(
	const struct tw_json_node *node, const char *path, size_t size, char *text)
{
	int r = tw_json_get_text(node, path, size, text);

	if (r == -ENOENT)
		text[0] = '\0';
	return r == -ENOENT ? 0 : need(r);
}

static int get_int_or_null(const struct tw_json_node *node, const char *path, int64_t *value)
{
	int r = tw_json_get_int(node, path, 0, INT64_MAX, value);

	if (r == -ENOENT)
		*value = -1;
	return r == -ENOENT ? 0 : need(r);
}

static int get_count(const struct tw_json_node *node, const char *path, uint64_t *ret_value)
{
	int64_t value = 0;
	int r = need(tw_json_get_int(node, path, 0, INT64_MAX, &value));

	*ret_value = (uint64_t)value;
	return r;
}

static int get_address(const struct tw_json_node *node, struct tipwatch_daemon *daemon)
{
	int64_t port = 0;
	int r = tw_json_get_text(node, "name", sizeof(daemon->name), daemon->name);

	if (r == 0)
		r = tw_json_get_text(node, "host", sizeof(daemon->host), daemon->host);
	if (r == 0)
		r = tw_json_get_int(node, "port", 1, UINT16_MAX, &port);
	daemon->port = (uint16_t)port;
	return need(r);
}

static int get_daemon(const struct tw_json_node *node, struct tipwatch_daemon *daemon)
{
	int r = get_address(node, daemon);

	if (r == 0)
		r = need(tw_json_get_text(node, "url", sizeof(daemon->url), daemon->url));
	if (r == 0)
		r = need(tw_json_get_bool(node, "tls", &daemon->is_tls));
	return r;
}

static int get_select(const struct tw_json_node *root, struct tipwatch_select *select)
{
	const struct tw_json_node *daemon = tw_json_member(root, "daemon");
	int r;

	select->has_daemon = tw_json_type_of(daemon) == TW_JSON_MAP;
	if (!select->has_daemon && tw_json_type_of(daemon) != TW_JSON_NULL)
		return -EBADMSG;
	r = select->has_daemon ? get_daemon(daemon, &select->daemon) : 0;
	if (r == 0)
		r = get_address(tw_json_member(root, "primary"), &select->primary);
	if (r == 0)
		r = need(tw_json_get_bool(root, "usable", &select->is_usable));
	if (r == 0)
		r = need(tw_json_get_bool(root, "pinned", &select->is_pinned));
	if (r == 0)
		r = need(tw_json_get_text(root, "mode", sizeof(select->mode), select->mode));
	if (r == 0)
		r = need(tw_json_get_text(root, "reason", sizeof(select->reason), select->reason));
	if (r == 0)
		r = get_int_or_null(root, "height", &select->height);
	if (r == 0)
		r = get_int_or_null(root, "network_height", &select->network_height);
	if (r == 0)
		r = get_int_or_null(root, "anchor_height", &select->anchor_height);
	if (r == 0)
		r = get_text_or_null(root, "hash", sizeof(select->hash), select->hash);
	if (r == 0)
		r = get_text_or_null(
			root, "prev_hash", sizeof(select->prev_hash), select->prev_hash);
	if (r == 0)
		r = get_count(root, "epoch", &select->epoch);
	if (r == 0)
		r = get_count(root, "chain_epoch", &select->chain_epoch);
	return r == 0 ? get_count(root, "seq", &select->seq) : r;
}

int tw_client_parse_select(
	const char *line, size_t len, struct tipwatch_select *ret_select, struct tw_buf *refusal)
{
	struct tipwatch_select select = { 0 };
	struct tw_json_doc *doc = NULL;
	int r = open(line, len, refusal, &doc);

	if (r == 0)
		r = get_select(tw_json_root(doc), &select);
	if (r == 0)
		*ret_select = select;
	tw_json_doc_destroy(doc);
	return r;
}

static int get_target(const struct tw_json_node *node, struct tipwatch_target *target)
{
	int r = get_daemon(node, &target->daemon);

	if (r == 0)
		r = need(tw_json_get_text(node, "state", sizeof(target->state), target->state));
	if (r == 0)
		r = need(tw_json_get_text(node, "reason", sizeof(target->reason), target->reason));
	if (r == 0)
		r = get_int_or_null(node, "height", &target->height);
	return r == 0 ? get_text_or_null(node, "hash", sizeof(target->hash), target->hash) : r;
}

/* An older tipwatchd does not say: the defaults then. */
static int get_wait(
	const struct tw_json_node *root, const char *key, int64_t otherwise, int64_t *ret_ms)
{
	int r = get_int_or_null(root, key, ret_ms);

	if (*ret_ms < 0)
		*ret_ms = otherwise;
	return r;
}

static int get_timing(const struct tw_json_node *root, struct tipwatch_timing *timing)
{
	int r = get_wait(
		root, "after_accept_ms", TIPWATCH_AFTER_ACCEPT_MS, &timing->after_accept_ms);

	return r < 0 ? r
		     : get_wait(root, "after_silence_ms", TIPWATCH_AFTER_SILENCE_MS,
			       &timing->after_silence_ms);
}

int tw_client_parse_submit(const char *line, size_t len, struct tipwatch_target *targets,
	size_t max, size_t *ret_n, struct tipwatch_timing *ret_timing, struct tw_buf *refusal)
{
	const struct tw_json_node *list = NULL, *node;
	struct tw_json_doc *doc = NULL;
	struct tipwatch_timing timing = { 0 };
	size_t n = 0;
	int r = open(line, len, refusal, &doc);

	if (r == 0) {
		list = tw_json_member(tw_json_root(doc), "targets");
		r = tw_json_type_of(list) == TW_JSON_ARRAY ? 0 : -EBADMSG;
	}
	for (node = r == 0 ? tw_json_first(list) : NULL; node != NULL && n < max;
		node = tw_json_next(list, node)) {
		struct tipwatch_target target = { 0 };

		r = get_target(node, &target);
		if (r < 0)
			break;
		targets[n++] = target;
	}
	if (r == 0)
		r = get_timing(tw_json_root(doc), &timing);
	if (r == 0) {
		*ret_n = n;
		*ret_timing = timing;
	}
	tw_json_doc_destroy(doc);
	return r;
}

int tw_client_parse_ok(const char *line, size_t len, struct tw_buf *refusal)
{
	struct tw_json_doc *doc = NULL;
	int r = open(line, len, refusal, &doc);

	tw_json_doc_destroy(doc);
	return r;
}
