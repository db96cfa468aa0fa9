/* See trust.h. */
#include "journal/trust.h"
#include "core/node/record.h"

bool tw_journal_trust_is_clean(const struct tw_saved_record *record)
{
	return record->false_bits == 0 && record->probation == 0 && record->relapses == 0;
}

void tw_journal_trust_put(struct tw_emit *json, const struct tw_saved_record *record)
{
	tw_emit_open_array(json);
	tw_emit_int(json, record->false_bits);
	tw_emit_int(json, record->probation);
	tw_emit_int(json, record->relapses);
	tw_emit_int(json, record->clean);
	tw_emit_close_array(json);
}

bool tw_journal_trust_get(const struct tw_json_node *node, struct tw_saved_record *ret_record)
{
	uint32_t *const values[] = { &ret_record->false_bits, &ret_record->probation,
		&ret_record->relapses, &ret_record->clean };
	static const int64_t most[] = { (1 << TW_RECORD_BLOCKS) - 1,
		TW_RECORD_BLOCKS << TW_RECORD_DOUBLED, TW_RECORD_DOUBLED, TW_RECORD_FORGET };
	const struct tw_json_node *entry = tw_json_first(node);

	if (tw_json_type_of(node) != TW_JSON_ARRAY || tw_json_count(node) != TW_ARRAY_SIZE(values))
		return false;
	for (size_t i = 0; i < TW_ARRAY_SIZE(values); i++) {
		int64_t value;

		if (tw_json_get_int(entry, "", 0, most[i], &value) < 0)
			return false;
		*values[i] = (uint32_t)value;
		entry = tw_json_next(node, entry);
	}
	return true;
}
