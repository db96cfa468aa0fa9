/* Commands that make a node go wrong, and right again. See simcmd.c for the table. */
#include "sim/cmd/internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	MS_MAX = 3600000,
	SETTLE_DEFAULT_MS = 2000,
	PEERS_MAX = 100000,
	NAMES_MAX = 256,
};

/* The next marked node from i on, or NULL. */
static struct tw_sim_node *next_member(struct tw_sim_cmd_run *run, uint32_t *i)
{
	for (; *i < run->net->n_nodes; (*i)++) {
		if (run->is_member[*i])
			return &run->net->nodes[(*i)++];
	}
	return NULL;
}

#define FOR_EACH_MEMBER(run, node)                                                                 \
	for (uint32_t i_ = 0; ((node) = next_member((run), &i_)) != NULL;)

static void set_reach(struct tw_sim_cmd_run *run, enum tw_sim_reach reach, const char *what)
{
	char names[NAMES_MAX];
	struct tw_sim_node *node;

	if (!tw_sim_cmd_nodes(run) || !tw_sim_cmd_end(run) || run->is_check)
		return;
	FOR_EACH_MEMBER(run, node)
	node->reach = reach;
	tw_sim_cmd_say(run, "%s: %s", tw_sim_cmd_show_names(run, names, sizeof(names)), what);
}

void tw_sim_cmd_fault_die(struct tw_sim_cmd_run *run)
{
	set_reach(run, TW_SIM_REACH_DEAD, "the process is gone, connections are refused");
}

void tw_sim_cmd_fault_hang(struct tw_sim_cmd_run *run)
{
	set_reach(run, TW_SIM_REACH_HUNG, "connects, but never answers");
}

void tw_sim_cmd_fault_garbage(struct tw_sim_cmd_run *run)
{
	enum tw_sim_reach reach = TW_SIM_REACH_GARBAGE;
	char names[NAMES_MAX];
	struct tw_sim_node *node;
	const char *word;

	if (!tw_sim_cmd_nodes(run))
		return;
	word = tw_sim_cmd_word(run);
	if (word != NULL && strcmp(word, "bytes") == 0)
		reach = TW_SIM_REACH_NOISE;
	else if (word != NULL && strcmp(word, "body") != 0) {
		tw_sim_cmd_fail(run, "'%.64s' is no garbage: body or bytes is wanted", word);
		return;
	}
	if (!tw_sim_cmd_end(run) || run->is_check)
		return;
	FOR_EACH_MEMBER(run, node)
	node->reach = reach;
	tw_sim_cmd_say(
		run, "%s: answers garbage", tw_sim_cmd_show_names(run, names, sizeof(names)));
}

void tw_sim_cmd_fault_truncate(struct tw_sim_cmd_run *run)
{
	set_reach(run, TW_SIM_REACH_TRUNCATE, "closes in the middle of its answers");
}

void tw_sim_cmd_fault_endless(struct tw_sim_cmd_run *run)
{
	set_reach(run, TW_SIM_REACH_ENDLESS, "its answers never end");
}

void tw_sim_cmd_fault_deep(struct tw_sim_cmd_run *run)
{
	set_reach(run, TW_SIM_REACH_DEEP, "answers a million opening brackets");
}

void tw_sim_cmd_fault_reset(struct tw_sim_cmd_run *run)
{
	set_reach(run, TW_SIM_REACH_RESET, "resets every connection");
}

/* Nodes and one number. */
static bool read_number(
	struct tw_sim_cmd_run *run, const char *what, int64_t min, int64_t max, int64_t *ret_value)
{
	return tw_sim_cmd_nodes(run) && tw_sim_cmd_int(run, what, min, max, ret_value) &&
	       tw_sim_cmd_end(run) && !run->is_check;
}

void tw_sim_cmd_fault_http_error(struct tw_sim_cmd_run *run)
{
	char names[NAMES_MAX];
	struct tw_sim_node *node;
	int64_t code;

	if (!read_number(run, "an HTTP status", 200, 599, &code))
		return;
	FOR_EACH_MEMBER(run, node)
	{
		node->reach = TW_SIM_REACH_HTTP_ERROR;
		node->http_code = (int)code;
	}
	tw_sim_cmd_say(run, "%s: answers HTTP status %" PRId64 " to everything",
		tw_sim_cmd_show_names(run, names, sizeof(names)), code);
}

void tw_sim_cmd_fault_slow(struct tw_sim_cmd_run *run)
{
	char names[NAMES_MAX];
	struct tw_sim_node *node;
	int64_t ms;

	if (!read_number(run, "a number of milliseconds", 0, MS_MAX, &ms))
		return;
	FOR_EACH_MEMBER(run, node)
	node->slow_us = ms * TW_MS;
	tw_sim_cmd_say(run, "%s: every answer takes %" PRId64 " ms longer",
		tw_sim_cmd_show_names(run, names, sizeof(names)), ms);
}

void tw_sim_cmd_fault_delay(struct tw_sim_cmd_run *run)
{
	char names[NAMES_MAX];
	struct tw_sim_node *node;
	int64_t ms;

	if (!read_number(run, "a number of milliseconds", 0, MS_MAX, &ms))
		return;
	FOR_EACH_MEMBER(run, node)
	node->delay_us = ms * TW_MS;
	tw_sim_cmd_say(run, "%s: new blocks arrive %" PRId64 " ms late",
		tw_sim_cmd_show_names(run, names, sizeof(names)), ms);
}

void tw_sim_cmd_fault_freeze(struct tw_sim_cmd_run *run)
{
	char names[NAMES_MAX];

	if (!tw_sim_cmd_nodes(run) || !tw_sim_cmd_end(run) || run->is_check)
		return;
	for (uint32_t i = 0; i < run->net->n_nodes; i++) {
		struct tw_sim_view view;

		if (!run->is_member[i])
			continue;
		tw_sim_net_view(run->net, i, &view);
		run->net->nodes[i].frozen_at = view.tip;
	}
	tw_sim_cmd_say(run, "%s: answers, but gets no new blocks",
		tw_sim_cmd_show_names(run, names, sizeof(names)));
}

void tw_sim_cmd_fault_lag(struct tw_sim_cmd_run *run)
{
	char names[NAMES_MAX];
	struct tw_sim_node *node;
	int64_t blocks;

	if (!read_number(run, "a number of blocks", 0, TW_SIM_CHAIN_GROW_MAX, &blocks))
		return;
	FOR_EACH_MEMBER(run, node)
	node->lag = blocks;
	tw_sim_cmd_say(run, "%s: %" PRId64 " block%s behind",
		tw_sim_cmd_show_names(run, names, sizeof(names)), blocks, blocks == 1 ? "" : "s");
}

void tw_sim_cmd_fault_lie(struct tw_sim_cmd_run *run)
{
	char names[NAMES_MAX];
	struct tw_sim_node *node;
	int64_t height;

	if (!read_number(run, "a network height", 0, INT64_MAX, &height))
		return;
	FOR_EACH_MEMBER(run, node)
	node->lie = height;
	tw_sim_cmd_say(run, "%s: claims network height %" PRId64,
		tw_sim_cmd_show_names(run, names, sizeof(names)), height);
}

void tw_sim_cmd_fault_peers(struct tw_sim_cmd_run *run)
{
	char names[NAMES_MAX];
	struct tw_sim_node *node;
	int64_t in, out;

	if (!tw_sim_cmd_nodes(run) ||
		!tw_sim_cmd_int(run, "a number of peers", 0, PEERS_MAX, &in) ||
		!tw_sim_cmd_int(run, "a number of peers", 0, PEERS_MAX, &out) ||
		!tw_sim_cmd_end(run) || run->is_check)
		return;
	FOR_EACH_MEMBER(run, node)
	{
		node->peers_in = in;
		node->peers_out = out;
	}
	tw_sim_cmd_say(run, "%s: %" PRId64 " peers in, %" PRId64 " out",
		tw_sim_cmd_show_names(run, names, sizeof(names)), in, out);
}

void tw_sim_cmd_fault_no_template(struct tw_sim_cmd_run *run)
{
	static const struct {
		const char *word;
		enum tw_sim_template template;
	} kinds[] = {
		{ "busy", TW_SIM_TEMPLATE_BUSY },
		{ "failed", TW_SIM_TEMPLATE_FAILED },
		{ "notsynced", TW_SIM_TEMPLATE_NOT_SYNCED },
	};
	enum tw_sim_template template = TW_SIM_TEMPLATE_BUSY;
	char names[NAMES_MAX];
	struct tw_sim_node *node;
	const char *word;

	if (!tw_sim_cmd_nodes(run))
		return;
	word = tw_sim_cmd_word(run);
	if (word != NULL) {
		size_t i = 0;

		while (i < TW_ARRAY_SIZE(kinds) && strcmp(kinds[i].word, word) != 0)
			i++;
		if (i == TW_ARRAY_SIZE(kinds)) {
			tw_sim_cmd_fail(run,
				"'%.64s' is no way to refuse a template: busy, failed or notsynced "
				"is wanted",
				word);
			return;
		}
		template = kinds[i].template;
	}
	if (!tw_sim_cmd_end(run) || run->is_check)
		return;
	FOR_EACH_MEMBER(run, node)
	node->template = template;
	tw_sim_cmd_say(run, "%s: answers everything, but gives no block template",
		tw_sim_cmd_show_names(run, names, sizeof(names)));
}

void tw_sim_cmd_fault_stale_template(struct tw_sim_cmd_run *run)
{
	char names[NAMES_MAX];
	struct tw_sim_node *node;

	if (!tw_sim_cmd_nodes(run) || !tw_sim_cmd_end(run) || run->is_check)
		return;
	FOR_EACH_MEMBER(run, node)
	node->is_template_stale = true;
	tw_sim_cmd_say(run,
		"%s: templates have the new height, but build on the block before the tip",
		tw_sim_cmd_show_names(run, names, sizeof(names)));
}

void tw_sim_cmd_fault_auth(struct tw_sim_cmd_run *run)
{
	const char *user, *password;
	char names[NAMES_MAX];
	struct tw_sim_node *node;

	if (!tw_sim_cmd_nodes(run))
		return;
	user = tw_sim_cmd_word(run);
	password = tw_sim_cmd_word(run);
	if (user == NULL || (password == NULL && strcmp(user, "off") != 0)) {
		tw_sim_cmd_fail(run, "`auth` needs a user and a password, or `off`");
		return;
	}
	if (password == NULL)
		user = password = "";
	if (strlen(user) > TW_SIM_NODE_TEXT_MAX || strlen(password) > TW_SIM_NODE_TEXT_MAX) {
		tw_sim_cmd_fail(
			run, "user and password may have %d bytes each", TW_SIM_NODE_TEXT_MAX);
		return;
	}
	if (!tw_sim_cmd_end(run) || run->is_check)
		return;
	FOR_EACH_MEMBER(run, node)
	{
		snprintf(node->user, sizeof(node->user), "%s", user);
		snprintf(node->password, sizeof(node->password), "%s", password);
	}
	tw_sim_cmd_say(run, "%s: %s", tw_sim_cmd_show_names(run, names, sizeof(names)),
		user[0] == '\0' ? "open to everybody" : "asks for a user and a password");
}

void tw_sim_cmd_fault_restart(struct tw_sim_cmd_run *run)
{
	int64_t down_ms = 0, settle_ms = SETTLE_DEFAULT_MS;
	char names[NAMES_MAX];
	struct tw_sim_node *node;

	if (!tw_sim_cmd_nodes(run))
		return;
	if (tw_sim_cmd_peek(run) != NULL &&
		!tw_sim_cmd_int(run, "a number of milliseconds", 0, MS_MAX, &down_ms))
		return;
	if (tw_sim_cmd_peek(run) != NULL &&
		!tw_sim_cmd_int(run, "a number of milliseconds", 0, MS_MAX, &settle_ms))
		return;
	if (!tw_sim_cmd_end(run) || run->is_check)
		return;
	FOR_EACH_MEMBER(run, node)
	tw_sim_node_restart(node, run->net->now_us, down_ms * TW_MS, settle_ms * TW_MS);
	tw_sim_cmd_say(run, "%s: restarts", tw_sim_cmd_show_names(run, names, sizeof(names)));
}

void tw_sim_cmd_fault_upgrade(struct tw_sim_cmd_run *run)
{
	const struct tw_sim_version *version;
	char names[NAMES_MAX], list[TW_SIM_VERSION_TEXT_MAX];
	struct tw_sim_node *node;
	const char *word;

	if (!tw_sim_cmd_nodes(run))
		return;
	word = tw_sim_cmd_word(run);
	version = word == NULL ? NULL : tw_sim_version_find(word);
	if (version == NULL) {
		tw_sim_version_list(list);
		tw_sim_cmd_fail(
			run, "'%.64s' is no daemon; there are %s", word == NULL ? "" : word, list);
		return;
	}
	if (!tw_sim_cmd_end(run) || run->is_check)
		return;
	FOR_EACH_MEMBER(run, node)
	{
		node->version = version;
		tw_sim_node_restart(node, run->net->now_us, 0, 0);
	}
	tw_sim_cmd_say(run, "%s: now %s %s", tw_sim_cmd_show_names(run, names, sizeof(names)),
		tw_dialect_word(version->dialect), version->version);
}

void tw_sim_cmd_fault_recover(struct tw_sim_cmd_run *run)
{
	char names[NAMES_MAX];

	if (!tw_sim_cmd_nodes(run) || !tw_sim_cmd_end(run) || run->is_check)
		return;
	for (uint32_t i = 0; i < run->net->n_nodes; i++) {
		if (!run->is_member[i])
			continue;
		tw_sim_node_heal(&run->net->nodes[i]);
		tw_sim_net_move(run->net, i, run->net->main);
	}
	tw_sim_cmd_say(run, "%s: well again", tw_sim_cmd_show_names(run, names, sizeof(names)));
}
