/*
 * Which rule of decision.md decided, who voted for what, and what would change it: the facts, for
 * programs (wire/why.h) and for people (tw_why_explain).
 */
#ifndef TW_EXPLAIN_WHY_H
#define TW_EXPLAIN_WHY_H

#include "base/buf.h"
#include "core/decide/select.h"
#include "explain/margin.h"
#include "explain/view.h"

/* The rule that named the daemon now in use. */
enum tw_why_rule {
	TW_WHY_STARTING,          /* the first checks are not done */
	TW_WHY_PINNED,            /* the operator said so */
	TW_WHY_INCUMBENT,         /* a healthy one stays */
	TW_WHY_BEST_HEALTHY,      /* there is no healthy incumbent */
	TW_WHY_FAILBACK,          /* higher priority, healthy long enough */
	TW_WHY_INCUMBENT_ANSWERS, /* nobody is healthy */
	TW_WHY_LEAST_BAD,         /* nobody is healthy, nor does the incumbent answer */
	TW_WHY_PRIMARY_LAST,      /* nobody is of any use */
	TW_WHY_FALLBACK_PRIMARY,  /* no consensus, fallback = primary */
	TW_WHY_FALLBACK_NONE,     /* no consensus, fallback = none */
	TW_WHY_ALL_DRAINED,
};

/* What a node says of the chain. */
enum tw_why_vote_kind {
	TW_WHY_VOTE_AGREES,    /* has T */
	TW_WHY_VOTE_BEHIND,    /* on the main chain, but has not got T */
	TW_WHY_VOTE_CONFLICTS, /* on another chain */
	TW_WHY_VOTE_UNLINKED,  /* not known to be on either */
	TW_WHY_VOTE_SILENT,    /* these three do not vote */
	TW_WHY_VOTE_ISOLATED,
	TW_WHY_VOTE_UNCHECKED,
};

struct tw_why_vote {
	enum tw_why_vote_kind kind;
	bool is_voting;
	struct tw_point tip;
	int32_t branch;      /* of tw_view_branch(); -1: on none */
	int64_t fork_height; /* newest block shared with the main chain, where it conflicts */
};

/* What stands between a node and being chosen. */
enum tw_why_not {
	TW_WHY_NOT_CHOSEN,    /* nothing: it is the one */
	TW_WHY_NOT_VERDICT,   /* its verdict: see what is missing */
	TW_WHY_NOT_REFERENCE, /* it votes only */
	TW_WHY_NOT_STARTING,
	TW_WHY_NOT_PINNED,          /* another one is pinned */
	TW_WHY_NOT_FALLBACK,        /* fallback = primary or none */
	TW_WHY_NOT_FAILBACK,        /* of higher priority, but not healthy for long enough */
	TW_WHY_NOT_SWITCH_INTERVAL, /* of higher priority, but the last switch was just now */
	TW_WHY_NOT_AT_TIP,          /* of higher priority, but has not got T, and the chosen has */
	TW_WHY_NOT_NO_CONSENSUS,    /* of higher priority, but not now */
	TW_WHY_NOT_INCUMBENT,       /* no better than the healthy one in use */
};

struct tw_why_node {
	enum tw_why_not why_not;
	/* what it would take; TW_UNKNOWN: not that */
	int64_t good_checks; /* in a row, from now on */
	int64_t blocks;      /* of the main chain that it has to get */
	int64_t peers;       /* that it has to find */
	int64_t voters;      /* that would have to be on its chain for that to be the main one */
	int64_t wait_us;     /* until it may be switched to */
	/* who would take over from the chosen one now, TW_NODE_NONE: no other one is healthy */
	int32_t next;
	/* a healthy daemon that is not chosen, next to the other one that would be (the chosen
	 * one, or the next): by what the better one is better */
	int32_t rival;
	bool is_better;
	enum tw_better better;
};

enum tw_why_rule tw_why_rule(const struct tw_monitor *monitor);
void tw_why_vote(const struct tw_monitor *monitor, int32_t node, struct tw_why_vote *ret_vote);
/* By what the main chain was told from another one. */
const char *tw_why_tie_word(const struct tw_monitor *monitor);
/* -ENOMEM. */
int tw_why_node(const struct tw_monitor *monitor, int32_t node, struct tw_why_node *ret_why);

const char *tw_why_rule_word(enum tw_why_rule rule);
const char *tw_why_vote_word(enum tw_why_vote_kind kind);
/* Of one that has a verdict to blame: the verdict's reason. */
const char *tw_why_not_word(
	const struct tw_monitor *monitor, int32_t node, const struct tw_why_node *why);
const char *tw_why_better_word(enum tw_better better);

/* Short sentences for an operator at three in the morning. */
void tw_why_explain(
	const struct tw_monitor *monitor, const struct tw_margin *margin, struct tw_buf *out);
void tw_why_explain_node(const struct tw_monitor *monitor, int32_t node,
	const struct tw_why_node *why, struct tw_buf *out);

#endif
