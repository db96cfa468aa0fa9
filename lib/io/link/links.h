/*
 * The P2P links of the nodes: to whom, and when again. A link is one connection (conn.h); it brings
 * news (core/monitor.h, tw_monitor_link()) and costs nothing where it fails.
 *
 * A node's link is made once a check has shown the daemon's tip, which is what is said to it, and
 * is tried again after 1 s, 2 s and so on up to 5 min, and soon after the node has come back.
 */
#ifndef TW_IO_LINK_LINKS_H
#define TW_IO_LINK_LINKS_H

#include "conf/config.h"
#include "core/monitor.h"
#include "io/loop.h"
#include "p2p/state.h"
#include "rpc/peer.h"

struct tw_links;

/*
 * News. tip is that of TW_LINK_TIP; of a push it has the height alone; otherwise, and where a push
 * does not say it, its height is TW_UNKNOWN. Borrowed. Called from the loop only.
 */
typedef void tw_links_fn(void *ctx, int32_t node, enum tw_link link, const struct tw_point *tip);

/* config is borrowed until the links are destroyed. Opens nothing yet. 0 or -ENOMEM. */
int tw_links_create(struct tw_loop *loop, const struct tw_config *config, tw_links_fn *fn,
	void *ctx, struct tw_links **ret_links);
/* Closes all links, without news. Takes NULL. */
void tw_links_destroy(struct tw_links *links);
/* A check of node has ended. peer says what is known of the daemon. */
void tw_links_observe(struct tw_links *links, int32_t node, const struct tw_observation *obs,
	const struct tw_rpc_peer *peer);
/* Asks the daemon for its tip, if the link is up and was not asked already: TW_LINK_TIP comes. */
void tw_links_ask(struct tw_links *links, int32_t node);
/* Whether a node whose link is up has this peer_id. */
bool tw_links_has_peer(const struct tw_links *links, uint64_t peer_id);
/* The peer list that the node's last answer had. Borrowed until the loop goes on. */
const struct tw_p2p_address *tw_links_peers(
	const struct tw_links *links, int32_t node, uint32_t *ret_n);
/* Borrowed until the links are destroyed. */
const struct tw_p2p_state *tw_links_state(const struct tw_links *links, int32_t node);

#endif
