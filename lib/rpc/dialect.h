/*
 * The dialects of the daemons' RPC that tipwatch speaks. The table in dialect.c is the only place
 * that lists them: detection, the configuration, what is shown and the simulated daemons read it.
 * A new dialect is a file with its row, a constant here and a line of the table.
 */
#ifndef TW_RPC_DIALECT_H
#define TW_RPC_DIALECT_H

#include "rpc/dialect_row.h"
#include "json/json.h"

enum tw_dialect {
	TW_DIALECT_AUTO, /* to be detected */
	TW_DIALECT_TURTLECOIN_RPC,
	TW_DIALECT_TURTLECOIN_REST,
	TW_DIALECT_MONERO,
	TW_DIALECT_ZANO,
	TW_DIALECT_CRYPTONOTE,
};
enum { TW_DIALECTS = TW_DIALECT_CRYPTONOTE + 1 };

/* "auto", "turtlecoin-rpc" and so on. Static. */
const char *tw_dialect_word(enum tw_dialect dialect);
/* NULL for TW_DIALECT_AUTO. Static. */
const struct tw_dialect_row *tw_dialect_row(enum tw_dialect dialect);
/*
 * The requests for the info page of any dialect, in the order in which to try them: "GET /path".
 * NULL for i beyond the last one. Static.
 */
const char *tw_dialect_info_request(uint32_t i);
/* Writes all of them: "GET /info, /getinfo and /get_info". */
void tw_dialect_list_info_requests(char *text, size_t size);
/*
 * Which dialect an info page is in; TW_DIALECT_AUTO: none that is known. Those whose bit
 * (1 << dialect) is set in rejected are left out.
 */
enum tw_dialect tw_dialect_recognize(const struct tw_json_node *info, uint32_t rejected);

#endif
