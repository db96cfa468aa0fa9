/*
 * HTTP requests to one node, one at a time. Where there is something to learn of the node, its
 * authentication or TLS sessions, it has an easy handle of libcurl of its own; others take one when
 * a check begins, and put it back when it ends. Only http and https, no proxy but that of the
 * configuration, no redirects; the size of replies is limited; certificates and host names are
 * checked, or, where the configuration has a fingerprint, that alone. No request is sent to a
 * server with another certificate. What is wrong with one is told with its fingerprint.
 *
 * Daemons serve RPC with few threads, and an idle connection may occupy one of them, so plain
 * connections are closed by tw_fetch_finish(). Connections that cost more than one round trip to
 * open (TLS, digest authentication, a proxy) are kept for the next check, for a minute at most.
 * That the other side closes one of these is noticed at once.
 */
#ifndef TW_IO_CHECK_FETCH_H
#define TW_IO_CHECK_FETCH_H

#include "conf/config.h"
#include "core/types.h"
#include "io/check/multi.h"
#include "rpc/check.h"

struct tw_fetch;

enum { TW_FETCH_HEADER_MAX = 64 * 1024 }; /* bytes of header of one reply, trailers included */

struct tw_fetch_reply {
	enum tw_result result; /* OK: a whole HTTP reply, of whatever status */
	const char *detail;    /* for people, when not OK */
	long status;
	const char *body; /* never NULL; NUL-terminated beyond len */
	size_t len;
	int64_t rtt_us;         /* connecting included */
	const char *location;   /* where a redirect leads to, never NULL */
	int64_t retry_after_us; /* as a Retry-After says; 0: none does */
};
/* A request ended; reply is borrowed until the next request or the end of the call. Called from the
 * loop. It may start the next request or finish the fetch, but not destroy it. */
typedef void tw_fetch_fn(void *ctx, const struct tw_fetch_reply *reply);

/* How far a request is. */
enum tw_fetch_phase { TW_FETCH_CONNECTING, TW_FETCH_WAITING, TW_FETCH_READING };

/* The done function for the tw_multi of fetches. */
tw_multi_done_fn tw_fetch_on_done;

/* node is borrowed. is_fresh: the first request after tw_fetch_finish() goes over
 * a new connection, the following ones over the same. 0 or a negative errno. */
int tw_fetch_create(struct tw_multi *multi, const struct tw_node_conf *node, size_t max_reply,
	bool is_fresh, tw_fetch_fn *fn, void *ctx, struct tw_fetch **ret_fetch);
void tw_fetch_destroy(struct tw_fetch *fetch); /* takes NULL */
/* From now on fn is called, with the ctx of the fetch, when the other side closes a connection that
 * was kept. Called from the loop; it may start a request. */
void tw_fetch_tell_dropped(struct tw_fetch *fetch, tw_loop_fn *fn);

/*
 * Starts a request; none may be under way. request is borrowed until it ended. addresses as
 * tw_name_addresses() has them, "" for a host that needs no lookup. The deadline is the caller's;
 * timeout_us is for libcurl to share out among the addresses. 0 or -ENOMEM.
 */
int tw_fetch_start(struct tw_fetch *fetch, const struct tw_rpc_request *request,
	const char *addresses, int64_t timeout_us);
/* The same for a POST whose body may be of any length; body is borrowed until the request ended. */
int tw_fetch_post(struct tw_fetch *fetch, const char *path, const char *body, size_t len,
	const char *addresses, int64_t timeout_us);
enum tw_fetch_phase tw_fetch_phase(const struct tw_fetch *fetch);
/* No further request for now: a request under way ends without a reply, and a connection that is
 * not to be kept is closed. */
void tw_fetch_finish(struct tw_fetch *fetch);

#endif
