/*
 * The blocks that one node is to be asked for. The votes find out which ones they need; the next
 * check of the node carries the questions. A node that was asked and did not show the block is not
 * asked again at once.
 */
#ifndef TW_CORE_NODE_QUESTIONS_H
#define TW_CORE_NODE_QUESTIONS_H

#include "core/types.h"

enum { TW_ASKED = 8 }; /* questions remembered after they were asked */

struct tw_questions {
	uint32_t n; /* waiting for the next check */
	int64_t heights[TW_QUESTIONS_MAX];
	uint32_t n_asked; /* since the start */
	struct {
		int64_t height;
		int64_t when_us;
	} asked[TW_ASKED]; /* by their number modulo TW_ASKED */
};

/*
 * Adds a question for the block at height, unless it waits already, was asked less than again_us
 * ago, or TW_QUESTIONS_MAX others wait.
 */
void tw_questions_add(
	struct tw_questions *questions, int64_t height, int64_t now, int64_t again_us);
/* Takes all waiting questions: they are asked now. Returns how many ret_heights has. */
uint32_t tw_questions_take(
	struct tw_questions *questions, int64_t now, int64_t ret_heights[TW_QUESTIONS_MAX]);

#endif
