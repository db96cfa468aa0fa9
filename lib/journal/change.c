/* See change.h. */
#include "journal/change.h"
#include "core/mode.h"
#include "core/policy.h"
#include "core/reason.h"
#include "core/words.h"
#include "json/emit.h"
#include <stdio.h>
#include <string.h>

static bool is_same_decision(const struct tw_decision *a, const struct tw_decision *b)
{
	return a->mode == b->mode && a->chosen == b->chosen && a->is_usable == b->is_usable &&
	       a->tip.height == b->tip.height &&
	       (a->tip.height < 0 || tw_hash_equal(&a->tip.hash, &b->tip.hash)) &&
	       a->anchor_height == b->anchor_height && a->epoch == b->epoch &&
	       a->chain_epoch == b->chain_epoch;
}

/* Takes the verdicts over. Returns whether they differ from those at the last call. */
static bool note_verdicts(struct tw_change *change, const struct tw_monitor *monitor, uint32_t n)
{
	bool is_new = false;

	for (uint32_t i = 0; i < n; i++) {
		struct tw_verdict verdict = tw_monitor_verdict(monitor, (int32_t)i);

		is_new = is_new || verdict.state != change->verdicts[i].state ||
			 verdict.reason != change->verdicts[i].reason;
		change->verdicts[i] = verdict;
	}
	change->n_verdicts = tw_monitor_n_verdicts(monitor);
	return is_new;
}

bool tw_change_note(struct tw_change *change, const struct tw_monitor *monitor)
{
	const struct tw_decision *decision = tw_monitor_decision(monitor);
	uint32_t n = tw_monitor_config(monitor)->n_nodes;
	bool is_other = !change->has_any || change->n_nodes != n;
	bool is_new = is_other || !is_same_decision(&change->decision, decision);

	if (is_other || change->n_verdicts != tw_monitor_n_verdicts(monitor))
		is_new = note_verdicts(change, monitor, n) || is_new;
	change->has_any = true;
	change->n_nodes = n;
	if (is_new)
		change->decision = *decision;
	return is_new;
}

static void put_rest(struct tw_emit *json, const struct tw_monitor *monitor)
{
	const struct tw_decision *decision = tw_monitor_decision(monitor);
	const struct tw_core_config *config = tw_monitor_config(monitor);

	tw_emit_put_text(json, "mode", tw_mode_word(decision->mode));
	tw_emit_put_text(json, "daemon", tw_policy_name(config, decision->chosen, NULL));
	tw_emit_put_bool(json, "usable", decision->is_usable);
	tw_emit_put_int_or_null(json, "network_height", decision->tip.height);
	tw_emit_put_hash(json, "hash", decision->tip.height < 0 ? NULL : &decision->tip.hash);
	tw_emit_put_int_or_null(json, "anchor_height", decision->anchor_height);
	tw_emit_put_int(json, "epoch", (int64_t)decision->epoch);
	tw_emit_put_int(json, "chain_epoch", (int64_t)decision->chain_epoch);
	tw_emit_put_text(json, "reason", tw_words_choice(decision->reason));
	tw_emit_key(json, "states");
	tw_emit_open_map(json);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		struct tw_verdict verdict = tw_monitor_verdict(monitor, (int32_t)i);
		char both[64];

		snprintf(both, sizeof(both), "%s/%s", tw_words_state(verdict.state),
			tw_reason_word(verdict.reason));
		tw_emit_put_text(json, config->nodes[i].name, both);
	}
	tw_emit_close_map(json);
}

static void write_line(const struct tw_monitor *monitor, int64_t t_us, struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);

	tw_emit_open_map(json);
	if (t_us >= 0)
		tw_emit_put_ms(json, "t", t_us);
	put_rest(json, monitor);
	tw_emit_close_map(json);
	tw_emit_destroy(json);
}

void tw_change_write(const struct tw_monitor *monitor, int64_t t_us, struct tw_buf *out)
{
	write_line(monitor, t_us, out);
}

void tw_change_write_rest(const struct tw_monitor *monitor, struct tw_buf *out)
{
	write_line(monitor, TW_UNKNOWN, out);
}
