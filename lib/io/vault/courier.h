/*
 * Brings found blocks to the daemons, and asks them whether they have one, over libcurl as the
 * checks do. One request at a time to each daemon, on a connection of its own.
 */
#ifndef TW_IO_VAULT_COURIER_H
#define TW_IO_VAULT_COURIER_H

#include "block/block.h"
#include "conf/config.h"
#include "io/loop.h"
#include "rpc/answer.h"
#include "rpc/peer.h"

struct tw_courier;

/* How long a daemon may take to show that it has a block already. */
#define TW_COURIER_LOOK_US (300 * TW_MS)

struct tw_courier_result {
	bool is_look; /* what it was asked: to show a block, or to take one */
	/* of a look */
	enum tw_answer_block shown; /* UNREADABLE also where there was no reply in time */
	struct tw_hash hash;        /* of what it showed */
	/* of a block that was sent */
	enum tw_block_answer answer;
	const char *detail; /* what went wrong, for people; "" */
};
/* A request to node ended. Called from the loop; the node may be given the next one. */
typedef void tw_courier_fn(void *ctx, int32_t node, const struct tw_courier_result *result);

/* config is borrowed. 0, -ENOMEM or -ENOTSUP. */
int tw_courier_create(struct tw_loop *loop, const struct tw_config *config, tw_courier_fn *fn,
	void *ctx, struct tw_courier **ret_courier);
/* Takes NULL. Requests under way end without a result. */
void tw_courier_destroy(struct tw_courier *courier);

/* Whether the node has no request under way. */
bool tw_courier_is_free(const struct tw_courier *courier, int32_t node);
/*
 * Asks a free node for the header at height; is it one that begins in a way of heads? peer says how
 * the node is asked; its dialect must be known. A failure to begin is a result as well.
 */
void tw_courier_look(struct tw_courier *courier, int32_t node, const struct tw_rpc_peer *peer,
	int64_t height, const struct tw_block_blob *blob);
/* Sends a block, in hex digits, to a free node; its dialect must be known. */
void tw_courier_send(struct tw_courier *courier, int32_t node, const struct tw_rpc_peer *peer,
	const char *hex, int64_t timeout_us);

#endif
