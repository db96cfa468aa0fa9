/*
 * Why the decision is what it is: which rule of decision.md named the daemon in use, how each node
 * voted, what stands between a node and being chosen, and what it would take. The facts are for
 * programs (serve/why_json.h); the sentences are made from the same facts for people.
 */
#ifndef TW_EXPLAIN_WHY_H
#define TW_EXPLAIN_WHY_H

#include "base/buf.h"
#include "core/decide/select.h"
#include "explain/margin.h"
#include "explain/view.h"

/* The rule that named the daemon that is in use now. */
enum tw_why_rule {
	TW_WHY_STARTING,          /* the first checks are not done */
	TW_WHY_PINNED,            /* the operator has pinned it */
	TW_WHY_INCUMBENT,         /* a healthy incumbent stays */
	TW_WHY_BEST_HEALTHY,      /* there is no healthy incumbent */
	TW_WHY_FAILBACK,          /* it has a higher priority and was healthy long enough */
	TW_WHY_INCUMBENT_ANSWERS, /* no daemon is healthy, and no other is less bad */
	TW_WHY_LEAST_BAD,         /* no daemon is healthy, and this one is the best of the bad */
	TW_WHY_PRIMARY_LAST,      /* no daemon can be used: the primary is named */
	TW_WHY_FALLBACK_PRIMARY,  /* no consensus, fallback = primary */
	TW_WHY_FALLBACK_NONE,     /* no consensus, fallback = none */
	TW_WHY_ALL_DRAINED,
};

/* How a node stands to the main chain. */
enum tw_why_vote_kind {
	TW_WHY_VOTE_AGREES,    /* it is on the main chain, at T or above */
	TW_WHY_VOTE_BEHIND,    /* it is on the main chain, below T */
	TW_WHY_VOTE_CONFLICTS, /* it is on another chain */
	TW_WHY_VOTE_UNLINKED,  /* whether it is on the main chain is not known */
	TW_WHY_VOTE_SILENT,    /* this and the next three do not vote */
	TW_WHY_VOTE_FOREIGN,
	TW_WHY_VOTE_ISOLATED,
	TW_WHY_VOTE_DRAINED, /* a reference that the operator has drained */
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
	TW_WHY_NOT_CHOSEN,    /* nothing: it is chosen */
	TW_WHY_NOT_VERDICT,   /* its verdict: see what it would take */
	TW_WHY_NOT_REFERENCE, /* a reference votes and is never chosen */
	TW_WHY_NOT_STARTING,
	TW_WHY_NOT_PINNED,          /* another one is pinned */
	TW_WHY_NOT_FALLBACK,        /* fallback = primary or none */
	TW_WHY_NOT_FAILBACK,        /* of higher priority, but not healthy for long enough */
	TW_WHY_NOT_SWITCH_INTERVAL, /* of higher priority, but the last switch was just now */
	TW_WHY_NOT_AT_TIP,          /* of higher priority, but the chosen has T and it does not */
	TW_WHY_NOT_NO_CONSENSUS,    /* of higher priority, but there is no consensus */
	TW_WHY_NOT_INCUMBENT,       /* no better than the healthy one in use */
};

struct tw_why_node {
	enum tw_why_not why_not;
	/* what it would take; TW_UNKNOWN: that is not what is missing */
	int64_t good_checks; /* in a row, from now on */
	int64_t blocks;      /* of the main chain that it has to get */
	int64_t peers;       /* more peers than now */
	int64_t voters;      /* that would have to be on its chain for that to be the main one */
	int64_t wait_us;     /* until it may be switched to */
	/* the daemon that would take over from the chosen one; TW_NODE_NONE: no other is healthy */
	int32_t next;
	/* For a healthy daemon that is not chosen: the daemon that it is compared with (the next
	 * one, or, when it is itself the next one, the chosen one), whether it is the better of the
	 * two, and by what. TW_NODE_NONE: it is not compared. */
	int32_t rival;
	bool is_better;
	enum tw_better better;
};

enum tw_why_rule tw_why_rule(const struct tw_monitor *monitor);
void tw_why_vote(const struct tw_monitor *monitor, int32_t node, struct tw_why_vote *ret_vote);
/* By what the main chain was told from another one. NULL: there are no votes. */
const char *tw_why_tie_word(const struct tw_monitor *monitor);
/* Returns 0 or -ENOMEM. */
int tw_why_node(const struct tw_monitor *monitor, int32_t node, struct tw_why_node *ret_why);

const char *tw_why_rule_word(enum tw_why_rule rule);
const char *tw_why_vote_word(enum tw_why_vote_kind kind);
/* The word of why_not; where a verdict stands in the way, the word of its reason. */
const char *tw_why_not_word(
	const struct tw_monitor *monitor, int32_t node, const struct tw_why_node *why);
const char *tw_why_better_word(enum tw_better better);

/* Short sentences for an operator: why this daemon, and what would change that. */
void tw_why_explain(
	const struct tw_monitor *monitor, const struct tw_margin *margin, struct tw_buf *out);
void tw_why_explain_node(const struct tw_monitor *monitor, int32_t node,
	const struct tw_why_node *why, struct tw_buf *out);

#endif
