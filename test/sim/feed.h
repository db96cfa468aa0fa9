/*
 * Feeds a history to a core, as it is or changed in a way that must not matter, and shows what was
 * decided after every instant.
 */
#ifndef TEST_SIM_FEED_H
#define TEST_SIM_FEED_H

#include "history.h"

/* What is changed. All of it leaves the decisions alone (decision.md, What must always hold). */
struct feed_change {
	bool is_turned;   /* the nodes are listed the other way round */
	bool is_shuffled; /* the checks of one instant come the other way round */
	bool is_doubled;  /* good checks come twice */
	bool is_boasting; /* other claims of heights and of being in sync */
	bool is_touched;  /* each step finds everything about the nodes anew */
	bool is_restless; /* steps although nothing happened and nothing was due */
	bool is_unpushed; /* no pushes, and no tips over P2P but those that a check has shown */
	/* This one may matter where one voter alone has blocks above T. */
	bool is_unwitnessed; /* no witnesses */
};

/* What was decided, with the nodes' numbers as in the history. */
struct feed_state {
	int64_t t_us;
	int64_t core_us; /* without the gaps */
	bool is_timer;   /* nothing was fed, but it was due */
	bool is_idle;    /* nothing was fed or due */
	bool has_acted;  /* the step asked for something to be done */
	bool has_reloaded, has_operated;
	const struct history *history;
	const struct tw_policy *policy;
	const struct tw_monitor *monitor;
	const struct tw_decision *decision;
	int32_t chosen;
	const int32_t *place; /* of the history's nodes in the monitor */
};

/* Returns NULL or what is wrong. */
typedef const char *feed_fn(void *ctx, const struct feed_state *state);

/* NULL, or the first that fn returned, or what went wrong in the core itself. */
const char *feed(
	const struct history *history, const struct feed_change *change, feed_fn *fn, void *ctx);

#endif
