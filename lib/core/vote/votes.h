/*
 * What a count of the votes works on, and what it finds: the main chain, and where each voter
 * stands to it (decision.md, Voting 2 and Voting 3). tally.h counts, in the steps of group.h,
 * tree.h, ties.h and apart.h, which all fill in parts of struct tw_votes. Blocks are compared only
 * within a node's own chain, never merged into one common tree, so that a liar can misplace nobody
 * but itself.
 */
#ifndef TW_CORE_VOTE_VOTES_H
#define TW_CORE_VOTE_VOTES_H

#include "core/node/chain.h"
#include "core/policy.h"
#include "core/vote/index.h"
#include "core/vote/support.h"
#include "core/vote/sweep.h"

/* What decided to which side of a fork the main chain goes; the later ones are the closer ones. */
enum tw_tie {
	TW_TIE_NONE, /* there is no fork */
	TW_TIE_VOTES,
	TW_TIE_CONFIRMED, /* a quorum has confirmed a block of that side */
	TW_TIE_LONGER,
	TW_TIE_SERVED,
	TW_TIE_PRIMARY,
	TW_TIE_HASH,
};

/* The voters on the sides of a fork that the main chain does not go to. */
struct tw_beside {
	uint32_t n_voters;
	uint32_t n_believed; /* of them */
	uint32_t n_branches;
};

/* A run of blocks between two forks, with the voters whose tips are on it or above it. */
struct tw_edge {
	uint32_t start; /* voters on and above it: order[start] to order[end - 1] */
	uint32_t end;
	uint32_t ended;        /* the voters before order[ended] have their tips on it */
	uint32_t size;         /* voters on and above it, with all that these stand for */
	int64_t fork_height;   /* newest block below it; TW_UNKNOWN: none known */
	struct tw_point first; /* its lowest known block (not for the root) */
	int64_t agreed;        /* its newest block that all voters above it share */
	int64_t top;           /* the highest tip on and above it */
	int64_t seen_us;       /* since when it is known */
	uint32_t parent;       /* below it; of the root: itself */
	uint32_t first_child;
	uint32_t n_children;
	uint32_t most;   /* voters on the largest of its sides */
	uint32_t n_most; /* sides that have as many */
	uint64_t asked;  /* the last count that has asked to which of them the main chain goes */
	uint32_t chosen; /* what it was told; 0: it was never asked */
	struct tw_beside beside; /* all the others, where none of them floats */
	bool has_confirmed;      /* the confirmed chain is among the voters on and above it */
	bool is_floating; /* no voter on it shows the height of the fork: its side is not known */
	bool is_main;
	bool is_tied;     /* used by the ties; likewise, of a side that is tied: */
	bool has_grown;   /* a daemon on the side has grown */
	bool has_served;  /* it shows the chain served last */
	bool has_primary; /* the primary is on it */
	enum tw_tie tie;  /* what decided for it, where it was chosen */
};

/* A side of a fork, as another tree has known it. */
struct tw_fork_side {
	struct tw_point first;
	int64_t seen_us; /* since when it is known */
};

/* Voters that share blocks, directly or through others. */
struct tw_group {
	uint32_t n_windows; /* that they show, and the confirmed chain's */
	uint32_t size;
	bool has_served;
	bool has_primary;
	bool is_against;       /* it is known to be on another chain than what is confirmed */
	struct tw_hash lowest; /* the lowest hash of their tips, where it has a voter */
};

/* A block that a node is to be asked for, because the tree cannot be built without it. */
struct tw_question {
	int32_t node;
	int64_t height;
};
enum { TW_VOTE_QUESTIONS = 64 };

struct tw_votes {
	/* of the last count, per node; the confirmed chain counts as one more node, the last one */
	enum tw_relation *relation;
	int64_t *share;  /* highest block shared with the main chain; TW_UNKNOWN */
	int32_t *branch; /* 0: does not conflict with it; else 1 to n_branches - 1; -1: on none */
	uint32_t n_branches;
	enum tw_relation *was_relation; /* of the count before */
	int64_t *was_share;
	/* the groups, and the tree of the one that is counted */
	int32_t *group; /* per node */
	uint32_t n_groups;
	struct tw_group *groups;
	int32_t counted;              /* the group that is counted */
	struct tw_point group_served; /* T, where the groups were looked at last */
	int32_t group_primary;        /* who stood for the primary then */
	uint32_t n_voters;            /* that stand for all that show the same (index.h) */
	int32_t *voters;              /* these, lowest first; what follows is about these alone */
	uint32_t n_order;
	int32_t *order; /* the voters of that group, sorted by their sides of its forks */
	uint32_t n_edges;
	struct tw_edge *edges;
	uint32_t *leaf;    /* per voter in the tree: the edge that its tip is on */
	int64_t root_from; /* where the root was followed from; TW_UNKNOWN: from below all */
	bool has_holes;    /* a voter did not show the height of a fork */
	bool is_laid;      /* groups and tree are those of the windows of the last count */
	/* what has changed since the last count (growth.h) */
	bool is_alike; /* the windows are the same, but for that of one voter */
	int32_t grown; /* which has grown; TW_NODE_NONE: all are the same */
	/* the main chain */
	int32_t best;    /* the voter that shows most of it, or, where only that does, the
			  * confirmed chain; TW_NODE_NONE: there is none */
	int64_t top;     /* its height, TW_UNKNOWN */
	enum tw_tie tie; /* what decided at its closest fork */
	struct tw_support support;
	uint32_t answering;
	uint32_t agreeing;
	uint32_t conflicting;
	bool has_deep_conflict; /* two voters conflict deeper than fork_tolerance on both sides */
	bool has_strong_rival;  /* a branch that conflicts so has as many voters as the main side */
	uint32_t n_questions;
	struct tw_question questions[TW_VOTE_QUESTIONS];
	/* memory between counts */
	uint64_t n_counts;
	uint64_t even_count; /* the last one that has found no two voters that differ (differ.h) */
	uint32_t n_sides;    /* of trees before the one that is counted */
	uint32_t max_sides;
	struct tw_fork_side *sides;
	uint32_t next_side;    /* where the next one is looked for first */
	int64_t tie_until_us;  /* when a tie may change by time alone; TW_NEVER */
	struct tw_index index; /* who shows a block; the confirmed chain is the last window */
	/* used while counting */
	uint32_t n_nodes;  /* with the confirmed chain */
	int32_t confirmed; /* the number of the confirmed chain: the last one */
	int32_t primary;   /* who stands for the primary; -1: it does not vote */
	const struct tw_chain *const *chains;
	int32_t *side;    /* per node: its side of a fork */
	int32_t *parent;  /* per node: unions of voters that are linked (union.h) */
	bool *has_grown;  /* per voter: a daemon that it stands for has grown */
	bool *has_served; /* per voter: it shows T */
	int32_t *first;   /* per side or group: one of its voters */
	int32_t *number;  /* per node that stands for others: a number of them all */
	int32_t *spare;
	struct tw_cursor *cursors;
};

/*
 * What a count is made of. chains[i] is node i's chain where it votes, else NULL. One more entry
 * follows: the confirmed chain, whose tip is C, or NULL. It has no vote. At a fork the main chain
 * goes to its side, unless quorum voters are on another one (decision.md, Voting 3).
 */
struct tw_ballot {
	const struct tw_chain *const *chains;
	uint32_t quorum;
	const bool *may_differ; /* per node: its chain may have changed since the last count;
				   NULL: any may have */
	const bool *is_doubted; /* per node: not believed (decision.md, Voting 6); NULL: nobody */
	const bool *has_grown;  /* per node: a daemon that has grown (decision.md, Voting 4(a));
				   NULL: nobody */
	const struct tw_policy *policy;
	struct tw_point served; /* T as it was served last; height TW_UNKNOWN: none */
	int32_t primary;
	int64_t now;
};

/* For so many nodes and the confirmed chain. Returns 0 or -ENOMEM. */
int tw_votes_init(struct tw_votes *votes, uint32_t n_nodes);
void tw_votes_finish(struct tw_votes *votes);
/* Takes over what old remembers between counts, in place of all that votes remembers. */
void tw_votes_inherit(struct tw_votes *votes, const struct tw_votes *old);
/* Notes the sides of the forks that old has asked about in a count, or since. */
void tw_votes_note_sides(struct tw_votes *votes, const struct tw_votes *old, uint64_t count);

/* The main chain's block at height as its supporters show it, or NULL. */
const struct tw_hash *tw_votes_main_at(const struct tw_votes *votes, int64_t height);
/* The highest main-chain block that at least n voters support, or TW_UNKNOWN. n > 0. */
static inline int64_t tw_votes_supported_by(const struct tw_votes *votes, uint32_t n)
{
	return tw_support_of(&votes->support, n, true);
}
/* The same with the voters that are not believed, for a quorum. */
static inline int64_t tw_votes_backed_by(const struct tw_votes *votes, uint32_t n)
{
	return tw_support_of(&votes->support, n, false);
}
/* Whether there is consensus with this quorum (decision.md, Modes 2). */
static inline bool tw_votes_agree(const struct tw_votes *votes, uint32_t quorum)
{
	return votes->agreeing >= quorum && !votes->has_strong_rival;
}

/*
 * How any chain, voting or not, stands to the main chain. ret_share is the highest shared block, or
 * TW_UNKNOWN. UNLINKED: they are not known to differ, nor is the lower one of the two tips known to
 * be on the other chain.
 */
enum tw_relation tw_votes_relate(
	const struct tw_votes *votes, const struct tw_chain *chain, int64_t *ret_share);
/* How many voters show what the voter shows. The confirmed chain has no vote. */
static inline uint32_t tw_votes_weight(const struct tw_votes *votes, int32_t voter)
{
	return voter == votes->confirmed ? 0 : tw_index_window(&votes->index, voter)->n_voters;
}
/* Asks for node's block at height, unless it is known. Returns whether it is not. */
bool tw_votes_ask(struct tw_votes *votes, int32_t node, int64_t height);
/* The same for all that the voter stands for. */
bool tw_votes_ask_all(struct tw_votes *votes, int32_t voter, int64_t height);

#endif
