/*
 * The addresses of one host name, looked up by getaddrinfo() in a thread of its own: it is the only
 * call that honours nsswitch.conf, and it blocks. At most one lookup of a name is under way, so
 * name servers that hang cost one thread for each name; the loop never waits for a lookup.
 *
 * Known addresses are used while they are looked up again. A name server that does not answer says
 * nothing about the daemon, so addresses stay in use for a while without an answer (RFC 8767). When
 * a name server answers that the name does not exist, they are forgotten at once.
 */
#ifndef TW_IO_CHECK_NAME_H
#define TW_IO_CHECK_NAME_H

#include "base/time.h"
#include "conf/types.h"
#include "io/loop.h"

struct tw_name;

/* A lookup ended, well or not. Called from the loop. */
typedef void tw_name_fn(void *ctx);

#define TW_NAME_FRESH_US (60 * TW_SEC) /* older addresses are looked up again */
#define TW_NAME_DOUBT_US (5 * TW_SEC)  /* least time between lookups for tw_name_doubt() */
#define TW_NAME_STALE_US (10 * TW_MIN) /* addresses are kept so long without an answer */

enum { TW_NAME_ADDRESSES_MAX = 8, TW_NAME_ERROR_MAX = 160 };

/* Whether host is a name that must be looked up: not an address, not "localhost". */
bool tw_name_is_needed(const char *host);
/* The same of the host of a node's URL, which its SOCKS proxy may look up itself. */
bool tw_name_is_needed_by(const struct tw_node_conf *node);

/* Looks nothing up yet. 0 or -ENOMEM. */
int tw_name_create(struct tw_loop *loop, const char *host, tw_name_fn *fn, void *ctx,
	struct tw_name **ret_name);
/* Takes NULL. Does not wait for a lookup under way; its result is dropped. */
void tw_name_destroy(struct tw_name *name);

enum tw_name_outcome { TW_NAME_KNOWN, TW_NAME_PENDING };
/*
 * The name is needed now. Returns TW_NAME_KNOWN: tw_name_addresses() has some (and a lookup in the
 * background is started where they are old); TW_NAME_PENDING: fn will be called; or a negative
 * errno: no lookup could be started.
 */
int tw_name_want(struct tw_name *name);
/* The addresses did not work. They are looked up again, because the name may have others by now,
 * and the next address comes first from now on: libcurl may not try it in time when it is second.
 */
void tw_name_doubt(struct tw_name *name);

/* Numeric, separated by commas, IPv6 in brackets; "" when there are none. Borrowed. */
const char *tw_name_addresses(const struct tw_name *name);
/* Why the last lookup failed, for people; "" when it did not. Borrowed. */
const char *tw_name_error(const struct tw_name *name);

#endif
