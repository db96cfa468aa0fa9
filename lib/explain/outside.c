/* See outside.h. */
#include "explain/outside.h"
#include "base/num.h"
#include "core/decide/public.h"
#include "core/model.h"
#include <inttypes.h>

static int64_t highest_here(const struct tw_monitor *monitor)
{
	int64_t highest = TW_UNKNOWN;

	for (uint32_t i = 0; i < monitor->n; i++) {
		highest = tw_max(highest, monitor->nodes[i].chain->tip);
	}
	return highest;
}

void tw_outside_alarm(const struct tw_monitor *monitor, struct tw_buf *out)
{
	const struct tw_decision *decision = &monitor->decision;

	if (!tw_public_is_alarming(monitor))
		return;
	tw_buf_printf(out,
		"the network is %" PRId64
		" blocks ahead of all your nodes: at least half of %" PRIu32
		" witnesses say so, and the highest block here is %" PRId64
		"; compare it with an explorer of the coin",
		decision->witness_lead, decision->witnesses, highest_here(monitor));
}

void tw_outside_part(const struct tw_monitor *monitor, struct tw_buf *out)
{
	const struct tw_decision *decision = &monitor->decision;

	if (decision->witnesses == 0 || decision->chosen < 0 || decision->tip.height <= 0)
		return;
	tw_buf_printf(out,
		" %" PRIu32 " of %" PRIu32 " witnesses have block %" PRId64
		" or a higher one of %s's chain.",
		tw_public_count_above(monitor, decision->chosen, decision->tip.height - 1),
		decision->witnesses, decision->tip.height,
		monitor->nodes[decision->chosen].policy.name);
}
