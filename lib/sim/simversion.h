/*
 * The daemons that can be simulated: dialect and version, and the ways in which versions differ.
 * Measured on TurtleCoind 0.8.4, 0.28.3, 1.0.1 and monerod 0.18; the others from their sources.
 */
#ifndef TW_SIM_SIMVERSION_H
#define TW_SIM_SIMVERSION_H

#include "base/result.h"
#include "wire/conf.h"

enum { TW_SIMVERSION_TEXT_MAX = 256 };

/* Which HTTP server the daemon has inside. */
enum tw_simhttp {
	TW_SIMHTTP_CLASSIC, /* one thread; never closes, whatever `Connection` says */
	TW_SIMHTTP_LIB,     /* cpp-httplib: five requests or five idle seconds per connection */
	TW_SIMHTTP_EPEE,    /* monerod */
};

struct tw_simversion {
	enum tw_dialect dialect;
	const char *version; /* as chosen on the command line */
	const char *claimed; /* as the daemon itself says */
	enum tw_simhttp http;
	bool has_info;          /* GET /info */
	bool has_getinfo;       /* GET /getinfo */
	bool has_testnet;       /* `testnet` in the info */
	bool is_template_gated; /* no template while height < network_height */
	int64_t supported_height;
	const int64_t *upgrade_heights; /* ends with 0 */
};

/*
 * "DIALECT" (its default version) or "DIALECT@VERSION". Returns NULL when there is no such daemon.
 */
const struct tw_simversion *tw_simversion_find(const char *text);
/* Writes "turtlecoin-rpc@0.28.3 (or 0.22, …), …" for error messages and help. */
void tw_simversion_list(char text[TW_SIMVERSION_TEXT_MAX]);

#endif
