/*
 * A check in the journal: what it returned, field by field. Each field of an observation is one row
 * of a table that says how it is written and how it is read, so that a field which is written is
 * also read. What a check has not learned is not written, and reads as the default that
 * tw_observation_init() gives it.
 */
#ifndef TW_JOURNAL_CHECK_H
#define TW_JOURNAL_CHECK_H

#include "core/node/observation.h"
#include "journal/field.h"

/* Writes the fields into the open object. slot is TW_SLOT_REGULAR or TW_SLOT_CONFIRM. */
void tw_journal_check_put(struct tw_emit *json, const struct tw_observation *obs, int slot);
/* Reads them from the object root. 0 or TW_JOURNAL_BAD. */
int tw_journal_check_get(const struct tw_json_node *root, struct tw_journal_complaint *complaint,
	struct tw_observation *ret_obs, int *ret_slot);

#endif
