/* What the tests of probe.h share: a loop, a configuration, daemons, and what checks returned. */
#ifndef TW_TEST_PROBE_FIXTURE_H
#define TW_TEST_PROBE_FIXTURE_H

#include "fake_dns.h"
#include "fetch_fixture.h"
#include "io/probe.h"

/* No fake may end a test before it was asked to: nothing here takes that long. */
enum { PROBE_NODES = 4, PROBE_RESULTS = 16, LONG_MS = 15000 };

struct probe_fixture {
	struct tw_loop *loop;
	struct tw_loop_timer *guard;
	struct tw_config config;
	struct tw_node_conf nodes[PROBE_NODES];
	struct tw_chain window; /* shows blocks 47 to 50 of branch a */
	struct tw_probe *probe;
	struct server *servers[PROBE_NODES];
	const char *header; /* block 50 as turtlecoin-rest says it */
	int n_fds;
	int n_wanted; /* results that end probe_wait() */
	int n_results;
	struct {
		int32_t node;
		int slot;
		int64_t at_us;
		struct tw_observation obs;
	} results[PROBE_RESULTS];
};

int probe_setup(void **state);
int probe_teardown(void **state);
/* Points node at host:port, as a turtlecoin-rest daemon. */
void probe_point(struct probe_fixture *f, int32_t node, const char *host, uint16_t port);
/* The same, with a server of its own that runs script. */
void probe_serve(struct probe_fixture *f, int32_t node, server_script *script, void *ctx);
/* Makes the probe, unless there is one, and starts a check that needs no more than the tip. */
void probe_start(struct probe_fixture *f, int32_t node, int slot, int64_t timeout_us);
/* The same for any check. */
void probe_order(struct probe_fixture *f, const struct tw_action *action);
/* Runs the loop until n more checks ended. */
void probe_wait(struct probe_fixture *f, int n);
/* Runs the loop until pred says true. */
typedef bool probe_pred(struct probe_fixture *f);
void probe_run_until(struct probe_fixture *f, probe_pred *pred);
/* The oldest result not yet looked at is this. detail NULL: any. */
void probe_expect(
	struct probe_fixture *f, int32_t node, int slot, enum tw_result result, const char *detail);

/* Answers every request with ctx, a string. */
server_script probe_answer;
/* Accepts a request and says nothing. */
server_script probe_say_nothing;

#endif
