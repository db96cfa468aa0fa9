/* See hook.h. */
#include "serve/hook.h"
#include "base/ascii.h"
#include "core/mode.h"
#include "core/words.h"
#include "explain/explain.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *tw_hook_word(enum tw_hook hook)
{
	static const char *const words[] = {
		[TW_HOOK_SWITCH] = "on_switch",
		[TW_HOOK_MODE] = "on_mode",
	};

	return words[hook];
}

void tw_hook_merge(const struct tw_hook_change *older, struct tw_hook_change *newer)
{
	newer->count += older->count;
	newer->old_mode = older->old_mode;
	memcpy(newer->from, older->from, sizeof(newer->from));
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

static void put_chosen(struct tw_buf *out, const struct tw_node_conf *node)
{
	put(out, "TO", node == NULL ? "" : node->policy.name);
	put(out, "URL", node == NULL ? "" : node->url.text);
	put(out, "HOST", node == NULL ? "" : node->url.host);
	put_number(out, "PORT", node == NULL ? TW_UNKNOWN : node->url.port);
	put(out, "TLS", node == NULL ? "" : node->url.is_tls ? "1" : "0");
}

static void put_sentence(
	const struct tw_status_source *source, enum tw_hook hook, struct tw_buf *out)
{
	char clean[TW_STATUS_SENTENCE_MAX];
	struct tw_buf sentence;

	tw_buf_init(&sentence, TW_STATUS_SENTENCE_MAX);
	if (hook == TW_HOOK_MODE)
		tw_buf_puts(&sentence,
			tw_mode_meaning(tw_monitor_decision(source->monitor)->announced));
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

void tw_hook_write_env(const struct tw_status_source *source, const struct tw_hook_change *change,
	struct tw_buf *out)
{
	const struct tw_decision *decision = tw_monitor_decision(source->monitor);
	struct tw_buf select;

	put(out, "EVENT", change->hook == TW_HOOK_SWITCH ? "switch" : "mode");
	put_number(out, "COUNT", change->count);
	put_times(out, source->wall_us);
	put(out, "FROM", change->from);
	put_chosen(out,
		decision->chosen == TW_NODE_NONE ? NULL : &source->config->nodes[decision->chosen]);
	put(out, "REASON", tw_words_choice(decision->reason));
	put_sentence(source, change->hook, out);
	put(out, "OLD_MODE", tw_mode_word(change->old_mode));
	put(out, "MODE", tw_mode_word(decision->announced));
	put(out, "USABLE", decision->is_usable ? "1" : "0");
	put(out, "PINNED", decision->is_pinned ? "1" : "0");
	put_block(out, decision);
	put_number(out, "EPOCH", (int64_t)decision->epoch);
	put_number(out, "CHAIN_EPOCH", (int64_t)decision->chain_epoch);
	put_number(out, "SEQ", (int64_t)tw_monitor_seq(source->monitor));
	put(out, "SOCKET", source->config->control_path);
	tw_buf_init(&select, TW_HOOK_ENV_MAX);
	tw_status_select(source, &select);
	put(out, "SELECT", tw_buf_str(&select));
	if (select.error < 0 && out->error == 0)
		out->error = select.error;
	tw_buf_finish(&select);
}
