/* Loading a configuration: all errors at once, a whole struct or none. See conf.h. */
#include "conf/config.h"
#include "conf/check.h"
#include "conf/node.h"
#include "core/policy.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A default does not contradict what was written. */
static void lower_min_timeout(const struct tw_conf_item *probe, struct tw_policy *policy)
{
	if (tw_conf_member(probe, "min_timeout") == NULL &&
		policy->min_timeout_us > policy->timeout_us)
		policy->min_timeout_us = policy->timeout_us;
}

static void read_sections(struct tw_conf_reader *reader, struct tw_config *config)
{
	for (uint32_t i = 0; i < TW_CONF_SECTIONS; i++) {
		const struct tw_conf_section *section = &tw_conf_sections[i];
		const struct tw_conf_item *group =
			tw_conf_member(tw_conf_root(reader->doc), section->name);

		if (group != NULL)
			tw_conf_get_section(reader, group, section, config);
		/* The first section: what the others derive their defaults from. */
		if (strcmp(section->name, "coin") == 0)
			tw_policy_set_block_target(&config->policy, config->policy.block_target_us);
		if (strcmp(section->name, "probe") == 0)
			lower_min_timeout(group, &config->policy);
	}
}

static int read_all(struct tw_conf_reader *reader, struct tw_config *config)
{
	const struct tw_conf_item **items = NULL;
	char message[TW_CONF_MESSAGE_MAX];
	int r;

	tw_conf_check_root(reader);
	read_sections(reader, config);
	r = tw_conf_read_nodes(reader, config, &items);
	if (r < 0)
		return r;
	tw_conf_check_relations(reader, config, items);
	free(items);
	if (reader->report->error < 0)
		return reader->report->error;
	if (reader->report->n_errors > 0)
		return 1;
	r = tw_listen_parse(config->http_listen, &config->http, message, sizeof(message));
	if (r == 0)
		r = tw_listen_parse(config->agent_listen, &config->agent, message, sizeof(message));
	if (r < 0)
		return r;
	config->policy.has_template = config->wallet_address[0] != '\0';
	return tw_conf_finish_nodes(config);
}

int tw_config_load(const char *path, const struct tw_conf_defaults *defaults, struct tw_buf *errors,
	struct tw_config **ret_config)
{
	struct tw_conf_report *report = calloc(1, sizeof(*report));
	struct tw_config *config = calloc(1, sizeof(*config));
	struct tw_conf_reader reader = { .report = report };
	int r = -ENOMEM;

	if (report == NULL || config == NULL)
		goto out;
	tw_conf_report_init(report);
	config->path = strdup(path);
	if (config->path == NULL)
		goto out;
	r = tw_conf_set_defaults(config, defaults);
	if (r < 0)
		goto out;
	r = tw_conf_doc_create(path, report, &reader.doc);
	if (r == 0)
		r = read_all(&reader, config);
	if (r == 1)
		tw_conf_report_write(report, errors);
	if (r == 1 && errors->error == -ENOMEM)
		r = -ENOMEM;
out:
	if (r == 0)
		*ret_config = config;
	else
		tw_config_destroy(config);
	tw_conf_doc_destroy(reader.doc);
	if (report != NULL)
		tw_conf_report_finish(report);
	free(report);
	return r;
}

/* A password does not stay in memory that is handed back. */
static void free_secret(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void tw_config_destroy(struct tw_config *config)
{
	if (config == NULL)
		return;
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		free(config->nodes[i].user);
		free_secret(config->nodes[i].password);
		free(config->nodes[i].password_file);
		free(config->nodes[i].ca_file);
	}
	free(config->nodes);
	free(config->node_policies);
	free(config->path);
	free(config->wallet_address);
	free(config->control_path);
	free(config->control_group);
	free(config->control_operators);
	free(config->http_listen);
	free(config->agent_listen);
	free(config->on_switch);
	free(config->on_mode);
	free(config->state_dir);
	free(config->journal_path);
	free(config);
}

void tw_config_core(const struct tw_config *config, struct tw_core_config *ret_core)
{
	*ret_core = (struct tw_core_config){
		.policy = config->policy,
		.n_nodes = config->n_nodes,
		.nodes = config->node_policies,
	};
}

int32_t tw_config_find(const struct tw_config *config, const char *name)
{
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (strcmp(config->nodes[i].policy.name, name) == 0)
			return (int32_t)i;
	}
	return TW_NODE_NONE;
}

static bool is_same(const struct tw_node_conf *a, const struct tw_node_conf *b)
{
	return strcmp(a->policy.name, b->policy.name) == 0 &&
	       strcmp(a->url.text, b->url.text) == 0 && a->policy.role == b->policy.role &&
	       a->dialect == b->dialect && strcmp(a->user, b->user) == 0 &&
	       strcmp(a->password, b->password) == 0 && strcmp(a->ca_file, b->ca_file) == 0;
}

void tw_config_match(
	const struct tw_config *config, const struct tw_config *old, int32_t *ret_old_of)
{
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		int32_t j = tw_config_find(old, config->nodes[i].policy.name);

		ret_old_of[i] = j != TW_NODE_NONE && is_same(&config->nodes[i], &old->nodes[j])
					? j
					: TW_NODE_NONE;
	}
}
