/* See show.h. */
#include "sim/cmd/show.h"
#include "sim/cmd/chain.h"

void tw_sim_cmd_show_list(struct tw_sim_line *line)
{
	if (!tw_sim_line_end(line))
		return;
	tw_sim_line_say(line, "%u nodes", line->net->n_nodes);
}

static const char *reach_word(enum tw_sim_reach reach)
{
	static const char *const words[] = {
		[TW_SIM_REACH_ANSWERS] = NULL,
		[TW_SIM_REACH_DEAD] = "dead",
		[TW_SIM_REACH_HUNG] = "hung",
		[TW_SIM_REACH_RESET] = "reset",
		[TW_SIM_REACH_HTTP_ERROR] = "http-error",
		[TW_SIM_REACH_GARBAGE] = "garbage",
		[TW_SIM_REACH_NOISE] = "garbage",
		[TW_SIM_REACH_TRUNCATE] = "truncate",
		[TW_SIM_REACH_ENDLESS] = "endless",
		[TW_SIM_REACH_DEEP] = "deep",
	};

	return words[reach];
}

static void put_faults(struct tw_sim_line *line, const struct tw_sim_node *node)
{
	const struct {
		bool is_set;
		const char *word;
	} faults[] = {
		{ line->net->now_us < node->down_until_us, "restarting" },
		{ node->slow_us > 0, "slow" },
		{ node->branch != line->net->main, "forked" },
		{ node->frozen_at != TW_UNKNOWN, "frozen" },
		{ node->lag > 0, "lag" },
		{ node->lie != TW_UNKNOWN, "lie" },
		{ node->peers_in + node->peers_out == 0, "no-peers" },
		{ node->template != TW_SIM_TEMPLATE_OK, "no-template" },
		{ node->is_template_stale, "stale-template" },
		{ node->user[0] != '\0', "auth" },
		{ node->is_bootstrapping, "bootstrapping" },
		{ node->is_restricted, "restricted" },
		{ node->is_fragile, "fragile" },
		{ node->wreck != TW_SIM_WRECK_NONE, "wrecked" },
		{ node->p2p_fault != TW_SIM_P2P_OK, "p2p" },
	};
	const char *reach = reach_word(node->reach);

	tw_emit_key(line->json, "faults");
	tw_emit_open_array(line->json);
	if (reach != NULL)
		tw_emit_text(line->json, reach);
	for (size_t i = 0; i < TW_ARRAY_SIZE(faults); i++) {
		if (faults[i].is_set)
			tw_emit_text(line->json, faults[i].word);
	}
	tw_emit_close_array(line->json);
}

static void put_node(struct tw_sim_line *line, uint32_t index)
{
	struct tw_sim_node *node = &line->net->nodes[index];
	struct tw_emit *json = line->json;
	struct tw_sim_chain_block tip;
	struct tw_sim_view view;

	tw_sim_net_view(line->net, index, &view);
	tw_sim_chain_block_at(line->net->chain, node->branch, view.tip, &tip);
	tw_emit_open_map(json);
	tw_emit_put_text(json, "name", node->name);
	tw_emit_put_text(json, "url", node->url[0] == '\0' ? NULL : node->url);
	tw_emit_put_text(json, "dialect", tw_dialect_word(node->version->dialect));
	tw_emit_put_text(json, "version", node->version->version);
	tw_emit_put_int(json, "branch", node->branch);
	tw_emit_put_int(json, "height", view.tip);
	tw_emit_put_hash(json, "hash", &tip.hash);
	tw_emit_put_int(json, "network_height", view.network_height);
	tw_emit_put_bool(json, "synced", view.is_synced);
	tw_emit_put_int(json, "peers_in", view.peers_in);
	tw_emit_put_int(json, "peers_out", view.peers_out);
	tw_emit_put_int(json, "requests", (int64_t)node->n_requests);
	tw_emit_put_int(json, "links", node->n_links);
	tw_emit_put_int(json, "submits", (int64_t)node->n_submits);
	put_faults(line, node);
	tw_emit_close_map(json);
}

void tw_sim_cmd_show_put_list(struct tw_sim_line *line)
{
	tw_emit_key(line->json, "main");
	tw_emit_open_map(line->json);
	line->branch = line->net->main;
	tw_sim_cmd_chain_put_tip(line);
	tw_emit_close_map(line->json);
	tw_emit_key(line->json, "nodes");
	tw_emit_open_array(line->json);
	for (uint32_t i = 0; i < line->net->n_nodes; i++)
		put_node(line, i);
	tw_emit_close_array(line->json);
}

void tw_sim_cmd_show_submits(struct tw_sim_line *line)
{
	if (!tw_sim_line_node(line, &line->node) || !tw_sim_line_end(line))
		return;
	tw_sim_line_say(line, "%llu blocks were submitted to %s",
		(unsigned long long)line->net->nodes[line->node].n_submits,
		line->net->nodes[line->node].name);
}

void tw_sim_cmd_show_put_submits(struct tw_sim_line *line)
{
	static const char *const words[] = {
		[TW_SIM_SUBMIT_ACCEPTED] = "accepted",
		[TW_SIM_SUBMIT_DUPLICATE] = "duplicate",
		[TW_SIM_SUBMIT_STALE] = "stale",
		[TW_SIM_SUBMIT_REFUSED] = "refused",
	};
	const struct tw_sim_node *node = &line->net->nodes[line->node];
	uint64_t first = node->n_submits > TW_SIM_NODE_SUBMITS_MAX
				 ? node->n_submits - TW_SIM_NODE_SUBMITS_MAX
				 : 0;

	tw_emit_put_int(line->json, "count", (int64_t)node->n_submits);
	tw_emit_key(line->json, "submits");
	tw_emit_open_array(line->json);
	for (uint64_t i = first; i < node->n_submits; i++) {
		const struct tw_sim_submit *submit = &node->submits[i % TW_SIM_NODE_SUBMITS_MAX];

		tw_emit_open_map(line->json);
		tw_emit_put_ms(line->json, "t_ms", submit->t_us);
		tw_emit_put_text(line->json, "result", words[submit->result]);
		tw_emit_put_int_or_null(line->json, "height", submit->height);
		tw_emit_put_hash(line->json, "prev_hash", &submit->prev_hash);
		tw_emit_put_text(line->json, "blob", submit->blob);
		tw_emit_close_map(line->json);
	}
	tw_emit_close_array(line->json);
}

void tw_sim_cmd_show_help(struct tw_sim_line *line)
{
	if (tw_sim_line_end(line))
		tw_sim_line_say(line, "NODES is a name, several with commas between them, or all");
}

void tw_sim_cmd_show_put_help(struct tw_sim_line *line)
{
	const struct tw_sim_command *table = line->commands;

	tw_emit_key(line->json, "commands");
	tw_emit_open_array(line->json);
	for (size_t i = 0; i < line->n_commands; i++) {
		tw_emit_open_map(line->json);
		tw_emit_put_text(line->json, "name", table[i].name);
		tw_emit_put_text(line->json, "usage", table[i].usage);
		tw_emit_put_text(line->json, "help", table[i].help);
		tw_emit_close_map(line->json);
	}
	tw_emit_close_array(line->json);
}

void tw_sim_cmd_show_quit(struct tw_sim_line *line)
{
	if (!tw_sim_line_end(line) || line->is_check)
		return;
	line->outcome->is_quit = true;
	tw_sim_line_say(line, "the demo ends");
}
