/* See config.h. */
#include "journal/config.h"
#include "conf/check.h"
#include "conf/value.h"
#include "core/policy.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int32_t tw_journal_config_find(const struct tw_core_config *config, const char *name, int32_t hint)
{
	uint32_t n = config->n_nodes, at = hint < 0 ? 0 : (uint32_t)hint % n;

	for (uint32_t i = 0; i < n; i++) {
		if (strcmp(config->nodes[at].name, name) == 0)
			return (int32_t)at;
		at = at + 1 == n ? 0 : at + 1;
	}
	return TW_NODE_NONE;
}

enum { TEXT_MAX = 1024 };

/* A section of the table, and the struct of the core that its keys' offsets lead into. */
struct target {
	const struct tw_conf_section *section;
	char *base;
	size_t start; /* offsets of the struct's fields in the table begin here */
	size_t size;
};

static bool is_core_section(const struct tw_conf_section *section)
{
	static const char *const names[] = { "coin", "probe", "decision", "template" };

	for (size_t i = 0; i < TW_ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], section->name) == 0)
			return true;
	}
	return false;
}

static struct target policy_target(const struct tw_conf_section *section, struct tw_policy *policy)
{
	return (struct target){ section, (char *)policy, offsetof(struct tw_config, policy),
		sizeof(*policy) };
}

static struct target node_target(struct tw_node_policy *node)
{
	return (struct target){ &tw_conf_daemon, (char *)node,
		offsetof(struct tw_node_conf, policy), sizeof(*node) };
}

/* Where the key's value is, or NULL: the core does not know it. */
static char *field_of(const struct target *target, const struct tw_conf_key *key)
{
	if (key->kind == TW_CONF_NAME || key->kind == TW_CONF_TEXT || key->offset < target->start ||
		key->offset - target->start >= target->size)
		return NULL;
	return target->base + (key->offset - target->start);
}

static void put_value(struct tw_emit *json, const struct tw_conf_key *key, const char *field)
{
	struct tw_buf text;

	switch (tw_conf_value_form(key)) {
	case TW_CONF_FORM_TEXT:
		tw_buf_init(&text, TEXT_MAX);
		tw_conf_value_put(key, field, &text);
		tw_emit_put_text(json, key->name, tw_buf_str(&text));
		tw_buf_finish(&text);
		break;
	case TW_CONF_FORM_INTEGER:
		tw_emit_put_int(json, key->name, tw_conf_value_integer(key, field));
		break;
	case TW_CONF_FORM_FLAG:
		tw_emit_put_bool(json, key->name, *(const bool *)(const void *)field);
		break;
	}
}

static void put_fields(struct tw_emit *json, const struct target *target)
{
	for (uint32_t k = 0; k < target->section->n_keys; k++) {
		const struct tw_conf_key *key = &target->section->keys[k];
		const char *field = field_of(target, key);

		/* A span that the node does not have of its own is left out. */
		if (field == NULL ||
			(target->section == &tw_conf_daemon && key->kind == TW_CONF_DURATION &&
				*(const int64_t *)(const void *)field == 0))
			continue;
		put_value(json, key, field);
	}
}

void tw_journal_config_put(struct tw_emit *json, const struct tw_core_config *config)
{
	struct tw_policy policy = config->policy;

	tw_emit_open_map(json);
	for (uint32_t i = 0; i < TW_CONF_SECTIONS; i++) {
		struct target target = policy_target(&tw_conf_sections[i], &policy);

		if (!is_core_section(target.section))
			continue;
		tw_emit_key(json, target.section->name);
		tw_emit_open_map(json);
		put_fields(json, &target);
		/* The wallet address itself is not written, only whether there is one. */
		if (strcmp(target.section->name, "template") == 0)
			tw_emit_put_bool(json, "checked", policy.has_template);
		tw_emit_close_map(json);
	}
	tw_emit_key(json, "daemons");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		struct tw_node_policy node = config->nodes[i];
		struct target target = node_target(&node);

		tw_emit_open_map(json);
		tw_emit_put_text(json, "name", node.name);
		put_fields(json, &target);
		tw_emit_close_map(json);
	}
	tw_emit_close_array(json);
	tw_emit_close_map(json);
}

/* What is wrong with a value, and what is allowed. */
static int refuse(const struct target *target, const struct tw_conf_key *key,
	const struct tw_json_node *node, struct tw_journal_complaint *complaint)
{
	const char *found = tw_json_str(node);
	struct tw_buf allowed;

	if (found == NULL)
		found = tw_json_type_name(tw_json_type_of(node));
	tw_buf_init(&allowed, TEXT_MAX);
	tw_conf_value_put_allowed(key, &allowed);
	(void)tw_journal_field_refuse(complaint, "config.%s.%s must be %s; it is %.64s",
		target->section->name, key->name, tw_buf_str(&allowed), found);
	tw_buf_finish(&allowed);
	return TW_JOURNAL_BAD;
}

/* Stores the value of node. False: the key cannot have that value. */
static bool get_value(const struct tw_conf_key *key, const struct tw_json_node *node, char *field)
{
	const char *text = NULL;
	char digits[24];
	int64_t value;
	bool flag;

	switch (tw_conf_value_form(key)) {
	case TW_CONF_FORM_TEXT:
		text = tw_json_str(node);
		break;
	case TW_CONF_FORM_INTEGER:
		if (tw_json_get_int(node, "", INT64_MIN, INT64_MAX, &value) == 0) {
			snprintf(digits, sizeof(digits), "%" PRId64, value);
			text = digits;
		}
		break;
	case TW_CONF_FORM_FLAG:
		if (tw_json_get_bool(node, "", &flag) == 0)
			text = flag ? "true" : "false";
		break;
	}
	return text != NULL && tw_conf_value_set(key, text, field) == 0;
}

/* Reads the keys that the core knows, and ignores the others. */
static int get_fields(const struct tw_json_node *map, const struct target *target,
	struct tw_journal_complaint *complaint)
{
	for (const struct tw_json_node *c = tw_json_first(map); c != NULL;
		c = tw_json_next(map, c)) {
		const struct tw_conf_key *key =
			tw_conf_keys_find(target->section, tw_json_key_of(c));
		char *field = key == NULL ? NULL : field_of(target, key);

		if (field == NULL || tw_json_type_of(c) == TW_JSON_NULL)
			continue;
		if (!get_value(key, c, field))
			return refuse(target, key, c, complaint);
	}
	return 0;
}

static int get_template(const struct tw_json_node *map, struct tw_journal_complaint *complaint,
	struct tw_policy *policy)
{
	const char *address = tw_json_str(tw_json_member(map, "wallet_address"));
	bool is_checked = address != NULL && address[0] != '\0';
	int r = tw_json_get_bool(map, "checked", &is_checked);

	if (r < 0 && r != -ENOENT)
		return tw_journal_field_refuse(
			complaint, "config.template.checked must be true or false");
	policy->has_template = is_checked;
	return 0;
}

static int get_policy(const struct tw_json_node *root, struct tw_journal_complaint *complaint,
	struct tw_policy *policy)
{
	int r = 0;

	tw_policy_init(policy);
	/* It was so before there was the key: what was decided then is decided again. */
	policy->looks = 1;
	for (uint32_t i = 0; r == 0 && i < TW_CONF_SECTIONS; i++) {
		struct target target = policy_target(&tw_conf_sections[i], policy);
		const struct tw_json_node *map = tw_json_member(root, target.section->name);
		enum tw_json_type type = tw_json_type_of(map);

		if (!is_core_section(target.section) || tw_journal_field_is_missing(map))
			continue;
		if (type != TW_JSON_MAP)
			return tw_journal_field_refuse(complaint,
				"config.%s must be an object; it is %s", target.section->name,
				tw_json_type_name(type));
		r = get_fields(map, &target, complaint);
		/*
		 * coin is the first section: defaults of the others follow from the block target.
		 */
		if (r == 0 && strcmp(target.section->name, "coin") == 0)
			tw_policy_set_block_target(policy, policy->block_target_us);
		if (r == 0 && strcmp(target.section->name, "template") == 0)
			r = get_template(map, complaint, policy);
	}
	if (r == 0 && policy->min_timeout_us > policy->timeout_us)
		policy->min_timeout_us = policy->timeout_us;
	return r;
}

static int get_node(const struct tw_json_node *entry, struct tw_journal_complaint *complaint,
	const struct tw_journal_config *config, uint32_t i)
{
	struct tw_node_policy *node = &config->nodes[i];
	struct target target = node_target(node);
	char message[TW_CONF_MESSAGE_MAX];
	const char *name = tw_json_str(tw_json_member(entry, "name"));

	if (name == NULL)
		return tw_journal_field_refuse(
			complaint, "entry %u of config.daemons has no name", i + 1);
	if (tw_conf_check_name(name, message, sizeof(message)) < 0)
		return tw_journal_field_refuse(
			complaint, "the name of entry %u of config.daemons %s", i + 1, message);
	for (uint32_t k = 0; k < i; k++) {
		if (strcmp(config->nodes[k].name, name) == 0)
			return tw_journal_field_refuse(
				complaint, "config.daemons has the name \"%s\" twice", name);
	}
	memcpy(node->name, name, strlen(name) + 1);
	return get_fields(entry, &target, complaint);
}

/* Exactly one daemon is primary: the first where no entry says so. */
static int settle_primary(
	const struct tw_journal_config *config, struct tw_journal_complaint *complaint)
{
	int32_t first = TW_NODE_NONE, primary = TW_NODE_NONE;

	for (uint32_t i = 0; i < config->core.n_nodes; i++) {
		struct tw_node_policy *node = &config->nodes[i];

		if (node->role == TW_ROLE_DAEMON && first < 0)
			first = (int32_t)i;
		if (!node->is_primary)
			continue;
		if (node->role != TW_ROLE_DAEMON)
			return tw_journal_field_refuse(
				complaint, "%s is a reference and cannot be primary", node->name);
		if (primary >= 0)
			return tw_journal_field_refuse(complaint, "%s and %s are both primary",
				config->nodes[primary].name, node->name);
		primary = (int32_t)i;
	}
	if (first < 0)
		return tw_journal_field_refuse(
			complaint, "config.daemons has only references, and no daemon to choose");
	if (primary < 0)
		config->nodes[first].is_primary = true;
	return 0;
}

static int get_nodes(const struct tw_json_node *list, const struct tw_core_config *present,
	struct tw_journal_complaint *complaint, struct tw_journal_config *config)
{
	const struct tw_json_node *entry = tw_json_first(list);
	bool is_same = tw_json_type_of(list) == TW_JSON_ABSENT && present != NULL;
	uint32_t n = is_same ? present->n_nodes : tw_json_count(list);
	int r = 0;

	if (!is_same && (tw_json_type_of(list) != TW_JSON_ARRAY || n == 0 || n > TW_NODES_MAX))
		return tw_journal_field_refuse(complaint,
			"config.daemons must be an array of 1 to %d nodes", TW_NODES_MAX);
	config->nodes = calloc(n, sizeof(config->nodes[0]));
	if (config->nodes == NULL)
		return -ENOMEM;
	config->core.nodes = config->nodes;
	config->core.n_nodes = n;
	if (is_same) {
		memcpy(config->nodes, present->nodes, n * sizeof(config->nodes[0]));
		return 0;
	}
	for (uint32_t i = 0; r == 0 && i < n; i++, entry = tw_json_next(list, entry))
		r = get_node(entry, complaint, config, i);
	return r == 0 ? settle_primary(config, complaint) : r;
}

int tw_journal_config_get(const struct tw_json_node *node, const struct tw_core_config *present,
	struct tw_journal_complaint *complaint, struct tw_journal_config *ret_config)
{
	int r;

	*ret_config = (struct tw_journal_config){ 0 };
	if (tw_json_type_of(node) != TW_JSON_MAP)
		return tw_journal_field_refuse(complaint, "config must be an object; it is %s",
			tw_json_type_name(tw_json_type_of(node)));
	r = get_policy(node, complaint, &ret_config->core.policy);
	return r == 0 ? get_nodes(tw_json_member(node, "daemons"), present, complaint, ret_config)
		      : r;
}

void tw_journal_config_finish(struct tw_journal_config *config)
{
	free(config->nodes);
	*config = (struct tw_journal_config){ 0 };
}
