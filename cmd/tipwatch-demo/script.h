/* A script: commands and the times at which to run them, from a file of `TIME COMMAND` lines. */
#ifndef DEMO_SCRIPT_H
#define DEMO_SCRIPT_H

#include "base/time.h"
#include "sim/net/net.h"

struct demo_script;

/* Something to do at a time. Strings are borrowed from the script or story. */
struct demo_step {
	int64_t at_us;        /* since the script began */
	const char *command;  /* "": only print the sentence */
	const char *sentence; /* NULL: print what the command says */
	int line;             /* in the file; 0: none */
	bool is_loop;         /* start again from the first step */
};

/*
 * Reads FILE. Every wrong line gets a message on stderr (FILE:LINE: …). Returns 0, 1 when a line
 * is wrong, or a negative errno when the file cannot be read.
 */
int demo_script_load(const char *path, struct tw_sim_net *net, struct demo_script **ret_script);
void demo_script_destroy(struct demo_script *script);

/* When the next step is due, simulated time; TW_NEVER: none is left. */
int64_t demo_script_next_us(const struct demo_script *script);
/* The next step that is due by now_us, or NULL. Borrowed until the script is destroyed. */
const struct demo_step *demo_script_step(struct demo_script *script, int64_t now_us);

#endif
