/*
 * A simulated world for measuring decisions: a network that finds blocks, the daemons that a pool
 * has in it, what befalls them, and the truth about each at any time. On a virtual clock in
 * microseconds from 0; the same parameters give the same world, whoever looks at it. Only where the
 * pool mines changes it: a daemon that has forked itself off goes on alone with the pool's blocks.
 */
#ifndef TW_SIM_SIMWORLD_H
#define TW_SIM_SIMWORLD_H

#include "core/monitor.h"
#include "sim/simblocks.h"
#include "sim/simhistory.h"
#include "sim/simqueue.h"
#include "sim/simrand.h"

enum {
	TW_SIMWORLD_NODES_MAX = 64,
	TW_SIMWORLD_SIDES_MAX = 256,
	TW_SIMWORLD_FIRST = 1000000, /* height of the first block */
};

/* A pool gets this long to follow: nobody has a new block at once. */
#define TW_SIM_ALLOWANCE_US (2 * TW_SEC)

/* What can be wrong with a daemon, each until a time of its own. */
enum tw_simill {
	TW_SIMILL_DOWN,           /* connections are refused */
	TW_SIMILL_HUNG,           /* connects, no answer, no blocks */
	TW_SIMILL_GARBAGE,        /* answers nonsense */
	TW_SIMILL_CUT,            /* no peers, so no blocks */
	TW_SIMILL_STUCK,          /* rejects the next block */
	TW_SIMILL_LATE,           /* blocks come late */
	TW_SIMILL_SLOW,           /* answers late */
	TW_SIMILL_ADDING,         /* answers nobody while it adds a block */
	TW_SIMILL_NO_TEMPLATE,    /* refuses templates */
	TW_SIMILL_STALE_TEMPLATE, /* hands out templates on an old block */
	TW_SIMILL_UNSYNCED,       /* refuses templates while it thinks that peers are ahead */
	TW_SIMILL_LYING,          /* claims a network height that a peer made up */
};
enum { TW_SIMILLS = TW_SIMILL_LYING + 1 };

struct tw_simdaemon {
	/* its ways */
	int64_t delay_us;  /* of blocks, at least */
	int64_t jitter_us; /* on top of that, on average */
	int64_t rtt_us;    /* of an answer, at least */
	int64_t adding_us; /* while it adds a block it answers nobody for this long on average */
	bool is_picky;     /* refuses templates while it thinks that peers are ahead */
	int32_t tip;       /* its newest block */
	int32_t job;       /* what its templates build on while they are stale or refused */
	uint32_t side;     /* position in sides: whom it hears blocks from */
	int64_t sync_us;   /* catches up then; TW_NEVER: it has caught up, or cannot yet */
	int64_t until_us[TW_SIMILLS];
	struct tw_simrand rand; /* its fate; drawn from whatever the pool does */
	struct tw_simrand whim; /* drawn from with every new tip */
};

/* A part of the network that goes its own way; side 0 is the main one. */
struct tw_simside {
	bool is_used;
	bool is_pools;   /* the pool's blocks extend it */
	uint32_t number; /* that of its blocks; never used again */
	int32_t tip;
	int32_t rival; /* in a race: the other newest block; -1: none */
	double share;  /* of all hashrate; the main side has the rest */
	uint32_t n_found;
};

struct tw_simworld_params {
	uint64_t seed;
	uint32_t n_nodes;
	int64_t block_target_us;
	double pool_share; /* of all hashrate */
	const struct tw_simhistory *history;
};

struct tw_simworld {
	struct tw_simworld_params params;
	int64_t now_us;
	struct tw_simblocks blocks;
	struct tw_simqueue queue;
	int32_t *main; /* the main chain: block at first height + i */
	int32_t n_main;
	int32_t size_main;
	uint32_t n_sides_ever;
	struct tw_simside sides[TW_SIMWORLD_SIDES_MAX];
	struct tw_simdaemon nodes[TW_SIMWORLD_NODES_MAX];
	struct tw_simrand mining;
	struct tw_simrand fate;
	int32_t pool; /* where the pool mines; TW_NODE_NONE */
	int error;    /* sticky */
	/* What happens, for people; NULL: nobody reads it. */
	void (*tell)(void *ctx, int64_t now_us, int32_t node, const char *text);
	void *tell_ctx;
};

/* What mining on a daemon is worth. */
enum tw_simstanding {
	TW_SIMSTANDING_GOOD,  /* on the newest block of the true main chain, or nearly */
	TW_SIMSTANDING_STALE, /* on an older one */
	TW_SIMSTANDING_FORK,  /* on a block that is not on it */
	TW_SIMSTANDING_NONE,  /* no template */
};

/* 0 or -ENOMEM. */
int tw_simworld_create(const struct tw_simworld_params *params, struct tw_simworld **ret_world);
void tw_simworld_destroy(struct tw_simworld *world);
/* When something happens next. */
int64_t tw_simworld_next_us(const struct tw_simworld *world);
/* Lets happen what is due until now. 0 or -ENOMEM. */
int tw_simworld_advance(struct tw_simworld *world, int64_t now_us);
/* ret_until_us: when that changes by time alone, unless something happens before. */
enum tw_simstanding tw_simworld_standing(
	const struct tw_simworld *world, int32_t node, int64_t *ret_until_us);
/* How many daemons that answer and have peers are on the main chain and contradict that of node. */
uint32_t tw_simworld_contradicted(const struct tw_simworld *world, int32_t node);
static inline bool tw_simworld_has(
	const struct tw_simworld *world, int32_t node, enum tw_simill ill)
{
	return world->now_us < world->nodes[node].until_us[ill];
}

/* --- for what happens: simhistory.c, simfault.c --- */

enum tw_simhappening {
	TW_SIMHAPPENING_BLOCK,
	TW_SIMHAPPENING_POOL_BLOCK,
	TW_SIMHAPPENING_ARRIVAL, /* a: node, b: block */
	TW_SIMHAPPENING_RECOVER, /* a: node, b: ill */
	TW_SIMHAPPENING_SYNC,    /* a: node */
	/* simfault.c */
	TW_SIMHAPPENING_STUCK, /* a: node */
	TW_SIMHAPPENING_FAULT, /* a: node */
	TW_SIMHAPPENING_FLAP,  /* a: node, b: how often more */
	TW_SIMHAPPENING_NIGHT,
	TW_SIMHAPPENING_FORK,
	TW_SIMHAPPENING_REORG,
	TW_SIMHAPPENING_RETURN, /* a: side: its daemons go back to the main one */
};

void tw_simworld_schedule(
	struct tw_simworld *world, int64_t t_us, enum tw_simhappening kind, int32_t a, int32_t b);
/* A side that begins at the main side's tip. Returns 0 when there is no room. */
uint32_t tw_simworld_leave(struct tw_simworld *world, double share, bool is_pools);
/* A new block on top of parent, found by side; it becomes nobody's tip by that. */
int32_t tw_simworld_find(struct tw_simworld *world, uint32_t side, int32_t parent, int64_t work);
/* Writes down the main chain, which ends in tip. */
void tw_simworld_write_main(struct tw_simworld *world, int32_t tip);
/* The network has left the blocks from block down to the main chain. */
void tw_simworld_orphan(struct tw_simworld *world, int32_t block);
/* The main side goes to tip; what it leaves is orphaned. */
void tw_simworld_adopt(struct tw_simworld *world, int32_t tip);
void tw_simworld_arrive(struct tw_simworld *world, int32_t node, int32_t block, int64_t delay_us);
void tw_simworld_set_tip(struct tw_simworld *world, int32_t node, int32_t block);
void tw_simworld_afflict(
	struct tw_simworld *world, int32_t node, enum tw_simill ill, int64_t for_us);
/* It will catch up with its side when nothing keeps it. */
void tw_simworld_sync(struct tw_simworld *world, int32_t node);
/* Schedules what happens first. */
void tw_simfault_begin(struct tw_simworld *world);
void tw_simfault_happen(struct tw_simworld *world, const struct tw_simevent *event);
void tw_simworld_tell(struct tw_simworld *world, int32_t node, const char *format, ...)
	TW_PRINTF(3, 4);

#endif
