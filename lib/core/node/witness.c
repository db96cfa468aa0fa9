/* See witness.h. */
#include "core/node/witness.h"
#include <string.h>

bool tw_witness_hear(struct tw_witness *witness, const struct tw_point *tip)
{
	uint32_t kept = TW_WITNESS_TIPS - 1;

	if (tip == NULL) {
		bool was_there = witness->n > 0;

		witness->n = 0;
		return was_there;
	}
	if (witness->n > 0 && witness->tips[0].height == tip->height &&
		tw_hash_equal(&witness->tips[0].hash, &tip->hash))
		return false;
	/* A chain that does not grow is another one: what was said before does not belong to it. */
	if (witness->n > 0 && tip->height <= witness->tips[0].height)
		witness->n = 0;
	kept = witness->n < kept ? witness->n : kept;
	memmove(witness->tips + 1, witness->tips, kept * sizeof(witness->tips[0]));
	witness->tips[0] = *tip;
	witness->n = kept + 1;
	return true;
}
