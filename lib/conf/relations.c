/* See relations.h. */
#include "conf/relations.h"
#include "base/span.h"
#include "conf/node.h"
#include <string.h>

static const struct tw_conf_item *member(
	const struct tw_conf_doc *doc, const char *section, const char *key)
{
	return tw_conf_doc_member(tw_conf_doc_member(tw_conf_doc_root(doc), section), key);
}

/* min_timeout may not be longer than probe.timeout, nor than the timeout of a node. */
static void check_timeouts(struct tw_conf_doc *doc, const struct tw_config *config,
	const struct tw_conf_item *const *items)
{
	const struct tw_policy *policy = &config->policy;
	const struct tw_conf_item *item = member(doc, "probe", "min_timeout");
	char min[TW_SPAN_TEXT_MAX], max[TW_SPAN_TEXT_MAX];

	tw_span_exact(policy->min_timeout_us, min);
	tw_span_exact(policy->timeout_us, max);
	if (policy->min_timeout_us > policy->timeout_us)
		tw_conf_doc_complain(doc, item,
			"probe.min_timeout (%s) must not be longer than probe.timeout (%s)", min,
			max);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		int64_t timeout_us = config->nodes[i].policy.timeout_us;

		if (timeout_us == 0 || timeout_us >= policy->min_timeout_us)
			continue;
		tw_span_exact(timeout_us, max);
		tw_conf_doc_complain(doc, tw_conf_doc_member(items[i], "timeout"),
			"timeout (%s) must be at least probe.min_timeout (%s)", max, min);
	}
}

static void check_stall(struct tw_conf_doc *doc, const struct tw_policy *policy)
{
	char stall[TW_SPAN_TEXT_MAX], target[TW_SPAN_TEXT_MAX];

	if (policy->stall_for_us >= policy->block_target_us)
		return;
	tw_span_exact(policy->stall_for_us, stall);
	tw_span_exact(policy->block_target_us, target);
	tw_conf_doc_complain(doc, member(doc, "decision", "stall_for"),
		"decision.stall_for must be a duration of at least coin.block_target (%s); it is "
		"%s",
		target, stall);
}

static void check_quorum(struct tw_conf_doc *doc, const struct tw_config *config)
{
	uint32_t quorum = config->policy.quorum, n = config->n_nodes;

	if (quorum == 0 || (quorum >= n / 2 + 1 && quorum <= n))
		return;
	tw_conf_doc_complain(doc, member(doc, "decision", "quorum"),
		"decision.quorum must be 0 (a majority) or between %u and %u with %u node%s; it "
		"is %u",
		n / 2 + 1, n, n, n == 1 ? "" : "s", quorum);
}

static void check_primary(struct tw_conf_doc *doc, const struct tw_config *config,
	const struct tw_conf_item *const *items)
{
	const struct tw_conf_item *first = NULL, *item;
	char where[TW_CONF_WHERE_MAX];

	for (uint32_t i = 0; i < config->n_nodes; i++) {
		const struct tw_node_policy *node = &config->nodes[i].policy;

		if (!node->is_primary)
			continue;
		item = tw_conf_doc_member(items[i], "primary");
		if (node->role == TW_ROLE_REFERENCE) {
			tw_conf_doc_complain(doc, item,
				"a reference cannot be primary; primary = true is allowed for one "
				"daemon");
			continue;
		}
		if (first == NULL) {
			first = item;
			continue;
		}
		tw_conf_doc_complain(doc, item,
			"two daemons are primary, the other one in %s; only one may be",
			tw_conf_report_where(tw_conf_doc_report(doc), tw_conf_doc_place(doc, item),
				tw_conf_doc_place(doc, first), where));
	}
}

static void check_twins(struct tw_conf_doc *doc, const struct tw_config *config,
	const struct tw_conf_item *const *items, bool is_url)
{
	for (uint32_t i = 1; i < config->n_nodes; i++) {
		uint32_t first = tw_conf_node_find_twin(config, i, is_url);
		const struct tw_conf_item *item, *other;
		char where[TW_CONF_WHERE_MAX];

		if (first == i)
			continue;
		item = tw_conf_doc_member(items[i], is_url ? "url" : "name");
		other = tw_conf_doc_member(items[first], is_url ? "url" : "name");
		(void)tw_conf_report_where(tw_conf_doc_report(doc), tw_conf_doc_place(doc, item),
			tw_conf_doc_place(doc, other), where);
		if (is_url)
			tw_conf_doc_complain(doc, item,
				"this url is the same daemon as the one in %s (%s); each may be "
				"there once",
				where, config->nodes[i].url.text);
		else
			tw_conf_doc_complain(doc, item,
				"the name \"%s\" is taken by the daemon in %s; names must differ",
				config->nodes[i].policy.name, where);
	}
}

void tw_conf_relations_check(struct tw_conf_doc *doc, const struct tw_config *config,
	const struct tw_conf_item *const *items)
{
	check_timeouts(doc, config, items);
	check_stall(doc, &config->policy);
	check_primary(doc, config, items);
	check_twins(doc, config, items, false);
	check_twins(doc, config, items, true);
	if (!tw_conf_doc_report(doc)->is_incomplete)
		check_quorum(doc, config);
}
