/*
 * The daemons that can be simulated: dialect and version, and the ways in which versions differ.
 * Measured on TurtleCoind 0.8.4, 0.28.3, 1.0.1 and monerod 0.18; the others from their public
 * sources.
 */
#ifndef TW_SIM_NET_VERSION_H
#define TW_SIM_NET_VERSION_H

#include "base/result.h"
#include "conf/config.h"

enum { TW_SIM_VERSION_TEXT_MAX = 256 };

/* Which HTTP server the daemon has inside. */
enum tw_sim_http {
	TW_SIM_HTTP_CLASSIC, /* one thread; never closes, whatever `Connection` says */
	TW_SIM_HTTP_LIB,     /* cpp-httplib: five requests or five idle seconds per connection */
	TW_SIM_HTTP_EPEE,    /* monerod */
};

struct tw_sim_version {
	enum tw_dialect dialect;
	const char *version; /* as chosen on the command line */
	const char *claimed; /* as the daemon itself says */
	enum tw_sim_http http;
	bool has_info;      /* GET /info */
	bool has_getinfo;   /* GET /getinfo */
	bool has_testnet;   /* `testnet` in the info */
	bool counts_from_1; /* the heights in requests for a header */
	int block_version;  /* of templates; 0: as TurtleCoin's at their height */
	enum tw_blob_layout layout;
	bool is_template_gated; /* no template while height < network_height */
	int64_t supported_height;
	const int64_t *upgrade_heights; /* ends with 0 */
};

/*
 * "DIALECT" (its default version) or "DIALECT@VERSION". Returns NULL when there is no such daemon.
 */
const struct tw_sim_version *tw_sim_version_find(const char *text);
/* Writes "turtlecoin-rpc@0.28.3 (or 0.22, …), …" for error messages and help. */
void tw_sim_version_list(char text[TW_SIM_VERSION_TEXT_MAX]);

#endif
