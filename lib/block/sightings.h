/*
 * When a block was first shown as somebody's newest one, and by whom: what a race between two
 * blocks is judged by. The last TW_SIGHTINGS_MAX blocks are remembered.
 */
#ifndef TW_BLOCK_SIGHTINGS_H
#define TW_BLOCK_SIGHTINGS_H

#include "core/types.h"

enum { TW_SIGHTINGS_MAX = 64 };

struct tw_sighting {
	struct tw_point point;
	int64_t first_ms; /* milliseconds since 1970 */
	char node[TW_NAME_MAX + 1];
};

/* Zeroed at first. */
struct tw_sightings {
	uint32_t n; /* since the start; kept by their number modulo TW_SIGHTINGS_MAX */
	struct tw_sighting seen[TW_SIGHTINGS_MAX];
};

/* The node shows a block; only the first time counts. */
void tw_sightings_note(struct tw_sightings *sightings, const struct tw_point *point,
	const char *node, int64_t now_ms);
/* NULL: it is not remembered. Borrowed until the next note. */
const struct tw_sighting *tw_sightings_find(
	const struct tw_sightings *sightings, const struct tw_hash *hash);

#endif
