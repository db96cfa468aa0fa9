/*
 * A simulated network: nodes on a block tree, blocks found by chance or on command, forks, races,
 * reorganisations. Time is passed in and never decreases; the same seed, calls and times give the
 * same network.
 */
#ifndef TW_SIM_NET_NET_H
#define TW_SIM_NET_NET_H

#include "sim/net/node.h"

struct tw_sim_net_params {
	struct tw_sim_chain_params chain;
	int64_t block_time_us; /* mean time between blocks; 0: only on command */
	bool is_fixed;         /* exactly that time instead of an exponential one */
};

/* A branch for which some nodes left the main chain. */
struct tw_sim_fork {
	uint32_t branch;
	int share;    /* percent of the new blocks that are found on it */
	bool is_race; /* ends when either side gets ahead: the others follow */
};

struct tw_sim_net {
	struct tw_sim_net_params params;
	struct tw_sim_chain *chain;
	struct tw_sim_node *nodes;
	uint32_t n_nodes;
	uint32_t main;             /* the branch that is the network's */
	struct tw_sim_fork *forks; /* at most one per node */
	uint32_t n_forks;
	uint64_t random;
	int64_t now_us;
	int64_t next_block_us; /* TW_NEVER: none is due */
};

/* Time starts at 0. A network without nodes that can take n_max. 0 or -ENOMEM. */
int tw_sim_net_init(
	struct tw_sim_net *ret_net, const struct tw_sim_net_params *params, uint32_t n_max);
void tw_sim_net_finish(struct tw_sim_net *net);
/* Adds a node (there must be room). Borrowed until the end. */
struct tw_sim_node *tw_sim_net_add(
	struct tw_sim_net *net, const char *name, const struct tw_sim_version *version);
/* The number of the node, or TW_NODE_NONE. */
int32_t tw_sim_net_find(const struct tw_sim_net *net, const char *name, size_t len);

/* Moves time on to now_us: the blocks that are due are found. Returns 0, -ENOMEM or -ENOSPC. */
int tw_sim_net_advance(struct tw_sim_net *net, int64_t now_us);
/*
 * When something happens next by itself: a block, the end of a restart, a block's arrival at a node
 * that has P2P links. TW_NEVER: nothing.
 */
int64_t tw_sim_net_next_us(const struct tw_sim_net *net);
void tw_sim_net_set_block_time(struct tw_sim_net *net, int64_t block_time_us, bool is_fixed);

/* A random number from 0 to max. */
int64_t tw_sim_net_draw(struct tw_sim_net *net, int64_t max);
/* What a node sees now. */
void tw_sim_net_view(struct tw_sim_net *net, uint32_t node, struct tw_sim_view *ret_view);
/* count blocks on a branch, all of them now. 0, -ENOMEM or -ENOSPC. */
int tw_sim_net_mine(struct tw_sim_net *net, uint32_t branch, int64_t count, int32_t miner);

/*
 * The nodes marked in is_member leave for one common new branch that begins depth blocks below the
 * lowest of their tips and has depth + extra blocks of its own. share: percent of all new blocks,
 * or -1 for the share of the nodes. Returns 0, -ERANGE (deeper than the chain), -ENOMEM or -ENOSPC.
 */
int tw_sim_net_fork(struct tw_sim_net *net, const bool *is_member, int64_t depth, int64_t extra,
	int share, uint32_t *ret_branch);
/*
 * Two blocks at the same next height: the marked nodes have one, the rest of the main chain the
 * other. The next block on either decides. Returns as above.
 */
int tw_sim_net_race(struct tw_sim_net *net, const bool *is_member, uint32_t *ret_branch);
/* The node goes (back) to a branch. */
void tw_sim_net_move(struct tw_sim_net *net, uint32_t node, uint32_t branch);
/* The network reorganises: a branch becomes the main chain and everybody on the old one follows. */
void tw_sim_net_adopt(struct tw_sim_net *net, uint32_t branch);

#endif
