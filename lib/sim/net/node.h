/*
 * One simulated node: which branch it is on, how many blocks of the branch it has, what it claims,
 * and its faults. No I/O, no clock. It is plain data that commands set and that the RPC reads.
 */
#ifndef TW_SIM_NET_NODE_H
#define TW_SIM_NET_NODE_H

#include "core/types.h"
#include "sim/chain/chain.h"
#include "sim/net/version.h"
#include "sim/p2p/fault.h"

enum {
	TW_SIM_NODE_TEXT_MAX = 64,       /* user, password */
	TW_SIM_NODE_BLOB_MAX = 4096,     /* hex digits of a submitted block that are remembered */
	TW_SIM_NODE_SUBMITS_MAX = 32,    /* submitted blocks that are remembered */
	TW_SIM_NODE_OWN_US = 60000000,   /* for this long no peer confirms a node's own block */
	TW_SIM_NODE_RELAY_US = 20000,    /* until a submitted block has reached the other nodes */
	TW_SIM_NODE_FRAGILE_US = 100000, /* from both sides within this: the chain is corrupt */
};

/* How the node treats connections and requests. */
enum tw_sim_reach {
	TW_SIM_REACH_ANSWERS,
	TW_SIM_REACH_DEAD,       /* connections are refused */
	TW_SIM_REACH_HUNG,       /* the kernel connects, nobody answers */
	TW_SIM_REACH_RESET,      /* connects, then resets */
	TW_SIM_REACH_HTTP_ERROR, /* http_code and a page for people */
	TW_SIM_REACH_GARBAGE,    /* HTTP, but not JSON */
	TW_SIM_REACH_NOISE,      /* not even HTTP */
	TW_SIM_REACH_TRUNCATE,   /* half of the reply, then closes */
	TW_SIM_REACH_ENDLESS,    /* a reply that never ends */
	TW_SIM_REACH_DEEP,       /* a million opening brackets */
};

enum tw_sim_template {
	TW_SIM_TEMPLATE_OK,
	TW_SIM_TEMPLATE_BUSY,
	TW_SIM_TEMPLATE_FAILED,
	TW_SIM_TEMPLATE_NOT_SYNCED,
};

/* How a daemon shows that its chain in memory is corrupt, beside templates two above its tip. */
enum tw_sim_wreck {
	TW_SIM_WRECK_NONE,
	TW_SIM_WRECK_WORDS,  /* GET /info fails */
	TW_SIM_WRECK_HEIGHT, /* GET /info counts two blocks too many */
};

enum tw_sim_submit_result {
	TW_SIM_SUBMIT_ACCEPTED,  /* extended the node's chain */
	TW_SIM_SUBMIT_DUPLICATE, /* the same blob again */
	TW_SIM_SUBMIT_STALE,     /* builds on an older block of the node's chain */
	TW_SIM_SUBMIT_REFUSED,   /* builds on a block that the node does not have, or is no block */
};

struct tw_sim_submit {
	int64_t t_us;
	enum tw_sim_submit_result result;
	int64_t height;           /* of the block, TW_UNKNOWN when refused */
	struct tw_hash prev_hash; /* zero when the blob could not be read */
	char *blob;               /* hex, owned; cut off at TW_SIM_NODE_BLOB_MAX */
};

struct tw_sim_node {
	char name[TW_NAME_MAX + 1];
	char url[TW_URL_MAX + 1]; /* "" while it has no address */
	char p2p[32];             /* HOST:PORT; "": it serves no P2P */
	const struct tw_sim_version *version;

	uint32_t branch;
	int64_t usual_delay_us; /* what delay_us is when nothing is wrong */
	int64_t delay_us;       /* how long after it was found a block arrives here */
	int64_t lag;            /* blocks that it is behind */
	int64_t frozen_at;      /* height beyond which it gets no blocks, or TW_UNKNOWN */
	int64_t given;          /* newest block of the branch that came by RPC, or TW_UNKNOWN */
	bool is_fragile;        /* wrecked by a block from both sides, where the version can be */
	enum tw_sim_wreck wreck;

	int64_t network_height; /* count: the highest that a peer claimed since the start */
	int64_t lie;            /* count shown instead, or TW_UNKNOWN */
	int64_t peers_in;
	int64_t peers_out;

	uint64_t n_requests; /* RPC requests that came whole */
	uint32_t n_links;    /* P2P connections to its port, which it counts as incoming peers */
	enum tw_sim_p2p_fault p2p_fault;

	int64_t started_us;    /* of the process; may be negative */
	int64_t settled_us;    /* from then on it has its peers and has caught up */
	int64_t down_until_us; /* restarting: dead until then */
	bool has_synced;       /* once since the start */

	enum tw_sim_reach reach;
	int http_code;
	int64_t slow_us; /* delay of every reply */
	enum tw_sim_template template;
	bool is_template_stale;
	bool is_bootstrapping;               /* monerod: its answers are those of another node */
	bool is_restricted;                  /* monerod: its RPC is the one for the public */
	char user[TW_SIM_NODE_TEXT_MAX + 1]; /* "": no authentication */
	char password[TW_SIM_NODE_TEXT_MAX + 1];

	struct tw_sim_submit submits[TW_SIM_NODE_SUBMITS_MAX]; /* a ring: the newest at n - 1 */
	uint64_t n_submits;                                    /* ever */
};

/* What the node shows to its clients. */
struct tw_sim_view {
	int64_t tip;            /* index of its newest block */
	int64_t network_height; /* a count */
	bool is_synced;
	int64_t peers_in;
	int64_t peers_out;
	bool has_synced; /* once since the start */
};

/* A healthy node on branch 0 that has been up for a day. */
void tw_sim_node_init(
	struct tw_sim_node *ret_node, const char *name, const struct tw_sim_version *version);
void tw_sim_node_finish(struct tw_sim_node *node);
/* Ends every fault. The node stays on its branch. */
void tw_sim_node_heal(struct tw_sim_node *node);
/*
 * The process restarts: down for down_us, then without peers and one block behind for settle_us.
 * What lives in memory (a hang, a freeze, a lie heard, a template fault) is gone.
 */
void tw_sim_node_restart(
	struct tw_sim_node *node, int64_t now_us, int64_t down_us, int64_t settle_us);
/*
 * What the node numbered self sees at now_us, which never decreases. Takes in what its peers claim
 * by then.
 */
void tw_sim_node_observe(struct tw_sim_node *node, int32_t self, const struct tw_sim_chain *chain,
	int64_t now_us, struct tw_sim_view *ret_view);
/* Whether this version was seen to corrupt its chain. */
bool tw_sim_node_can_be_wrecked(const struct tw_sim_node *node);
/* From now on, until it restarts, its chain in memory is corrupt and ends at tip. */
void tw_sim_node_wreck(struct tw_sim_node *node, enum tw_sim_wreck wreck, int64_t tip);
/* It is given, by RPC, the block at height of its branch, which another node has. True: it also
 * gets it from a peer at about this moment, and cannot bear that. */
bool tw_sim_node_give(
	struct tw_sim_node *node, const struct tw_sim_chain *chain, int64_t height, int64_t now_us);
bool tw_sim_node_is_dead(const struct tw_sim_node *node, int64_t now_us);
/*
 * When the next block that was found reaches it, or it catches up after a restart; TW_NEVER: all
 * have arrived.
 */
int64_t tw_sim_node_next_us(const struct tw_sim_node *node, int32_t self,
	const struct tw_sim_chain *chain, int64_t now_us);
/* The branch changed: what was known of heights on the old one no longer limits it. */
void tw_sim_node_move(struct tw_sim_node *node, uint32_t branch);
/* Remembers a submitted block; blob is len hex digits. 0 or -ENOMEM. */
int tw_sim_node_remember(
	struct tw_sim_node *node, const struct tw_sim_submit *submit, const char *blob, size_t len);
/* Whether this blob was submitted before and is remembered. */
bool tw_sim_node_has_blob(const struct tw_sim_node *node, const char *blob, size_t len);

#endif
