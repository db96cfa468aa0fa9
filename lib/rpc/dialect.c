/* See dialect.h. */
#include "rpc/dialect.h"
#include "rpc/monero.h"
#include "rpc/turtlecoin_rest.h"
#include "rpc/turtlecoin_rpc.h"

/*
 * Info pages are looked for in this order. They are recognised in the opposite order, because some
 * members are in the pages of several dialects: a later row has the more particular marks.
 */
static const struct tw_dialect_row *const rows[TW_DIALECTS] = {
	[TW_DIALECT_TURTLECOIN_RPC] = &tw_turtlecoin_rpc,
	[TW_DIALECT_TURTLECOIN_REST] = &tw_turtlecoin_rest,
	[TW_DIALECT_MONERO] = &tw_monero,
};

const char *tw_dialect_word(enum tw_dialect dialect)
{
	return rows[dialect] == NULL ? "auto" : rows[dialect]->word;
}

const struct tw_dialect_row *tw_dialect_row(enum tw_dialect dialect)
{
	return rows[dialect];
}

const char *tw_dialect_info_path(uint32_t i)
{
	const char *paths[2 * TW_DIALECTS];
	uint32_t n = 0;

	for (int d = TW_DIALECT_AUTO + 1; d < TW_DIALECTS; d++) {
		const char *places[] = { rows[d]->requests[TW_ASK_INFO] + strlen("GET "),
			rows[d]->old_info_path };

		for (size_t place = 0; place < TW_ARRAY_SIZE(places); place++) {
			uint32_t known = 0;

			if (places[place] == NULL)
				continue;
			while (known < n && strcmp(paths[known], places[place]) != 0)
				known++;
			if (known == n)
				paths[n++] = places[place];
		}
	}
	return i < n ? paths[i] : NULL;
}

enum tw_dialect tw_dialect_recognize(const struct tw_json_node *info)
{
	if (tw_json_type_of(tw_json_member(info, "height")) != TW_JSON_NUMBER)
		return TW_DIALECT_AUTO;
	for (int d = TW_DIALECTS - 1; d > TW_DIALECT_AUTO; d--) {
		for (const char *const *mark = rows[d]->marks; *mark != NULL; mark++) {
			if (tw_json_member(info, *mark) != NULL)
				return (enum tw_dialect)d;
		}
	}
	return TW_DIALECT_AUTO;
}
