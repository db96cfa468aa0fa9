/* See agenda.h. */
#include "core/agenda.h"
#include "base/num.h"

void tw_agenda_init(struct tw_agenda *agenda, uint32_t n_nodes)
{
	agenda->n_nodes = n_nodes;
	agenda->leaves = 1;
	while (agenda->leaves < n_nodes)
		agenda->leaves *= 2;
	for (uint32_t i = 0; i < 2 * agenda->leaves; i++)
		agenda->due_us[i] = TW_NEVER;
	memset(agenda->marks, 0, sizeof(agenda->marks));
	tw_agenda_mark_all(agenda);
}

void tw_agenda_mark_all(struct tw_agenda *agenda)
{
	uint32_t n = agenda->n_nodes;

	for (uint32_t i = 0; i < n / 64; i++)
		agenda->marks[i] = UINT64_MAX;
	if (n % 64 != 0)
		agenda->marks[n / 64] = (UINT64_C(1) << n % 64) - 1;
}

void tw_agenda_begin(struct tw_agenda *agenda, int64_t now)
{
	while (agenda->due_us[1] <= now) {
		uint32_t at = 1;

		while (at < agenda->leaves)
			at = 2 * at + (agenda->due_us[2 * at] > now);
		tw_agenda_mark(agenda, (int32_t)(at - agenda->leaves));
		tw_agenda_set(agenda, (int32_t)(at - agenda->leaves), TW_NEVER);
	}
}

int32_t tw_agenda_take(struct tw_agenda *agenda, int32_t from)
{
	uint64_t below = (UINT64_C(1) << from % 64) - 1;

	for (uint32_t i = (uint32_t)from / 64; 64 * i < agenda->n_nodes; i++) {
		uint64_t left = agenda->marks[i] & ~below;

		below = 0;
		if (left == 0)
			continue;
		agenda->marks[i] &= ~(left & -left);
		return (int32_t)(64 * i) + __builtin_ctzll(left);
	}
	return TW_NODE_NONE;
}

void tw_agenda_set(struct tw_agenda *agenda, int32_t node, int64_t when_us)
{
	uint32_t at = agenda->leaves + (uint32_t)node;

	agenda->due_us[at] = when_us;
	for (; at > 1; at /= 2) {
		int64_t first_us = tw_min(agenda->due_us[at], agenda->due_us[at ^ 1]);

		if (agenda->due_us[at / 2] == first_us)
			return;
		agenda->due_us[at / 2] = first_us;
	}
}
