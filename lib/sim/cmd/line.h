/*
 * A command line that is being run: its words, which the command reads one by one, and the nodes
 * that it is about. A function that finds a word wrong says so in the outcome and returns false;
 * the command then returns without having changed anything.
 */
#ifndef TW_SIM_CMD_LINE_H
#define TW_SIM_CMD_LINE_H

#include "sim/net/net.h"
#include "json/emit.h"

enum {
	TW_SIM_LINE_TEXT_MAX = 512,
	TW_SIM_LINE_WORDS_MAX = TW_NODES_MAX + 16,
};

struct tw_sim_outcome {
	bool is_ok;
	bool is_quit;                    /* the demo is asked to end */
	char text[TW_SIM_LINE_TEXT_MAX]; /* what was done, or what is wrong: a sentence */
};

struct tw_sim_line;

/* The row of a command. */
struct tw_sim_command {
	const char *name;
	const char *usage;
	const char *help;
	/* Reads all words, then acts unless line->is_check. Both may fail. */
	void (*run)(struct tw_sim_line *line);
	/* Writes further members of the reply; may be NULL. */
	void (*put)(struct tw_sim_line *line);
	/* For tw_sim_cmd_fault_reach(): what the nodes do from now on, and how that is said. */
	enum tw_sim_reach reach;
	const char *reach_text;
};

struct tw_sim_line {
	struct tw_sim_net *net;
	const struct tw_sim_command *commands; /* all there are */
	size_t n_commands;
	const struct tw_sim_command *command;
	struct tw_sim_outcome *outcome;
	struct tw_emit *json;
	bool is_check;
	size_t n_words;
	size_t next;
	uint32_t n_members;
	/* The branch that tw_sim_cmd_chain_put_tip() and tw_sim_cmd_chain_put_branch() show. */
	uint32_t branch;
	uint32_t node;
	bool is_member[TW_NODES_MAX]; /* the nodes it is about */
	const char *words[TW_SIM_LINE_WORDS_MAX];
};

/* What was done. */
void tw_sim_line_say(struct tw_sim_line *line, const char *format, ...) TW_PRINTF(2, 3);
/* The same with the names of the marked nodes before it. */
void tw_sim_line_say_members(struct tw_sim_line *line, const char *format, ...) TW_PRINTF(2, 3);
/* What is wrong. Returns false. */
bool tw_sim_line_fail(struct tw_sim_line *line, const char *format, ...) TW_PRINTF(2, 3);

/* The next word, or NULL; peek leaves it there. */
const char *tw_sim_line_peek(const struct tw_sim_line *line);
const char *tw_sim_line_word(struct tw_sim_line *line);
/* Takes the next word where it is this one. */
bool tw_sim_line_takes(struct tw_sim_line *line, const char *word);
/* Marks the nodes of the next word: "d1" or "d1,d3" or "all". */
bool tw_sim_line_nodes(struct tw_sim_line *line);
/* The same where it must be one. */
bool tw_sim_line_node(struct tw_sim_line *line, uint32_t *ret_node);
/* A whole number; what says which, with its article. */
bool tw_sim_line_int(
	struct tw_sim_line *line, const char *what, int64_t min, int64_t max, int64_t *ret_value);
/* There must be no more words. */
bool tw_sim_line_end(struct tw_sim_line *line);

/* Writes "d1, d3 and d4" (or "all 12 nodes") of the marked nodes. Returns text. */
const char *tw_sim_line_names(const struct tw_sim_line *line, char *text, size_t size);
/* The first marked node from *i on, or NULL; *i is then behind it. */
struct tw_sim_node *tw_sim_line_next_member(const struct tw_sim_line *line, uint32_t *i);

#endif
