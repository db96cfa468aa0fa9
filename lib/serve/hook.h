/*
 * What a hook is told: a change of the decision, or that tipwatchd is alive, as TIPWATCH_*
 * variables. Text only; io/runner runs the programs. tipwatch-hooks(7) explains every variable.
 */
#ifndef TW_SERVE_HOOK_H
#define TW_SERVE_HOOK_H

#include "serve/status.h"

/* Of several that wait, the first one here runs first. */
enum tw_hook {
	TW_HOOK_SWITCH,
	TW_HOOK_CHAIN,
	TW_HOOK_USABLE,
	TW_HOOK_MODE,
	TW_HOOK_BLOCK,
	TW_HOOK_BEAT
};
enum { TW_HOOKS = TW_HOOK_BEAT + 1, TW_HOOK_ENV_MAX = 65536, TW_HOOK_TEXT_MAX = 512 };

/* The key of the configuration: "on_switch" and so on. */
const char *tw_hook_word(enum tw_hook hook);
/* What the configuration names for it; "": nothing. */
const char *tw_hook_program(const struct tw_config *config, enum tw_hook hook);

/* One change, or several that are told as one because the hook was still running. */
struct tw_hook_change {
	enum tw_hook hook;
	uint32_t count;             /* of changes */
	char from[TW_NAME_MAX + 1]; /* the daemon chosen before the first change; "": none */
	enum tw_mode old_mode;      /* the announced mode before the first change */
	int64_t old_height;         /* the highest T of the chain before it; TW_UNKNOWN */
	/* Of TW_HOOK_BLOCK, as they are after the last change: */
	char block_id[TW_BLOCK_ID_SIZE];
	enum tw_block_state block_state;
	int64_t block_height;             /* TW_UNKNOWN */
	char block_hash[TW_HASH_HEX + 1]; /* "": not known */
	char block_text[TW_HOOK_TEXT_MAX];
};

/* Fills in what is told of a block. */
void tw_hook_describe(const struct tw_block *block, struct tw_hook_change *change);
/* Makes one change of two: newer happened after older, of the same hook. */
void tw_hook_merge(const struct tw_hook_change *older, struct tw_hook_change *newer);

/* Appends the variables, each "NAME=VALUE" and a NUL. Beside what change holds they describe
 * source. A value that is not known is empty; text is printable ASCII. Errors stick in out. */
void tw_hook_write_env(const struct tw_status_source *source, const struct tw_hook_change *change,
	struct tw_buf *out);

#endif
