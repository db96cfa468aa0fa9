/* See dialect.h. */
#include "rpc/dialect.h"
#include "rpc/cryptonote.h"
#include "rpc/monero.h"
#include "rpc/turtlecoin_rest.h"
#include "rpc/turtlecoin_rpc.h"
#include "rpc/zano.h"
#include <stdio.h>

/*
 * Info pages are looked for and recognised in this order. The last dialect is that of all daemons
 * that have the methods of the first CryptoNote daemons, and pages of others have its marks too.
 */
static const struct tw_dialect_row *const rows[TW_DIALECTS] = {
	[TW_DIALECT_TURTLECOIN_RPC] = &tw_turtlecoin_rpc,
	[TW_DIALECT_TURTLECOIN_REST] = &tw_turtlecoin_rest,
	[TW_DIALECT_MONERO] = &tw_monero,
	[TW_DIALECT_ZANO] = &tw_zano,
	[TW_DIALECT_CRYPTONOTE] = &tw_cryptonote,
};

const char *tw_dialect_word(enum tw_dialect dialect)
{
	return rows[dialect] == NULL ? "auto" : rows[dialect]->word;
}

const struct tw_dialect_row *tw_dialect_row(enum tw_dialect dialect)
{
	return rows[dialect];
}

const char *tw_dialect_info_request(uint32_t i)
{
	const char *known[2 * TW_DIALECTS];
	uint32_t n = 0;

	for (int d = TW_DIALECT_AUTO + 1; d < TW_DIALECTS; d++) {
		const char *requests[] = { rows[d]->requests[TW_ASK_INFO],
			rows[d]->old_info_request };

		for (size_t r = 0; r < TW_ARRAY_SIZE(requests) && requests[r] != NULL; r++) {
			uint32_t k = 0;

			while (k < n && strcmp(known[k], requests[r]) != 0)
				k++;
			if (k == n)
				known[n++] = requests[r];
		}
	}
	return i < n ? known[i] : NULL;
}

void tw_dialect_list_info_requests(char *text, size_t size)
{
	const char *request;
	size_t len = 0;

	for (uint32_t i = 0; (request = tw_dialect_info_request(i)) != NULL && len < size; i++) {
		bool is_last = tw_dialect_info_request(i + 1) == NULL;

		len += (size_t)snprintf(text + len, size - len, "%s%s",
			i == 0    ? ""
			: is_last ? " and "
				  : ", ",
			i == 0 ? request : request + strlen("GET "));
	}
}

enum tw_dialect tw_dialect_recognize(const struct tw_json_node *info, uint32_t rejected)
{
	int64_t height;

	if (tw_json_get_int(info, "height", INT64_MIN, INT64_MAX, &height) < 0)
		return TW_DIALECT_AUTO;
	for (int d = TW_DIALECT_AUTO + 1; d < TW_DIALECTS; d++) {
		for (const char *const *mark = rows[d]->marks; *mark != NULL; mark++) {
			if (tw_json_member(info, *mark) != NULL && (rejected & 1u << d) == 0)
				return (enum tw_dialect)d;
		}
	}
	return TW_DIALECT_AUTO;
}
