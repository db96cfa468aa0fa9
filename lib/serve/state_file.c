/*
 * See state_file.h. The object: {"v":1,"saved_ms","epoch","chain_epoch","tip":{"height","hash"},
 * "anchor":{"height","hash"},"incumbent":NAME,"pinned":NAME,"drained":[NAME...],
 * "outvoted":[NAME...],"falls":{NAME:[Unix milliseconds, oldest
 * first]},"false_blocks":{NAME:[4 numbers of journal/trust.h]}}
 */
#include "serve/state_file.h"
#include "base/num.h"
#include "base/time.h"
#include "journal/trust.h"
#include "json/emit.h"
#include "json/json.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, VALUES_MAX = 1 << 15 };
/* Readers of JSON that use doubles lose digits beyond it; and there is room to count on. */
#define EPOCH_MAX   (INT64_C(1) << 53)
#define TIME_MAX_MS (INT64_C(1) << 53)

static void put_point(struct tw_emit *json, const char *key, const struct tw_point *tip)
{
	tw_emit_key(json, key);
	if (tip->height == TW_UNKNOWN) {
		tw_emit_null(json);
		return;
	}
	tw_emit_open_map(json);
	tw_emit_put_int(json, "height", tip->height);
	tw_emit_put_hash(json, "hash", &tip->hash);
	tw_emit_close_map(json);
}

static void put_nodes(struct tw_emit *json, const struct tw_saved_node *nodes,
	const struct tw_config *config, int64_t wall_us)
{
	tw_emit_key(json, "drained");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (nodes[i].is_drained)
			tw_emit_text(json, config->nodes[i].policy.name);
	}
	tw_emit_close_array(json);
	tw_emit_key(json, "outvoted");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (nodes[i].is_outvoted)
			tw_emit_text(json, config->nodes[i].policy.name);
	}
	tw_emit_close_array(json);
	tw_emit_key(json, "falls");
	tw_emit_open_map(json);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (nodes[i].n_falls == 0)
			continue;
		tw_emit_key(json, config->nodes[i].policy.name);
		tw_emit_open_array(json);
		for (uint32_t k = 0; k < nodes[i].n_falls; k++)
			tw_emit_int(json, (wall_us - nodes[i].fall_ages_us[k]) / TW_MS);
		tw_emit_close_array(json);
	}
	tw_emit_close_map(json);
	tw_emit_key(json, "false_blocks");
	tw_emit_open_map(json);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (tw_journal_trust_is_clean(&nodes[i].record))
			continue;
		tw_emit_key(json, config->nodes[i].policy.name);
		tw_journal_trust_put(json, &nodes[i].record);
	}
	tw_emit_close_map(json);
}

void tw_state_file_write(const struct tw_saved *saved, const struct tw_saved_node *nodes,
	const struct tw_config *config, int64_t wall_us, struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);

	tw_emit_open_map(json);
	tw_emit_put_int(json, "v", VERSION);
	tw_emit_put_int(json, "saved_ms", wall_us / TW_MS);
	tw_emit_put_int(json, "epoch", (int64_t)saved->epoch);
	tw_emit_put_int(json, "chain_epoch", (int64_t)saved->chain_epoch);
	put_point(json, "tip", &saved->tip);
	put_point(json, "anchor", &saved->anchor);
	tw_emit_put_text(json, "incumbent", tw_config_name(config, saved->incumbent, NULL));
	tw_emit_put_text(json, "pinned", tw_config_name(config, saved->pinned, NULL));
	put_nodes(json, nodes, config, wall_us);
	tw_emit_close_map(json);
	tw_emit_destroy(json);
	tw_buf_putc(out, '\n');
}

/* --- reading: each returns false for what is damaged --- */

static bool is_missing(const struct tw_json_node *node)
{
	enum tw_json_type type = tw_json_type_of(node);

	return type == TW_JSON_NULL || type == TW_JSON_ABSENT;
}

/* A daemon by name, which may be missing; TW_NODE_NONE for one that is gone or a reference now. */
static bool get_daemon(const struct tw_json_node *root, const char *key,
	const struct tw_config *config, int32_t *ret_node)
{
	const struct tw_json_node *name = tw_json_member(root, key);

	*ret_node = TW_NODE_NONE;
	if (is_missing(name))
		return true;
	if (tw_json_str(name) == NULL)
		return false;
	*ret_node = tw_config_find(config, tw_json_str(name));
	if (*ret_node != TW_NODE_NONE && config->nodes[*ret_node].policy.role != TW_ROLE_DAEMON)
		*ret_node = TW_NODE_NONE;
	return true;
}

static bool get_epoch(const struct tw_json_node *root, const char *key, uint64_t *ret_epoch)
{
	int64_t value = 0;
	int r = tw_json_get_int(root, key, 0, EPOCH_MAX, &value);

	*ret_epoch = (uint64_t)value;
	return r == 0;
}

/* A block, which may be missing. */
static bool get_point(const struct tw_json_node *root, const char *key, struct tw_point *ret_point)
{
	const struct tw_json_node *point = tw_json_member(root, key);

	*ret_point = (struct tw_point){ .height = TW_UNKNOWN };
	return is_missing(point) ||
	       (tw_json_get_int(point, "height", 0, TW_HEIGHT_MAX, &ret_point->height) == 0 &&
		       tw_json_get_hash(point, "hash", &ret_point->hash) == 0);
}

static bool get_saved(
	const struct tw_json_node *root, const struct tw_config *config, struct tw_saved *ret_saved)
{
	int64_t version;

	return tw_json_get_int(root, "v", VERSION, VERSION, &version) == 0 &&
	       get_epoch(root, "epoch", &ret_saved->epoch) &&
	       get_epoch(root, "chain_epoch", &ret_saved->chain_epoch) &&
	       get_point(root, "tip", &ret_saved->tip) &&
	       get_point(root, "anchor", &ret_saved->anchor) &&
	       get_daemon(root, "incumbent", config, &ret_saved->incumbent) &&
	       get_daemon(root, "pinned", config, &ret_saved->pinned);
}

static void mark_drained(struct tw_saved_node *node)
{
	node->is_drained = true;
}

static void mark_outvoted(struct tw_saved_node *node)
{
	node->is_outvoted = true;
}

/* Marks the nodes of a list of names, which may be missing. */
static bool get_names(const struct tw_json_node *list, const struct tw_config *config,
	void (*mark)(struct tw_saved_node *node), struct tw_saved_node *nodes)
{
	const struct tw_json_node *entry;

	if (!is_missing(list) && tw_json_type_of(list) != TW_JSON_ARRAY)
		return false;
	for (entry = tw_json_first(list); entry != NULL; entry = tw_json_next(list, entry)) {
		int32_t node;

		if (tw_json_str(entry) == NULL)
			return false;
		node = tw_config_find(config, tw_json_str(entry));
		if (node != TW_NODE_NONE)
			mark(&nodes[node]);
	}
	return true;
}

/* Falls of one node. One in the future (the clock was set back) counts as one of just now. */
static bool get_falls(
	const struct tw_json_node *list, int64_t wall_us, struct tw_saved_node *ret_node)
{
	const struct tw_json_node *entry;

	if (tw_json_type_of(list) != TW_JSON_ARRAY || tw_json_count(list) > TW_FALLS_MAX)
		return false;
	for (entry = tw_json_first(list); entry != NULL; entry = tw_json_next(list, entry)) {
		int64_t ms, age_us;

		if (tw_json_get_int(entry, "", 0, TIME_MAX_MS, &ms) < 0)
			return false;
		age_us = wall_us - ms * TW_MS;
		if (age_us <= TW_HOUR)
			ret_node->fall_ages_us[ret_node->n_falls++] = tw_max(age_us, 0);
	}
	return true;
}

static bool get_all_falls(const struct tw_json_node *map, const struct tw_config *config,
	int64_t wall_us, struct tw_saved_node *nodes)
{
	const struct tw_json_node *entry;

	if (!is_missing(map) && tw_json_type_of(map) != TW_JSON_MAP)
		return false;
	for (entry = tw_json_first(map); entry != NULL; entry = tw_json_next(map, entry)) {
		int32_t node = tw_config_find(config, tw_json_key_of(entry));
		struct tw_saved_node unknown = { 0 };

		if (!get_falls(entry, wall_us, node == TW_NODE_NONE ? &unknown : &nodes[node]))
			return false;
	}
	return true;
}

static bool get_records(
	const struct tw_json_node *map, const struct tw_config *config, struct tw_saved_node *nodes)
{
	const struct tw_json_node *entry;

	if (!is_missing(map) && tw_json_type_of(map) != TW_JSON_MAP)
		return false;
	for (entry = tw_json_first(map); entry != NULL; entry = tw_json_next(map, entry)) {
		int32_t node = tw_config_find(config, tw_json_key_of(entry));
		struct tw_saved_node unknown;

		if (!tw_journal_trust_get(
			    entry, node == TW_NODE_NONE ? &unknown.record : &nodes[node].record))
			return false;
	}
	return true;
}

int tw_state_file_parse(const char *text, size_t len, const struct tw_config *config,
	int64_t wall_us, struct tw_saved *ret_saved, struct tw_saved_node *ret_nodes)
{
	const struct tw_json_limits limits = { .bytes = TW_STATE_FILE_MAX, .nodes = VALUES_MAX };
	struct tw_saved_node *nodes = calloc(config->n_nodes, sizeof(*nodes));
	const struct tw_json_node *root;
	struct tw_json_doc *doc = NULL;
	struct tw_saved saved;
	int r;

	if (nodes == NULL)
		return -ENOMEM;
	r = tw_json_parse(text, len, &limits, &doc);
	if (r == TW_JSON_OK) {
		root = tw_json_root(doc);
		if (get_saved(root, config, &saved) &&
			get_names(tw_json_member(root, "drained"), config, mark_drained, nodes) &&
			get_names(tw_json_member(root, "outvoted"), config, mark_outvoted, nodes) &&
			get_all_falls(tw_json_member(root, "falls"), config, wall_us, nodes) &&
			get_records(tw_json_member(root, "false_blocks"), config, nodes)) {
			*ret_saved = saved;
			memcpy(ret_nodes, nodes, config->n_nodes * sizeof(*nodes));
		} else {
			r = TW_STATE_FILE_DAMAGED;
		}
	}
	tw_json_doc_destroy(doc);
	free(nodes);
	return r > 0 ? TW_STATE_FILE_DAMAGED : r;
}

void tw_state_file_from_clock(int64_t wall_us, uint32_t n_nodes, struct tw_saved *ret_saved,
	struct tw_saved_node *ret_nodes)
{
	/* In milliseconds it is larger than any epoch that counting could have reached by now. */
	uint64_t epoch = wall_us > TW_MS ? (uint64_t)(wall_us / TW_MS) : 1;

	*ret_saved = (struct tw_saved){
		.epoch = epoch,
		.chain_epoch = epoch,
		.tip = { .height = TW_UNKNOWN },
		.anchor = { .height = TW_UNKNOWN },
		.incumbent = TW_NODE_NONE,
		.pinned = TW_NODE_NONE,
	};
	memset(ret_nodes, 0, n_nodes * sizeof(*ret_nodes));
}
