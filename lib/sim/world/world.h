/*
 * A simulated world for measuring decisions: a network that finds blocks, the daemons that a pool
 * has in it, and their faults. This file has the state of the world, and what the others share:
 * network.h (blocks and their way to the daemons), fault.h, truth.h (what mining on a daemon is
 * really worth) and run.h (time). Time is virtual, in microseconds from 0. The same parameters
 * give the same world, independent of checks; only the daemon that the pool mines on changes it,
 * because a daemon that has forked itself off continues with the pool's blocks.
 */
#ifndef TW_SIM_WORLD_WORLD_H
#define TW_SIM_WORLD_WORLD_H

#include "core/monitor.h"
#include "sim/chain/blocks.h"
#include "sim/rand.h"
#include "sim/world/history.h"
#include "sim/world/queue.h"

enum {
	TW_SIM_WORLD_NODES_MAX = 64,
	TW_SIM_WORLD_SIDES_MAX = 256,
	TW_SIM_WORLD_FIRST = 1000000, /* height of the first block */
};

/* What can be wrong with a daemon. Each ill has the time until which it lasts. */
enum tw_sim_ill {
	TW_SIM_ILL_DOWN,           /* connections are refused */
	TW_SIM_ILL_HUNG,           /* connects, no answer, no blocks */
	TW_SIM_ILL_GARBAGE,        /* answers nonsense */
	TW_SIM_ILL_CUT,            /* no peers, so no blocks */
	TW_SIM_ILL_STUCK,          /* rejects the next block */
	TW_SIM_ILL_LATE,           /* blocks come late */
	TW_SIM_ILL_SLOW,           /* answers late */
	TW_SIM_ILL_ADDING,         /* answers nobody while it adds a block */
	TW_SIM_ILL_NO_TEMPLATE,    /* refuses templates */
	TW_SIM_ILL_STALE_TEMPLATE, /* hands out templates on an old block */
	TW_SIM_ILL_UNSYNCED,       /* refuses templates while it thinks that peers are ahead */
	TW_SIM_ILL_LYING,          /* claims a network height that a peer made up */
};
enum { TW_SIM_ILLS = TW_SIM_ILL_LYING + 1 };

/* The kinds of events, with the meaning of their a and b. */
enum tw_sim_happening {
	TW_SIM_HAPPENING_BLOCK,
	TW_SIM_HAPPENING_POOL_BLOCK,
	TW_SIM_HAPPENING_ARRIVAL, /* a: node, b: block */
	TW_SIM_HAPPENING_RECOVER, /* a: node, b: ill */
	TW_SIM_HAPPENING_SYNC,    /* a: node */
	/* fault.h */
	TW_SIM_HAPPENING_STUCK, /* a: node */
	TW_SIM_HAPPENING_FAULT, /* a: node */
	TW_SIM_HAPPENING_FLAP,  /* a: node, b: how often more */
	TW_SIM_HAPPENING_NIGHT,
	TW_SIM_HAPPENING_FORK,
	TW_SIM_HAPPENING_REORG,
	TW_SIM_HAPPENING_RETURN, /* a: side: its daemons go back to the main one */
};

struct tw_sim_daemon {
	/* properties */
	int64_t delay_us;  /* of blocks, at least */
	int64_t jitter_us; /* on top of that, on average */
	int64_t rtt_us;    /* of an answer, at least */
	int64_t adding_us; /* while it adds a block it answers nobody for this long on average */
	bool is_picky;     /* refuses templates while it thinks that peers are ahead */
	int32_t tip;       /* its newest block */
	int32_t job;       /* what its templates build on while they are stale or refused */
	uint32_t side;     /* position in sides: whom it hears blocks from */
	int64_t sync_us;   /* catches up then; TW_NEVER: it has caught up, or cannot yet */
	int64_t until_us[TW_SIM_ILLS];
	struct tw_sim_rand rand;  /* for its faults: the same draws whatever the pool does */
	struct tw_sim_rand whim;  /* for what happens with every new tip */
	struct tw_sim_rand stall; /* likewise, for the stalls of the history */
};

/* A part of the network with a chain of its own. Side 0 is the main one. */
struct tw_sim_side {
	bool is_used;
	bool is_pools;   /* the pool's blocks extend it */
	uint32_t number; /* that of its blocks; never used again */
	int32_t tip;
	int32_t rival; /* in a race: the other newest block; -1: none */
	double share;  /* of all hashrate; the main side has the rest */
	uint32_t n_found;
};

struct tw_sim_liar;

struct tw_sim_world_params {
	uint64_t seed;
	uint32_t n_nodes;
	const struct tw_sim_liar *liar; /* strategy of the last n_liars nodes; NULL: nobody lies */
	uint32_t n_liars;
	uint32_t n_witnesses;       /* public.h; 0: none */
	uint32_t n_lying_witnesses; /* of them */
	int64_t block_target_us;
	double pool_share; /* of all hashrate */
	bool is_near;      /* blocks come to all daemons within some 50 ms */
	const struct tw_sim_history *history;
};

/* The chain that liars make up, and what their strategies remember. */
struct tw_sim_lies {
	uint32_t side;
	int32_t base; /* newest true block below it */
	int32_t top;
	int64_t begun_us; /* TW_UNKNOWN: there is none yet */
	uint32_t checks[TW_SIM_WORLD_NODES_MAX];
	int64_t trouble_us[TW_SIM_WORLD_NODES_MAX]; /* when a node has its next trouble */
};

struct tw_sim_world {
	struct tw_sim_world_params params;
	int64_t now_us;
	struct tw_sim_blocks blocks;
	struct tw_sim_queue queue;
	int32_t *main; /* the main chain: block at first height + i */
	int32_t n_main;
	int32_t size_main;
	uint32_t n_sides_ever;
	struct tw_sim_side sides[TW_SIM_WORLD_SIDES_MAX];
	struct tw_sim_daemon nodes[TW_SIM_WORLD_NODES_MAX];
	struct tw_sim_lies lies;
	struct tw_sim_rand mining;
	struct tw_sim_rand fate;
	int64_t dusk_us; /* the last night of the daemons: from when, and until when at most */
	int64_t dawn_us;
	int32_t pool; /* where the pool mines; TW_NODE_NONE */
	int error;    /* sticky */
	/* Told in words of what happens; may be NULL. */
	void (*tell)(void *ctx, int64_t now_us, int32_t node, const char *text);
	void *tell_ctx;
};

static inline bool tw_sim_world_has(
	const struct tw_sim_world *world, int32_t node, enum tw_sim_ill ill)
{
	return world->now_us < world->nodes[node].until_us[ill];
}
static inline bool tw_sim_world_is_liar(const struct tw_sim_world *world, int32_t node)
{
	return (uint32_t)node + world->params.n_liars >= world->params.n_nodes;
}
/* Borrowed until the next block is added. */
static inline const struct tw_sim_block *tw_sim_world_block(
	const struct tw_sim_world *world, int32_t block)
{
	return tw_sim_blocks_get(&world->blocks, block);
}
/* Tells world->tell what happens to a node, or to the network (TW_NODE_NONE). */
void tw_sim_world_tell(struct tw_sim_world *world, int32_t node, const char *format, ...)
	TW_PRINTF(3, 4);
void tw_sim_world_schedule(
	struct tw_sim_world *world, int64_t t_us, enum tw_sim_happening kind, int32_t a, int32_t b);
/* A side that begins at the main side's tip. Returns 0 when there is no room. */
uint32_t tw_sim_world_leave(struct tw_sim_world *world, double share, bool is_pools);
/* A new block on top of parent, found by side. It is not yet anybody's tip. */
int32_t tw_sim_world_find(struct tw_sim_world *world, uint32_t side, int32_t parent, int64_t work);
/* The daemon has this ill for at least for_us from now on. */
void tw_sim_world_afflict(
	struct tw_sim_world *world, int32_t node, enum tw_sim_ill ill, int64_t for_us);

#endif
