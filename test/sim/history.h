/*
 * Random histories for the properties of the decision: what a few nodes on a forest of blocks
 * showed and when, with all that goes wrong. A history is data, so that it can be fed again in
 * another order, cut down to what matters, and printed as a journal.
 */
#ifndef TEST_SIM_HISTORY_H
#define TEST_SIM_HISTORY_H

#include "core/monitor.h"
#include <stdio.h>

enum { HISTORY_NODES = 64, HISTORY_RECORDS = 1024, HISTORY_BLOCKS = 1024, HISTORY_POLICIES = 2 };

struct history_block {
	int parent; /* -1: none */
	struct tw_point point;
};

enum history_kind {
	HISTORY_CHECK,
	HISTORY_OPERATE,
	HISTORY_REPORT,
	HISTORY_GAP,
	HISTORY_RELOAD,
	HISTORY_LINK,
	HISTORY_WITNESS,
};

struct history_record {
	int64_t t_us;
	enum history_kind kind;
	int32_t node;
	/* check */
	enum tw_result result;
	int block;      /* the tip */
	uint32_t shown; /* blocks from it downwards */
	int64_t rtt_us;
	int64_t peers;
	int64_t claim;
	int synced;
	enum tw_template template;
	/* the others */
	enum tw_op op;
	int64_t gap_us;
	enum tw_link link;
	uint32_t slot;       /* of a witness */
	struct tw_point tip; /* that is said over P2P; TW_UNKNOWN: none, or the witness is gone */
};

struct history {
	unsigned int seed;
	bool is_honest;   /* a quorum is, whatever the others do; nobody drains or pins */
	bool has_ears;    /* there are P2P links and witnesses */
	uint32_t n_wrong; /* then: the last ones */
	uint32_t n;
	struct tw_node_policy nodes[HISTORY_NODES];
	struct tw_policy policies[HISTORY_POLICIES]; /* the second one from the reload on */
	int n_blocks;
	struct history_block blocks[HISTORY_BLOCKS];
	int honest_tip; /* at the end */
	uint32_t n_records;
	struct history_record records[HISTORY_RECORDS];
};

/* The same seed makes the same history. Blocks have 1 to 64 nodes, mostly a few. */
void history_make(struct history *history, unsigned int seed);
/* A child of parent (-1: the first block), its hash begins with first. Full: parent. */
int history_add_block(struct history *history, int parent, uint8_t first);
/* Whether block a is b or an ancestor of it. */
bool history_is_ancestor(const struct history *history, int a, int b);
/* Whether neither is an ancestor of the other. */
bool history_conflict(const struct history *history, int a, int b);
/* The block of this hash, -1: none. */
int history_find(const struct history *history, const struct tw_point *point);
/* How many witnesses have said, by t_us, that they have a block of the chain above height. */
uint32_t history_count_witnesses(
	const struct history *history, int64_t t_us, const struct tw_chain *chain, int64_t height);
/* What a check record returned. */
void history_observe(const struct history *history, const struct history_record *record,
	struct tw_observation *ret_obs);
/*
 * As a journal that `tipwatchctl replay` reads: with the n steps at ticks_us, which are in order,
 * that timers took. False: it could not be written.
 */
bool history_print(const struct history *history, const int64_t *ticks_us, uint32_t n, FILE *file);

#endif
