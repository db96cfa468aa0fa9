/* See prom.h. A value of TW_UNKNOWN is no sample, whatever the family. */
#include "serve/prom.h"
#include "base/num.h"
#include "base/time.h"
#include "core/decide/suspect.h"
#include "core/mode.h"
#include "core/reason.h"
#include "core/words.h"
#include "explain/view.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

const int64_t tw_prom_bucket_us[TW_PROM_BUCKETS - 1] = { 2 * TW_MS, 5 * TW_MS, 10 * TW_MS,
	25 * TW_MS, 50 * TW_MS, 100 * TW_MS, 250 * TW_MS, 500 * TW_MS, TW_SEC, 2500 * TW_MS,
	10 * TW_SEC };

void tw_prom_count(struct tw_prom_node *node, enum tw_result result, int64_t duration_us)
{
	size_t i = 0;

	duration_us = tw_max(duration_us, 0);
	while (i < TW_ARRAY_SIZE(tw_prom_bucket_us) && duration_us > tw_prom_bucket_us[i])
		i++;
	node->results[result]++;
	node->buckets[i]++;
	node->duration_sum_us += duration_us;
}

/* What samples are made of. */
struct facts {
	const struct tw_status_source *source;
	const struct tw_decision *decision;
	const struct tw_prom_process *process;
	const struct tw_prom_node *nodes;
	struct tw_view_node *views;
	struct tw_block_counts blocks;
	struct tw_prom_text text;
};

/* --- what has one value --- */

#define VALUE(name, expression)                                                                    \
	static int64_t name(const struct facts *f)                                                 \
	{                                                                                          \
		return (int64_t)(expression);                                                      \
	}
VALUE(usable, f->decision->is_usable)
VALUE(network_height, f->decision->tip.height)
VALUE(anchor_height, f->decision->anchor_height)
VALUE(tip_age, tw_status_age(f->source, tw_monitor_tip_since(f->source->monitor)))
VALUE(voters, f->decision->voters)
VALUE(quorum, f->decision->quorum)
VALUE(answering, f->decision->answering)
VALUE(agreeing, f->decision->agreeing)
VALUE(conflicting, f->decision->conflicting)
VALUE(stalled, f->decision->is_stalled)
VALUE(island, f->decision->is_island < 0 ? TW_UNKNOWN : f->decision->is_island)
VALUE(witnesses, f->source->config->n_witnesses == 0 ? TW_UNKNOWN : f->decision->witnesses)
VALUE(witness_lead, f->source->config->n_witnesses == 0 ? TW_UNKNOWN : f->decision->witness_lead)
VALUE(epoch, f->decision->epoch)
VALUE(switches, tw_monitor_n_switches(f->source->monitor))
VALUE(control_clients, f->process->control_clients)
VALUE(control_dropped, f->process->control_dropped_clients)
VALUE(agent_requests, f->process->agent_requests)
VALUE(journal_lost, f->process->journal_lost_records)
VALUE(account_failed, f->process->account_failed_writes)
VALUE(saved,
	f->source->account == NULL ? TW_UNKNOWN : tw_account_saved_ms(f->source->account) * TW_MS)
VALUE(loop_lag, f->process->loop_lag_us)
VALUE(cpu, f->process->cpu_us)
VALUE(resident, f->process->resident_bytes)
VALUE(virtual, f->process->virtual_bytes)
VALUE(open_fds, f->process->open_fds)
VALUE(max_fds, f->process->max_fds)
VALUE(start_time, f->process->start_time_us)

/* --- what has a label --- */

static struct tw_prom_label daemon_label(const struct facts *f, uint32_t node)
{
	return (struct tw_prom_label){ "daemon", f->source->config->nodes[node].policy.name };
}

static int64_t template_ok(enum tw_template template)
{
	return template == TW_TEMPLATE_UNCHECKED ? TW_UNKNOWN : template == TW_TEMPLATE_OK;
}

#define NODE_VALUE(name, expression)                                                               \
	static int64_t name(const struct facts *f, uint32_t node)                                  \
	{                                                                                          \
		return expression;                                                                 \
	}
NODE_VALUE(node_chosen, f->decision->chosen == (int32_t)node)
NODE_VALUE(node_height, f->views[node].chain->tip)
NODE_VALUE(node_lag, f->views[node].lag)
NODE_VALUE(node_fork_depth, f->views[node].fork_depth)
NODE_VALUE(node_false_blocks, f->views[node].false_blocks)
NODE_VALUE(node_tip_delay, f->views[node].tip_delay_us)
NODE_VALUE(node_template_ok, template_ok(f->views[node].template))

/* What the node's P2P link has of it; TW_UNKNOWN: it is not to have one. */
#define LINK_VALUE(name, expression)                                                               \
	static int64_t name(const struct facts *f, uint32_t node)                                  \
	{                                                                                          \
		const struct tw_p2p_state *link = tw_status_link(f->source, (int32_t)node);        \
                                                                                                   \
		return link == NULL ? TW_UNKNOWN : (int64_t)(expression);                          \
	}
LINK_VALUE(link_up, link->phase == TW_P2P_UP)
LINK_VALUE(link_pushes, link->n_pushes)
LINK_VALUE(link_syncs, link->n_syncs)
LINK_VALUE(link_closed, link->n_closed)

static void put_build(const struct facts *f, const struct tw_prom_family *family)
{
	tw_prom_text_put_sample(&f->text, family, (struct tw_prom_label){ "version", TW_VERSION },
		tw_prom_no_label, 1);
}

static void put_mode(const struct facts *f, const struct tw_prom_family *family)
{
	for (int mode = 0; mode < TW_MODES; mode++)
		tw_prom_text_put_sample(&f->text, family,
			(struct tw_prom_label){ "mode", tw_mode_word((enum tw_mode)mode) },
			tw_prom_no_label, mode == (int)f->decision->mode);
}

static void put_suspect(const struct facts *f, const struct tw_prom_family *family)
{
	for (int suspect = 1; suspect < TW_SUSPECTS; suspect++)
		tw_prom_text_put_sample(&f->text, family,
			(struct tw_prom_label){ "what", tw_suspect_word((enum tw_suspect)suspect) },
			tw_prom_no_label, suspect == (int)f->decision->suspect);
}

static void put_state(const struct facts *f, const struct tw_prom_family *family)
{
	for (uint32_t i = 0; i < f->source->config->n_nodes; i++) {
		for (int state = 0; state < TW_STATES; state++)
			tw_prom_text_put_sample(&f->text, family, daemon_label(f, i),
				(struct tw_prom_label){
					"state", tw_words_state((enum tw_state)state) },
				state == (int)f->views[i].verdict.state);
	}
}

static void put_reason(const struct facts *f, const struct tw_prom_family *family)
{
	for (uint32_t i = 0; i < f->source->config->n_nodes; i++)
		tw_prom_text_put_sample(&f->text, family, daemon_label(f, i),
			(struct tw_prom_label){
				"reason", tw_reason_word(f->views[i].verdict.reason) },
			1);
}

static void put_peers(const struct facts *f, const struct tw_prom_family *family)
{
	for (uint32_t i = 0; i < f->source->config->n_nodes; i++) {
		tw_prom_text_put_sample(&f->text, family, daemon_label(f, i),
			(struct tw_prom_label){ "direction", "in" }, f->views[i].peers_in);
		tw_prom_text_put_sample(&f->text, family, daemon_label(f, i),
			(struct tw_prom_label){ "direction", "out" }, f->views[i].peers_out);
	}
}

static void put_checks(const struct facts *f, const struct tw_prom_family *family)
{
	for (uint32_t i = 0; i < f->source->config->n_nodes; i++) {
		for (int result = 0; result < TW_RESULTS; result++)
			tw_prom_text_put_sample(&f->text, family, daemon_label(f, i),
				(struct tw_prom_label){
					"result", tw_words_result((enum tw_result)result) },
				(int64_t)f->nodes[i].results[result]);
	}
}

static void put_durations(const struct facts *f, const struct tw_prom_family *family)
{
	for (uint32_t i = 0; i < f->source->config->n_nodes; i++)
		tw_prom_text_put_histogram(&f->text, family, daemon_label(f, i), tw_prom_bucket_us,
			f->nodes[i].buckets, TW_PROM_BUCKETS, f->nodes[i].duration_sum_us);
}

static void put_requests(const struct facts *f, const struct tw_prom_family *family)
{
	for (uint32_t i = 0; i < f->process->n_commands; i++)
		tw_prom_text_put_sample(&f->text, family,
			(struct tw_prom_label){ "command", f->process->commands[i].name },
			tw_prom_no_label, (int64_t)f->process->commands[i].count);
}

static void put_hook_runs(const struct facts *f, const struct tw_prom_family *family)
{
	const struct tw_prom_process *p = f->process;

	for (uint32_t i = 0; i < p->n_hooks; i++) {
		const struct {
			const char *result;
			uint64_t count;
		} runs[] = { { "ok", p->hooks[i].ok }, { "failed", p->hooks[i].failed },
			{ "timeout", p->hooks[i].timeout } };

		for (size_t k = 0; k < TW_ARRAY_SIZE(runs); k++)
			tw_prom_text_put_sample(&f->text, family,
				(struct tw_prom_label){ "hook", p->hooks[i].name },
				(struct tw_prom_label){ "result", runs[k].result },
				(int64_t)runs[k].count);
	}
}

static void put_hook_merged(const struct facts *f, const struct tw_prom_family *family)
{
	for (uint32_t i = 0; i < f->process->n_hooks; i++)
		tw_prom_text_put_sample(&f->text, family,
			(struct tw_prom_label){ "hook", f->process->hooks[i].name },
			tw_prom_no_label, (int64_t)f->process->hooks[i].merged);
}

static void put_blocks(const struct facts *f, const struct tw_prom_family *family)
{
	for (int i = 0; f->source->blocks != NULL && i < TW_BLOCK_STATES; i++)
		tw_prom_text_put_sample(&f->text, family,
			(struct tw_prom_label){ "state", tw_block_word((enum tw_block_state)i) },
			tw_prom_no_label, f->blocks.by_state[i]);
}

/* Where no blocks are kept there are no samples. */
static int64_t of_blocks(const struct facts *f, int64_t value)
{
	return f->source->blocks == NULL ? TW_UNKNOWN : value;
}

VALUE(blocks_recent, of_blocks(f, f->blocks.n_settled))
VALUE(blocks_recent_lost, of_blocks(f, f->blocks.n_lost))
VALUE(blocks_sent, of_blocks(f, f->blocks.n_sent))
VALUE(blocks_everywhere, of_blocks(f, f->blocks.n_everywhere))
VALUE(blocks_accept, of_blocks(f, f->blocks.n_accepted == 0 ? TW_UNKNOWN
							    : f->blocks.accepted_after_ms * TW_MS /
								      f->blocks.n_accepted))

/* --- the rows --- */

/* Exactly one of the functions of a row writes its samples. */
struct row {
	struct tw_prom_family family;
	int64_t (*value)(const struct facts *f);                     /* one sample */
	int64_t (*node_value)(const struct facts *f, uint32_t node); /* one for each daemon */
	void (*put)(const struct facts *f, const struct tw_prom_family *family);
};

/* In the order of the reply. */
static const struct row rows[] = {
	{ { "tipwatch_build", TW_PROM_INFO, NULL, "version", "Version of tipwatch; always 1." },
		.put = put_build },
	{ { "tipwatch_mode", TW_PROM_GAUGE, NULL, "mode", "1 for the mode that tipwatch is in." },
		.put = put_mode },
	{ { "tipwatch_usable", TW_PROM_GAUGE, NULL, "", "Whether the chosen daemon can be used." },
		.value = usable },
	{ { "tipwatch_network_height", TW_PROM_GAUGE, NULL, "",
		  "Height (block index) of the network's tip." },
		.value = network_height },
	{ { "tipwatch_anchor_height", TW_PROM_GAUGE, NULL, "",
		  "Height of the newest block that a quorum of voters shares." },
		.value = anchor_height },
	{ { "tipwatch_tip_age_seconds", TW_PROM_GAUGE, "seconds", "",
		  "Time since the network's tip was first seen here." },
		.value = tip_age },
	{ { "tipwatch_voters", TW_PROM_GAUGE, NULL, "",
		  "Nodes that a quorum is counted of: all but those that are drained and silent, "
		  "and drained references." },
		.value = voters },
	{ { "tipwatch_quorum", TW_PROM_GAUGE, NULL, "", "Voters needed for consensus." },
		.value = quorum },
	{ { "tipwatch_voters_answering", TW_PROM_GAUGE, NULL, "", "Voters that answer." },
		.value = answering },
	{ { "tipwatch_voters_agreeing", TW_PROM_GAUGE, NULL, "",
		  "Answering voters that do not conflict with the main chain." },
		.value = agreeing },
	{ { "tipwatch_voters_conflicting", TW_PROM_GAUGE, NULL, "",
		  "Answering voters that conflict with the main chain." },
		.value = conflicting },
	{ { "tipwatch_stalled", TW_PROM_GAUGE, NULL, "",
		  "Whether the network's tip has stopped moving." },
		.value = stalled },
	{ { "tipwatch_island", TW_PROM_GAUGE, NULL, "",
		  "Whether the nodes seem to be connected only to each other." },
		.value = island },
	{ { "tipwatch_suspect", TW_PROM_GAUGE, NULL, "what",
		  "1 for the setting that is suspected, because every daemon fails the same "
		  "check." },
		.put = put_suspect },
	{ { "tipwatch_witnesses", TW_PROM_GAUGE, NULL, "",
		  "Nodes of the public network that say what their newest block is; only with "
		  "witnesses.count." },
		.value = witnesses },
	{ { "tipwatch_witness_lead_blocks", TW_PROM_GAUGE, NULL, "",
		  "Blocks that at least half of the witnesses are above every node; only with "
		  "three witnesses or more." },
		.value = witness_lead },
	{ { "tipwatch_epoch", TW_PROM_GAUGE, NULL, "",
		  "Number that grows at every change of the choice." },
		.value = epoch },
	{ { "tipwatch_switches", TW_PROM_COUNTER, NULL, "",
		  "Changes of the chosen daemon since the start." },
		.value = switches },
	{ { "tipwatch_daemon_state", TW_PROM_GAUGE, NULL, "daemon,state",
		  "1 for the state that the daemon is in." },
		.put = put_state },
	{ { "tipwatch_daemon_reason", TW_PROM_GAUGE, NULL, "daemon,reason",
		  "1, with the reason for the daemon's state." },
		.put = put_reason },
	{ { "tipwatch_daemon_peers", TW_PROM_GAUGE, NULL, "daemon,direction",
		  "Peers of the daemon, by direction." },
		.put = put_peers },
	{ { "tipwatch_daemon_chosen", TW_PROM_GAUGE, NULL, "daemon",
		  "Whether the daemon is the chosen one." },
		.node_value = node_chosen },
	{ { "tipwatch_daemon_height", TW_PROM_GAUGE, NULL, "daemon",
		  "Height (block index) of the daemon's tip." },
		.node_value = node_height },
	{ { "tipwatch_daemon_false_blocks", TW_PROM_GAUGE, "blocks", "daemon",
		  "Of the last 16 confirmed blocks those in whose place the daemon had shown others." },
		.node_value = node_false_blocks },
	{ { "tipwatch_daemon_lag_blocks", TW_PROM_GAUGE, "blocks", "daemon",
		  "Blocks behind the network's tip." },
		.node_value = node_lag },
	{ { "tipwatch_daemon_fork_depth_blocks", TW_PROM_GAUGE, "blocks", "daemon",
		  "Blocks of the daemon's own beside the main chain." },
		.node_value = node_fork_depth },
	{ { "tipwatch_daemon_tip_delay_seconds", TW_PROM_GAUGE, "seconds", "daemon",
		  "Typical delay in showing new blocks, after the first node." },
		.node_value = node_tip_delay },
	{ { "tipwatch_daemon_template_ok", TW_PROM_GAUGE, NULL, "daemon",
		  "Whether the daemon gives block templates on its own tip." },
		.node_value = node_template_ok },
	{ { "tipwatch_link_up", TW_PROM_GAUGE, NULL, "daemon",
		  "Whether the P2P link to the daemon is up; only for those that are to have one." },
		.node_value = link_up },
	{ { "tipwatch_link_pushes", TW_PROM_COUNTER, NULL, "daemon",
		  "New blocks that the daemon announced over its P2P link." },
		.node_value = link_pushes },
	{ { "tipwatch_link_syncs", TW_PROM_COUNTER, NULL, "daemon",
		  "Timed syncs that the daemon answered over its P2P link." },
		.node_value = link_syncs },
	{ { "tipwatch_link_closed", TW_PROM_COUNTER, NULL, "daemon",
		  "P2P links to the daemon that were up and ended." },
		.node_value = link_closed },
	{ { "tipwatch_checks", TW_PROM_COUNTER, NULL, "daemon,result",
		  "Checks that ended, by result." },
		.put = put_checks },
	{ { "tipwatch_check_duration_seconds", TW_PROM_HISTOGRAM, "seconds", "daemon",
		  "Duration of whole checks." },
		.put = put_durations },
	{ { "tipwatch_control_requests", TW_PROM_COUNTER, NULL, "command",
		  "Requests on the control socket, by command." },
		.put = put_requests },
	{ { "tipwatch_hook_runs", TW_PROM_COUNTER, NULL, "hook,result",
		  "Runs of hooks that ended, by how." },
		.put = put_hook_runs },
	{ { "tipwatch_hook_merged", TW_PROM_COUNTER, NULL, "hook",
		  "Changes told to a hook together with a later one." },
		.put = put_hook_merged },
	{ { "tipwatch_control_clients", TW_PROM_GAUGE, NULL, "",
		  "Clients connected to the control socket." },
		.value = control_clients },
	{ { "tipwatch_control_dropped_clients", TW_PROM_COUNTER, NULL, "",
		  "Clients of the control socket dropped because they did not read." },
		.value = control_dropped },
	{ { "tipwatch_agent_requests", TW_PROM_COUNTER, NULL, "",
		  "Questions of HAProxy's agent checks that were answered." },
		.value = agent_requests },
	{ { "tipwatch_journal_lost_records", TW_PROM_COUNTER, NULL, "",
		  "Records of the journal that could not be written." },
		.value = journal_lost },
	{ { "tipwatch_saved_seconds", TW_PROM_COUNTER, "seconds", "",
		  "Time in which the primary could not be used and the chosen daemon could, since the "
		  "start." },
		.value = saved },
	{ { "tipwatch_account_failed_writes", TW_PROM_COUNTER, NULL, "",
		  "Attempts to write the figures of the report that failed." },
		.value = account_failed },
	{ { "tipwatch_blocks", TW_PROM_GAUGE, NULL, "state",
		  "Found blocks that are remembered, by what became of them." },
		.put = put_blocks },
	{ { "tipwatch_blocks_recent", TW_PROM_GAUGE, NULL, "",
		  "Of the last 100 found blocks, those whose fate is known." },
		.value = blocks_recent },
	{ { "tipwatch_blocks_recent_lost", TW_PROM_GAUGE, NULL, "",
		  "Of these, the blocks that are orphaned, stale, refused or lost." },
		.value = blocks_recent_lost },
	{ { "tipwatch_blocks_sent", TW_PROM_GAUGE, NULL, "",
		  "Remembered blocks that were sent to a daemon." },
		.value = blocks_sent },
	{ { "tipwatch_blocks_everywhere", TW_PROM_GAUGE, NULL, "",
		  "Of these, the blocks that every daemon has that they were sent to." },
		.value = blocks_everywhere },
	{ { "tipwatch_blocks_accept_seconds", TW_PROM_GAUGE, "seconds", "",
		  "Mean time from finding a remembered block to the first daemon that had it." },
		.value = blocks_accept },
	{ { "tipwatch_loop_lag_seconds", TW_PROM_GAUGE, "seconds", "",
		  "Lateness of the event loop." },
		.value = loop_lag },
	{ { "process_cpu_seconds", TW_PROM_COUNTER, "seconds", "",
		  "User and system CPU time spent." },
		.value = cpu },
	{ { "process_resident_memory_bytes", TW_PROM_GAUGE, "bytes", "", "Resident memory size." },
		.value = resident },
	{ { "process_virtual_memory_bytes", TW_PROM_GAUGE, "bytes", "", "Virtual memory size." },
		.value = virtual },
	{ { "process_open_fds", TW_PROM_GAUGE, NULL, "", "Open file descriptors." },
		.value = open_fds },
	{ { "process_max_fds", TW_PROM_GAUGE, NULL, "", "Most file descriptors that may be open." },
		.value = max_fds },
	{ { "process_start_time_seconds", TW_PROM_GAUGE, "seconds", "",
		  "Unix time of the process's start." },
		.value = start_time },
};

uint32_t tw_prom_n_families(void)
{
	return TW_ARRAY_SIZE(rows);
}

const struct tw_prom_family *tw_prom_family(uint32_t i)
{
	assert(i < TW_ARRAY_SIZE(rows));
	return &rows[i].family;
}

static void put_row(const struct facts *f, const struct row *row)
{
	tw_prom_text_put_family(&f->text, &row->family);
	if (row->value != NULL)
		tw_prom_text_put_sample(
			&f->text, &row->family, tw_prom_no_label, tw_prom_no_label, row->value(f));
	for (uint32_t i = 0; row->node_value != NULL && i < f->source->config->n_nodes; i++)
		tw_prom_text_put_sample(&f->text, &row->family, daemon_label(f, i),
			tw_prom_no_label, row->node_value(f, i));
	if (row->put != NULL)
		row->put(f, &row->family);
}

void tw_prom_write(const struct tw_status_source *source, const struct tw_prom_node *nodes,
	const struct tw_prom_process *process, bool is_openmetrics, struct tw_buf *out)
{
	struct facts f = {
		.source = source,
		.decision = tw_monitor_decision(source->monitor),
		.process = process,
		.nodes = nodes,
		.views = calloc(source->config->n_nodes, sizeof(*f.views)),
		.text = { .out = out, .is_openmetrics = is_openmetrics },
	};

	if (f.views == NULL) {
		if (out->error == 0)
			out->error = -ENOMEM;
		return;
	}
	for (uint32_t i = 0; i < source->config->n_nodes; i++)
		tw_view_node(source->monitor, (int32_t)i, &f.views[i]);
	if (source->blocks != NULL)
		tw_block_book_count(source->blocks, &f.blocks);
	for (size_t i = 0; i < TW_ARRAY_SIZE(rows); i++)
		put_row(&f, &rows[i]);
	tw_prom_text_put_end(&f.text);
	free(f.views);
}
