/* See reply.h. */
#include "rpc/reply.h"
#include "rpc/detail.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { QUOTE_MAX = 48 }; /* bytes that are shown of a body that is not JSON */

/*
 * JSON-RPC errors. The first two, as the reply to a request for a header, mean that there is no
 * such block.
 */
enum { ERROR_TOO_HIGH = -2, ERROR_UNKNOWN = -5, ERROR_BUSY = -9, ERROR_NO_METHOD = -32601 };

/* The first bytes of a body that is not what it should be, as printable ASCII. */
static void quote(const char *body, size_t len, char text[QUOTE_MAX + 4])
{
	size_t n = len < QUOTE_MAX ? len : QUOTE_MAX;

	for (size_t i = 0; i < n; i++)
		text[i] = body[i] >= ' ' && body[i] <= '~' && body[i] != '"' ? body[i] : '?';
	snprintf(text + n, 4, "%s", len > n ? "..." : "");
}

/* The error that a reply reports, in the daemon's own words. words is NULL when there is none. */
struct complaint {
	const char *words;
	int64_t code; /* 0: none */
};

static struct complaint complaint_of(const struct tw_json_node *root)
{
	const struct tw_json_node *error = tw_json_member(root, "error");
	const char *status = tw_json_str(tw_json_member(root, "status"));
	struct complaint complaint = { 0 };

	if (status == NULL)
		status = tw_json_str(tw_json_find(root, "result.status"));
	if (tw_json_type_of(error) == TW_JSON_TEXT) {
		complaint.words = tw_json_str(error);
	} else if (error != NULL && tw_json_type_of(error) != TW_JSON_NULL) {
		complaint.words = tw_json_str(tw_json_member(error, "message"));
		if (complaint.words == NULL)
			complaint.words = "an error without a message";
		(void)tw_json_get_int(error, "code", INT64_MIN, INT64_MAX, &complaint.code);
	} else if (status != NULL && strcmp(status, "OK") != 0) {
		complaint.words = status;
	}
	return complaint;
}

static void say_http(
	char *detail, const char *name, long http_status, const struct complaint *complaint)
{
	if (complaint->words != NULL)
		tw_detail_say(
			detail, "%s: HTTP status %ld: \"%s\"", name, http_status, complaint->words);
	else
		tw_detail_say(detail, "%s: HTTP status %ld", name, http_status);
}

/* TurtleCoind 0.28 and 1.0 whose chain is corrupt look for blocks that they do not have. */
static bool says_wrecked(const struct complaint *complaint, const char *body, size_t len)
{
	static const char words[] = "Requested block height wasn't found in blockchain";

	if (complaint->words != NULL)
		return strstr(complaint->words, words) != NULL;
	return memmem(body, len, words, strlen(words)) != NULL;
}

/* "Failed to parse wallet address", "The address given is not valid base58.", and the like. */
static bool blames_address(enum tw_ask ask, const struct complaint *complaint)
{
	return ask == TW_ASK_TEMPLATE && complaint->words != NULL &&
	       strcasestr(complaint->words, "address") != NULL;
}

/* monerod that is not synchronised, and the daemons before it until they were once. */
static bool says_busy(const struct complaint *complaint)
{
	return complaint->code == ERROR_BUSY ||
	       (complaint->words != NULL &&
		       (strcmp(complaint->words, "BUSY") == 0 ||
			       strstr(complaint->words, "Core is busy") != NULL));
}

/* A reply whose HTTP status is none of success. */
static enum tw_reply judge_status(const struct tw_dialect_row *row, enum tw_ask ask,
	const char *name, const struct tw_rpc_reply *reply, const struct complaint *complaint,
	char *detail)
{
	long status = reply->status;

	say_http(detail, name, status, complaint);
	if (status == 401) {
		if (complaint->words == NULL)
			tw_detail_say(detail,
				"%s: HTTP status 401: check user and password_file of this daemon",
				name);
		return TW_REPLY_AUTH;
	}
	if (status == 403) {
		if (complaint->words == NULL)
			tw_detail_say(detail,
				"%s: HTTP status 403: the server, or a proxy in front of it, does "
				"not let tipwatch in",
				name);
		return TW_REPLY_REFUSED;
	}
	if (status >= 300 && status <= 399) {
		if (reply->location[0] != '\0')
			tw_detail_say(detail, "%s: HTTP status %ld: moved to %s", name, status,
				reply->location);
		return TW_REPLY_BAD;
	}
	if (status == 500 && (row == NULL || row->can_be_wrecked) &&
		says_wrecked(complaint, reply->body, reply->len))
		return TW_REPLY_WRECKED;
	if (blames_address(ask, complaint))
		return TW_REPLY_ADDRESS;
	if (ask == TW_ASK_INFO && (status == 404 || status == 405))
		return TW_REPLY_ABSENT;
	if (status == 404 && row != NULL && !row->has_absent_http_codes)
		return TW_REPLY_NO_METHOD;
	if (ask == TW_ASK_HEADER && row != NULL && row->has_absent_http_codes &&
		(status == 404 || status == 400))
		return TW_REPLY_ABSENT;
	return TW_REPLY_BAD;
}

static enum tw_reply judge(const struct tw_dialect_row *row, enum tw_ask ask, const char *name,
	const struct tw_rpc_reply *reply, const struct tw_json_doc *doc, int json, char *detail)
{
	const struct tw_json_node *root = doc == NULL ? NULL : tw_json_root(doc);
	struct complaint complaint = complaint_of(root);
	char text[QUOTE_MAX + 4];

	if (reply->status < 200 || reply->status > 299)
		return judge_status(row, ask, name, reply, &complaint, detail);
	if (json == -ENOMEM) {
		tw_detail_say(detail, "%s: not enough memory to read the reply", name);
		return TW_REPLY_BAD;
	}
	if (doc == NULL) {
		quote(reply->body, reply->len, text);
		if (reply->len == 0)
			tw_detail_say(detail, "%s: the reply is empty", name);
		else
			tw_detail_say(detail, "%s: the reply %s: \"%s\"", name,
				tw_json_problem((enum tw_json_outcome)json), text);
		return TW_REPLY_BAD;
	}
	if (tw_json_type_of(root) != TW_JSON_MAP) {
		tw_detail_say(detail, "%s: the reply is %s, not an object", name,
			tw_json_type_name(tw_json_type_of(root)));
		return TW_REPLY_BAD;
	}
	if (complaint.words == NULL)
		return TW_REPLY_OK;
	if (complaint.code != 0)
		tw_detail_say(detail, "%s: the daemon says \"%s\" (%" PRId64 ")", name,
			complaint.words, complaint.code);
	else
		tw_detail_say(detail, "%s: the daemon says \"%s\"", name, complaint.words);
	if (blames_address(ask, &complaint))
		return TW_REPLY_ADDRESS;
	if (ask == TW_ASK_HEADER &&
		(complaint.code == ERROR_TOO_HIGH || complaint.code == ERROR_UNKNOWN))
		return TW_REPLY_ABSENT;
	if (says_busy(&complaint))
		return TW_REPLY_BUSY;
	return complaint.code == ERROR_NO_METHOD ? TW_REPLY_NO_METHOD : TW_REPLY_REFUSED;
}

enum tw_reply tw_reply_parse(const struct tw_dialect_row *row, enum tw_ask ask, const char *name,
	const struct tw_rpc_reply *reply, struct tw_json_doc **ret_doc, char *detail)
{
	/* How long a body may be at all is the caller's limit (max_reply). */
	static const struct tw_json_limits limits = {
		.bytes = 64 << 20,
		.nodes = 32768,
		.is_lenient = true,
	};
	int json;

	*ret_doc = NULL;
	json = tw_json_parse(reply->body, reply->len, &limits, ret_doc);
	return judge(row, ask, name, reply, *ret_doc, json, detail);
}

/* Says in detail what is wrong with a field: r is what its getter returned. */
static enum tw_reply bad_field(
	char *detail, const char *name, const char *key, const char *wanted, int r)
{
	if (r == -ENOENT)
		tw_detail_say(detail, "%s: the reply has no \"%s\"", name, key);
	else if (r == -ERANGE)
		tw_detail_say(detail, "%s: \"%s\" is an impossible number", name, key);
	else if (r == -ENOTUNIQ)
		tw_detail_say(
			detail, "%s: \"%s\" is there twice, with different values", name, key);
	else
		tw_detail_say(detail, "%s: \"%s\" is not %s", name, key, wanted);
	return TW_REPLY_BAD;
}

/* The map at path; or NULL, with a sentence in detail. */
static const struct tw_json_node *map_at(
	char *detail, const char *name, const struct tw_json_node *root, const char *path)
{
	const struct tw_json_node *map = tw_json_find(root, path);

	if (tw_json_type_of(map) == TW_JSON_MAP)
		return map;
	tw_detail_say(detail, "%s: the reply has no \"%s\"", name, path);
	return NULL;
}

enum tw_reply tw_reply_header(const struct tw_header_names *names, const char *name,
	const struct tw_json_node *root, struct tw_header *ret_header, char *detail)
{
	const struct tw_json_node *map = map_at(detail, name, root, names->where);
	struct tw_header header = { .time_s = TW_UNKNOWN };
	int64_t least = names->height_is_count ? 1 : 0;
	bool is_orphan = false;
	int r;

	if (map == NULL)
		return TW_REPLY_BAD;
	r = tw_json_get_int(map, names->height, least, TW_HEIGHT_MAX + least, &header.point.height);
	if (r < 0)
		return bad_field(detail, name, names->height, "a whole number", r);
	header.point.height -= least;
	r = tw_json_get_hash(map, names->hash, &header.point.hash);
	if (r < 0)
		return bad_field(detail, name, names->hash, "a block hash", r);
	if (names->prev_hash != NULL) {
		r = tw_json_get_hash(map, names->prev_hash, &header.prev_hash);
		if (r < 0)
			return bad_field(detail, name, names->prev_hash, "a block hash", r);
		header.has_prev_hash = header.point.height > 0;
	}
	if (names->time != NULL) {
		r = tw_json_get_int(map, names->time, 0, TW_HEIGHT_MAX, &header.time_s);
		if (r < 0 && r != -ENOENT)
			return bad_field(detail, name, names->time, "a whole number", r);
	}
	if (names->orphan != NULL && tw_json_get_bool(map, names->orphan, &is_orphan) == 0 &&
		is_orphan) {
		tw_detail_say(detail, "%s: the daemon calls its own block %" PRId64 " an orphan",
			name, header.point.height);
		return TW_REPLY_BAD;
	}
	*ret_header = header;
	return TW_REPLY_OK;
}

/*
 * Whether the daemon says that this reply comes from its bootstrap daemon: as such, or because its
 * own chain is shorter than the one that it tells of. That one has `told` blocks.
 */
static bool is_borrowed(const struct tw_info_names *names, const struct tw_json_node *root,
	const char *name, char *detail)
{
	bool is_said = false;
	int64_t own = 0, told = 0;

	if (names->own_height == NULL)
		return false;
	(void)tw_json_get_bool(root, names->borrowed, &is_said);
	(void)tw_json_get_int(root, names->own_height, 0, TW_HEIGHT_MAX + 1, &own);
	(void)tw_json_get_int(root, names->least_claim, 0, TW_HEIGHT_MAX + 1, &told);
	if (!is_said && (own == 0 || own >= told))
		return false;
	if (own > 0 && own < told)
		tw_detail_say(detail,
			"%s: the daemon has %" PRId64 " of the %" PRId64 " blocks that it tells of",
			name, own, told);
	else
		tw_detail_say(detail, "%s: \"%s\" is true", name, names->borrowed);
	return true;
}

/* The text under key, or NULL; key may be NULL. */
static const char *text_of(const struct tw_json_node *root, const char *key)
{
	return key == NULL ? NULL : tw_json_str(tw_json_member(root, key));
}

enum tw_reply tw_reply_info(const struct tw_info_names *names, const char *name,
	const struct tw_json_node *root, struct tw_observation *obs, struct tw_rpc_peer *peer,
	int64_t *ret_height, char *detail)
{
	const char *text = text_of(root, names->version);
	int64_t peers_in = TW_UNKNOWN, peers_out = TW_UNKNOWN, claim = 0, own, height = 0;
	bool is_synced, is_restricted = false;
	int r;

	if (is_borrowed(names, root, name, detail))
		return TW_REPLY_BORROWED;
	r = tw_json_get_int(root, names->peers_in, 0, INT32_MAX, &peers_in);
	if (r < 0 && r != -ENOENT)
		return bad_field(detail, name, names->peers_in, "a whole number", r);
	r = tw_json_get_int(root, names->peers_out, 0, INT32_MAX, &peers_out);
	if (r < 0 && r != -ENOENT)
		return bad_field(detail, name, names->peers_out, "a whole number", r);
	/* Claims decide nothing, so an absurd one is no failure but stays unknown. */
	if (names->network_height != NULL)
		(void)tw_json_get_int(root, names->network_height, 0, TW_HEIGHT_MAX + 1, &claim);
	if (names->least_claim != NULL &&
		tw_json_get_int(root, names->least_claim, 1, TW_HEIGHT_MAX + 1, &own) == 0 &&
		own > claim)
		claim = own;
	if (names->restricted != NULL)
		(void)tw_json_get_bool(root, names->restricted, &is_restricted);
	obs->peers_in = is_restricted ? TW_UNKNOWN : peers_in;
	obs->peers_out = is_restricted ? TW_UNKNOWN : peers_out;
	obs->network_height = claim > 0 ? claim - 1 : TW_UNKNOWN;
	if (names->synced != NULL && tw_json_get_bool(root, names->synced, &is_synced) == 0)
		obs->synced = is_synced;
	if (names->height != NULL)
		(void)tw_json_get_int(root, names->height, 1, TW_HEIGHT_MAX + 1, &height);
	*ret_height = height > 0 ? height - 1 : TW_UNKNOWN;
	if (text != NULL)
		snprintf(peer->version, sizeof(peer->version), "%s", text);
	text = text_of(root, names->nettype);
	if (text != NULL)
		snprintf(peer->network.nettype, sizeof(peer->network.nettype), "%s", text);
	return TW_REPLY_OK;
}

enum tw_reply tw_reply_template(const struct tw_template_names *names, const char *name,
	const struct tw_json_node *root, struct tw_template_reply *ret_template, char *detail)
{
	const struct tw_json_node *map = map_at(detail, name, root, names->where), *blob;
	struct tw_template_reply template;
	int r;

	if (map == NULL)
		return TW_REPLY_BAD;
	r = tw_json_get_int(map, names->height, 1, TW_HEIGHT_MAX + 1, &template.height);
	if (r < 0)
		return bad_field(detail, name, names->height, "a whole number", r);
	blob = tw_json_member(map, names->blob);
	if (tw_json_str(blob) == NULL)
		return bad_field(detail, name, names->blob, "a block in hex digits",
			blob == NULL ? -ENOENT : -EINVAL);
	for (int i = 0; i < TW_BLOB_LAYOUTS; i++)
		template.has_prev_hash[i] =
			tw_blob_prev_hash(tw_json_str(blob), tw_json_str_len(blob),
				(enum tw_blob_layout)i, &template.prev_hashes[i]) == 0;
	if (!template.has_prev_hash[names->layout])
		return bad_field(detail, name, names->blob, "a block in hex digits", -EINVAL);
	template.is_said = names->prev_hash !=
			   NULL &&tw_json_get_hash(map, names->prev_hash, &template.prev_hash) == 0;
	*ret_template = template;
	return TW_REPLY_OK;
}
