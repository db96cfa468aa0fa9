/*
 * The running demo: the simulated network, its servers, the clock that drives it, and where
 * commands come from.
 */
#ifndef DEMO_RUN_H
#define DEMO_RUN_H

#include "control.h"
#include "options.h"
#include "p2p.h"
#include "script.h"
#include "server.h"
#include "sim/cmd/cmd.h"
#include "story.h"

struct demo_run {
	const struct demo_options *options;
	struct tw_loop *loop;
	struct tw_sim_net net;
	struct demo_server **servers; /* one per node */
	struct demo_p2p **p2p;        /* likewise; NULL: they serve no P2P */
	struct demo_control *control; /* NULL: none */
	struct demo_script *script;   /* NULL: none */
	struct demo_story *story;     /* NULL: none */
	struct tw_loop_timer *timer;
	struct tw_loop_signal *signals[2];
	int64_t start_us; /* loop time at which simulated time began */
	bool is_failed;
};

/*
 * Starts everything; messages go to stderr. Returns 0, 1 when the script is wrong, or a negative
 * errno. To be finished in any case.
 */
int demo_run_start(struct demo_run *run, const struct demo_options *options);
void demo_run_finish(struct demo_run *run);

#endif
