/*
 * All that is known of one node: the window of its chain, its health, its pace, what it says of
 * itself, its verdict, and the schedule of its checks. observe.h writes it when a check ends,
 * decide/ when a step decides, schedule.h when checks are started.
 */
#ifndef TW_CORE_NODE_NODE_H
#define TW_CORE_NODE_NODE_H

#include "core/actions.h"
#include "core/node/chain.h"
#include "core/node/health.h"
#include "core/node/jumps.h"
#include "core/node/pace.h"
#include "core/node/questions.h"
#include "core/node/record.h"
#include "core/node/windows.h"

/* Figures kept of a node's last checks: round-trip times, and delays in getting new blocks. */
enum { TW_RTTS = 128, TW_DELAYS = 9 };

struct tw_node {
	struct tw_node_policy policy;
	const struct tw_chain *chain; /* its window; never NULL */
	struct tw_health health;
	struct tw_pace pace;
	struct tw_jumps jumps;
	struct tw_record record;
	struct tw_verdict verdict;
	int64_t since_us;   /* of the verdict */
	int64_t healthy_us; /* healthy without a break since; TW_UNKNOWN: it is not */
	int64_t tip_us;     /* when it first showed its tip */
	int64_t grew_us[2]; /* when its own tip was last built on, and the time before that */
	bool is_outvoted;   /* a quorum went on without it when it left C's chain */
	/* how its chain stands to the main chain, as of the last step */
	enum tw_relation relation;
	int64_t share;     /* highest block shared with the main chain, TW_UNKNOWN */
	int64_t race_us;   /* since when C is on the other side; TW_UNKNOWN */
	int64_t deep_us;   /* since when its conflict is deeper than fork_tolerance; TW_UNKNOWN */
	int64_t race_fork; /* the highest shared block in the race that race_us is about */
	/* what it says of itself */
	int64_t peers_in;
	int64_t peers_out;
	int64_t network_height;
	int synced;
	struct tw_network_id network;
	bool is_network_new; /* not compared with the others yet */
	bool is_foreign;     /* on another network than the daemons */
	enum tw_template template;
	uint32_t template_fails; /* templates that failed in a row; 2 stands for more */
	int64_t refused_us;      /* when the first of them did */
	int64_t stale_us;        /* since when its templates are stale; TW_UNKNOWN */
	bool is_template_stale;  /* stale, and the grace is over */
	char detail[TW_DETAIL_MAX];
	/* figures */
	uint32_t n_rtts; /* since the start; kept by their number modulo TW_RTTS */
	uint32_t rtts_us[TW_RTTS];
	uint32_t n_delays; /* likewise */
	uint32_t delays_ms[TW_DELAYS];
	int64_t delay_us; /* their median */
	uint64_t checks;
	uint64_t failures;
	bool is_drained;
	int64_t silent_us; /* from then on it is silent; INT64_MIN: it is already */
	bool is_silent;    /* at the last count */
	/* the schedule of its checks */
	int64_t next_check_us;      /* the next regular one; there may be others in between */
	int64_t looked_us;          /* when the last of either kind began */
	int64_t begun_us[TW_SLOTS]; /* when the last check in the slot began */
	bool is_late;               /* another check runs, or ran, beside the regular one */
	int64_t next_template_us;
	int64_t template_us; /* when the check that asked for the last one began; TW_UNKNOWN */
	int64_t last_report_us;
	uint32_t until_info; /* regular checks until the next one that asks for peer counts */
	bool is_running[TW_SLOTS];
	bool wants_confirm;
	bool wants_template;
	bool wants_cancel; /* end its running checks: they span a gap */
	bool is_requested; /* check at once */
	bool is_awaited;   /* somebody waits for that check */
	int awaited_slot;  /* where it runs; -1: not started yet */
	bool is_unjudged;  /* not checked since the last gap */
	/* its P2P link, if it has one */
	bool is_linked;          /* the link is up: the daemon counts it as a peer */
	bool saw_link[TW_SLOTS]; /* it has been up since the check in the slot began */
	bool has_own_peer;       /* peers_in counts it */
	bool is_hinted;          /* check soon: the link brought news */
	int64_t hinted_us;       /* when news last caused a check */
	bool is_dropped;         /* its kept connection was closed, and no check has ended since */
	int64_t drops_from_us;   /* before that, a kept connection that is closed is no news */
	/* news of a block that another node has shown (news.h) */
	int64_t news_us;     /* when it is asked for the block; TW_NEVER: not at all */
	int64_t news_gap_us; /* until it is asked again */
	/* timed syncs in place of checks (sync.h) */
	uint32_t n_replaced;  /* checks in a row that one stands for */
	int64_t answer_by_us; /* the last one is to be answered by then; TW_NEVER: none is asked */
	int64_t synced_us;    /* when one last counted as a good check; TW_UNKNOWN: never */
	struct tw_questions questions;
};

/* chain: a new window, in which nothing is shown. */
void tw_node_init(struct tw_node *node, const struct tw_node_policy *policy,
	const struct tw_chain *chain, int64_t now);
/* Peers in both directions, as far as known, without tipwatchd itself; TW_UNKNOWN: not known at
 * all. */
static inline int64_t tw_node_peers(const struct tw_node *node)
{
	if (node->peers_in < 0 && node->peers_out < 0)
		return TW_UNKNOWN;
	return (node->peers_in > 0 ? node->peers_in - node->has_own_peer : 0) +
	       (node->peers_out > 0 ? node->peers_out : 0);
}
/* Whether its own tip was built on at two times after since_us: it follows a chain that lives. */
static inline bool tw_node_has_grown(const struct tw_node *node, int64_t since_us)
{
	return node->grew_us[1] > since_us;
}
void tw_node_note_rtt(struct tw_node *node, int64_t rtt_us);
/* Of the last TW_RTTS round-trip times the one that 99 % do not exceed, TW_UNKNOWN: none. */
int64_t tw_node_rtt_p99(const struct tw_node *node);
void tw_node_note_delay(struct tw_node *node, int64_t delay_us);
/* Typical delay in getting new blocks: the median of the last TW_DELAYS ones; 0 while unknown. */
static inline int64_t tw_node_delay(const struct tw_node *node)
{
	return node->delay_us;
}
/* Finds silent_us anew, when a check has ended or the policy has changed (Voting 1). */
void tw_node_note_silence(struct tw_node *node, const struct tw_policy *policy);
/* Forgets all that is known of its templates: they are not checked any more. */
void tw_node_forget_template(struct tw_node *node);

#endif
