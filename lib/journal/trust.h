/*
 * A node's record of false blocks in JSON, as the state file and the header of a journal have it:
 * [false_bits, probation, relapses, clean] of struct tw_saved_record.
 */
#ifndef TW_JOURNAL_TRUST_H
#define TW_JOURNAL_TRUST_H

#include "core/types.h"
#include "json/emit.h"
#include "json/json.h"

/* Whether there is nothing to write: the node has never shown a false block. */
bool tw_journal_trust_is_clean(const struct tw_saved_record *record);
void tw_journal_trust_put(struct tw_emit *json, const struct tw_saved_record *record);
/* False: node is no such array. */
bool tw_journal_trust_get(const struct tw_json_node *node, struct tw_saved_record *ret_record);

#endif
