/* Internal to the simcmd files: a line being run, and the functions of the table. */
#ifndef TW_SIM_SIMCMD_IMPL_H
#define TW_SIM_SIMCMD_IMPL_H

#include "sim/simcmd.h"
#include "wire/json_write.h"

enum { TW_SIMCMD_WORDS_MAX = TW_NODES_MAX + 16 };

struct tw_simcmd_run;

struct tw_simcmd {
	const char *name;
	const char *usage;
	const char *help;
	/* Reads all words, then, unless run->is_check, acts. Both may fail. */
	void (*run)(struct tw_simcmd_run *run);
	/* Writes further members of the reply; may be NULL. */
	void (*put)(struct tw_simcmd_run *run);
};

struct tw_simcmd_run {
	struct tw_simnet *net;
	const struct tw_simcmd *command;
	struct tw_simcmd_outcome *outcome;
	struct tw_json *json;
	bool is_check;
	size_t n_words;
	size_t next;
	uint32_t n_members;
	uint32_t branch; /* what put_tip and put_branch tell about */
	uint32_t node;
	bool is_member[TW_NODES_MAX]; /* the nodes it is about */
	const char *words[TW_SIMCMD_WORDS_MAX];
};

const struct tw_simcmd *tw_simcmd_table(size_t *ret_n);
/* What was done. */
void tw_simcmd_say(struct tw_simcmd_run *run, const char *format, ...) TW_PRINTF(2, 3);
/* What is wrong. Returns false. */
bool tw_simcmd_fail(struct tw_simcmd_run *run, const char *format, ...) TW_PRINTF(2, 3);

/* Reading words; those that return bool return false after tw_simcmd_fail(). */
const char *tw_simcmd_peek(const struct tw_simcmd_run *run);
const char *tw_simcmd_word(struct tw_simcmd_run *run);
bool tw_simcmd_mark(struct tw_simcmd_run *run, const char *word);
bool tw_simcmd_nodes(struct tw_simcmd_run *run);
bool tw_simcmd_node(struct tw_simcmd_run *run, uint32_t *ret_node);
bool tw_simcmd_int(
	struct tw_simcmd_run *run, const char *what, int64_t min, int64_t max, int64_t *ret_value);
bool tw_simcmd_end(struct tw_simcmd_run *run);

/* simcmd_chain.c: blocks and branches */
void tw_simcmd_do_mine(struct tw_simcmd_run *run);
void tw_simcmd_do_block_time(struct tw_simcmd_run *run);
void tw_simcmd_do_fork(struct tw_simcmd_run *run);
void tw_simcmd_do_race(struct tw_simcmd_run *run);
void tw_simcmd_do_rejoin(struct tw_simcmd_run *run);
void tw_simcmd_do_adopt(struct tw_simcmd_run *run);
void tw_simcmd_do_claim(struct tw_simcmd_run *run);
void tw_simcmd_put_tip(struct tw_simcmd_run *run);
void tw_simcmd_put_branch(struct tw_simcmd_run *run);

/* simcmd_fault.c: what goes wrong with a node */
void tw_simcmd_do_die(struct tw_simcmd_run *run);
void tw_simcmd_do_hang(struct tw_simcmd_run *run);
void tw_simcmd_do_slow(struct tw_simcmd_run *run);
void tw_simcmd_do_freeze(struct tw_simcmd_run *run);
void tw_simcmd_do_lag(struct tw_simcmd_run *run);
void tw_simcmd_do_delay(struct tw_simcmd_run *run);
void tw_simcmd_do_lie(struct tw_simcmd_run *run);
void tw_simcmd_do_peers(struct tw_simcmd_run *run);
void tw_simcmd_do_no_template(struct tw_simcmd_run *run);
void tw_simcmd_do_stale_template(struct tw_simcmd_run *run);
void tw_simcmd_do_http_error(struct tw_simcmd_run *run);
void tw_simcmd_do_garbage(struct tw_simcmd_run *run);
void tw_simcmd_do_truncate(struct tw_simcmd_run *run);
void tw_simcmd_do_endless(struct tw_simcmd_run *run);
void tw_simcmd_do_deep(struct tw_simcmd_run *run);
void tw_simcmd_do_reset(struct tw_simcmd_run *run);
void tw_simcmd_do_auth(struct tw_simcmd_run *run);
void tw_simcmd_do_restart(struct tw_simcmd_run *run);
void tw_simcmd_do_upgrade(struct tw_simcmd_run *run);
void tw_simcmd_do_recover(struct tw_simcmd_run *run);

/* simcmd_show.c: telling what is */
void tw_simcmd_do_list(struct tw_simcmd_run *run);
void tw_simcmd_put_list(struct tw_simcmd_run *run);
void tw_simcmd_do_submits(struct tw_simcmd_run *run);
void tw_simcmd_put_submits(struct tw_simcmd_run *run);
void tw_simcmd_do_help(struct tw_simcmd_run *run);
void tw_simcmd_put_help(struct tw_simcmd_run *run);
void tw_simcmd_do_quit(struct tw_simcmd_run *run);
/* Writes "d1, d3 and d4" (or "all 12 nodes") of the marked nodes. */
const char *tw_simcmd_names(const struct tw_simcmd_run *run, char *text, size_t size);

#endif
