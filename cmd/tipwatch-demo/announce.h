/* What the demo says on stdout and in the ports file. */
#ifndef DEMO_ANNOUNCE_H
#define DEMO_ANNOUNCE_H

#include "options.h"

/*
 * Where the nodes listen: a line NAME=URL each, or one JSON object; on stdout, and in the ports
 * file, which appears whole. 0 or a negative errno, after having complained.
 */
int demo_announce_nodes(const struct demo_options *options, const struct tw_sim_net *net);
/* What happens, when it does. */
void demo_announce_step(int64_t now_us, const char *sentence);

#endif
