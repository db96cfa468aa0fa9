/* Commands that tell what is. See simcmd.c for the table. */
#include "sim/simcmd_impl.h"
#include <stdio.h>
#include <string.h>

const char *tw_simcmd_names(const struct tw_simcmd_run *run, char *text, size_t size)
{
	uint32_t left = run->n_members;
	size_t len = 0;

	if (left == run->net->n_nodes && left > 1) {
		(void)snprintf(text, size, "all %u nodes", left);
		return text;
	}
	text[0] = '\0';
	for (uint32_t i = 0; i < run->net->n_nodes && len + 1 < size; i++) {
		int n;

		if (!run->is_member[i])
			continue;
		left--;
		n = snprintf(text + len, size - len, "%s%s", run->net->nodes[i].name,
			left == 0   ? ""
			: left == 1 ? " and "
				    : ", ");
		len += n > 0 ? (size_t)n : 0;
	}
	return text;
}

void tw_simcmd_do_list(struct tw_simcmd_run *run)
{
	if (!tw_simcmd_end(run))
		return;
	tw_simcmd_say(run, "%u nodes", run->net->n_nodes);
}

static const char *reach_word(enum tw_simreach reach)
{
	static const char *const words[] = {
		[TW_SIMREACH_ANSWERS] = NULL,
		[TW_SIMREACH_DEAD] = "dead",
		[TW_SIMREACH_HUNG] = "hung",
		[TW_SIMREACH_RESET] = "reset",
		[TW_SIMREACH_HTTP_ERROR] = "http-error",
		[TW_SIMREACH_GARBAGE] = "garbage",
		[TW_SIMREACH_NOISE] = "garbage",
		[TW_SIMREACH_TRUNCATE] = "truncate",
		[TW_SIMREACH_ENDLESS] = "endless",
		[TW_SIMREACH_DEEP] = "deep",
	};

	return words[reach];
}

static void put_faults(struct tw_simcmd_run *run, const struct tw_simnode *node)
{
	const struct {
		bool is_set;
		const char *word;
	} faults[] = {
		{ run->net->now_us < node->down_until_us, "restarting" },
		{ node->slow_us > 0, "slow" },
		{ node->branch != run->net->main, "forked" },
		{ node->frozen_at != TW_UNKNOWN, "frozen" },
		{ node->lag > 0, "lag" },
		{ node->lie != TW_UNKNOWN, "lie" },
		{ node->peers_in + node->peers_out == 0, "no-peers" },
		{ node->template != TW_SIMTEMPLATE_OK, "no-template" },
		{ node->is_template_stale, "stale-template" },
		{ node->user[0] != '\0', "auth" },
	};
	const char *reach = reach_word(node->reach);

	tw_json_key(run->json, "faults");
	tw_json_open_array(run->json);
	if (reach != NULL)
		tw_json_text(run->json, reach);
	for (size_t i = 0; i < TW_ARRAY_SIZE(faults); i++) {
		if (faults[i].is_set)
			tw_json_text(run->json, faults[i].word);
	}
	tw_json_close_array(run->json);
}

static void put_node(struct tw_simcmd_run *run, uint32_t index)
{
	struct tw_simnode *node = &run->net->nodes[index];
	struct tw_json *json = run->json;
	struct tw_simchain_block tip;
	struct tw_simview view;

	tw_simnet_view(run->net, index, &view);
	tw_simchain_block_at(run->net->chain, node->branch, view.tip, &tip);
	tw_json_open_map(json);
	tw_json_put_text(json, "name", node->name);
	tw_json_put_text(json, "url", node->url[0] == '\0' ? NULL : node->url);
	tw_json_put_text(json, "dialect", tw_dialect_word(node->version->dialect));
	tw_json_put_text(json, "version", node->version->version);
	tw_json_put_int(json, "branch", node->branch);
	tw_json_put_int(json, "height", view.tip);
	tw_json_put_hash(json, "hash", &tip.hash);
	tw_json_put_int(json, "network_height", view.network_height);
	tw_json_put_bool(json, "synced", view.is_synced);
	tw_json_put_int(json, "peers_in", view.peers_in);
	tw_json_put_int(json, "peers_out", view.peers_out);
	tw_json_put_int(json, "submits", (int64_t)node->n_submits);
	put_faults(run, node);
	tw_json_close_map(json);
}

void tw_simcmd_put_list(struct tw_simcmd_run *run)
{
	tw_json_key(run->json, "main");
	tw_json_open_map(run->json);
	run->branch = run->net->main;
	tw_simcmd_put_tip(run);
	tw_json_close_map(run->json);
	tw_json_key(run->json, "nodes");
	tw_json_open_array(run->json);
	for (uint32_t i = 0; i < run->net->n_nodes; i++)
		put_node(run, i);
	tw_json_close_array(run->json);
}

void tw_simcmd_do_submits(struct tw_simcmd_run *run)
{
	if (!tw_simcmd_node(run, &run->node) || !tw_simcmd_end(run))
		return;
	tw_simcmd_say(run, "%llu blocks were submitted to %s",
		(unsigned long long)run->net->nodes[run->node].n_submits,
		run->net->nodes[run->node].name);
}

void tw_simcmd_put_submits(struct tw_simcmd_run *run)
{
	static const char *const words[] = {
		[TW_SIMSUBMIT_ACCEPTED] = "accepted",
		[TW_SIMSUBMIT_DUPLICATE] = "duplicate",
		[TW_SIMSUBMIT_STALE] = "stale",
		[TW_SIMSUBMIT_REFUSED] = "refused",
	};
	const struct tw_simnode *node = &run->net->nodes[run->node];
	uint64_t first = node->n_submits > TW_SIMNODE_SUBMITS_MAX
				 ? node->n_submits - TW_SIMNODE_SUBMITS_MAX
				 : 0;

	tw_json_put_int(run->json, "count", (int64_t)node->n_submits);
	tw_json_key(run->json, "submits");
	tw_json_open_array(run->json);
	for (uint64_t i = first; i < node->n_submits; i++) {
		const struct tw_simsubmit *submit = &node->submits[i % TW_SIMNODE_SUBMITS_MAX];

		tw_json_open_map(run->json);
		tw_json_put_ms(run->json, "t_ms", submit->t_us);
		tw_json_put_text(run->json, "result", words[submit->result]);
		tw_json_put_int_or_null(run->json, "height", submit->height);
		tw_json_put_hash(run->json, "prev_hash", &submit->prev_hash);
		tw_json_put_text(run->json, "blob", submit->blob);
		tw_json_close_map(run->json);
	}
	tw_json_close_array(run->json);
}

void tw_simcmd_do_help(struct tw_simcmd_run *run)
{
	if (tw_simcmd_end(run))
		tw_simcmd_say(run, "NODES is a name, several with commas between them, or all");
}

void tw_simcmd_put_help(struct tw_simcmd_run *run)
{
	size_t n;
	const struct tw_simcmd *table = tw_simcmd_table(&n);

	tw_json_key(run->json, "commands");
	tw_json_open_array(run->json);
	for (size_t i = 0; i < n; i++) {
		tw_json_open_map(run->json);
		tw_json_put_text(run->json, "name", table[i].name);
		tw_json_put_text(run->json, "usage", table[i].usage);
		tw_json_put_text(run->json, "help", table[i].help);
		tw_json_close_map(run->json);
	}
	tw_json_close_array(run->json);
}

void tw_simcmd_do_quit(struct tw_simcmd_run *run)
{
	if (!tw_simcmd_end(run) || run->is_check)
		return;
	run->outcome->is_quit = true;
	tw_simcmd_say(run, "the demo ends");
}
