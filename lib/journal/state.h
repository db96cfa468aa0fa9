/*
 * What outlives a restart, in the header of a journal. Falls are ages there: a journal has no wall
 * clock.
 */
#ifndef TW_JOURNAL_STATE_H
#define TW_JOURNAL_STATE_H

#include "core/monitor.h"
#include "journal/field.h"

/* What was read: it owns its nodes. */
struct tw_journal_state {
	struct tw_saved saved;
	struct tw_saved_node *nodes; /* NULL: nothing was read */
};

/* nodes has config->n_nodes entries. */
void tw_journal_state_put(struct tw_emit *json, const struct tw_core_config *config,
	const struct tw_saved *saved, const struct tw_saved_node *nodes);
/* Returns 0, TW_JOURNAL_BAD or -ENOMEM; ret_state is to be finished in any case. Nodes are matched
 * by name, unknown ones ignored. */
int tw_journal_state_get(const struct tw_json_node *node, const struct tw_core_config *config,
	struct tw_journal_complaint *complaint, struct tw_journal_state *ret_state);
void tw_journal_state_finish(struct tw_journal_state *state);

#endif
