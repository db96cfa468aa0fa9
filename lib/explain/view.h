/*
 * One node, and one branch of the voters' chains, as the answers to programs show them: the status,
 * the metrics, the journal. A view is filled from the monitor and borrows from it until its next
 * event.
 */
#ifndef TW_EXPLAIN_VIEW_H
#define TW_EXPLAIN_VIEW_H

#include "core/monitor.h"
#include "core/node/chain.h"

struct tw_view_node {
	struct tw_verdict verdict;
	int64_t since_us; /* of the verdict; the core's time */
	const struct tw_chain *chain;
	int64_t lag;         /* blocks behind T; TW_UNKNOWN; 0 when at T or beyond */
	int64_t fork_height; /* newest block shared with the main chain; TW_UNKNOWN: not forked */
	int64_t fork_depth;  /* own blocks above it; TW_UNKNOWN: not forked */
	int64_t network_height_claim;
	int synced_claim;
	int64_t peers_in;
	int64_t peers_out;
	int64_t latency_us;     /* smoothed; TW_UNKNOWN */
	int64_t latency_p99_us; /* of the last TW_RTTS checks; TW_UNKNOWN */
	int64_t tip_delay_us;   /* typical; TW_UNKNOWN */
	enum tw_template template;
	int64_t last_check_us; /* TW_UNKNOWN: never */
	int64_t last_ok_us;
	uint64_t checks;
	uint64_t failures;
	bool is_voting; /* answers and votes */
	bool is_drained;
	enum tw_result last_result;
	const char *detail; /* what the last failed check says went wrong; "" */
	uint32_t warm;      /* good checks so far while warming */
	uint32_t warm_need;
	uint32_t false_blocks; /* of the last TW_RECORD_BLOCKS confirmed ones */
	uint32_t probation;    /* confirmed blocks until it is believed again; 0: it is */
};

/* A branch of the tree of the voters' chains; number 0 is the main chain with all who are on it. */
struct tw_branch {
	struct tw_point tip;
	int64_t fork_height; /* newest block shared with the main chain; TW_UNKNOWN: none known */
	uint32_t votes;
	const int32_t *members; /* nodes whose tips are on it, in the buffer of the caller */
};

/* Sorts the last round-trip times for the p99: too slow to call it for every reply. */
void tw_view_node(const struct tw_monitor *monitor, int32_t node, struct tw_view_node *ret_view);
uint32_t tw_view_n_branches(const struct tw_monitor *monitor);
/* Branch i, below tw_view_n_branches(). members has room for all nodes; the branch borrows it. */
void tw_view_branch(const struct tw_monitor *monitor, uint32_t i, int32_t *members,
	struct tw_branch *ret_branch);

#endif
