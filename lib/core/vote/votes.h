/*
 * From the chains of the answering voters to the main chain (decision.md, Voting 2 and Voting 3):
 * the voters' chains are laid over each other as a tree, and at every fork the main chain goes to
 * the side with more voters' tips. Blocks are compared only within a node's own chain, never merged
 * into one common tree: a liar can misplace nobody but itself.
 */
#ifndef TW_CORE_VOTE_VOTES_H
#define TW_CORE_VOTE_VOTES_H

#include "core/node/chain.h"
#include "core/policy.h"
#include "core/vote/sweep.h"

/* Why the main chain goes to its side of a fork: the further down, the closer it was. */
enum tw_tie {
	TW_TIE_NONE, /* no fork */
	TW_TIE_VOTES,
	TW_TIE_LONGER,
	TW_TIE_SERVED,
	TW_TIE_PRIMARY,
	TW_TIE_HASH,
};

/* A run of blocks between two forks, with the voters whose tips are on it or above it. */
struct tw_edge {
	uint32_t start; /* voters on and above it: order[start] to order[end - 1] */
	uint32_t end;
	uint32_t ended;        /* those before order[ended] have their tips on it */
	int64_t fork_height;   /* newest block below it; TW_UNKNOWN: none known */
	struct tw_point first; /* its lowest known block (not for the root) */
	int64_t agreed;        /* its newest block that all above it share */
	int64_t top;           /* the highest tip on and above it */
	int64_t seen_us;       /* since when it is known */
	uint32_t first_child;
	uint32_t n_children;
	bool is_floating; /* nobody on it shows the height at which the others part */
	bool is_main;
	bool is_tied;    /* scratch of the ties */
	enum tw_tie tie; /* where it was chosen: how closely */
};

/* A side of a fork and since when it is known, for the ties. */
struct tw_fork_side {
	struct tw_point first;
	int64_t seen_us;
	bool is_fresh; /* seen by the last count */
};

/* Voters that share blocks, directly or through others. */
struct tw_group {
	uint32_t size;
	bool has_served;
	bool has_primary;
	const struct tw_hash *lowest; /* hash of a tip */
};

/* A height that a node should be asked for, because the tree cannot be built without it. */
struct tw_question {
	int32_t node;
	int64_t height;
};
enum { TW_VOTE_QUESTIONS = 64 };

struct tw_votes {
	/* of the last count, per node */
	enum tw_relation *relation;
	int64_t *share;  /* highest block shared with the main chain; TW_UNKNOWN */
	int32_t *branch; /* of those that do not conflict with it 0, else 1 to n_branches - 1; -1 */
	uint32_t n_branches;
	/* the groups, and the tree of the main one */
	int32_t *group;
	uint32_t n_groups;
	struct tw_group *groups;
	uint32_t n_order;
	int32_t *order;
	uint32_t n_edges;
	struct tw_edge *edges;
	/* the main chain */
	int32_t best;    /* the voter that shows most of it; TW_NODE_NONE: no votes */
	int64_t top;     /* its height, TW_UNKNOWN */
	enum tw_tie tie; /* of its forks the closest one */
	int64_t *shares; /* of the voters linked to it, highest first */
	uint32_t n_shares;
	uint32_t answering;
	uint32_t agreeing;
	uint32_t conflicting;
	bool has_deep_conflict; /* two voters conflict deeper than fork_tolerance on both sides */
	bool has_strong_rival;  /* such a branch has as many supporters as the main side */
	uint32_t n_questions;
	struct tw_question questions[TW_VOTE_QUESTIONS];
	/* memory between counts */
	uint32_t n_sides;
	uint32_t max_sides;
	struct tw_fork_side *sides;
	int64_t tie_until_us; /* when the answer may change by time alone; TW_NEVER */
	/* scratch */
	uint32_t n_nodes;
	const struct tw_chain *const *chains;
	int32_t *side;   /* per node: its side of a fork */
	int32_t *parent; /* per node: union of voters that are linked */
	int32_t *first;  /* per side or group: one of its voters */
	int32_t *number; /* per node at the root of a union: what it goes by */
	int32_t *spare;
	struct tw_cursor *cursors;
};

/* What a count is made of. chains[i] is node i's chain where it votes, else NULL. */
struct tw_ballot {
	uint32_t n_nodes;
	const struct tw_chain *const *chains;
	const struct tw_policy *policy;
	struct tw_point served; /* T as last served; height TW_UNKNOWN: none */
	int32_t primary;
	int64_t now;
};

int tw_votes_init(struct tw_votes *votes, uint32_t n_nodes);
void tw_votes_finish(struct tw_votes *votes);
/* Takes over what another one remembers between counts. */
void tw_votes_inherit(struct tw_votes *votes, const struct tw_votes *old);

/* The main chain's block at height as its supporters show it, or NULL. */
const struct tw_hash *tw_votes_main_at(const struct tw_votes *votes, int64_t height);
/* The highest main-chain block that at least n voters support, or TW_UNKNOWN. n > 0. */
static inline int64_t tw_votes_supported_by(const struct tw_votes *votes, uint32_t n)
{
	return n <= votes->n_shares ? votes->shares[n - 1] : TW_UNKNOWN;
}
/* Whether there is consensus where quorum voters are asked for. */
static inline bool tw_votes_agree(const struct tw_votes *votes, uint32_t quorum)
{
	return votes->agreeing >= quorum && !votes->has_strong_rival;
}

/*
 * How any chain, voting or not, stands to the main chain. ret_share is the highest shared block,
 * TW_UNKNOWN when none is known. UNLINKED: they differ nowhere, but the lower one of the two tips
 * is not known to be on the other's chain either.
 */
enum tw_relation tw_votes_relate(
	const struct tw_votes *votes, const struct tw_chain *chain, int64_t *ret_share);
/* Asks for node's block at height. Returns whether the block is not known, so that it is asked for.
 */
bool tw_votes_ask(struct tw_votes *votes, int32_t node, int64_t height);

#endif
