/* See sightings.h. */
#include "block/sightings.h"
#include <stdio.h>

const struct tw_sighting *tw_sightings_find(
	const struct tw_sightings *sightings, const struct tw_hash *hash)
{
	uint32_t n = sightings->n < TW_SIGHTINGS_MAX ? sightings->n : TW_SIGHTINGS_MAX;

	for (uint32_t i = 0; i < n; i++) {
		if (tw_hash_equal(&sightings->seen[i].point.hash, hash))
			return &sightings->seen[i];
	}
	return NULL;
}

void tw_sightings_note(struct tw_sightings *sightings, const struct tw_point *point,
	const char *node, int64_t now_ms)
{
	struct tw_sighting *seen;

	if (tw_sightings_find(sightings, &point->hash) != NULL)
		return;
	seen = &sightings->seen[sightings->n++ % TW_SIGHTINGS_MAX];
	seen->point = *point;
	seen->first_ms = now_ms;
	snprintf(seen->node, sizeof(seen->node), "%s", node);
}
