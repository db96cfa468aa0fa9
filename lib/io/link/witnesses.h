/*
 * Connections to nodes of the public network, which say what their newest block is. Whom to connect
 * to is chosen from a book (p2p/book.h) that begins with seeds and learns from peer lists. One
 * connection is tried in a second, one witness in ten minutes is replaced by another, and no own
 * daemon is one. Their words are news to the core (core/monitor.h, tw_monitor_witness()).
 */
#ifndef TW_IO_LINK_WITNESSES_H
#define TW_IO_LINK_WITNESSES_H

#include "io/link/links.h"

struct tw_witnesses;

/* The witness in slot says that its newest block is tip; NULL: it is gone. From the loop only. */
typedef void tw_witnesses_fn(void *ctx, uint32_t slot, const struct tw_point *tip);

/*
 * config and links are borrowed until the witnesses are destroyed. Nothing is opened before a good
 * check has shown what is to be said to others. 0 or -ENOMEM.
 */
int tw_witnesses_create(struct tw_loop *loop, const struct tw_config *config,
	const struct tw_links *links, tw_witnesses_fn *fn, void *ctx,
	struct tw_witnesses **ret_witnesses);
/* Closes all connections, without news. Takes NULL. */
void tw_witnesses_destroy(struct tw_witnesses *witnesses);
/* A check of a node has ended: which coin it is, and a block that the network has. */
void tw_witnesses_observe(struct tw_witnesses *witnesses, const struct tw_observation *obs,
	const struct tw_rpc_peer *peer);
/* The link of an own daemon has brought a peer list. */
void tw_witnesses_learn(struct tw_witnesses *witnesses, int32_t node,
	const struct tw_p2p_address *peers, uint32_t n_peers);

#endif
