/* What the demo says on stdout and in the ports file. */
#ifndef DEMO_ANNOUNCE_H
#define DEMO_ANNOUNCE_H

#include "options.h"

/*
 * Writes where the nodes listen, as lines NAME=URL or as one JSON object, to stdout and to the
 * ports file. The ports file appears complete. Returns 0, or a negative errno after a message on
 * stderr.
 */
int demo_announce_nodes(const struct demo_options *options, const struct tw_sim_net *net);
/* Prints what happens at now_us, in simulated time. */
void demo_announce_step(int64_t now_us, const char *sentence);

#endif
