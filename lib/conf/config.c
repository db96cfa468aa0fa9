/* See config.h. */
#include "conf/config.h"
#include "conf/check.h"
#include "conf/get.h"
#include "conf/node.h"
#include "conf/relations.h"
#include "conf/value.h"
#include "core/policy.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A default must not contradict the timeout that the file sets. */
static void lower_min_timeout(const struct tw_conf_item *probe, struct tw_policy *policy)
{
	if (tw_conf_doc_member(probe, "min_timeout") == NULL &&
		policy->min_timeout_us > policy->timeout_us)
		policy->min_timeout_us = policy->timeout_us;
}

static void read_sections(struct tw_conf_doc *doc, struct tw_config *config)
{
	for (uint32_t i = 0; i < TW_CONF_SECTIONS; i++) {
		const struct tw_conf_section *section = &tw_conf_sections[i];
		const struct tw_conf_item *group =
			tw_conf_doc_member(tw_conf_doc_root(doc), section->name);

		if (group != NULL)
			tw_conf_get_section(doc, group, section, config);
		/* coin comes first, because defaults of other sections follow from it. */
		if (strcmp(section->name, "coin") == 0)
			tw_policy_set_block_target(&config->policy, config->policy.block_target_us);
		if (strcmp(section->name, "probe") == 0)
			lower_min_timeout(group, &config->policy);
	}
}

static int read_all(struct tw_conf_doc *doc, struct tw_config *config)
{
	struct tw_conf_report *report = tw_conf_doc_report(doc);
	const struct tw_conf_item **items = NULL;
	char message[TW_CONF_MESSAGE_MAX];
	int r;

	tw_conf_get_check_root(doc);
	read_sections(doc, config);
	r = tw_conf_node_read_all(doc, config, &items);
	if (r < 0)
		return r;
	tw_conf_relations_check(doc, config, items);
	free(items);
	if (report->error < 0)
		return report->error;
	if (report->n_errors > 0)
		return TW_CONFIG_WRONG;
	r = tw_url_parse_listen(config->http_listen, &config->http, message, sizeof(message));
	if (r == 0)
		r = tw_url_parse_listen(
			config->agent_listen, &config->agent, message, sizeof(message));
	if (r < 0)
		return r;
	config->policy.has_template = config->wallet_address[0] != '\0';
	return tw_conf_node_settle(config);
}

int tw_config_create(const struct tw_conf_defaults *defaults, struct tw_config **ret_config)
{
	struct tw_config *config = calloc(1, sizeof(*config));
	int r = 0;

	if (config == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < TW_CONF_SECTIONS; i++)
		r = tw_conf_value_set_defaults(&tw_conf_sections[i], config);
	if (r == 0)
		r = tw_conf_value_set_text(defaults->control_path, &config->control_path);
	if (r == 0)
		r = tw_conf_value_set_text(defaults->state_dir, &config->state_dir);
	if (r < 0) {
		tw_config_destroy(config);
		return r;
	}
	tw_policy_set_block_target(&config->policy, config->policy.block_target_us);
	*ret_config = config;
	return 0;
}

int tw_config_load(const char *path, const struct tw_conf_defaults *defaults, struct tw_buf *errors,
	struct tw_config **ret_config)
{
	struct tw_conf_report *report = calloc(1, sizeof(*report));
	struct tw_config *config = NULL;
	struct tw_conf_doc *doc = NULL;
	int r = -ENOMEM;

	if (report == NULL)
		goto out;
	tw_conf_report_init(report);
	r = tw_config_create(defaults, &config);
	if (r < 0)
		goto out;
	config->path = strdup(path);
	r = config->path == NULL ? -ENOMEM : tw_conf_doc_create(path, report, &doc);
	if (r == 0)
		r = read_all(doc, config);
	if (r <= 0)
		goto out;
	tw_conf_report_write(report, errors);
	r = errors->error == -ENOMEM ? -ENOMEM : TW_CONFIG_WRONG;
out:
	if (r == 0)
		*ret_config = config;
	else
		tw_config_destroy(config);
	tw_conf_doc_destroy(doc);
	if (report != NULL)
		tw_conf_report_finish(report);
	free(report);
	return r;
}

/* A password must not stay in memory that is given back. */
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
		tw_conf_value_free(&tw_conf_daemon, &config->nodes[i]);
		free_secret(config->nodes[i].password);
	}
	free(config->nodes);
	free(config->node_policies);
	free(config->path);
	for (uint32_t i = 0; i < TW_CONF_SECTIONS; i++)
		tw_conf_value_free(&tw_conf_sections[i], config);
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
	       strcmp(a->password, b->password) == 0 && strcmp(a->ca_file, b->ca_file) == 0 &&
	       strcmp(a->tls_fingerprint, b->tls_fingerprint) == 0 &&
	       strcmp(a->tls_cert, b->tls_cert) == 0 && strcmp(a->tls_key, b->tls_key) == 0 &&
	       strcmp(a->proxy, b->proxy) == 0;
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
