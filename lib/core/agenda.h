/*
 * Which nodes a part of the step looks at. What a part finds of a node stays true until something
 * about the node, or about all of them, changes, or until a time that it has named. So only the
 * nodes that are marked and those that are due are looked at, in the order of their numbers, and
 * the others cost nothing.
 */
#ifndef TW_CORE_AGENDA_H
#define TW_CORE_AGENDA_H

#include "core/types.h"

enum { TW_AGENDA_WORDS = TW_NODES_MAX / 64 };

struct tw_agenda {
	uint32_t n_nodes;
	uint32_t leaves;                 /* a power of two, at least n_nodes */
	uint64_t marks[TW_AGENDA_WORDS]; /* a bit for each node */
	/* A tree of minima: node i is due at [leaves + i], the first one of all at [1]. */
	int64_t due_us[2 * TW_NODES_MAX];
};

/* All nodes are marked. */
void tw_agenda_init(struct tw_agenda *agenda, uint32_t n_nodes);
static inline void tw_agenda_mark(struct tw_agenda *agenda, int32_t node)
{
	agenda->marks[node / 64] |= UINT64_C(1) << node % 64;
}
void tw_agenda_mark_all(struct tw_agenda *agenda);
/* Marks the nodes that are due. */
void tw_agenda_begin(struct tw_agenda *agenda, int64_t now);
/* Takes the first marked node from `from` on off the marks; TW_NODE_NONE: there is none. */
int32_t tw_agenda_take(struct tw_agenda *agenda, int32_t from);
/* The node is to be looked at again at when_us; TW_NEVER: only when it is marked. */
void tw_agenda_set(struct tw_agenda *agenda, int32_t node, int64_t when_us);
/* When the first node is due. */
static inline int64_t tw_agenda_due(const struct tw_agenda *agenda)
{
	return agenda->due_us[1];
}

#endif
