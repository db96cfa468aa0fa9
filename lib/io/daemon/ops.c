/* See ops.h. */
#include "io/daemon/ops.h"
#include "base/log.h"
#include "core/reason.h"
#include "core/words.h"
#include "io/daemon/decide.h"
#include "io/daemon/parts.h"
#include "io/daemon/reload.h"
#include "serve/blocks.h"
#include "serve/report.h"
#include "serve/respond.h"
#include "serve/why_json.h"
#include <stdio.h>

static int32_t op_find(void *ctx, const char *name)
{
	const struct tw_daemon *d = ctx;

	return tw_config_find(d->setup.config, name);
}

/* Pools ask before every template and every block: the answer is written once for all of them. */
static void op_select(void *ctx, struct tw_buf *out)
{
	struct tw_daemon *d = ctx;
	struct tw_daemon_select *select = &d->select;

	if (select->text.len == 0 || select->revision != d->feed.revision) {
		struct tw_status_source source = tw_daemon_feed_source(&d->feed);

		tw_buf_clear(&select->text);
		tw_status_select(&source, &select->text);
		select->revision = d->feed.revision;
	}
	tw_buf_append(out, tw_buf_str(&select->text), select->text.len);
	if (select->text.error < 0)
		out->error = select->text.error;
}

static void op_submit(void *ctx, struct tw_buf *out)
{
	const struct tw_daemon *d = ctx;
	struct tw_status_source source = tw_daemon_feed_source(&d->feed);

	tw_status_submit(&source, out);
}

static void op_status(void *ctx, struct tw_buf *out)
{
	const struct tw_daemon *d = ctx;
	struct tw_status_source source = tw_daemon_feed_source(&d->feed);

	tw_status_full(&source, out);
}

static void op_node(void *ctx, int32_t node, struct tw_buf *out)
{
	const struct tw_daemon *d = ctx;
	struct tw_status_source source = tw_daemon_feed_source(&d->feed);

	tw_status_node(&source, node, out);
}

static void op_why(void *ctx, int32_t node, struct tw_buf *out)
{
	const struct tw_daemon *d = ctx;

	tw_why_json_write(d->setup.monitor, node, out);
}

static void op_blocks(void *ctx, int64_t since_us, struct tw_buf *out)
{
	const struct tw_daemon *d = ctx;
	struct tw_status_source source = tw_daemon_feed_source(&d->feed);

	tw_blocks_write(
		source.blocks, since_us == TW_NEVER ? 0 : (source.wall_us - since_us) / TW_MS, out);
}

static void op_worth(void *ctx, int64_t since_us, struct tw_buf *out)
{
	const struct tw_daemon *d = ctx;
	struct tw_status_source source = tw_daemon_feed_source(&d->feed);

	tw_report_write(&source, since_us == TW_NEVER ? TW_REPORT_SPAN_US : since_us, out);
}

static bool op_report(void *ctx, int32_t node, enum tw_report report)
{
	struct tw_daemon *d = ctx;

	tw_daemon_feed_enter(&d->feed);
	tw_debug("the pool reports %s of %s", tw_words_report(report),
		d->setup.config->nodes[node].policy.name);
	if (report == TW_REPORT_SUBMIT_FAILED)
		tw_vault_note_failure(d->vault, node);
	return tw_daemon_feed_report(&d->feed, node, report);
}

static void op_check(void *ctx, int32_t node)
{
	struct tw_daemon *d = ctx;

	tw_daemon_feed_enter(&d->feed);
	tw_daemon_feed_request_check(&d->feed, node);
}

/* What the command does to the pool, where the operator may not expect it. "" else. */
static void warn_operator(
	struct tw_daemon *d, enum tw_op op, int32_t node, char *message, size_t size)
{
	const struct tw_decision *decision = tw_monitor_decision(d->setup.monitor);
	struct tw_verdict verdict;

	message[0] = '\0';
	if (decision->is_usable || decision->mode == TW_MODE_STARTING || node < 0)
		return;
	verdict = tw_monitor_verdict(d->setup.monitor, node);
	if (op == TW_OP_PIN)
		snprintf(message, size,
			"%s is %s (%s), and a pin does not change that: usable is false, so that a "
			"pool gives no new work until %s is healthy or unpinned",
			d->setup.config->nodes[node].policy.name, tw_words_state(verdict.state),
			tw_reason_word(verdict.reason), d->setup.config->nodes[node].policy.name);
	else if (op == TW_OP_DRAIN)
		snprintf(message, size,
			"no daemon is left that the pool could use: usable is false until one is "
			"undrained or healthy again");
}

static int op_operate(void *ctx, enum tw_op op, int32_t node, char *message, size_t size)
{
	struct tw_daemon *d = ctx;
	const char *name = node < 0 ? "" : d->setup.config->nodes[node].policy.name;

	tw_daemon_feed_enter(&d->feed);
	if (tw_daemon_feed_operate(&d->feed, op, node) != 0) {
		snprintf(message, size,
			"%s is a reference: it votes, but a pool is never sent to it", name);
		return 1;
	}
	/* The reply to a command tells of a decision that was made after it. */
	tw_daemon_decide(d);
	warn_operator(d, op, node, message, size);
	if (message[0] != '\0')
		tw_warn("%s", message);
	return 0;
}

static int op_reload(void *ctx, struct tw_buf *errors)
{
	struct tw_daemon *d = ctx;

	tw_daemon_feed_enter(&d->feed);
	return tw_daemon_reload(d, errors);
}

const struct tw_ctl_ops tw_daemon_ops_ctl = {
	.find = op_find,
	.select = op_select,
	.submit = op_submit,
	.status = op_status,
	.node = op_node,
	.why = op_why,
	.blocks = op_blocks,
	.worth = op_worth,
	.report = op_report,
	.check = op_check,
	.operate = op_operate,
	.reload = op_reload,
};

static void vault_changed(void *ctx, const struct tw_block *block)
{
	struct tw_daemon *d = ctx;
	struct tw_status_source source = tw_daemon_feed_source(&d->feed);

	/* What is between the first and the last is in the journal of blocks. */
	if (block->state == TW_BLOCK_SENT || block->state == TW_BLOCK_ACCEPTED)
		return;
	tw_daemon_hooks_tell_block(&d->hooks, &source, block);
}

static void vault_failed(void *ctx, int32_t node)
{
	struct tw_daemon *d = ctx;

	tw_daemon_feed_enter(&d->feed);
	(void)tw_daemon_feed_report(&d->feed, node, TW_REPORT_SUBMIT_FAILED);
}

const struct tw_vault_ops tw_daemon_ops_vault = {
	.changed = vault_changed,
	.failed = vault_failed,
};

static void measure_hooks(const struct tw_runner *runner, struct tw_prom_process *process)
{
	process->n_hooks = TW_HOOKS;
	for (int i = 0; i < TW_HOOKS; i++) {
		const struct tw_runner_counts *counts = tw_runner_count(runner, (enum tw_hook)i);

		process->hooks[i].name = tw_hook_word((enum tw_hook)i);
		process->hooks[i].ok = counts->ok;
		process->hooks[i].failed = counts->failed;
		process->hooks[i].timeout = counts->timeout;
		process->hooks[i].merged = counts->merged;
	}
}

static void measure(void *ctx, struct tw_prom_process *ret_process)
{
	const struct tw_daemon *d = ctx;
	struct tw_control_counts counts;

	tw_procstat_read(&d->procstat, ret_process);
	tw_control_count(d->listen.control, &counts);
	ret_process->loop_lag_us = tw_loop_lag(d->loop);
	ret_process->control_clients = counts.clients;
	ret_process->control_dropped_clients = counts.dropped;
	ret_process->agent_requests = tw_daemon_listen_agent_requests(&d->listen);
	measure_hooks(d->hooks.runner, ret_process);
	ret_process->journal_lost_records = d->journal.n_lost;
	ret_process->account_failed_writes = d->account.files.n_failed;
	/* Unknown commands are counted too: an operator should see a client that is wrong. */
	ret_process->n_commands = tw_ctl_n_commands() + 1;
	for (uint32_t i = 0; i < ret_process->n_commands; i++) {
		ret_process->commands[i].name =
			i < tw_ctl_n_commands() ? tw_ctl_command(i)->name : "unknown";
		ret_process->commands[i].count = counts.requests[i];
	}
}

static void http_answer(
	void *ctx, const char *target, const char *accept, struct tw_http_reply *reply)
{
	struct tw_daemon *d = ctx;
	struct tw_status_source source = tw_daemon_feed_source(&d->feed);
	struct tw_respond_source respond = {
		.status = &source,
		.nodes = d->setup.counters,
		.history = d->setup.history,
		.measure = measure,
		.ctx = d,
	};

	tw_respond(&respond, target, accept, reply);
}

static void http_event(void *ctx, struct tw_buf *out)
{
	const struct tw_daemon *d = ctx;
	struct tw_status_source source = tw_daemon_feed_source(&d->feed);

	tw_respond_event(&source, out);
}

const struct tw_http_ops tw_daemon_ops_http = {
	.answer = http_answer,
	.event = http_event,
};

bool tw_daemon_ops_agent(void *ctx, const char *line, size_t len, char reply[TW_AGENT_REPLY_MAX])
{
	const struct tw_daemon *d = ctx;

	return tw_agent_answer(d->setup.config, d->setup.monitor, line, len, reply);
}
