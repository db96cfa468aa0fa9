/*
 * See status.h. Keys and their order are public interface: a new key comes last in its object.
 * Unknown values are null, never 0.
 */
#include "serve/status.h"
#include "base/time.h"
#include "core/decide/select.h"
#include "core/decide/suspect.h"
#include "core/mode.h"
#include "core/reason.h"
#include "core/words.h"
#include "explain/explain.h"
#include "explain/outside.h"
#include "explain/view.h"

static const struct tw_node_conf *conf_of(const struct tw_status_source *source, int32_t node)
{
	return &source->config->nodes[node];
}

int64_t tw_status_age(const struct tw_status_source *source, int64_t core_us)
{
	if (core_us == TW_UNKNOWN)
		return TW_UNKNOWN;
	return source->now_us - tw_monitor_to_now(source->monitor, core_us);
}

int32_t tw_status_primary(const struct tw_status_source *source)
{
	for (uint32_t i = 0; i < source->config->n_nodes; i++) {
		if (source->config->nodes[i].policy.is_primary)
			return (int32_t)i;
	}
	return 0;
}

/* --- pieces --- */

/* A time of the core as Unix milliseconds. */
static void put_time(const struct tw_status_source *source, struct tw_emit *json, const char *key,
	int64_t core_us)
{
	if (core_us == TW_UNKNOWN)
		tw_emit_put_int_or_null(json, key, TW_UNKNOWN);
	else
		tw_emit_put_int(
			json, key, (source->wall_us - tw_status_age(source, core_us)) / TW_MS);
}

/*
 * A span in whole milliseconds, rounded up, so that a round trip of 0.3 ms does not read as none.
 */
static void put_span(struct tw_emit *json, const char *key, int64_t us)
{
	tw_emit_put_int_or_null(json, key, us < 0 ? TW_UNKNOWN : (us + TW_MS - 1) / TW_MS);
}

static void put_bool_or_null(struct tw_emit *json, const char *key, int value)
{
	if (value < 0)
		tw_emit_put_text(json, key, NULL);
	else
		tw_emit_put_bool(json, key, value != 0);
}

/* A block whose height may be TW_UNKNOWN. */
static void put_height_and_hash(struct tw_emit *json, int64_t height, const struct tw_hash *hash)
{
	tw_emit_put_int_or_null(json, "height", height);
	tw_emit_put_hash(json, "hash", height == TW_UNKNOWN ? NULL : hash);
}

/* The newest block of a node's own chain. */
static void put_newest(struct tw_emit *json, const struct tw_view_node *view)
{
	int64_t height = view->chain->tip;

	put_height_and_hash(
		json, height, height == TW_UNKNOWN ? NULL : tw_chain_at(view->chain, height));
}

static void put_point(
	struct tw_emit *json, const char *key, int64_t height, const struct tw_hash *hash)
{
	tw_emit_key(json, key);
	tw_emit_open_map(json);
	put_height_and_hash(json, height, hash);
	tw_emit_close_map(json);
}

/* name, url, host, port, tls */
static void put_address(struct tw_emit *json, const struct tw_node_conf *conf)
{
	tw_emit_put_text(json, "name", conf->policy.name);
	tw_emit_put_text(json, "url", conf->url.text);
	tw_emit_put_text(json, "host", conf->url.host);
	tw_emit_put_int(json, "port", conf->url.port);
	tw_emit_put_bool(json, "tls", conf->url.is_tls);
}

/* --- objects --- */

static void write_select(const struct tw_status_source *source, struct tw_emit *json)
{
	const struct tw_decision *decision = tw_monitor_decision(source->monitor);
	const struct tw_node_conf *primary = conf_of(source, tw_status_primary(source));
	int64_t checked_us = TW_UNKNOWN;
	struct tw_buf text;

	tw_buf_init(&text, TW_STATUS_SENTENCE_MAX);
	tw_explain_choice(source->monitor, &text);

	tw_emit_open_map(json);
	tw_emit_put_int(json, "v", 1);
	tw_emit_put_bool(json, "usable", decision->is_usable);
	tw_emit_put_text(json, "mode", tw_mode_word(decision->mode));
	tw_emit_key(json, "daemon");
	if (decision->chosen == TW_NODE_NONE) {
		tw_emit_null(json);
	} else {
		struct tw_view_node view;

		tw_emit_open_map(json);
		put_address(json, conf_of(source, decision->chosen));
		tw_emit_close_map(json);
		tw_view_node(source->monitor, decision->chosen, &view);
		checked_us = view.last_check_us;
	}
	tw_emit_put_text(json, "reason", tw_words_choice(decision->reason));
	tw_emit_put_text(json, "text", tw_buf_str(&text));
	put_height_and_hash(json, decision->tip.height, &decision->tip.hash);
	tw_emit_put_hash(json, "prev_hash", decision->has_prev_hash ? &decision->prev_hash : NULL);
	tw_emit_put_int_or_null(json, "network_height", decision->tip.height);
	tw_emit_put_int_or_null(json, "anchor_height", decision->anchor_height);
	tw_emit_put_int(json, "epoch", (int64_t)decision->epoch);
	tw_emit_put_int(json, "chain_epoch", (int64_t)decision->chain_epoch);
	tw_emit_put_int(json, "seq", (int64_t)tw_monitor_seq(source->monitor));
	tw_emit_put_bool(json, "pinned", decision->is_pinned);
	put_time(source, json, "checked_ms", checked_us);
	tw_emit_key(json, "primary");
	tw_emit_open_map(json);
	tw_emit_put_text(json, "name", primary->policy.name);
	tw_emit_put_text(json, "host", primary->url.host);
	tw_emit_put_int(json, "port", primary->url.port);
	tw_emit_close_map(json);
	tw_emit_put_hash(json, "anchor_hash",
		decision->anchor_height == TW_UNKNOWN ? NULL : &decision->anchor_hash);
	tw_emit_close_map(json);
	tw_buf_finish(&text);
}

static void write_submit(const struct tw_status_source *source, struct tw_emit *json)
{
	const struct tw_decision *decision = tw_monitor_decision(source->monitor);
	int32_t targets[TW_NODES_MAX];
	uint32_t n = tw_select_targets(source->monitor, targets);

	tw_emit_open_map(json);
	tw_emit_put_int(json, "v", 1);
	tw_emit_put_text(json, "mode", tw_mode_word(decision->mode));
	tw_emit_put_int(json, "epoch", (int64_t)decision->epoch);
	tw_emit_put_int(json, "after_accept_ms", source->config->after_accept_us / TW_MS);
	tw_emit_put_int(json, "after_silence_ms", source->config->after_silence_us / TW_MS);
	tw_emit_key(json, "targets");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < n; i++) {
		struct tw_view_node view;

		tw_view_node(source->monitor, targets[i], &view);
		tw_emit_open_map(json);
		put_address(json, conf_of(source, targets[i]));
		tw_emit_put_text(json, "state", tw_words_state(view.verdict.state));
		tw_emit_put_text(json, "reason", tw_reason_word(view.verdict.reason));
		put_newest(json, &view);
		tw_emit_close_map(json);
	}
	tw_emit_close_array(json);
	tw_emit_put_text(json, "vault", source->blocks == NULL ? NULL : source->config->blocks_dir);
	tw_emit_close_map(json);
}

static const char *dialect_of(const struct tw_status_source *source, int32_t node)
{
	enum tw_dialect dialect = conf_of(source, node)->dialect;

	if (source->peers != NULL && source->peers[node] != NULL)
		dialect = source->peers[node]->dialect;
	return dialect == TW_DIALECT_AUTO ? NULL : tw_dialect_word(dialect);
}

static const char *version_of(const struct tw_status_source *source, int32_t node)
{
	const struct tw_rpc_peer *peer = source->peers != NULL ? source->peers[node] : NULL;

	return peer == NULL || peer->version[0] == '\0' ? NULL : peer->version;
}

int64_t tw_status_loop_ms(const struct tw_status_source *source, int64_t loop_us)
{
	if (loop_us == TW_UNKNOWN)
		return TW_UNKNOWN;
	return (source->wall_us - (source->now_us - loop_us)) / TW_MS;
}

const struct tw_p2p_state *tw_status_link(const struct tw_status_source *source, int32_t node)
{
	const struct tw_p2p_state *link = source->links == NULL ? NULL : source->links[node];

	return link == NULL || !link->is_wanted ? NULL : link;
}

/* A time of the loop as Unix time. */
static void put_loop_time(const struct tw_status_source *source, struct tw_emit *json,
	const char *key, int64_t loop_us)
{
	tw_emit_put_int_or_null(json, key, tw_status_loop_ms(source, loop_us));
}

static void put_link(const struct tw_status_source *source, const struct tw_p2p_state *link,
	struct tw_emit *json)
{
	tw_emit_key(json, "p2p");
	tw_emit_open_map(json);
	tw_emit_put_text(json, "state", tw_p2p_phase_word(link->phase));
	tw_emit_put_text(json, "address", link->address[0] == '\0' ? NULL : link->address);
	put_loop_time(source, json, "since_ms", link->since_us);
	tw_emit_put_int_or_null(json, "version", link->version == 0 ? TW_UNKNOWN : link->version);
	tw_emit_put_int_or_null(json, "height", link->height);
	tw_emit_put_int(json, "pushes", (int64_t)link->n_pushes);
	put_loop_time(source, json, "pushed_ms", link->pushed_us);
	tw_emit_put_int_or_null(json, "pushed_height", link->pushed);
	tw_emit_put_int(json, "syncs", (int64_t)link->n_syncs);
	tw_emit_put_text(json, "error", link->error[0] == '\0' ? NULL : link->error);
	tw_emit_close_map(json);
}

static void write_node(const struct tw_status_source *source, int32_t node, struct tw_emit *json)
{
	const struct tw_node_conf *conf = conf_of(source, node);
	struct tw_view_node view;
	struct tw_buf detail;

	tw_view_node(source->monitor, node, &view);
	tw_buf_init(&detail, TW_STATUS_SENTENCE_MAX);
	tw_explain_verdict(source->monitor, node, &detail);

	tw_emit_open_map(json);
	tw_emit_put_text(json, "name", conf->policy.name);
	tw_emit_put_text(json, "url", conf->url.text);
	tw_emit_put_text(json, "role", tw_words_role(conf->policy.role));
	tw_emit_put_bool(json, "primary", conf->policy.is_primary);
	tw_emit_put_int(json, "priority", conf->policy.priority);
	tw_emit_put_text(json, "dialect", dialect_of(source, node));
	tw_emit_put_text(json, "version", version_of(source, node));
	tw_emit_put_text(json, "state", tw_words_state(view.verdict.state));
	tw_emit_put_text(json, "reason", tw_reason_word(view.verdict.reason));
	tw_emit_put_text(json, "detail", tw_buf_str(&detail));
	tw_emit_put_bool(json, "chosen", tw_monitor_decision(source->monitor)->chosen == node);
	put_time(source, json, "since_ms", view.since_us);
	put_newest(json, &view);
	tw_emit_put_int_or_null(json, "lag", view.lag);
	tw_emit_put_int_or_null(json, "fork_height", view.fork_height);
	tw_emit_put_int_or_null(json, "fork_depth", view.fork_depth);
	tw_emit_put_int_or_null(json, "network_height_claim", view.network_height_claim);
	put_bool_or_null(json, "synced_claim", view.synced_claim);
	tw_emit_put_int_or_null(json, "peers_in", view.peers_in);
	tw_emit_put_int_or_null(json, "peers_out", view.peers_out);
	put_span(json, "latency_ms", view.latency_us);
	put_span(json, "latency_p99_ms", view.latency_p99_us);
	put_span(json, "tip_delay_ms", view.tip_delay_us);
	tw_emit_put_text(json, "template", tw_words_template(view.template));
	put_time(source, json, "last_check_ms", view.last_check_us);
	put_time(source, json, "last_ok_ms", view.last_ok_us);
	tw_emit_put_int(json, "checks", (int64_t)view.checks);
	tw_emit_put_int(json, "failures", (int64_t)view.failures);
	if (tw_status_link(source, node) != NULL)
		put_link(source, tw_status_link(source, node), json);
	tw_emit_close_map(json);
	tw_buf_finish(&detail);
}

static void write_branch(
	const struct tw_status_source *source, const struct tw_branch *branch, struct tw_emit *json)
{
	tw_emit_open_map(json);
	put_height_and_hash(json, branch->tip.height, &branch->tip.hash);
	tw_emit_put_int_or_null(json, "fork_height", branch->fork_height);
	tw_emit_put_int(json, "votes", branch->votes);
	tw_emit_key(json, "members");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < branch->votes; i++)
		tw_emit_text(json, tw_config_name(source->config, branch->members[i], NULL));
	tw_emit_close_array(json);
	tw_emit_close_map(json);
}

void tw_status_put_votes(struct tw_emit *json, const struct tw_decision *decision)
{
	tw_emit_put_int(json, "voters", decision->voters);
	tw_emit_put_int(json, "quorum", decision->quorum);
	tw_emit_put_int(json, "answering", decision->answering);
	tw_emit_put_int(json, "agreeing", decision->agreeing);
	tw_emit_put_int(json, "conflicting", decision->conflicting);
}

/* Each block that witnesses named as their newest one, the highest first, with how many did. */
static void write_witness_tips(const struct tw_monitor *monitor, struct tw_emit *json)
{
	bool is_said[TW_WITNESSES_MAX] = { false };

	for (;;) {
		const struct tw_point *next = NULL;
		int64_t n = 0;

		for (uint32_t i = 0; i < TW_WITNESSES_MAX; i++) {
			const struct tw_point *tip = tw_monitor_witness_tip(monitor, i);

			if (tip != NULL && !is_said[i] &&
				(next == NULL || tip->height > next->height))
				next = tip;
		}
		if (next == NULL)
			return;
		for (uint32_t i = 0; i < TW_WITNESSES_MAX; i++) {
			const struct tw_point *tip = tw_monitor_witness_tip(monitor, i);

			if (tip == NULL || tip->height != next->height ||
				!tw_hash_equal(&tip->hash, &next->hash))
				continue;
			is_said[i] = true;
			n++;
		}
		tw_emit_open_map(json);
		put_height_and_hash(json, next->height, &next->hash);
		tw_emit_put_int(json, "witnesses", n);
		tw_emit_close_map(json);
	}
}

static void write_witnesses(const struct tw_status_source *source, struct tw_emit *json)
{
	const struct tw_decision *decision = tw_monitor_decision(source->monitor);
	struct tw_buf alarm;

	tw_buf_init(&alarm, TW_STATUS_SENTENCE_MAX);
	tw_outside_alarm(source->monitor, &alarm);
	tw_emit_key(json, "witnesses");
	tw_emit_open_map(json);
	tw_emit_put_int(json, "wanted", source->config->n_witnesses);
	tw_emit_put_int(json, "connected", decision->witnesses);
	tw_emit_put_int_or_null(json, "lead", decision->witness_lead);
	tw_emit_put_text(json, "alarm", alarm.len == 0 ? NULL : tw_buf_str(&alarm));
	tw_emit_key(json, "tips");
	tw_emit_open_array(json);
	write_witness_tips(source->monitor, json);
	tw_emit_close_array(json);
	tw_emit_close_map(json);
	tw_buf_finish(&alarm);
}

static void write_consensus(const struct tw_status_source *source, struct tw_emit *json)
{
	const struct tw_decision *decision = tw_monitor_decision(source->monitor);
	uint32_t n_branches = tw_view_n_branches(source->monitor);

	tw_emit_open_map(json);
	tw_emit_put_int_or_null(json, "network_height", decision->tip.height);
	put_point(json, "tip", decision->tip.height, &decision->tip.hash);
	put_point(json, "anchor", decision->anchor_height, &decision->anchor_hash);
	tw_status_put_votes(json, decision);
	tw_emit_put_bool(json, "stalled", decision->is_stalled);
	put_bool_or_null(json, "island", decision->is_island);
	tw_emit_key(json, "branches");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < n_branches; i++) {
		int32_t members[TW_NODES_MAX];
		struct tw_branch branch;

		tw_view_branch(source->monitor, i, members, &branch);
		write_branch(source, &branch, json);
	}
	tw_emit_close_array(json);
	put_time(source, json, "tip_since_ms", tw_monitor_tip_since(source->monitor));
	if (source->config->n_witnesses > 0)
		write_witnesses(source, json);
	tw_emit_close_map(json);
}

static void write_switches(const struct tw_status_source *source, struct tw_emit *json)
{
	const struct tw_switch *change;
	struct tw_buf text;

	tw_buf_init(&text, TW_STATUS_SENTENCE_MAX);
	tw_emit_open_array(json);
	for (uint32_t i = 0; (change = tw_monitor_switch(source->monitor, i)) != NULL; i++) {
		tw_emit_open_map(json);
		put_time(source, json, "t_ms", change->t_us);
		tw_emit_put_text(json, "from", tw_config_name(source->config, change->from, NULL));
		tw_emit_put_text(json, "to", tw_config_name(source->config, change->to, NULL));
		tw_emit_put_text(json, "mode", tw_mode_word(change->mode));
		tw_emit_put_text(json, "reason", tw_words_choice(change->reason));
		tw_buf_clear(&text);
		tw_explain_switch(source->monitor, change, &text);
		tw_emit_put_text(json, "text", tw_buf_str(&text));
		tw_emit_close_map(json);
	}
	tw_emit_close_array(json);
	tw_buf_finish(&text);
}

/* The setting that is suspected, or null. */
static void write_suspect(const struct tw_status_source *source, struct tw_emit *json)
{
	enum tw_suspect suspect = tw_monitor_decision(source->monitor)->suspect;
	struct tw_buf text;

	if (suspect == TW_SUSPECT_NONE) {
		tw_emit_null(json);
		return;
	}
	tw_buf_init(&text, TW_STATUS_SENTENCE_MAX);
	tw_explain_suspect(source->monitor, &text);
	tw_emit_open_map(json);
	tw_emit_put_text(json, "what", tw_suspect_word(suspect));
	tw_emit_put_text(json, "setting", tw_suspect_setting(suspect));
	tw_emit_put_text(json, "text", tw_buf_str(&text));
	tw_emit_close_map(json);
	tw_buf_finish(&text);
}

static void write_full(const struct tw_status_source *source, struct tw_emit *json)
{
	int64_t uptime_us = source->now_us - source->started_us;

	tw_emit_open_map(json);
	tw_emit_put_int(json, "v", 1);
	tw_emit_put_text(json, "version", TW_VERSION);
	tw_emit_put_int(json, "started_ms", (source->wall_us - uptime_us) / TW_MS);
	tw_emit_put_int(json, "uptime_s", uptime_us / TW_SEC);
	tw_emit_key(json, "select");
	write_select(source, json);
	tw_emit_key(json, "consensus");
	write_consensus(source, json);
	tw_emit_key(json, "daemons");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < source->config->n_nodes; i++)
		write_node(source, (int32_t)i, json);
	tw_emit_close_array(json);
	tw_emit_key(json, "switches");
	write_switches(source, json);
	tw_emit_key(json, "suspect");
	write_suspect(source, json);
	tw_emit_close_map(json);
}

/* --- each on its own line --- */

void tw_status_select(const struct tw_status_source *source, struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);

	write_select(source, json);
	tw_emit_destroy(json);
}

void tw_status_submit(const struct tw_status_source *source, struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);

	write_submit(source, json);
	tw_emit_destroy(json);
}

void tw_status_full(const struct tw_status_source *source, struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);

	write_full(source, json);
	tw_emit_destroy(json);
}

void tw_status_node(const struct tw_status_source *source, int32_t node, struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);

	write_node(source, node, json);
	tw_emit_destroy(json);
}
