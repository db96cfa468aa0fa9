/* What happened and what was decided, line by line. */
#ifndef TW_TEST_TRACE_H
#define TW_TEST_TRACE_H

#include "sim/world/drive.h"

/* Sets the parameters' callbacks; trace must live as long as the run. */
struct trace {
	uint32_t n_nodes;
	bool is_tipwatch;
	struct tw_verdict verdicts[TW_SIM_WORLD_NODES_MAX];
	enum tw_mode mode;
	struct tw_sim_witness witness;
};
void trace_begin(struct trace *trace, struct tw_sim_drive_params *params);

#endif
