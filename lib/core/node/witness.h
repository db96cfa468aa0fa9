/*
 * What one witness has said: a node of the public network that tells what its newest block is.
 * decide/public.h has what they say together.
 */
#ifndef TW_CORE_NODE_WITNESS_H
#define TW_CORE_NODE_WITNESS_H

#include "core/types.h"

enum { TW_WITNESS_TIPS = 4 }; /* the last ones are kept */

/* It is fresh as long as it is there: who does not answer is taken away. */
struct tw_witness {
	uint32_t n;                            /* 0: it is not there */
	struct tw_point tips[TW_WITNESS_TIPS]; /* newest first */
};

/* It says that its newest block is tip; NULL: it is gone. Returns whether anything changed. */
bool tw_witness_hear(struct tw_witness *witness, const struct tw_point *tip);

#endif
