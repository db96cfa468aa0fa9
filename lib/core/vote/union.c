/* See union.h. */
#include "core/vote/union.h"

int32_t tw_union_find(int32_t *parent, int32_t node)
{
	while (parent[node] != node) {
		parent[node] = parent[parent[node]];
		node = parent[node];
	}
	return node;
}

bool tw_union_join(int32_t *parent, int32_t a, int32_t b)
{
	a = tw_union_find(parent, a);
	b = tw_union_find(parent, b);
	if (a == b)
		return false;
	parent[b] = a;
	return true;
}
