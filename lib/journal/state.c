/* See state.h. */
#include "journal/state.h"
#include "core/policy.h"
#include "journal/config.h"
#include "journal/trust.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

void tw_journal_state_put(struct tw_emit *json, const struct tw_core_config *config,
	const struct tw_saved *saved, const struct tw_saved_node *nodes)
{
	tw_emit_open_map(json);
	tw_emit_put_int(json, "epoch", (int64_t)saved->epoch);
	tw_emit_put_int(json, "chain_epoch", (int64_t)saved->chain_epoch);
	tw_emit_key(json, "tip");
	if (saved->tip.height < 0)
		tw_emit_null(json);
	else
		tw_journal_field_put_point(json, &saved->tip);
	tw_emit_key(json, "anchor");
	if (saved->anchor.height < 0)
		tw_emit_null(json);
	else
		tw_journal_field_put_point(json, &saved->anchor);
	tw_emit_put_text(json, "incumbent", tw_policy_name(config, saved->incumbent, NULL));
	tw_emit_put_text(json, "pinned", tw_policy_name(config, saved->pinned, NULL));
	tw_emit_key(json, "drained");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (nodes[i].is_drained)
			tw_emit_text(json, config->nodes[i].name);
	}
	tw_emit_close_array(json);
	tw_emit_key(json, "outvoted");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (nodes[i].is_outvoted)
			tw_emit_text(json, config->nodes[i].name);
	}
	tw_emit_close_array(json);
	tw_emit_key(json, "fall_ages_ms");
	tw_emit_open_map(json);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (nodes[i].n_falls == 0)
			continue;
		tw_emit_key(json, config->nodes[i].name);
		tw_emit_open_array(json);
		for (uint32_t k = 0; k < nodes[i].n_falls; k++)
			tw_emit_ms(json, nodes[i].fall_ages_us[k]);
		tw_emit_close_array(json);
	}
	tw_emit_close_map(json);
	tw_emit_key(json, "false_blocks");
	tw_emit_open_map(json);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (tw_journal_trust_is_clean(&nodes[i].record))
			continue;
		tw_emit_key(json, config->nodes[i].name);
		tw_journal_trust_put(json, &nodes[i].record);
	}
	tw_emit_close_map(json);
	tw_emit_close_map(json);
}

/* A daemon by name; TW_NODE_NONE for one that is not there or is a reference. */
static int get_daemon(const struct tw_json_node *root, const char *key,
	const struct tw_core_config *config, struct tw_journal_complaint *complaint,
	int32_t *ret_node)
{
	const struct tw_json_node *node = tw_json_member(root, key);

	*ret_node = TW_NODE_NONE;
	if (tw_journal_field_is_missing(node))
		return 0;
	if (tw_json_str(node) == NULL)
		return tw_journal_field_refuse(
			complaint, "state.%s must be the name of a daemon", key);
	*ret_node = tw_journal_config_find(config, tw_json_str(node), 0);
	if (*ret_node >= 0 && config->nodes[*ret_node].role != TW_ROLE_DAEMON)
		*ret_node = TW_NODE_NONE;
	return 0;
}

static int get_epoch(const struct tw_json_node *root, const char *key,
	struct tw_journal_complaint *complaint, uint64_t *ret_epoch)
{
	int64_t value = 1;
	int r = tw_json_get_int(root, key, 0, TW_JOURNAL_NUMBER_MAX, &value);

	if (r < 0 && r != -ENOENT)
		return tw_journal_field_refuse(complaint, "state.%s must be a whole number", key);
	*ret_epoch = (uint64_t)value;
	return 0;
}

static void mark_drained(struct tw_saved_node *node)
{
	node->is_drained = true;
}

static void mark_outvoted(struct tw_saved_node *node)
{
	node->is_outvoted = true;
}

/* Marks the nodes that an array of names lists, which may be missing. */
static int get_names(const struct tw_json_node *root, const char *key,
	const struct tw_core_config *config, void (*mark)(struct tw_saved_node *node),
	struct tw_journal_complaint *complaint, struct tw_saved_node *nodes)
{
	const struct tw_json_node *list = tw_json_member(root, key);

	if (tw_journal_field_is_missing(list))
		return 0;
	if (tw_json_type_of(list) != TW_JSON_ARRAY)
		return tw_journal_field_refuse(
			complaint, "state.%s must be an array of names", key);
	for (const struct tw_json_node *c = tw_json_first(list); c != NULL;
		c = tw_json_next(list, c)) {
		int32_t node;

		if (tw_json_str(c) == NULL)
			return tw_journal_field_refuse(
				complaint, "state.%s must be an array of names", key);
		node = tw_journal_config_find(config, tw_json_str(c), 0);
		if (node >= 0)
			mark(&nodes[node]);
	}
	return 0;
}

static int get_falls(const struct tw_json_node *map, const struct tw_core_config *config,
	struct tw_journal_complaint *complaint, struct tw_saved_node *nodes)
{
	if (tw_journal_field_is_missing(map))
		return 0;
	for (const struct tw_json_node *c = tw_json_first(map); c != NULL;
		c = tw_json_next(map, c)) {
		struct tw_saved_node unknown = { 0 }, *saved = &unknown;
		int32_t node = TW_NODE_NONE;

		if (tw_json_key_of(c) != NULL)
			node = tw_journal_config_find(config, tw_json_key_of(c), 0);
		if (node >= 0)
			saved = &nodes[node];
		if (tw_json_count(c) > TW_FALLS_MAX)
			return tw_journal_field_refuse(complaint,
				"state.fall_ages_ms has more than %d falls of one node",
				TW_FALLS_MAX);
		for (const struct tw_json_node *age = tw_json_first(c); age != NULL;
			age = tw_json_next(c, age)) {
			int64_t us;

			if (tw_json_get_ms(age, "", &us) < 0 || us > TW_DAY)
				return tw_journal_field_refuse(complaint,
					"state.fall_ages_ms must map names to arrays of "
					"milliseconds");
			saved->fall_ages_us[saved->n_falls++] = us;
		}
	}
	return 0;
}

static int get_records(const struct tw_json_node *map, const struct tw_core_config *config,
	struct tw_journal_complaint *complaint, struct tw_saved_node *nodes)
{
	if (tw_journal_field_is_missing(map))
		return 0;
	for (const struct tw_json_node *c = tw_json_first(map); c != NULL;
		c = tw_json_next(map, c)) {
		struct tw_saved_record record;
		int32_t node = TW_NODE_NONE;

		if (tw_json_key_of(c) == NULL || !tw_journal_trust_get(c, &record))
			return tw_journal_field_refuse(complaint,
				"state.false_blocks must map names to arrays of four numbers");
		node = tw_journal_config_find(config, tw_json_key_of(c), 0);
		if (node >= 0)
			nodes[node].record = record;
	}
	return 0;
}

int tw_journal_state_get(const struct tw_json_node *node, const struct tw_core_config *config,
	struct tw_journal_complaint *complaint, struct tw_journal_state *ret_state)
{
	struct tw_saved *saved = &ret_state->saved;
	struct tw_saved_node *nodes = calloc(config->n_nodes, sizeof(nodes[0]));
	int r;

	*ret_state = (struct tw_journal_state){
		.saved.tip.height = TW_UNKNOWN, .saved.anchor.height = TW_UNKNOWN, .nodes = nodes
	};
	if (nodes == NULL)
		return -ENOMEM;
	if (tw_json_type_of(node) != TW_JSON_MAP)
		return tw_journal_field_refuse(complaint, "state must be an object; it is %s",
			tw_json_type_name(tw_json_type_of(node)));
	r = get_epoch(node, "epoch", complaint, &saved->epoch);
	if (r == 0)
		r = get_epoch(node, "chain_epoch", complaint, &saved->chain_epoch);
	if (r == 0 && !tw_journal_field_is_missing(tw_json_member(node, "tip")))
		r = tw_journal_field_point(
			tw_json_member(node, "tip"), "state.tip", complaint, &saved->tip);
	if (r == 0 && !tw_journal_field_is_missing(tw_json_member(node, "anchor")))
		r = tw_journal_field_point(
			tw_json_member(node, "anchor"), "state.anchor", complaint, &saved->anchor);
	if (r == 0)
		r = get_daemon(node, "incumbent", config, complaint, &saved->incumbent);
	if (r == 0)
		r = get_daemon(node, "pinned", config, complaint, &saved->pinned);
	if (r == 0)
		r = get_names(node, "drained", config, mark_drained, complaint, nodes);
	if (r == 0)
		r = get_names(node, "outvoted", config, mark_outvoted, complaint, nodes);
	if (r == 0)
		r = get_falls(tw_json_member(node, "fall_ages_ms"), config, complaint, nodes);
	if (r == 0)
		r = get_records(tw_json_member(node, "false_blocks"), config, complaint, nodes);
	return r;
}

void tw_journal_state_finish(struct tw_journal_state *state)
{
	free(state->nodes);
	*state = (struct tw_journal_state){ 0 };
}
