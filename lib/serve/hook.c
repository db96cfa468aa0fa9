/* See hook.h. */
#include "serve/hook.h"
#include "base/ascii.h"
#include "base/num.h"
#include "block/cause.h"
#include "core/mode.h"
#include "core/reason.h"
#include "core/words.h"
#include "explain/explain.h"
#include "explain/view.h"
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct {
	const char *word;
	const char *event;
	size_t program; /* where the configuration has it */
} hooks[] = {
	[TW_HOOK_SWITCH] = { "on_switch", "switch", offsetof(struct tw_config, on_switch) },
	[TW_HOOK_CHAIN] = { "on_chain", "chain", offsetof(struct tw_config, on_chain) },
	[TW_HOOK_USABLE] = { "on_usable", "usable", offsetof(struct tw_config, on_usable) },
	[TW_HOOK_MODE] = { "on_mode", "mode", offsetof(struct tw_config, on_mode) },
	[TW_HOOK_BLOCK] = { "on_block", "block", offsetof(struct tw_config, on_block) },
	[TW_HOOK_BEAT] = { "on_beat", "beat", offsetof(struct tw_config, on_beat) },
};

const char *tw_hook_word(enum tw_hook hook)
{
	return hooks[hook].word;
}

const char *tw_hook_program(const struct tw_config *config, enum tw_hook hook)
{
	return *(char *const *)((const char *)config + hooks[hook].program);
}

void tw_hook_describe(const struct tw_block *block, struct tw_hook_change *change)
{
	struct tw_buf sentence;

	memcpy(change->block_id, block->id, sizeof(change->block_id));
	change->block_state = block->state;
	change->block_height = tw_block_height(block);
	if (block->has_hash)
		tw_hash_format(&block->hash, change->block_hash);
	tw_buf_init(&sentence, TW_STATUS_SENTENCE_MAX);
	tw_buf_printf(&sentence,
		"the block that was found for height %" PRId64 " is %s: ", change->block_height,
		tw_block_word(block->state));
	tw_block_cause_write(block, &sentence);
	tw_ascii_clean(tw_buf_str(&sentence), change->block_text, sizeof(change->block_text));
	tw_buf_finish(&sentence);
}

void tw_hook_merge(const struct tw_hook_change *older, struct tw_hook_change *newer)
{
	newer->count += older->count;
	newer->old_mode = older->old_mode;
	memcpy(newer->from, older->from, sizeof(newer->from));
	newer->old_height = tw_max(newer->old_height, older->old_height);
}

static void put(struct tw_buf *out, const char *name, const char *value)
{
	tw_buf_printf(out, "TIPWATCH_%s=%s", name, value);
	tw_buf_putc(out, '\0');
}

/* Negative: not known. */
static void put_number(struct tw_buf *out, const char *name, int64_t value)
{
	char text[24] = "";

	if (value >= 0)
		snprintf(text, sizeof(text), "%" PRId64, value);
	put(out, name, text);
}

static void put_times(struct tw_buf *out, int64_t wall_us)
{
	char text[32] = "";
	time_t seconds = (time_t)(wall_us / TW_SEC);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	put(out, "TIME", text);
	put_number(out, "TIME_MS", wall_us / TW_MS);
}

/* Why the daemon that was chosen before is not healthy, if it is not. */
static void put_from(const struct tw_status_source *source, const char *from, struct tw_buf *out)
{
	const char *reason = "";
	struct tw_view_node view;

	for (uint32_t i = 0; i < source->config->n_nodes; i++) {
		if (strcmp(source->config->nodes[i].policy.name, from) != 0)
			continue;
		tw_view_node(source->monitor, (int32_t)i, &view);
		reason = tw_reason_word(view.verdict.reason);
	}
	put(out, "FROM", from);
	put(out, "FROM_REASON", reason);
}

static void put_chosen(struct tw_buf *out, const struct tw_node_conf *node)
{
	put(out, "TO", node == NULL ? "" : node->policy.name);
	put(out, "URL", node == NULL ? "" : node->url.text);
	put(out, "HOST", node == NULL ? "" : node->url.host);
	put_number(out, "PORT", node == NULL ? TW_UNKNOWN : node->url.port);
	put(out, "TLS", node == NULL ? "" : node->url.is_tls ? "1" : "0");
}

/* What comes and goes is not told each time, so it is said how often it came. */
static void put_mode_meaning(const struct tw_decision *decision, struct tw_buf *out)
{
	tw_buf_puts(out, tw_mode_meaning(decision->announced));
	if (decision->falls > 1)
		tw_buf_printf(out, "; the mode became worse %" PRIu32 " times within a day",
			decision->falls);
}

static void put_sentence(const struct tw_status_source *source, const struct tw_hook_change *change,
	struct tw_buf *out)
{
	enum tw_hook hook = change->hook;
	char clean[TW_STATUS_SENTENCE_MAX];
	struct tw_buf sentence;

	tw_buf_init(&sentence, TW_STATUS_SENTENCE_MAX);
	if (hook == TW_HOOK_BLOCK)
		tw_buf_puts(&sentence, change->block_text);
	else if (hook == TW_HOOK_MODE)
		put_mode_meaning(tw_monitor_decision(source->monitor), &sentence);
	else if (hook == TW_HOOK_CHAIN)
		tw_buf_puts(&sentence,
			"the network is on another chain than before: work on templates "
			"from before is lost");
	else
		tw_explain_choice(source->monitor, &sentence);
	tw_ascii_clean(tw_buf_str(&sentence), clean, sizeof(clean));
	put(out, "TEXT", clean);
	tw_buf_finish(&sentence);
}

static void put_block(struct tw_buf *out, const struct tw_decision *decision)
{
	char hex[TW_HASH_HEX + 1] = "";

	if (decision->tip.height != TW_UNKNOWN)
		tw_hash_format(&decision->tip.hash, hex);
	put_number(out, "HEIGHT", decision->tip.height);
	put(out, "HASH", hex);
	put_number(out, "NETWORK_HEIGHT", decision->tip.height);
	put_number(out, "ANCHOR_HEIGHT", decision->anchor_height);
}

/* Empty where it is not about a found block. */
static void put_found(struct tw_buf *out, const struct tw_hook_change *change)
{
	bool is_block = change->hook == TW_HOOK_BLOCK;

	put(out, "BLOCK_ID", change->block_id);
	put(out, "BLOCK_STATE", is_block ? tw_block_word(change->block_state) : "");
	put_number(out, "BLOCK_HEIGHT", is_block ? change->block_height : TW_UNKNOWN);
	put(out, "BLOCK_HASH", change->block_hash);
}

/* Whether on_beat runs the same program. */
static bool is_beaten(const struct tw_config *config, enum tw_hook hook)
{
	return config->on_beat[0] != '\0' &&
	       strcmp(tw_hook_program(config, hook), config->on_beat) == 0;
}

void tw_hook_write_env(const struct tw_status_source *source, const struct tw_hook_change *change,
	struct tw_buf *out)
{
	const struct tw_decision *decision = tw_monitor_decision(source->monitor);
	struct tw_buf select;

	put(out, "EVENT", hooks[change->hook].event);
	put_number(out, "COUNT", change->count);
	put_times(out, source->wall_us);
	put_from(source, change->from, out);
	put_chosen(out,
		decision->chosen == TW_NODE_NONE ? NULL : &source->config->nodes[decision->chosen]);
	put(out, "REASON", tw_words_choice(decision->reason));
	put_sentence(source, change, out);
	put(out, "OLD_MODE", tw_mode_word(change->old_mode));
	put(out, "MODE",
		tw_mode_word(change->hook == TW_HOOK_MODE ? decision->announced : decision->mode));
	put(out, "USABLE", decision->is_usable ? "1" : "0");
	put(out, "PINNED", decision->is_pinned ? "1" : "0");
	put_block(out, decision);
	put_number(out, "OLD_HEIGHT", change->old_height);
	put_number(out, "EPOCH", (int64_t)decision->epoch);
	put_number(out, "CHAIN_EPOCH", (int64_t)decision->chain_epoch);
	put_number(out, "SEQ", (int64_t)tw_monitor_seq(source->monitor));
	put_found(out, change);
	put_number(out, "BEAT_S",
		is_beaten(source->config, change->hook) ? source->config->beat_us / TW_SEC
							: TW_UNKNOWN);
	put(out, "SOCKET", source->config->control_path);
	tw_buf_init(&select, TW_HOOK_ENV_MAX);
	tw_status_select(source, &select);
	put(out, "SELECT", tw_buf_str(&select));
	if (select.error < 0 && out->error == 0)
		out->error = select.error;
	tw_buf_finish(&select);
}
