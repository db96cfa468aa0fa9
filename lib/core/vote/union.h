/*
 * Unions of nodes that belong together (union-find): parent[i] leads from node i to the node that
 * stands for its union, which is its own parent.
 */
#ifndef TW_CORE_VOTE_UNION_H
#define TW_CORE_VOTE_UNION_H

#include "core/types.h"

/* The node that stands for node's union. Shortens the way there. */
int32_t tw_union_find(int32_t *parent, int32_t node);
/* Makes one union of a's and b's. Returns whether they were two. */
bool tw_union_join(int32_t *parent, int32_t a, int32_t b);

#endif
