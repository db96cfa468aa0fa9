/* Internal to the simcmd files: a line being run, and the functions of the table. */
#ifndef TW_SIM_CMD_INTERNAL_H
#define TW_SIM_CMD_INTERNAL_H

#include "sim/cmd/cmd.h"
#include "json/emit.h"

enum { TW_SIM_CMD_WORDS_MAX = TW_NODES_MAX + 16 };

struct tw_sim_cmd_run;

struct tw_sim_cmd {
	const char *name;
	const char *usage;
	const char *help;
	/* Reads all words, then, unless run->is_check, acts. Both may fail. */
	void (*run)(struct tw_sim_cmd_run *run);
	/* Writes further members of the reply; may be NULL. */
	void (*put)(struct tw_sim_cmd_run *run);
};

struct tw_sim_cmd_run {
	struct tw_sim_net *net;
	const struct tw_sim_cmd *command;
	struct tw_sim_cmd_outcome *outcome;
	struct tw_emit *json;
	bool is_check;
	size_t n_words;
	size_t next;
	uint32_t n_members;
	uint32_t branch; /* what put_tip and put_branch tell about */
	uint32_t node;
	bool is_member[TW_NODES_MAX]; /* the nodes it is about */
	const char *words[TW_SIM_CMD_WORDS_MAX];
};

const struct tw_sim_cmd *tw_sim_cmd_table(size_t *ret_n);
/* What was done. */
void tw_sim_cmd_say(struct tw_sim_cmd_run *run, const char *format, ...) TW_PRINTF(2, 3);
/* What is wrong. Returns false. */
bool tw_sim_cmd_fail(struct tw_sim_cmd_run *run, const char *format, ...) TW_PRINTF(2, 3);

/* Reading words; those that return bool return false after tw_sim_cmd_fail(). */
const char *tw_sim_cmd_peek(const struct tw_sim_cmd_run *run);
const char *tw_sim_cmd_word(struct tw_sim_cmd_run *run);
bool tw_sim_cmd_mark(struct tw_sim_cmd_run *run, const char *word);
bool tw_sim_cmd_nodes(struct tw_sim_cmd_run *run);
bool tw_sim_cmd_node(struct tw_sim_cmd_run *run, uint32_t *ret_node);
bool tw_sim_cmd_int(
	struct tw_sim_cmd_run *run, const char *what, int64_t min, int64_t max, int64_t *ret_value);
bool tw_sim_cmd_end(struct tw_sim_cmd_run *run);

/* simcmd_chain.c: blocks and branches */
void tw_sim_cmd_chain_mine(struct tw_sim_cmd_run *run);
void tw_sim_cmd_chain_block_time(struct tw_sim_cmd_run *run);
void tw_sim_cmd_chain_fork(struct tw_sim_cmd_run *run);
void tw_sim_cmd_chain_race(struct tw_sim_cmd_run *run);
void tw_sim_cmd_chain_rejoin(struct tw_sim_cmd_run *run);
void tw_sim_cmd_chain_adopt(struct tw_sim_cmd_run *run);
void tw_sim_cmd_chain_claim(struct tw_sim_cmd_run *run);
void tw_sim_cmd_chain_put_tip(struct tw_sim_cmd_run *run);
void tw_sim_cmd_chain_put_branch(struct tw_sim_cmd_run *run);

/* simcmd_fault.c: what goes wrong with a node */
void tw_sim_cmd_fault_die(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_hang(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_slow(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_freeze(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_lag(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_delay(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_lie(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_peers(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_no_template(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_stale_template(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_http_error(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_garbage(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_truncate(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_endless(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_deep(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_reset(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_auth(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_restart(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_upgrade(struct tw_sim_cmd_run *run);
void tw_sim_cmd_fault_recover(struct tw_sim_cmd_run *run);

/* simcmd_show.c: telling what is */
void tw_sim_cmd_show_list(struct tw_sim_cmd_run *run);
void tw_sim_cmd_show_put_list(struct tw_sim_cmd_run *run);
void tw_sim_cmd_show_submits(struct tw_sim_cmd_run *run);
void tw_sim_cmd_show_put_submits(struct tw_sim_cmd_run *run);
void tw_sim_cmd_show_help(struct tw_sim_cmd_run *run);
void tw_sim_cmd_show_put_help(struct tw_sim_cmd_run *run);
void tw_sim_cmd_show_quit(struct tw_sim_cmd_run *run);
/* Writes "d1, d3 and d4" (or "all 12 nodes") of the marked nodes. */
const char *tw_sim_cmd_show_names(const struct tw_sim_cmd_run *run, char *text, size_t size);

#endif
