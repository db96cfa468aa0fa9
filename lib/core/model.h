/*
 * The data that the core keeps between steps, as one struct. A step works on it in turns: the votes
 * are counted from the nodes' chains, tip and mode follow from the votes, verdicts from both, and
 * the choice from the verdicts. monitor.h is what users of the core see of it; the layer explain
 * reads it.
 */
#ifndef TW_CORE_MODEL_H
#define TW_CORE_MODEL_H

#include "core/actions.h"
#include "core/agenda.h"
#include "core/node/node.h"
#include "core/node/observe.h"
#include "core/node/witness.h"
#include "core/policy.h"
#include "core/vote/votes.h"

/* A block of the chain that was served, and when it became part of it. */
struct tw_served {
	struct tw_point block; /* height TW_UNKNOWN: none */
	int64_t accepted_us;
};

/* T and what moves it (decide/tip.h). */
struct tw_tip {
	struct tw_point tip;     /* T; height TW_UNKNOWN before there is one */
	struct tw_point highest; /* highest tip served on the present chain */
	int64_t moved_us;        /* when T last moved */
	int64_t unheard_us;      /* since when no voter supports T; TW_UNKNOWN: one does */
	int64_t budget_us;   /* growth saved up, in time; a block costs a quarter block target */
	int64_t budgeted_us; /* when that was last brought up to date */
	uint64_t n_moves;    /* how often T moved */
	int32_t leader;      /* lone leader that is followed, or TW_NODE_NONE */
	int32_t alone;       /* who alone has blocks above T, or TW_NODE_NONE */
	int64_t alone_us;    /* since when */
	uint64_t chain_epoch;
	struct tw_served served[TW_WINDOW]; /* by height modulo TW_WINDOW */
};

/* Block targets without a move of T (decision.md, Voting 4(a) and Voting 5). */
enum {
	TW_STANDS_FOR = 6, /* after which the side of C, or of T, may be left for one daemon */
	TW_GROWN_FOR = 2,  /* the same where a daemon that has grown leads alone */
	TW_CONTRADICTED_FOR = 12, /* the same where another voter conflicts with it */
};

/*
 * What a daemon is compared by (decide/select.h), as of its last verdict. A choice compares all of
 * them, so that it is close together and not worked out each time.
 */
struct tw_standing {
	bool is_candidate; /* a daemon that is not drained */
	bool is_healthy;   /* likewise */
	bool is_at_tip;
	bool is_on_main;
	bool is_in_doubt; /* its last check has failed, and the one that confirms it runs */
	bool is_mineable; /* a pool can mine on it while no daemon is healthy */
	bool is_lagging;
	int badness; /* of using it while none is healthy; 0: it is not used then */
	int32_t priority;
	int latency;   /* in buckets that double */
	int64_t delay; /* in getting new blocks, in buckets */
	int64_t tip;
};

/* The choice and its history (decide/select.h). */
struct tw_choosing {
	int32_t chosen;
	enum tw_choice reason;
	int32_t incumbent;  /* the last daemon served in earnest; TW_NODE_NONE: none yet */
	bool has_served;    /* there was one, even if a reload has removed it */
	bool is_in_earnest; /* starting is over: what is served counts */
	int32_t pinned;
	uint64_t epoch;
	int64_t switched_us; /* TW_UNKNOWN: never */
	uint64_t n_switches;
	struct tw_switch switches[TW_SWITCHES_MAX]; /* by number modulo TW_SWITCHES_MAX */
};

/* The mode that hooks and alarms see (decide/announce.h). */
struct tw_announce {
	enum tw_mode held; /* what has held */
	enum tw_mode mode; /* what is announced: what has held, or the worst one that came back */
	int64_t better_us[TW_MODES];   /* the mode has been this good or better since; TW_UNKNOWN */
	int64_t worse_us[TW_MODES];    /* the mode has been this bad or worse since; TW_UNKNOWN */
	uint32_t falls[TW_FALL_HOURS]; /* by the hour, modulo TW_FALL_HOURS */
	int64_t hour;                  /* up to which falls has been cleared */
	uint32_t n_falls;              /* of the last day, when it became worse last */
};

/*
 * The parts of a step that look at each node by itself, and only where something has changed
 * (agenda.h).
 */
enum tw_part {
	TW_PART_VOTE,     /* who votes (decide/network.h) */
	TW_PART_RECORD,   /* blocks that a node has shown early (decide/belief.h) */
	TW_PART_VERDICT,  /* decide/verdict.h */
	TW_PART_STANDING, /* what daemons are compared by (decide/select.h) */
	TW_PART_PEERS,    /* whether a node is connected to others (decide/network.h) */
	TW_PART_SAVED,    /* what outlives a restart (saved.h) */
	TW_PART_SCHEDULE, /* schedule.h */
	TW_PARTS,
};

/* What a node says of an island (decide/network.h). */
enum tw_ground {
	TW_GROUND_NONE,    /* nothing: it does not answer */
	TW_GROUND_MAIN,    /* it is connected to others */
	TW_GROUND_CUT_OFF, /* it has no other peers than the nodes */
	TW_GROUND_UNCLEAR, /* its peers are not known */
	TW_GROUNDS,
};

/* What the schedule of all nodes has in common, as of the last step. */
struct tw_scheduled {
	int32_t chosen;
	bool is_starting;
	bool is_holding;
};

/* What all verdicts have in common, as of the last ones (decide/verdict.h). */
struct tw_common {
	uint64_t n_moves; /* of T */
	int32_t leader;
	int32_t incumbent;
	int64_t anchor;
	int64_t corroborated; /* the highest block of the main chain that two voters support */
};

struct tw_monitor {
	/* the configuration */
	struct tw_core_config config;
	struct tw_policy policy;
	int32_t primary;
	int32_t top_priority; /* of the daemons */
	uint32_t n;
	struct tw_node_policy *policies;
	/* the nodes and the votes */
	struct tw_node *nodes;
	struct tw_windows windows;               /* of the nodes */
	struct tw_first_sight sights[TW_WINDOW]; /* by height modulo TW_WINDOW */
	const struct tw_chain **chains; /* ballot: chains of the voters, else NULL; then C's */
	struct tw_votes votes;
	struct tw_network_id home; /* the network of the daemons, as far as known */
	struct tw_chain *cuts; /* what voters that are not believed vote for (decide/belief.h) */
	bool *has_grown;       /* per node: a daemon that has grown, as of the last count */
	bool *may_differ;      /* per node: its chain may have changed since the last count */
	int64_t *built_us;     /* per node: of a daemon, the earlier one of its grew_us */
	bool *is_doubted;      /* per node: not believed, because of its record (decide/belief.h) */
	int64_t judged;        /* the highest C that was held against the records; TW_UNKNOWN */
	bool needs_count;      /* a voter's chain has changed, or who votes */
	bool has_counted;      /* in this step */
	bool *has_left;        /* per node: it is not part of N */
	uint32_t n_left;
	uint32_t n_doubted;
	bool needs_belief;         /* a record has changed, or whether anybody is believed */
	bool is_anyone;            /* somebody is believed */
	bool has_outvoted;         /* a node may be outvoted */
	bool has_new_network;      /* a node's network was not compared with the others yet */
	bool has_failed_templates; /* a template has failed in a way that suspect.h knows */
	enum tw_ground *grounds;   /* per node */
	uint32_t n_grounds[TW_GROUNDS];
	struct tw_common common;
	struct tw_scheduled scheduled;
	struct tw_agenda agendas[TW_PARTS];
	struct tw_point news; /* the block that was shown first last; height TW_UNKNOWN */
	int64_t news_us;      /* when that was */
	struct tw_witness witnesses[TW_WITNESSES_MAX]; /* by the slot that the caller gave them */
	uint32_t n_witnesses;
	/* what was decided */
	struct tw_chain anchor; /* C and the chain below it (decide/anchor.h) */
	struct tw_tip tip;
	enum tw_mode mode;
	struct tw_announce announce;
	struct tw_standing *standings; /* per node */
	uint32_t n_healthy;            /* of them */
	struct tw_choosing choosing;
	struct tw_decision decision;
	uint64_t seq;
	uint64_t n_verdicts; /* how often a verdict has changed */
	/* how far the step is */
	bool is_starting;
	int64_t started_us;
	bool is_holding; /* after a gap: nobody is judged until all were checked again */
	int64_t hold_until_us;
	bool is_operated;    /* the operator has given a command since the last step */
	bool has_awaited;    /* somebody waits for checks that were asked for */
	int64_t now;         /* the core's time of this step */
	int64_t skew_us;     /* gaps left out: caller's time - core's time */
	int64_t deadline_us; /* core's time */
	/* what the step asks for */
	struct tw_saved saved; /* what the last SAVE was about */
	uint64_t *marks;       /* per node: a digest of what is saved of it */
	uint64_t marks_sum;
	uint64_t saved_marks; /* the sum at the last SAVE */
	struct tw_actions actions;
};

/*
 * Makes a model for a configuration, which is copied; all else in it is 0. -ENOMEM, or -EINVAL for
 * a configuration that tipwatch.conf(5) does not allow.
 */
int tw_model_create(const struct tw_core_config *config, struct tw_monitor **ret_monitor);
/* NULL is allowed. */
void tw_model_destroy(struct tw_monitor *monitor);

/* Whether when has come. If not, the step runs again then. All timed rules go through here. */
static inline bool tw_model_is_due(struct tw_monitor *monitor, int64_t when_us)
{
	if (monitor->now >= when_us)
		return true;
	if (when_us < monitor->deadline_us)
		monitor->deadline_us = when_us;
	return false;
}
/* Something about the node has changed: all parts of the next step look at it. */
void tw_model_touch(struct tw_monitor *monitor, int32_t node);
/* The next step finds everything anew but the count of the votes. */
void tw_model_touch_all(struct tw_monitor *monitor);
static inline void tw_model_mark(struct tw_monitor *monitor, enum tw_part part, int32_t node)
{
	tw_agenda_mark(&monitor->agendas[part], node);
}
static inline void tw_model_mark_all(struct tw_monitor *monitor, enum tw_part part)
{
	tw_agenda_mark_all(&monitor->agendas[part]);
}
/*
 * Looks at the nodes that the part has to look at. The times that look() asks about with
 * tw_model_is_due() and that have not come are when the node is looked at again.
 */
void tw_model_look(struct tw_monitor *monitor, enum tw_part part,
	void (*look)(struct tw_monitor *monitor, int32_t node));
/* Whether so many block targets have gone by since then. */
static inline bool tw_model_have_passed(
	struct tw_monitor *monitor, int64_t since_us, int64_t targets)
{
	return tw_model_is_due(monitor, since_us + targets * monitor->policy.block_target_us);
}
/* Whether T has not moved for so many block targets. */
static inline bool tw_model_stands(struct tw_monitor *monitor, int64_t targets)
{
	return tw_model_have_passed(monitor, monitor->tip.moved_us, targets);
}
/* Whether the node has grown since T last moved (decision.md, Voting 4(a)). */
static inline bool tw_model_has_grown(const struct tw_monitor *monitor, int32_t node)
{
	return tw_node_has_grown(&monitor->nodes[node], monitor->tip.moved_us);
}
/* For how long the daemon in use may lack a block (decision.md, Choosing 1). */
int64_t tw_model_patience(const struct tw_monitor *monitor, int32_t node);
/* Whether the node says that it has fewer peers than min_peers. */
static inline bool tw_model_is_isolated(const struct tw_monitor *monitor, int32_t node)
{
	int64_t peers = tw_node_peers(&monitor->nodes[node]);

	return peers >= 0 && peers < monitor->policy.min_peers;
}
/*
 * Whether the node is not part of N: the operator has drained it, and it is silent, or it is a
 * reference, which can only be drained to take its vote away.
 */
static inline bool tw_model_has_left(const struct tw_monitor *monitor, int32_t node, bool is_silent)
{
	return monitor->nodes[node].is_drained &&
	       (is_silent || monitor->policies[node].role == TW_ROLE_REFERENCE);
}
static inline bool tw_model_is_daemon(const struct tw_monitor *monitor, int32_t node)
{
	return monitor->nodes[node].policy.role == TW_ROLE_DAEMON;
}
/* A ballot of these chains with all else as it is now. Borrows the chains and the policy. */
struct tw_ballot tw_model_ballot(
	const struct tw_monitor *monitor, const struct tw_chain *const *chains);
/* The quorum q where N has so many voters. */
uint32_t tw_model_quorum(const struct tw_monitor *monitor, uint32_t voters);
/* Whether one voter alone may be so many blocks above T now (decision.md, Voting 4(a)). */
bool tw_model_is_near(struct tw_monitor *monitor, int64_t above);
/* Has the next check of node ask for its block at height, unless it is known or was asked. */
void tw_model_ask(struct tw_monitor *monitor, int32_t node, int64_t height);

#endif
