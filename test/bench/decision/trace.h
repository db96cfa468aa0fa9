/* What happened and what was decided, line by line. */
#ifndef TW_TEST_TRACE_H
#define TW_TEST_TRACE_H

#include "sim/simdrive.h"

/* Sets the parameters' callbacks; trace must live as long as the run. */
struct trace {
	uint32_t n_nodes;
	bool is_tipwatch;
	struct tw_verdict verdicts[TW_SIMWORLD_NODES_MAX];
	enum tw_mode mode;
	struct tw_simwitness witness;
};
void trace_begin(struct trace *trace, struct tw_simdrive_params *params);

#endif
