/* What wire/status and wire/respond need of wire/conf, without its parser. */
#include "wire/conf.h"
#include <string.h>

const char *tw_dialect_word(enum tw_dialect dialect)
{
	static const char *const words[] = {
		[TW_DIALECT_AUTO] = "auto",
		[TW_DIALECT_TURTLECOIN_RPC] = "turtlecoin-rpc",
		[TW_DIALECT_TURTLECOIN_REST] = "turtlecoin-rest",
		[TW_DIALECT_MONERO] = "monero",
	};

	return words[dialect];
}

int32_t tw_config_find(const struct tw_config *config, const char *name)
{
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (strcmp(config->nodes[i].policy.name, name) == 0)
			return (int32_t)i;
	}
	return TW_NODE_NONE;
}
