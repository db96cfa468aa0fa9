/* See state.h. {"v":1,"saved_ms","epoch","chain_epoch","tip":{"height","hash"},"incumbent":NAME,
 * "pinned":NAME,"drained":[NAME...],"falls":{NAME:[Unix milliseconds, oldest first]}} */
#include "serve/state.h"
#include "base/time.h"
#include "json/emit.h"
#include "json/json.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, VALUES_MAX = 1 << 15 };
/* Beyond it JSON readers lose digits; and there is room to count on. */
#define EPOCH_MAX   (INT64_C(1) << 53)
#define TIME_MAX_MS (INT64_C(1) << 53)

static void put_tip(struct tw_emit *json, const struct tw_point *tip)
{
	tw_emit_key(json, "tip");
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
}

void tw_state_write(const struct tw_saved *saved, const struct tw_saved_node *nodes,
	const struct tw_config *config, int64_t wall_us, struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);

	tw_emit_open_map(json);
	tw_emit_put_int(json, "v", VERSION);
	tw_emit_put_int(json, "saved_ms", wall_us / TW_MS);
	tw_emit_put_int(json, "epoch", (int64_t)saved->epoch);
	tw_emit_put_int(json, "chain_epoch", (int64_t)saved->chain_epoch);
	put_tip(json, &saved->tip);
	tw_emit_put_text(json, "incumbent", tw_config_name(config, saved->incumbent, NULL));
	tw_emit_put_text(json, "pinned", tw_config_name(config, saved->pinned, NULL));
	put_nodes(json, nodes, config, wall_us);
	tw_emit_close_map(json);
	tw_emit_destroy(json);
	tw_buf_putc(out, '\n');
}

/* A member that may be null or missing. -EINVAL when it is anything else than a text. */
static int get_name(const struct tw_json_node *root, const char *key, const char **ret_name)
{
	const struct tw_json_node *node = tw_json_member(root, key);
	enum tw_json_type type = tw_json_type_of(node);

	if (type == TW_JSON_TEXT)
		*ret_name = tw_json_str(node);
	else if (type == TW_JSON_NULL || type == TW_JSON_ABSENT)
		*ret_name = NULL;
	else
		return -EINVAL;
	return 0;
}

/* A daemon by name: one that is gone, or is a reference now, is nobody. */
static int get_daemon(const struct tw_json_node *root, const char *key,
	const struct tw_config *config, int32_t *ret_node)
{
	const char *name;
	int r = get_name(root, key, &name);

	if (r < 0)
		return r;
	*ret_node = name == NULL ? TW_NODE_NONE : tw_config_find(config, name);
	if (*ret_node != TW_NODE_NONE && config->nodes[*ret_node].policy.role != TW_ROLE_DAEMON)
		*ret_node = TW_NODE_NONE;
	return 0;
}

static int get_epoch(const struct tw_json_node *root, const char *key, uint64_t *ret_epoch)
{
	int64_t value;

	if (tw_json_get_int(root, key, 0, EPOCH_MAX, &value) < 0)
		return -EINVAL;
	*ret_epoch = (uint64_t)value;
	return 0;
}

static int get_tip(const struct tw_json_node *root, struct tw_point *ret_tip)
{
	enum tw_json_type type = tw_json_type_of(tw_json_member(root, "tip"));

	*ret_tip = (struct tw_point){ .height = TW_UNKNOWN };
	if (type == TW_JSON_NULL || type == TW_JSON_ABSENT)
		return 0;
	if (tw_json_get_int(root, "tip.height", 0, TW_HEIGHT_MAX, &ret_tip->height) < 0 ||
		tw_json_get_hash(root, "tip.hash", &ret_tip->hash) < 0)
		return -EINVAL;
	return 0;
}

static int get_saved(
	const struct tw_json_node *root, const struct tw_config *config, struct tw_saved *ret_saved)
{
	int64_t version;
	int r;

	if (tw_json_get_int(root, "v", VERSION, VERSION, &version) < 0)
		return -EINVAL;
	r = get_epoch(root, "epoch", &ret_saved->epoch);
	if (r == 0)
		r = get_epoch(root, "chain_epoch", &ret_saved->chain_epoch);
	if (r == 0)
		r = get_tip(root, &ret_saved->tip);
	if (r == 0)
		r = get_daemon(root, "incumbent", config, &ret_saved->incumbent);
	if (r == 0)
		r = get_daemon(root, "pinned", config, &ret_saved->pinned);
	return r;
}

/* An array or a map that may be missing. */
static int check_container(const struct tw_json_node *node, enum tw_json_type wanted)
{
	enum tw_json_type type = tw_json_type_of(node);

	return type == wanted || type == TW_JSON_NULL || type == TW_JSON_ABSENT ? 0 : -EINVAL;
}

static int get_drained(const struct tw_json_node *list, const struct tw_config *config,
	struct tw_saved_node *nodes)
{
	const struct tw_json_node *entry;

	if (check_container(list, TW_JSON_ARRAY) < 0)
		return -EINVAL;
	for (entry = tw_json_first(list); entry != NULL; entry = tw_json_next(list, entry)) {
		int32_t node;

		if (tw_json_type_of(entry) != TW_JSON_TEXT)
			return -EINVAL;
		node = tw_config_find(config, tw_json_str(entry));
		if (node != TW_NODE_NONE)
			nodes[node].is_drained = true;
	}
	return 0;
}

/* Falls of one node. One in the future (the clock was set back) counts as one of just now. */
static int get_falls(
	const struct tw_json_node *list, int64_t wall_us, struct tw_saved_node *ret_node)
{
	const struct tw_json_node *entry;

	if (tw_json_type_of(list) != TW_JSON_ARRAY || tw_json_count(list) > TW_FALLS_MAX)
		return -EINVAL;
	for (entry = tw_json_first(list); entry != NULL; entry = tw_json_next(list, entry)) {
		int64_t ms, age_us;

		if (tw_json_get_int(entry, "", 0, TIME_MAX_MS, &ms) < 0)
			return -EINVAL;
		age_us = wall_us - ms * TW_MS;
		if (age_us > TW_HOUR)
			continue;
		ret_node->fall_ages_us[ret_node->n_falls++] = age_us > 0 ? age_us : 0;
	}
	return 0;
}

static int get_all_falls(const struct tw_json_node *map, const struct tw_config *config,
	int64_t wall_us, struct tw_saved_node *nodes)
{
	const struct tw_json_node *entry;
	struct tw_saved_node unknown;

	if (check_container(map, TW_JSON_MAP) < 0)
		return -EINVAL;
	for (entry = tw_json_first(map); entry != NULL; entry = tw_json_next(map, entry)) {
		int32_t node = tw_config_find(config, tw_json_key_of(entry));

		unknown.n_falls = 0;
		if (get_falls(entry, wall_us, node == TW_NODE_NONE ? &unknown : &nodes[node]) < 0)
			return -EINVAL;
	}
	return 0;
}

int tw_state_parse(const char *text, size_t len, const struct tw_config *config, int64_t wall_us,
	struct tw_saved *ret_saved, struct tw_saved_node *ret_nodes)
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
	if (r != 0) {
		r = r < 0 ? r : -EINVAL;
		goto out;
	}
	root = tw_json_root(doc);
	r = get_saved(root, config, &saved);
	if (r == 0)
		r = get_drained(tw_json_member(root, "drained"), config, nodes);
	if (r == 0)
		r = get_all_falls(tw_json_member(root, "falls"), config, wall_us, nodes);
	if (r < 0)
		goto out;
	*ret_saved = saved;
	memcpy(ret_nodes, nodes, config->n_nodes * sizeof(*nodes));
out:
	tw_json_doc_destroy(doc);
	free(nodes);
	return r;
}

void tw_state_from_clock(int64_t wall_us, uint32_t n_nodes, struct tw_saved *ret_saved,
	struct tw_saved_node *ret_nodes)
{
	/* Milliseconds: more than any number of switches until the next start. */
	uint64_t epoch = wall_us > TW_MS ? (uint64_t)(wall_us / TW_MS) : 1;

	*ret_saved = (struct tw_saved){
		.epoch = epoch,
		.chain_epoch = epoch,
		.tip = { .height = TW_UNKNOWN },
		.incumbent = TW_NODE_NONE,
		.pinned = TW_NODE_NONE,
	};
	memset(ret_nodes, 0, n_nodes * sizeof(*ret_nodes));
}
