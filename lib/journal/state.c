/* What outlives a restart, in the header of a journal. Falls are ages: there is no wall clock. */
#include "journal/config.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* Beyond it JSON readers lose digits. */
#define EPOCH_MAX (INT64_C(1) << 53)

static const char *name_of(const struct tw_core_config *config, int32_t node)
{
	return node < 0 ? NULL : config->nodes[node].name;
}

void tw_journal_state_put(struct tw_emit *json, const struct tw_core_config *config,
	const struct tw_saved *saved, const struct tw_saved_node *nodes)
{
	tw_emit_open_map(json);
	tw_emit_put_int(json, "epoch", (int64_t)saved->epoch);
	tw_emit_put_int(json, "chain_epoch", (int64_t)saved->chain_epoch);
	tw_emit_key(json, "tip");
	if (saved->tip.height < 0) {
		tw_emit_null(json);
	} else {
		tw_emit_open_array(json);
		tw_emit_int(json, saved->tip.height);
		tw_emit_hash(json, &saved->tip.hash);
		tw_emit_close_array(json);
	}
	tw_emit_put_text(json, "incumbent", name_of(config, saved->incumbent));
	tw_emit_put_text(json, "pinned", name_of(config, saved->pinned));
	tw_emit_key(json, "drained");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (nodes[i].is_drained)
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
	tw_emit_close_map(json);
}

static bool is_missing(const struct tw_json_node *node)
{
	enum tw_json_type type = tw_json_type_of(node);

	return type == TW_JSON_ABSENT || type == TW_JSON_NULL;
}

/* A daemon by name: one that is not there, or is a reference, is nobody. */
static int get_daemon(const struct tw_json_node *root, const char *key,
	const struct tw_core_config *config, struct tw_journal_report *report, int32_t *ret_node)
{
	const struct tw_json_node *node = tw_json_member(root, key);

	*ret_node = TW_NODE_NONE;
	if (is_missing(node))
		return 0;
	if (tw_json_str(node) == NULL)
		return tw_journal_config_complain(
			report, "state.%s must be the name of a daemon", key);
	*ret_node = tw_journal_config_find(config, tw_json_str(node), 0);
	if (*ret_node >= 0 && config->nodes[*ret_node].role != TW_ROLE_DAEMON)
		*ret_node = TW_NODE_NONE;
	return 0;
}

static int get_epoch(const struct tw_json_node *root, const char *key,
	struct tw_journal_report *report, uint64_t *ret_epoch)
{
	int64_t value = 1;
	int r = tw_json_get_int(root, key, 0, EPOCH_MAX, &value);

	if (r < 0 && r != -ENOENT)
		return tw_journal_config_complain(report, "state.%s must be a whole number", key);
	*ret_epoch = (uint64_t)value;
	return 0;
}

static int get_drained(const struct tw_json_node *list, struct tw_journal_report *report,
	const struct tw_journal_config *config)
{
	if (is_missing(list))
		return 0;
	if (tw_json_type_of(list) != TW_JSON_ARRAY)
		return tw_journal_config_complain(
			report, "state.drained must be an array of names");
	for (const struct tw_json_node *c = tw_json_first(list); c != NULL;
		c = tw_json_next(list, c)) {
		int32_t node;

		if (tw_json_str(c) == NULL)
			return tw_journal_config_complain(
				report, "state.drained must be an array of names");
		node = tw_journal_config_find(&config->core, tw_json_str(c), 0);
		if (node >= 0)
			config->saved_nodes[node].is_drained = true;
	}
	return 0;
}

static int get_falls(const struct tw_json_node *map, struct tw_journal_report *report,
	const struct tw_journal_config *config)
{
	if (is_missing(map))
		return 0;
	for (const struct tw_json_node *c = tw_json_first(map); c != NULL;
		c = tw_json_next(map, c)) {
		struct tw_saved_node unknown = { 0 }, *saved = &unknown;
		int32_t node = tw_json_key_of(c) == NULL ? TW_NODE_NONE
							 : tw_journal_config_find(&config->core,
								   tw_json_key_of(c), 0);

		if (node >= 0)
			saved = &config->saved_nodes[node];
		if (tw_json_count(c) > TW_FALLS_MAX)
			return tw_journal_config_complain(report,
				"state.fall_ages_ms has more than %d falls of one node",
				TW_FALLS_MAX);
		for (const struct tw_json_node *age = tw_json_first(c); age != NULL;
			age = tw_json_next(c, age)) {
			int64_t us;

			if (tw_json_get_ms(age, "", &us) < 0 || us > TW_DAY)
				return tw_journal_config_complain(report,
					"state.fall_ages_ms must map names to arrays of "
					"milliseconds");
			saved->fall_ages_us[saved->n_falls++] = us;
		}
	}
	return 0;
}

int tw_journal_state_get(const struct tw_json_node *node, struct tw_journal_report *report,
	struct tw_journal_config *config)
{
	struct tw_saved *saved = &config->saved;
	int r;

	config->saved_nodes = calloc(config->core.n_nodes, sizeof(config->saved_nodes[0]));
	if (config->saved_nodes == NULL)
		return -ENOMEM;
	if (tw_json_type_of(node) != TW_JSON_MAP)
		return tw_journal_config_complain(report, "state must be an object; it is %s",
			tw_json_type_name(tw_json_type_of(node)));
	saved->tip.height = TW_UNKNOWN;
	r = get_epoch(node, "epoch", report, &saved->epoch);
	if (r == 0)
		r = get_epoch(node, "chain_epoch", report, &saved->chain_epoch);
	if (r == 0 && !is_missing(tw_json_member(node, "tip")))
		r = tw_journal_get_point(
			tw_json_member(node, "tip"), report, "state.tip", &saved->tip);
	if (r == 0)
		r = get_daemon(node, "incumbent", &config->core, report, &saved->incumbent);
	if (r == 0)
		r = get_daemon(node, "pinned", &config->core, report, &saved->pinned);
	if (r == 0)
		r = get_drained(tw_json_member(node, "drained"), report, config);
	if (r == 0)
		r = get_falls(tw_json_member(node, "fall_ages_ms"), report, config);
	return r;
}
