/*
 * See prom.h. Families are tables, so that a name, a type, a unit and an explanation are said once
 * for both formats. A value of TW_UNKNOWN is no sample, whatever the family.
 */
#include "serve/prom.h"
#include "base/time.h"
#include "core/mode.h"
#include "core/reason.h"
#include "core/words.h"
#include "explain/view.h"
#include "serve/prom_text.h"
#include <errno.h>
#include <stdlib.h>

const int64_t tw_prom_bucket_us[TW_PROM_BUCKETS - 1] = { 2 * TW_MS, 5 * TW_MS, 10 * TW_MS,
	25 * TW_MS, 50 * TW_MS, 100 * TW_MS, 250 * TW_MS, 500 * TW_MS, TW_SEC, 2500 * TW_MS,
	10 * TW_SEC };

void tw_prom_count(struct tw_prom_node *node, enum tw_result result, int64_t duration_us)
{
	size_t i = 0;

	if (duration_us < 0)
		duration_us = 0;
	while (i < TW_ARRAY_SIZE(tw_prom_bucket_us) && duration_us > tw_prom_bucket_us[i])
		i++;
	node->results[result]++;
	node->buckets[i]++;
	node->duration_sum_us += duration_us;
}

/* Everything that a sample may be made of. */
struct facts {
	const struct tw_status_source *source;
	const struct tw_decision *decision;
	const struct tw_prom_process *process;
	const struct tw_prom_node *nodes;
	struct tw_view_node *views;
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
VALUE(epoch, f->decision->epoch)
VALUE(switches, tw_monitor_n_switches(f->source->monitor))
VALUE(control_clients, f->process->control_clients)
VALUE(control_dropped, f->process->control_dropped_clients)
VALUE(agent_requests, f->process->agent_requests)
VALUE(journal_lost, f->process->journal_lost_records)
VALUE(loop_lag, f->process->loop_lag_us)
VALUE(cpu, f->process->cpu_us)
VALUE(resident, f->process->resident_bytes)
VALUE(virtual, f->process->virtual_bytes)
VALUE(open_fds, f->process->open_fds)
VALUE(max_fds, f->process->max_fds)
VALUE(start_time, f->process->start_time_us)

struct scalar {
	struct tw_prom_family family;
	int64_t (*value)(const struct facts *f);
};

static const struct scalar decision_scalars[] = {
	{ { "tipwatch_usable", TW_PROM_GAUGE, NULL, "Whether the chosen daemon can be used." },
		usable },
	{ { "tipwatch_network_height", TW_PROM_GAUGE, NULL,
		  "Height (block index) of the network's tip." },
		network_height },
	{ { "tipwatch_anchor_height", TW_PROM_GAUGE, NULL,
		  "Height of the newest block that a quorum of voters shares." },
		anchor_height },
	{ { "tipwatch_tip_age_seconds", TW_PROM_GAUGE, "seconds",
		  "Time since the network's tip was first seen here." },
		tip_age },
	{ { "tipwatch_voters", TW_PROM_GAUGE, NULL, "Nodes that may vote, silent ones too." },
		voters },
	{ { "tipwatch_quorum", TW_PROM_GAUGE, NULL, "Voters needed for consensus." }, quorum },
	{ { "tipwatch_voters_answering", TW_PROM_GAUGE, NULL, "Voters that answer." }, answering },
	{ { "tipwatch_voters_agreeing", TW_PROM_GAUGE, NULL,
		  "Answering voters that do not conflict with the main chain." },
		agreeing },
	{ { "tipwatch_voters_conflicting", TW_PROM_GAUGE, NULL,
		  "Answering voters that conflict with the main chain." },
		conflicting },
	{ { "tipwatch_stalled", TW_PROM_GAUGE, NULL,
		  "Whether the network's tip has stopped moving." },
		stalled },
	{ { "tipwatch_island", TW_PROM_GAUGE, NULL,
		  "Whether the nodes seem to be connected only to each other." },
		island },
	{ { "tipwatch_epoch", TW_PROM_GAUGE, NULL,
		  "Number that grows at every change of the choice." },
		epoch },
	{ { "tipwatch_switches", TW_PROM_COUNTER, NULL,
		  "Changes of the chosen daemon since the start." },
		switches },
};

static const struct scalar process_scalars[] = {
	{ { "tipwatch_control_clients", TW_PROM_GAUGE, NULL,
		  "Clients connected to the control socket." },
		control_clients },
	{ { "tipwatch_control_dropped_clients", TW_PROM_COUNTER, NULL,
		  "Clients of the control socket dropped because they did not read." },
		control_dropped },
	{ { "tipwatch_agent_requests", TW_PROM_COUNTER, NULL,
		  "Questions of HAProxy's agent checks that were answered." },
		agent_requests },
	{ { "tipwatch_journal_lost_records", TW_PROM_COUNTER, NULL,
		  "Records of the journal that could not be written." },
		journal_lost },
	{ { "tipwatch_loop_lag_seconds", TW_PROM_GAUGE, "seconds", "Lateness of the event loop." },
		loop_lag },
	{ { "process_cpu_seconds", TW_PROM_COUNTER, "seconds", "User and system CPU time spent." },
		cpu },
	{ { "process_resident_memory_bytes", TW_PROM_GAUGE, "bytes", "Resident memory size." },
		resident },
	{ { "process_virtual_memory_bytes", TW_PROM_GAUGE, "bytes", "Virtual memory size." },
		virtual },
	{ { "process_open_fds", TW_PROM_GAUGE, NULL, "Open file descriptors." }, open_fds },
	{ { "process_max_fds", TW_PROM_GAUGE, NULL, "Most file descriptors that may be open." },
		max_fds },
	{ { "process_start_time_seconds", TW_PROM_GAUGE, "seconds",
		  "Unix time of the process's start." },
		start_time },
};

static void put_scalars(const struct facts *f, const struct scalar *scalars, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		tw_prom_text_put_family(&f->text, &scalars[i].family);
		tw_prom_text_put_sample(&f->text, &scalars[i].family, tw_prom_no_label,
			tw_prom_no_label, scalars[i].value(f));
	}
}

static void put_head(const struct facts *f)
{
	static const struct tw_prom_family build = { "tipwatch_build", TW_PROM_INFO, NULL,
		"Version of tipwatch; always 1." };
	static const struct tw_prom_family modes = { "tipwatch_mode", TW_PROM_GAUGE, NULL,
		"1 for the mode that tipwatch is in." };

	tw_prom_text_put_family(&f->text, &build);
	tw_prom_text_put_sample(&f->text, &build, (struct tw_prom_label){ "version", TW_VERSION },
		tw_prom_no_label, 1);
	tw_prom_text_put_family(&f->text, &modes);
	for (enum tw_mode mode = 0; mode <= TW_MODE_FALLBACK; mode++)
		tw_prom_text_put_sample(&f->text, &modes,
			(struct tw_prom_label){ "mode", tw_mode_word(mode) }, tw_prom_no_label,
			mode == f->decision->mode);
}

/* --- what every daemon has --- */

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
NODE_VALUE(node_tip_delay, f->views[node].tip_delay_us)
NODE_VALUE(node_template_ok, template_ok(f->views[node].template))

static const struct {
	struct tw_prom_family family;
	int64_t (*value)(const struct facts *f, uint32_t node);
} node_scalars[] = {
	{ { "tipwatch_daemon_chosen", TW_PROM_GAUGE, NULL,
		  "Whether the daemon is the chosen one." },
		node_chosen },
	{ { "tipwatch_daemon_height", TW_PROM_GAUGE, NULL,
		  "Height (block index) of the daemon's tip." },
		node_height },
	{ { "tipwatch_daemon_lag_blocks", TW_PROM_GAUGE, "blocks",
		  "Blocks behind the network's tip." },
		node_lag },
	{ { "tipwatch_daemon_fork_depth_blocks", TW_PROM_GAUGE, "blocks",
		  "Blocks of the daemon's own beside the main chain." },
		node_fork_depth },
	{ { "tipwatch_daemon_tip_delay_seconds", TW_PROM_GAUGE, "seconds",
		  "Typical delay in showing new blocks, after the first node." },
		node_tip_delay },
	{ { "tipwatch_daemon_template_ok", TW_PROM_GAUGE, NULL,
		  "Whether the daemon gives block templates on its own tip." },
		node_template_ok },
};

static void put_node_states(const struct facts *f)
{
	static const struct tw_prom_family states = { "tipwatch_daemon_state", TW_PROM_GAUGE, NULL,
		"1 for the state that the daemon is in." };
	static const struct tw_prom_family reasons = { "tipwatch_daemon_reason", TW_PROM_GAUGE,
		NULL, "1, with the reason for the daemon's state." };
	static const struct tw_prom_family peers = { "tipwatch_daemon_peers", TW_PROM_GAUGE, NULL,
		"Peers of the daemon, by direction." };
	uint32_t n = f->source->config->n_nodes;

	tw_prom_text_put_family(&f->text, &states);
	for (uint32_t i = 0; i < n; i++) {
		for (enum tw_state state = 0; state <= TW_STATE_MAINTENANCE; state++)
			tw_prom_text_put_sample(&f->text, &states, daemon_label(f, i),
				(struct tw_prom_label){ "state", tw_words_state(state) },
				state == f->views[i].verdict.state);
	}
	tw_prom_text_put_family(&f->text, &reasons);
	for (uint32_t i = 0; i < n; i++)
		tw_prom_text_put_sample(&f->text, &reasons, daemon_label(f, i),
			(struct tw_prom_label){
				"reason", tw_reason_word(f->views[i].verdict.reason) },
			1);
	tw_prom_text_put_family(&f->text, &peers);
	for (uint32_t i = 0; i < n; i++) {
		tw_prom_text_put_sample(&f->text, &peers, daemon_label(f, i),
			(struct tw_prom_label){ "direction", "in" }, f->views[i].peers_in);
		tw_prom_text_put_sample(&f->text, &peers, daemon_label(f, i),
			(struct tw_prom_label){ "direction", "out" }, f->views[i].peers_out);
	}
}

static void put_checks(const struct facts *f)
{
	static const struct tw_prom_family checks = { "tipwatch_checks", TW_PROM_COUNTER, NULL,
		"Checks that ended, by result." };
	static const struct tw_prom_family durations = { "tipwatch_check_duration_seconds",
		TW_PROM_HISTOGRAM, "seconds", "Duration of whole checks." };

	tw_prom_text_put_family(&f->text, &checks);
	for (uint32_t i = 0; i < f->source->config->n_nodes; i++) {
		for (enum tw_result result = 0; result <= TW_RESULT_AUTH; result++)
			tw_prom_text_put_sample(&f->text, &checks, daemon_label(f, i),
				(struct tw_prom_label){ "result", tw_words_result(result) },
				(int64_t)f->nodes[i].results[result]);
	}
	tw_prom_text_put_family(&f->text, &durations);
	for (uint32_t i = 0; i < f->source->config->n_nodes; i++)
		tw_prom_text_put_histogram(&f->text, &durations, daemon_label(f, i),
			tw_prom_bucket_us, f->nodes[i].buckets, TW_PROM_BUCKETS,
			f->nodes[i].duration_sum_us);
}

static void put_nodes(const struct facts *f)
{
	put_node_states(f);
	for (size_t k = 0; k < TW_ARRAY_SIZE(node_scalars); k++) {
		tw_prom_text_put_family(&f->text, &node_scalars[k].family);
		for (uint32_t i = 0; i < f->source->config->n_nodes; i++)
			tw_prom_text_put_sample(&f->text, &node_scalars[k].family,
				daemon_label(f, i), tw_prom_no_label, node_scalars[k].value(f, i));
	}
	put_checks(f);
}

static void put_requests(const struct facts *f)
{
	static const struct tw_prom_family requests = { "tipwatch_control_requests",
		TW_PROM_COUNTER, NULL, "Requests on the control socket, by command." };

	tw_prom_text_put_family(&f->text, &requests);
	for (uint32_t i = 0; i < f->process->n_commands; i++)
		tw_prom_text_put_sample(&f->text, &requests,
			(struct tw_prom_label){ "command", f->process->commands[i].name },
			tw_prom_no_label, (int64_t)f->process->commands[i].count);
}

static void put_hooks(const struct facts *f)
{
	static const struct tw_prom_family runs = { "tipwatch_hook_runs", TW_PROM_COUNTER, NULL,
		"Runs of hooks that ended, by how." };
	static const struct tw_prom_family merged = { "tipwatch_hook_merged", TW_PROM_COUNTER, NULL,
		"Changes told to a hook together with a later one." };
	const struct tw_prom_process *p = f->process;

	tw_prom_text_put_family(&f->text, &runs);
	for (uint32_t i = 0; i < p->n_hooks; i++) {
		struct tw_prom_label hook = { "hook", p->hooks[i].name };

		tw_prom_text_put_sample(&f->text, &runs, hook,
			(struct tw_prom_label){ "result", "ok" }, (int64_t)p->hooks[i].ok);
		tw_prom_text_put_sample(&f->text, &runs, hook,
			(struct tw_prom_label){ "result", "failed" }, (int64_t)p->hooks[i].failed);
		tw_prom_text_put_sample(&f->text, &runs, hook,
			(struct tw_prom_label){ "result", "timeout" },
			(int64_t)p->hooks[i].timeout);
	}
	tw_prom_text_put_family(&f->text, &merged);
	for (uint32_t i = 0; i < p->n_hooks; i++)
		tw_prom_text_put_sample(&f->text, &merged,
			(struct tw_prom_label){ "hook", p->hooks[i].name }, tw_prom_no_label,
			(int64_t)p->hooks[i].merged);
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
	put_head(&f);
	put_scalars(&f, decision_scalars, TW_ARRAY_SIZE(decision_scalars));
	put_nodes(&f);
	put_requests(&f);
	put_hooks(&f);
	put_scalars(&f, process_scalars, TW_ARRAY_SIZE(process_scalars));
	tw_prom_text_put_end(&f.text);
	free(f.views);
}
