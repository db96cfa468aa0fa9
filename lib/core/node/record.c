/* See record.h. */
#include "core/node/record.h"

void tw_record_init(struct tw_record *record)
{
	*record = (struct tw_record){ .c = TW_UNKNOWN, .false_us = TW_UNKNOWN };
	for (size_t i = 0; i < TW_RECORD_BLOCKS; i++)
		record->early[i].height = TW_UNKNOWN;
}

static void note(struct tw_early *early, int64_t height, const struct tw_hash *hash, int64_t now)
{
	if (early->height != height)
		*early = (struct tw_early){ .height = height };
	for (uint32_t i = 0; i < early->n; i++) {
		if (tw_hash_equal(&early->hashes[i], hash))
			return;
	}
	/* One of two different ones is false: a third one would not say more. */
	if (early->n == TW_ARRAY_SIZE(early->hashes))
		return;
	early->hashes[early->n] = *hash;
	early->since_us[early->n++] = now;
}

void tw_record_note(struct tw_record *record, const struct tw_chain *chain, int64_t c, int64_t now)
{
	if (record->revision == chain->revision && record->c == c)
		return;
	record->revision = chain->revision;
	record->c = c;
	for (int64_t h = c + 1; h <= chain->tip && h <= c + TW_RECORD_BLOCKS; h++) {
		const struct tw_hash *hash = tw_chain_at(chain, h);

		if (hash != NULL)
			note(&record->early[h % TW_RECORD_BLOCKS], h, hash, now);
	}
}

const struct tw_hash *tw_record_other(const struct tw_record *record,
	const struct tw_point *confirmed, int64_t before_us, int64_t *ret_since_us)
{
	const struct tw_early *early = &record->early[confirmed->height % TW_RECORD_BLOCKS];

	for (uint32_t i = 0; early->height == confirmed->height && i < early->n; i++) {
		if (early->since_us[i] <= before_us &&
			!tw_hash_equal(&early->hashes[i], &confirmed->hash)) {
			*ret_since_us = early->since_us[i];
			return &early->hashes[i];
		}
	}
	return NULL;
}

bool tw_record_has(const struct tw_record *record, int64_t height, const struct tw_hash *hash)
{
	const struct tw_early *early = &record->early[height % TW_RECORD_BLOCKS];

	for (uint32_t i = 0; early->height == height && i < early->n; i++) {
		if (tw_hash_equal(&early->hashes[i], hash))
			return true;
	}
	return false;
}

uint32_t tw_record_n_false(const struct tw_record *record)
{
	return (uint32_t)__builtin_popcount(record->kept.false_bits);
}

void tw_record_judge(struct tw_record *record, bool is_false)
{
	struct tw_saved_record *kept = &record->kept;
	uint32_t n_false;

	kept->false_bits = (kept->false_bits << 1 | is_false) & ((1U << TW_RECORD_BLOCKS) - 1);
	n_false = tw_record_n_false(record);
	if (kept->probation > 0) {
		/* It ends in its own time, but not while the node goes on. */
		if (kept->probation > 1 || n_false < TW_RECORD_AGAIN)
			kept->probation--;
		return;
	}
	if (n_false >= (kept->relapses > 0 ? TW_RECORD_AGAIN : TW_RECORD_FALSE)) {
		kept->probation = (uint32_t)TW_RECORD_BLOCKS << kept->relapses;
		kept->relapses += kept->relapses < TW_RECORD_DOUBLED;
		kept->clean = 0;
	} else if (kept->relapses > 0 && ++kept->clean >= TW_RECORD_FORGET) {
		kept->relapses--;
		kept->clean = 0;
	}
}
