/*
 * A monitor that knows what a test tells it: the read-only functions of core/monitor.h and
 * core/explain.h, linked in place of the real ones, so that what is written about a situation can
 * be tested without bringing the situation about.
 */
#ifndef TW_TEST_FAKE_MONITOR_H
#define TW_TEST_FAKE_MONITOR_H

#include "wire/status.h"

enum { FAKE_NODES = 3, FAKE_BRANCHES = 2 };

struct tw_monitor {
	struct tw_decision decision;
	uint64_t seq;
	struct tw_node_view views[FAKE_NODES];
	struct tw_chain chains[FAKE_NODES];
	uint32_t n_branches;
	struct tw_branch branches[FAKE_BRANCHES];
	uint64_t n_switches;
	struct tw_switch switches[TW_SWITCHES_MAX];
	int64_t tip_since_us;
	int64_t gap_us; /* what the core's time is behind the caller's */
	uint32_t n_targets;
	int32_t targets[FAKE_NODES];
	const char *choice_text;
	const char *verdict_text[FAKE_NODES];
};

struct fake {
	struct tw_monitor monitor;
	struct tw_node_conf nodes[FAKE_NODES];
	struct tw_config config;
	struct tw_rpc_peer peer;
	const struct tw_rpc_peer *peers[FAKE_NODES];
	struct tw_status_source source;
};

/*
 * A quiet network: alpha (primary, IPv4), beta (chosen, https and IPv6) and seed (a reference, not
 * checked yet), everything known of the first two. Points into itself: do not copy it.
 */
void fake_init(struct fake *fake);
/* Everything unknown: starting, nothing checked, nothing chosen. */
void fake_init_blank(struct fake *fake);
/* A hash of 32 times the same byte. */
struct tw_hash fake_hash(uint8_t byte);

#endif
