/* See fault.h. */
#include "sim/cmd/fault.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	MS_MAX = 3600000,
	SETTLE_DEFAULT_MS = 2000,
	PEERS_MAX = 100000,
};

void tw_sim_cmd_fault_reach(struct tw_sim_line *line)
{
	struct tw_sim_node *node;

	if (!tw_sim_line_nodes(line) || !tw_sim_line_end(line) || line->is_check)
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;)
		node->reach = line->command->reach;
	tw_sim_line_say_members(line, "%s", line->command->reach_text);
}

void tw_sim_cmd_fault_garbage(struct tw_sim_line *line)
{
	enum tw_sim_reach reach = TW_SIM_REACH_GARBAGE;
	struct tw_sim_node *node;
	const char *word;

	if (!tw_sim_line_nodes(line))
		return;
	word = tw_sim_line_word(line);
	if (word != NULL && strcmp(word, "bytes") == 0)
		reach = TW_SIM_REACH_NOISE;
	else if (word != NULL && strcmp(word, "body") != 0) {
		tw_sim_line_fail(line, "'%.64s' is no garbage: body or bytes is wanted", word);
		return;
	}
	if (!tw_sim_line_end(line) || line->is_check)
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;)
		node->reach = reach;
	tw_sim_line_say_members(line, "answers garbage");
}

/* Reads nodes and one number. Returns false too when the line is only checked. */
static bool read_number(
	struct tw_sim_line *line, const char *what, int64_t min, int64_t max, int64_t *ret_value)
{
	return tw_sim_line_nodes(line) && tw_sim_line_int(line, what, min, max, ret_value) &&
	       tw_sim_line_end(line) && !line->is_check;
}

void tw_sim_cmd_fault_http_error(struct tw_sim_line *line)
{
	struct tw_sim_node *node;
	int64_t code;

	if (!read_number(line, "an HTTP status", 200, 599, &code))
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;) {
		node->reach = TW_SIM_REACH_HTTP_ERROR;
		node->http_code = (int)code;
	}
	tw_sim_line_say_members(line, "answers HTTP status %" PRId64 " to everything", code);
}

void tw_sim_cmd_fault_slow(struct tw_sim_line *line)
{
	struct tw_sim_node *node;
	int64_t ms;

	if (!read_number(line, "a number of milliseconds", 0, MS_MAX, &ms))
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;)
		node->slow_us = ms * TW_MS;
	tw_sim_line_say_members(line, "every answer takes %" PRId64 " ms longer", ms);
}

void tw_sim_cmd_fault_delay(struct tw_sim_line *line)
{
	struct tw_sim_node *node;
	int64_t ms;

	if (!read_number(line, "a number of milliseconds", 0, MS_MAX, &ms))
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;)
		node->delay_us = ms * TW_MS;
	tw_sim_line_say_members(line, "new blocks arrive %" PRId64 " ms late", ms);
}

void tw_sim_cmd_fault_freeze(struct tw_sim_line *line)
{
	if (!tw_sim_line_nodes(line) || !tw_sim_line_end(line) || line->is_check)
		return;
	for (uint32_t i = 0; i < line->net->n_nodes; i++) {
		struct tw_sim_view view;

		if (!line->is_member[i])
			continue;
		tw_sim_net_view(line->net, i, &view);
		line->net->nodes[i].frozen_at = view.tip;
	}
	tw_sim_line_say_members(line, "answers, but gets no new blocks");
}

void tw_sim_cmd_fault_lag(struct tw_sim_line *line)
{
	struct tw_sim_node *node;
	int64_t blocks;

	if (!read_number(line, "a number of blocks", 0, TW_SIM_CHAIN_GROW_MAX, &blocks))
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;)
		node->lag = blocks;
	tw_sim_line_say_members(line, "%" PRId64 " block%s behind", blocks, blocks == 1 ? "" : "s");
}

void tw_sim_cmd_fault_lie(struct tw_sim_line *line)
{
	struct tw_sim_node *node;
	int64_t height;

	if (!read_number(line, "a network height", 0, INT64_MAX, &height))
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;)
		node->lie = height;
	tw_sim_line_say_members(line, "claims network height %" PRId64, height);
}

void tw_sim_cmd_fault_p2p(struct tw_sim_line *line)
{
	enum tw_sim_p2p_fault fault;
	struct tw_sim_node *node;
	const char *word;

	if (!tw_sim_line_nodes(line))
		return;
	word = tw_sim_line_word(line);
	if (word == NULL || !tw_sim_p2p_fault_find(word, &fault)) {
		char list[TW_SIM_LINE_TEXT_MAX / 2] = "";

		for (int i = 0; (tw_sim_p2p_fault_word((enum tw_sim_p2p_fault)i)) != NULL; i++) {
			strcat(list, i == 0 ? "" : ", ");
			strcat(list, tw_sim_p2p_fault_word((enum tw_sim_p2p_fault)i));
		}
		tw_sim_line_fail(line, "'%.64s' is nothing that a P2P port does; there are %s",
			word == NULL ? "" : word, list);
		return;
	}
	if (!tw_sim_line_end(line) || line->is_check)
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;)
		node->p2p_fault = fault;
	tw_sim_line_say_members(line, "%s", tw_sim_p2p_fault_text(fault));
}

void tw_sim_cmd_fault_peers(struct tw_sim_line *line)
{
	struct tw_sim_node *node;
	int64_t in, out;

	if (!tw_sim_line_nodes(line) ||
		!tw_sim_line_int(line, "a number of peers", 0, PEERS_MAX, &in) ||
		!tw_sim_line_int(line, "a number of peers", 0, PEERS_MAX, &out) ||
		!tw_sim_line_end(line) || line->is_check)
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;) {
		node->peers_in = in;
		node->peers_out = out;
	}
	tw_sim_line_say_members(line, "%" PRId64 " peers in, %" PRId64 " out", in, out);
}

void tw_sim_cmd_fault_no_template(struct tw_sim_line *line)
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
	struct tw_sim_node *node;
	const char *word;

	if (!tw_sim_line_nodes(line))
		return;
	word = tw_sim_line_word(line);
	if (word != NULL) {
		size_t i = 0;

		while (i < TW_ARRAY_SIZE(kinds) && strcmp(kinds[i].word, word) != 0)
			i++;
		if (i == TW_ARRAY_SIZE(kinds)) {
			tw_sim_line_fail(line,
				"'%.64s' is no way to refuse a template: busy, failed or notsynced "
				"is wanted",
				word);
			return;
		}
		template = kinds[i].template;
	}
	if (!tw_sim_line_end(line) || line->is_check)
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;)
		node->template = template;
	tw_sim_line_say_members(line, "answers everything, but gives no block template");
}

void tw_sim_cmd_fault_stale_template(struct tw_sim_line *line)
{
	struct tw_sim_node *node;

	if (!tw_sim_line_nodes(line) || !tw_sim_line_end(line) || line->is_check)
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;)
		node->is_template_stale = true;
	tw_sim_line_say_members(
		line, "templates have the new height, but build on the block before the tip");
}

/* Reads nodes, which must be monerod, and "off". Returns false too when the line is only checked.
 */
static bool read_monerods(struct tw_sim_line *line, bool *ret_is_on)
{
	struct tw_sim_node *node;

	if (!tw_sim_line_nodes(line))
		return false;
	*ret_is_on = !tw_sim_line_takes(line, "off");
	if (!tw_sim_line_end(line))
		return false;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;) {
		if (node->version->dialect != TW_DIALECT_MONERO) {
			tw_sim_line_fail(line, "%s is %s, and only monero can do this", node->name,
				tw_dialect_word(node->version->dialect));
			return false;
		}
	}
	return !line->is_check;
}

void tw_sim_cmd_fault_bootstrap(struct tw_sim_line *line)
{
	struct tw_sim_node *node;
	bool is_on;

	if (!read_monerods(line, &is_on))
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;)
		node->is_bootstrapping = is_on;
	tw_sim_line_say_members(line, "%s",
		is_on ? "hands on the answers of its bootstrap daemon" : "has synchronised");
}

void tw_sim_cmd_fault_restrict(struct tw_sim_line *line)
{
	struct tw_sim_node *node;
	bool is_on;

	if (!read_monerods(line, &is_on))
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;)
		node->is_restricted = is_on;
	tw_sim_line_say_members(
		line, "%s", is_on ? "tells no peer counts" : "tells everything again");
}

void tw_sim_cmd_fault_fragile(struct tw_sim_line *line)
{
	struct tw_sim_node *node;
	bool is_off;

	if (!tw_sim_line_nodes(line))
		return;
	is_off = tw_sim_line_takes(line, "off");
	if (!tw_sim_line_end(line) || line->is_check)
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;)
		node->is_fragile = !is_off;
	tw_sim_line_say_members(line, "%s",
		is_off ? "bears a block from both sides"
		       : "a block by RPC and from a peer at the same moment wrecks it");
}

void tw_sim_cmd_fault_wreck(struct tw_sim_line *line)
{
	enum tw_sim_wreck wreck = TW_SIM_WRECK_WORDS;
	struct tw_sim_node *node;
	const char *word;

	if (!tw_sim_line_nodes(line))
		return;
	word = tw_sim_line_word(line);
	if (word != NULL && strcmp(word, "height") == 0) {
		wreck = TW_SIM_WRECK_HEIGHT;
	} else if (word != NULL && strcmp(word, "words") != 0) {
		tw_sim_line_fail(
			line, "'%.64s' is no kind of wreck: words or height is wanted", word);
		return;
	}
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;) {
		if (!tw_sim_node_can_be_wrecked(node)) {
			tw_sim_line_fail(line, "%s is %s %s, which cannot be wrecked", node->name,
				tw_dialect_word(node->version->dialect), node->version->version);
			return;
		}
	}
	if (!tw_sim_line_end(line) || line->is_check)
		return;
	for (uint32_t i = 0; i < line->net->n_nodes; i++) {
		struct tw_sim_view view;

		if (!line->is_member[i])
			continue;
		tw_sim_net_view(line->net, i, &view);
		tw_sim_node_wreck(&line->net->nodes[i], wreck, view.tip);
	}
	tw_sim_line_say_members(line, "the chain in its memory is corrupt");
}

void tw_sim_cmd_fault_auth(struct tw_sim_line *line)
{
	const char *user, *password;
	struct tw_sim_node *node;

	if (!tw_sim_line_nodes(line))
		return;
	user = tw_sim_line_word(line);
	password = tw_sim_line_word(line);
	if (user == NULL || (password == NULL && strcmp(user, "off") != 0)) {
		tw_sim_line_fail(line, "`auth` needs a user and a password, or `off`");
		return;
	}
	if (password == NULL)
		user = password = "";
	if (strlen(user) > TW_SIM_NODE_TEXT_MAX || strlen(password) > TW_SIM_NODE_TEXT_MAX) {
		tw_sim_line_fail(
			line, "user and password may have %d bytes each", TW_SIM_NODE_TEXT_MAX);
		return;
	}
	if (!tw_sim_line_end(line) || line->is_check)
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;) {
		snprintf(node->user, sizeof(node->user), "%s", user);
		snprintf(node->password, sizeof(node->password), "%s", password);
	}
	tw_sim_line_say_members(line, "%s",
		user[0] == '\0' ? "open to everybody" : "asks for a user and a password");
}

void tw_sim_cmd_fault_restart(struct tw_sim_line *line)
{
	int64_t down_ms = 0, settle_ms = SETTLE_DEFAULT_MS;
	struct tw_sim_node *node;

	if (!tw_sim_line_nodes(line))
		return;
	if (tw_sim_line_peek(line) != NULL &&
		!tw_sim_line_int(line, "a number of milliseconds", 0, MS_MAX, &down_ms))
		return;
	if (tw_sim_line_peek(line) != NULL &&
		!tw_sim_line_int(line, "a number of milliseconds", 0, MS_MAX, &settle_ms))
		return;
	if (!tw_sim_line_end(line) || line->is_check)
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;)
		tw_sim_node_restart(node, line->net->now_us, down_ms * TW_MS, settle_ms * TW_MS);
	tw_sim_line_say_members(line, "restarts");
}

void tw_sim_cmd_fault_upgrade(struct tw_sim_line *line)
{
	const struct tw_sim_version *version;
	char list[TW_SIM_VERSION_TEXT_MAX];
	struct tw_sim_node *node;
	const char *word;

	if (!tw_sim_line_nodes(line))
		return;
	word = tw_sim_line_word(line);
	version = word == NULL ? NULL : tw_sim_version_find(word);
	if (version == NULL) {
		tw_sim_version_list(list);
		tw_sim_line_fail(
			line, "'%.64s' is no daemon; there are %s", word == NULL ? "" : word, list);
		return;
	}
	if (!tw_sim_line_end(line) || line->is_check)
		return;
	for (uint32_t i = 0; (node = tw_sim_line_next_member(line, &i)) != NULL;) {
		node->version = version;
		tw_sim_node_restart(node, line->net->now_us, 0, 0);
	}
	tw_sim_line_say_members(
		line, "now %s %s", tw_dialect_word(version->dialect), version->version);
}

void tw_sim_cmd_fault_recover(struct tw_sim_line *line)
{
	if (!tw_sim_line_nodes(line) || !tw_sim_line_end(line) || line->is_check)
		return;
	for (uint32_t i = 0; i < line->net->n_nodes; i++) {
		if (!line->is_member[i])
			continue;
		tw_sim_node_heal(&line->net->nodes[i]);
		tw_sim_net_move(line->net, i, line->net->main);
	}
	tw_sim_line_say_members(line, "well again");
}
