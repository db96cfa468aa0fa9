/*
 * The vocabulary of the core: heights, results, verdicts, modes, the decision. Types only. The
 * words that programs and people read for the enums are in words.h, reason.h and mode.h. The terms
 * and the rules are those of decision.md beside this file.
 */
#ifndef TW_CORE_TYPES_H
#define TW_CORE_TYPES_H

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"

enum {
	TW_NODES_MAX = 1024,
	TW_NAME_MAX = 63,
	TW_WINDOW = 128,       /* (height, hash) pairs kept of one node's chain */
	TW_CHAIN_MAX = 128,    /* consecutive blocks in one observation */
	TW_AT_MAX = 32,        /* points that were asked for in one observation */
	TW_QUESTIONS_MAX = 4,  /* heights that one check looks up beside those that link its tip */
	TW_LOOK_BACK_MAX = 64, /* blocks below its tip that one check looks at to link it */
	TW_FILL_MAX = 8,       /* blocks between the window and a new tip that a check fetches */
	TW_SWITCHES_MAX = 32,  /* switches remembered for the status */
	TW_FALLS_MAX = 8,      /* falls remembered per node */
	TW_FALL_HOURS = 24,    /* for which the falls of the mode are counted */
	TW_DETAIL_MAX = 160,   /* bytes of a daemon's own words kept, with the NUL */
	TW_WITNESSES_MAX = 64, /* nodes of the public network that are listened to */
	TW_WITNESSES_MIN = 3,  /* fewer of them say nothing */
	TW_NETTYPE_MAX = 15,   /* bytes of the name of a network */
};

/* No such node. Node numbers are positions in the configuration, 0 to n_nodes - 1. */
#define TW_NODE_NONE (-1)
/* An unknown height, count or time. Shown as null, never as 0. */
#define TW_UNKNOWN INT64_C(-1)
/* A daemon that claims a greater height is not believed: its reply is a bad one. */
#define TW_HEIGHT_MAX (INT64_C(1) << 40)

struct tw_point {
	int64_t height; /* block index, genesis = 0; TW_UNKNOWN: no such point */
	struct tw_hash hash;
};

/* By what the networks of a coin are told apart: what is not known tells nothing. */
struct tw_network_id {
	char nettype[TW_NETTYPE_MAX + 1]; /* "mainnet" and so on; "": not known */
	bool has_genesis;
	struct tw_hash genesis; /* the hash of block 0 */
};

enum tw_role { TW_ROLE_DAEMON, TW_ROLE_REFERENCE };

enum tw_result {
	TW_RESULT_OK,
	TW_RESULT_REFUSED,
	TW_RESULT_TIMEOUT,
	TW_RESULT_RESET,
	TW_RESULT_RESOLVE,
	TW_RESULT_TLS,
	TW_RESULT_BAD_REPLY,
	TW_RESULT_TOO_LARGE,
	TW_RESULT_AUTH,
	TW_RESULT_BUSY,          /* it says that it cannot answer yet */
	TW_RESULT_LIMITED,       /* it may not be asked more often, and the check needed more */
	TW_RESULT_WRECKED,       /* it contradicts itself: the chain in its memory is corrupt */
	TW_RESULT_BOOTSTRAPPING, /* its answers are those of another node */
};
enum { TW_RESULTS = TW_RESULT_BOOTSTRAPPING + 1 };

enum tw_template {
	TW_TEMPLATE_UNCHECKED,
	TW_TEMPLATE_OK,
	TW_TEMPLATE_FAILED,  /* the daemon gave none */
	TW_TEMPLATE_STALE,   /* the daemon gave one that does not build on its own tip */
	TW_TEMPLATE_ADDRESS, /* none: the daemon does not take the wallet address */
	TW_TEMPLATE_LATE,    /* none came within the time of a check */
};

enum tw_state {
	TW_STATE_UNKNOWN,
	TW_STATE_HEALTHY,
	TW_STATE_UNHEALTHY,
	TW_STATE_UNRESPONSIVE,
	TW_STATE_MAINTENANCE,
};
enum { TW_STATES = TW_STATE_MAINTENANCE + 1 };

/* Worst first within each state; of those that apply the first one is said. See reason.h. */
enum tw_reason {
	/* unresponsive */
	TW_REASON_REFUSED,
	TW_REASON_TIMEOUT,
	TW_REASON_RESET,
	TW_REASON_RESOLVE,
	TW_REASON_TLS,
	/* unhealthy */
	TW_REASON_BAD_REPLY,
	TW_REASON_TOO_LARGE,
	TW_REASON_AUTH,
	TW_REASON_BUSY,
	TW_REASON_LIMITED,
	TW_REASON_WRECKED,
	TW_REASON_BOOTSTRAPPING,
	TW_REASON_WRONG_NETWORK,
	TW_REASON_MIXED,
	TW_REASON_FORKED,
	TW_REASON_FALSE_BLOCKS,
	TW_REASON_AHEAD,
	TW_REASON_ISOLATED,
	TW_REASON_LAGGING,
	TW_REASON_NO_TEMPLATE,
	TW_REASON_STALE_TEMPLATE,
	TW_REASON_WARMING,
	/* maintenance, unknown, healthy */
	TW_REASON_DRAINED,
	TW_REASON_UNCHECKED,
	TW_REASON_OK,
	TW_REASON_RACING,
};
enum { TW_REASONS = TW_REASON_RACING + 1 };

struct tw_verdict {
	enum tw_state state;
	enum tw_reason reason;
};

enum tw_mode {
	TW_MODE_STARTING,
	TW_MODE_CONSENSUS,
	TW_MODE_REDUCED,
	TW_MODE_CONTESTED,
	TW_MODE_FALLBACK,
};
enum { TW_MODES = TW_MODE_FALLBACK + 1 };

enum tw_fallback { TW_FALLBACK_BEST_EFFORT, TW_FALLBACK_PRIMARY, TW_FALLBACK_NONE };

/* Why the chosen daemon was chosen. */
enum tw_choice {
	TW_CHOICE_STARTING,
	TW_CHOICE_INITIAL,
	TW_CHOICE_INCUMBENT,
	TW_CHOICE_INCUMBENT_BAD,
	TW_CHOICE_PRIORITY,
	TW_CHOICE_PINNED,
	TW_CHOICE_LEAST_BAD,
	TW_CHOICE_PRIMARY,
	TW_CHOICE_NONE,
};
enum { TW_CHOICES = TW_CHOICE_NONE + 1 };

/* A setting that is probably wrong, because every daemon fails the same check (suspect.h). */
enum tw_suspect {
	TW_SUSPECT_NONE,
	TW_SUSPECT_ADDRESS,
	TW_SUSPECT_LATE,
	TW_SUSPECT_REFERENCES,
	TW_SUSPECT_LOGIN,
	TW_SUSPECT_CERTIFICATE,
	TW_SUSPECT_REPLY,
	TW_SUSPECT_PEERS,
};
enum { TW_SUSPECTS = TW_SUSPECT_PEERS + 1 };

enum tw_report { TW_REPORT_TEMPLATE_FAILED, TW_REPORT_SUBMIT_FAILED, TW_REPORT_TIMEOUT };

/* What is heard of a node between its checks: over its P2P link, if it has one, and by the HTTP
 * connection that is kept for its next check, if one is. */
enum tw_link {
	TW_LINK_UP,      /* the daemon answered: from now on it counts tipwatchd as a peer */
	TW_LINK_CLOSED,  /* the link that was up is gone */
	TW_LINK_DROPPED, /* the other side has closed the HTTP connection while it was idle */
	TW_LINK_PUSH,    /* the daemon says that it has a new block */
	TW_LINK_TIP,     /* a timed sync was answered: the daemon says what its tip is */
};

enum tw_op { TW_OP_DRAIN, TW_OP_UNDRAIN, TW_OP_PIN, TW_OP_UNPIN };

/* How the chain of a node stands to the main chain. */
enum tw_relation {
	TW_RELATION_NONE,     /* the node does not vote */
	TW_RELATION_MAIN,     /* does not conflict with the main chain */
	TW_RELATION_CONFLICT, /* on another side of a fork */
	TW_RELATION_UNLINKED, /* not known to be linked to it: supports only what it showed */
};

/* One change of the chosen daemon. */
struct tw_switch {
	int64_t t_us; /* the core's time */
	int32_t from; /* TW_NODE_NONE: none */
	int32_t to;
	enum tw_mode mode;
	enum tw_choice reason;
	enum tw_reason
		cause; /* what was said of `from` then; TW_REASON_OK: nothing was wrong with it */
};

/* The decision: everything that the pool is told. */
struct tw_decision {
	bool is_usable;
	enum tw_mode mode;
	enum tw_mode announced; /* the mode for hooks and alarms, once it has held */
	uint32_t falls;         /* of the mode within a day, when it became worse last */
	int32_t chosen;
	enum tw_choice reason;
	struct tw_point tip; /* T; height TW_UNKNOWN before there is one */
	bool has_prev_hash;
	struct tw_hash prev_hash;
	int64_t anchor_height; /* TW_UNKNOWN: fewer than a quorum share a block */
	struct tw_hash anchor_hash;
	uint64_t epoch;
	uint64_t chain_epoch;
	bool is_pinned;
	bool is_stalled;
	int is_island;        /* 0, 1, or -1 not known */
	uint32_t voters;      /* N */
	uint32_t quorum;      /* q */
	uint32_t answering;   /* voters that are not silent */
	uint32_t agreeing;    /* answering voters that do not conflict with the main chain */
	uint32_t conflicting; /* the other answering ones */
	enum tw_suspect suspect;
	uint32_t witnesses;   /* that are listened to now */
	int64_t witness_lead; /* blocks that they are above all nodes; TW_UNKNOWN: too few of them
			       */
};

/* What a node's record of false blocks comes to (node/record.h). */
struct tw_saved_record {
	uint32_t false_bits; /* the last confirmed blocks, the newest is bit 0; 1: it had shown
				another */
	uint32_t probation;  /* confirmed blocks until it is believed again; 0: it is */
	uint32_t relapses;   /* how often the next probation is doubled */
	uint32_t clean; /* confirmed blocks since the last probation, or since one was forgotten */
};

/* What survives a restart (serve/state_file.h writes it). Times are ages at the save. */
struct tw_saved_node {
	bool is_drained;
	bool is_outvoted; /* a quorum went on without its chain */
	uint32_t n_falls;
	int64_t fall_ages_us[TW_FALLS_MAX];
	struct tw_saved_record record;
};
struct tw_saved {
	uint64_t epoch;
	uint64_t chain_epoch;
	struct tw_point tip;    /* the highest tip served on the present chain */
	struct tw_point anchor; /* C */
	int32_t incumbent;      /* TW_NODE_NONE */
	int32_t pinned;
};

#endif
