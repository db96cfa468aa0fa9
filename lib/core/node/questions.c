/* See questions.h. */
#include "core/node/questions.h"

void tw_questions_add(struct tw_questions *questions, int64_t height, int64_t now, int64_t again_us)
{
	if (questions->n == TW_QUESTIONS_MAX)
		return;
	for (uint32_t k = 0; k < questions->n_asked && k < TW_ASKED; k++) {
		if (questions->asked[k].height == height &&
			now - questions->asked[k].when_us < again_us)
			return;
	}
	for (uint32_t k = 0; k < questions->n; k++) {
		if (questions->heights[k] == height)
			return;
	}
	questions->heights[questions->n++] = height;
}

uint32_t tw_questions_take(
	struct tw_questions *questions, int64_t now, int64_t ret_heights[TW_QUESTIONS_MAX])
{
	uint32_t n = questions->n;

	for (uint32_t k = 0; k < n; k++) {
		uint32_t at = questions->n_asked++ % TW_ASKED;

		ret_heights[k] = questions->heights[k];
		questions->asked[at].height = questions->heights[k];
		questions->asked[at].when_us = now;
	}
	questions->n = 0;
	return n;
}
