/* The monitor's insides, private to lib/core. */
#ifndef TW_CORE_INTERNAL_H
#define TW_CORE_INTERNAL_H

#include "core/monitor.h"
#include "core/node/health.h"
#include "core/node/pace.h"
#include "core/vote/votes.h"

enum { TW_RTTS = 128, TW_DELAYS = 9, TW_ACTIONS_PER_NODE = 4, TW_ASKED = 8 };

/* What a node was asked for and did not show: not asked again at once. */
struct tw_pending {
	uint32_t n;
	int64_t heights[TW_QUESTIONS_MAX];
	uint32_t n_asked;
	struct {
		int64_t height;
		int64_t when_us;
	} asked[TW_ASKED]; /* by number modulo */
};

struct tw_node {
	struct tw_node_policy policy;
	struct tw_chain chain;
	struct tw_health health;
	struct tw_pace pace;
	struct tw_verdict verdict;
	int64_t since_us;   /* of the verdict */
	int64_t healthy_us; /* healthy without a break since; TW_UNKNOWN: it is not */
	int64_t tip_us;     /* when it first showed its tip */
	/* its standing to the main chain and to T, as of the last step */
	enum tw_relation relation;
	int64_t share;     /* highest block shared with the main chain, TW_UNKNOWN */
	int64_t race_us;   /* since when C is on the other side; TW_UNKNOWN */
	int64_t race_fork; /* the fork that race_us is about */
	/* what it says of itself */
	int64_t peers_in;
	int64_t peers_out;
	int64_t network_height;
	int synced;
	enum tw_template template;
	uint32_t template_fails; /* templates that failed in a row */
	int64_t refused_us;      /* when the first of them did */
	int64_t stale_us;        /* since when its templates are stale; TW_UNKNOWN */
	bool is_template_stale;  /* stale, and the grace is over */
	char detail[TW_DETAIL_MAX];
	/* figures */
	uint32_t n_rtts;
	uint32_t rtts_us[TW_RTTS];
	uint32_t n_delays;
	uint32_t delays_ms[TW_DELAYS];
	uint64_t checks;
	uint64_t failures;
	bool is_drained;
	int64_t silent_us; /* from then on it is silent; INT64_MIN: it is already */
	bool is_silent;    /* at the last count */
	/* the schedule of its checks */
	int64_t next_check_us;
	int64_t next_template_us;
	int64_t last_report_us;
	uint32_t until_info; /* checks until the next one that asks for peer counts */
	bool is_running[TW_SLOTS];
	bool wants_confirm;
	bool wants_template;
	bool wants_cancel; /* end its running checks: they span a gap */
	bool is_requested; /* check at once */
	bool is_awaited;   /* somebody waits for that check */
	int awaited_slot;  /* where it runs; -1: not started yet */
	bool is_unjudged;  /* not checked since the last gap */
	struct tw_pending pending;
};

/* A block of the chain that was served, and when it became part of it. */
struct tw_served {
	struct tw_point block;
	int64_t accepted_us;
};

/* T and what moves it (decision.md, Voting 4). */
struct tw_tip {
	struct tw_point tip;     /* T; height TW_UNKNOWN before there is one */
	struct tw_point highest; /* highest tip served on the present chain */
	int64_t anchor;          /* height of C, TW_UNKNOWN */
	struct tw_hash anchor_hash;
	int64_t moved_us;    /* when T last moved */
	int64_t budget_us;   /* growth saved up, in time; a block costs a quarter block target */
	int64_t budgeted_us; /* when that was last brought up to date */
	int32_t leader;      /* lone leader that is followed, or TW_NODE_NONE */
	uint64_t chain_epoch;
	struct tw_served served[TW_WINDOW]; /* by height modulo */
};

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
	struct tw_switch switches[TW_SWITCHES_MAX]; /* by number modulo */
};

/* The mode that hooks and alarms see. */
struct tw_announce {
	enum tw_mode mode;
	int64_t since_us[TW_MODES]; /* the mode has been this good or better since; TW_UNKNOWN */
};

struct tw_monitor {
	struct tw_core_config config;
	struct tw_policy policy;
	int32_t primary;
	uint32_t n;
	struct tw_node *nodes;
	struct tw_node_policy *policies;
	struct tw_votes votes;
	int32_t *branch_members;        /* of the branch asked for last */
	const struct tw_chain **chains; /* ballot: chains of the voters, else NULL */
	struct tw_tip tip;
	struct tw_choosing choosing;
	struct tw_decision decision;
	enum tw_mode mode;
	struct tw_announce announce;
	bool is_starting;
	int64_t started_us;
	bool is_holding; /* after a gap: nobody is judged until all were checked again */
	int64_t hold_until_us;
	bool is_operated; /* the operator has said something */
	bool needs_count; /* a voter's chain changed, or who votes */
	bool has_awaited;
	uint64_t seq;
	int64_t now;           /* the core's time of this step */
	int64_t skew_us;       /* gaps left out: caller's time - core's time */
	int64_t deadline_us;   /* core's time */
	struct tw_saved saved; /* what the last SAVE was about */
	uint32_t saved_marks;
	uint32_t n_actions;
	uint32_t next_action;
	struct tw_action *actions;
	uint32_t max_actions;
	struct tw_served seen[TW_WINDOW]; /* who showed a block first, for the tip delay */
};

/* Whether when has come; if not, the step runs again then. All timed rules go through here. */
static inline bool tw_model_is_due(struct tw_monitor *monitor, int64_t when_us)
{
	if (monitor->now >= when_us)
		return true;
	if (when_us < monitor->deadline_us)
		monitor->deadline_us = when_us;
	return false;
}
void tw_actions_push(struct tw_monitor *monitor, const struct tw_action *action);
/* Peers in both directions as far as known, or TW_UNKNOWN. */
static inline int64_t tw_model_peers(const struct tw_node *node)
{
	if (node->peers_in < 0 && node->peers_out < 0)
		return TW_UNKNOWN;
	return (node->peers_in > 0 ? node->peers_in : 0) +
	       (node->peers_out > 0 ? node->peers_out : 0);
}
/* Whether the node says that it has fewer peers than min_peers. */
static inline bool tw_model_is_isolated(const struct tw_monitor *monitor, int32_t node)
{
	int64_t peers = tw_model_peers(&monitor->nodes[node]);

	return peers >= 0 && peers < monitor->policy.min_peers;
}
static inline bool tw_model_is_daemon(const struct tw_monitor *monitor, int32_t node)
{
	return monitor->nodes[node].policy.role == TW_ROLE_DAEMON;
}
/* q where so many nodes are in N. */
uint32_t tw_model_quorum(const struct tw_monitor *monitor, uint32_t voters);

/* life.c: asks for a SAVE when what outlives a restart has changed. */
void tw_saved_push(struct tw_monitor *monitor);

/* tip.c */
void tw_tip_init(struct tw_tip *tip, int64_t now);
/*
 * Moves C and T. may_begin: there may be a first T (not while starting); without_quorum: also one
 * that no quorum supports, because starting ended without.
 */
void tw_tip_update(struct tw_monitor *monitor, bool may_begin, bool without_quorum);
/* When the block of the served chain at height was accepted, at the latest. TW_UNKNOWN above T. */
int64_t tw_tip_accepted(const struct tw_tip *tip, int64_t height);

/* Typical delay in getting new blocks: the median of the last ones, 0 while unknown. */
int64_t tw_node_delay(const struct tw_node *node);

/* announce.c */
void tw_announce_init(struct tw_announce *announce, int64_t now);
void tw_announce_update(struct tw_monitor *monitor);

/* verdict.c */
void tw_verdict_update(struct tw_monitor *monitor);
/* From when on a node is lagging that has relation to the main chain and its tip at this height. */
int64_t tw_verdict_lagging_from(
	const struct tw_monitor *monitor, enum tw_relation relation, int64_t tip);

/* select.c */
/* By what the better of two healthy daemons is told, most important first. */
enum tw_better {
	TW_BETTER_TIP,
	TW_BETTER_MAIN,
	TW_BETTER_PRIORITY,
	TW_BETTER_DELAY,
	TW_BETTER_LATENCY,
	TW_BETTER_ORDER,
};
void tw_select_update(struct tw_monitor *monitor);
/*
 * Whether a is the better of two healthy daemons, and by what.
 */
bool tw_select_compare(
	const struct tw_monitor *monitor, int32_t a, int32_t b, enum tw_better *ret_better);
/* The healthy daemon that would take over from the chosen one, or TW_NODE_NONE. */
int32_t tw_select_next(const struct tw_monitor *monitor);
bool tw_select_are_all_drained(const struct tw_monitor *monitor);
void tw_select_fill(const struct tw_monitor *monitor, struct tw_decision *decision);

/* schedule.c */
void tw_schedule_run(struct tw_monitor *monitor);
void tw_questions_ask(struct tw_monitor *monitor, int32_t node, int64_t height);

/* observe.c */
void tw_node_init(struct tw_node *node, const struct tw_node_policy *policy, int64_t now);
/* Finds silent_us anew: when a check has ended, or the policy is another one. */
void tw_node_note_silence(struct tw_node *node, const struct tw_policy *policy);
/* Templates are not checked any more. */
void tw_node_forget_template(struct tw_node *node);
void tw_observe(
	struct tw_monitor *monitor, int32_t node, int slot, const struct tw_observation *obs);

#endif
