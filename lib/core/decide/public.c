/* See public.h. */
#include "core/decide/public.h"
#include "base/num.h"
#include "core/model.h"
#include <stdlib.h>

uint32_t tw_public_count(const struct tw_monitor *monitor)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < TW_WITNESSES_MAX; i++)
		n += monitor->witnesses[i].n > 0;
	return n;
}

uint32_t tw_public_count_above(const struct tw_monitor *monitor, int32_t node, int64_t height)
{
	const struct tw_chain *chain = monitor->nodes[node].chain;
	uint32_t n = 0;

	for (uint32_t i = 0; i < TW_WITNESSES_MAX; i++) {
		const struct tw_witness *witness = &monitor->witnesses[i];
		bool is_above = false;

		for (uint32_t k = 0; !is_above && k < witness->n; k++)
			is_above = witness->tips[k].height > height &&
				   tw_chain_has(chain, &witness->tips[k]);
		n += is_above;
	}
	return n;
}

bool tw_public_knows(const struct tw_monitor *monitor, int32_t node)
{
	uint32_t n = monitor->n_witnesses;

	/* Beside the nodes, C has a place of its own in the votes (core/model.h, chains). */
	return n >= TW_WITNESSES_MIN && node >= 0 && (uint32_t)node < monitor->n &&
	       3 * tw_public_count_above(monitor, node, monitor->tip.tip.height) >= n;
}

static int compare_heights(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x < y) - (x > y);
}

int64_t tw_public_lead(const struct tw_monitor *monitor)
{
	int64_t heights[TW_WITNESSES_MAX], own = TW_UNKNOWN;
	uint32_t n = 0;

	for (uint32_t i = 0; i < TW_WITNESSES_MAX; i++) {
		if (monitor->witnesses[i].n > 0)
			heights[n++] = monitor->witnesses[i].tips[0].height;
	}
	for (uint32_t i = 0; i < monitor->n; i++)
		own = tw_max(own, monitor->nodes[i].chain->tip);
	if (n < TW_WITNESSES_MIN || own < 0)
		return TW_UNKNOWN;
	/* Highest first: so many of them are at least so high. */
	qsort(heights, n, sizeof(heights[0]), compare_heights);
	return tw_max(heights[(n + 1) / 2 - 1] - own, 0);
}

bool tw_public_is_alarming(const struct tw_monitor *monitor)
{
	return monitor->decision.witness_lead > monitor->policy.max_lag;
}
