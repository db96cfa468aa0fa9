/* See mode.h. */
#include "core/mode.h"
#include <errno.h>
#include <string.h>

static const struct row {
	const char *word;
	int rank;
	const char *meaning;
	const char *advice;
	const char *cost;
	const char *remedy;
} rows[TW_MODES] = {
	[TW_MODE_STARTING] = {
		.word = "starting",
		.rank = 0,
		.meaning = "tipwatch has just started and is comparing the daemons",
		.advice = "wait; it takes one probe timeout at most",
		.cost = "seconds",
	},
	[TW_MODE_CONSENSUS] = {
		.word = "consensus",
		.rank = 4,
		.meaning = "a majority of the nodes is on one chain",
		.advice = "mine",
		.cost = "nothing",
	},
	[TW_MODE_REDUCED] = {
		.word = "reduced",
		.rank = 3,
		.meaning = "too few nodes answer for a majority, but those that do agree",
		.advice = "mine",
		.cost = "nothing now; one node less and it is `fallback`",
	},
	[TW_MODE_CONTESTED] = {
		.word = "contested",
		.rank = 1,
		.meaning = "the nodes are split over two chains and neither has a majority",
		.advice = "mine if `usable`, and call the operator",
		.cost = "everything found since the fork, if the other side wins",
		.remedy = "Compare the hashes of both chains with an explorer of the coin. Drain "
			  "references that are on the wrong one, and take such daemons out of the "
			  "configuration.",
	},
	[TW_MODE_FALLBACK] = {
		.word = "fallback",
		.rank = 2,
		.meaning = "too few nodes answer to know what the network does",
		.advice = "mine if `usable`: it is the best there is",
		.cost = "what a pool with one daemon always risks",
	},
};

const char *tw_mode_word(enum tw_mode mode)
{
	return rows[mode].word;
}

int tw_mode_parse(const char *word, enum tw_mode *ret_mode)
{
	for (int i = 0; i < TW_MODES; i++) {
		if (strcmp(rows[i].word, word) == 0) {
			*ret_mode = (enum tw_mode)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *tw_mode_meaning(enum tw_mode mode)
{
	return rows[mode].meaning;
}

const char *tw_mode_advice(enum tw_mode mode)
{
	return rows[mode].advice;
}

const char *tw_mode_cost(enum tw_mode mode)
{
	return rows[mode].cost;
}

const char *tw_mode_remedy(enum tw_mode mode)
{
	return rows[mode].remedy != NULL ? rows[mode].remedy : "";
}

int tw_mode_rank(enum tw_mode mode)
{
	return rows[mode].rank;
}
