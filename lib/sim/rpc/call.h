/*
 * One request to a simulated daemon that is being answered, and what the files of the daemons
 * share: the parts of replies that are the same in several of them, and blocks of the node's chain.
 */
#ifndef TW_SIM_RPC_CALL_H
#define TW_SIM_RPC_CALL_H

#include "sim/chain/blob.h"
#include "sim/net/net.h"
#include "sim/rpc/reply.h"
#include "json/emit.h"
#include "json/json.h"

struct tw_sim_call {
	struct tw_sim_net *net;
	uint32_t index;
	struct tw_sim_node *node;
	const struct tw_sim_version *version;
	struct tw_sim_view view;
	const struct tw_sim_request *request;
	struct tw_sim_reply *reply;
	struct tw_emit *json; /* writes the body */
	enum tw_json_outcome parsed;
	const struct tw_json_node *root; /* of the request's body; NULL when it is not JSON */
};

/* Sets status and reason; content_type NULL and an empty body when there is none. */
void tw_sim_call_status(
	struct tw_sim_call *call, int status, const char *reason, const char *content_type);
bool tw_sim_call_is(const struct tw_sim_call *call, const char *method, const char *path);
/* The path without the query. */
size_t tw_sim_call_path_len(const struct tw_sim_call *call);
/* Writes key and value of the request's id where it can be echoed: a text or a whole number. */
void tw_sim_call_put_id(struct tw_sim_call *call);
void tw_sim_call_put_upgrades(struct tw_sim_call *call, const char *key);
/* The replies to height and fee of TurtleCoind before 1.0. */
void tw_sim_call_put_height(struct tw_sim_call *call);
void tw_sim_call_put_fee(struct tw_sim_call *call);
/* last_known_block_index and fields like it: near the network height, but never exact. */
int64_t tw_sim_call_last_known(const struct tw_sim_call *call);

/* How many blocks the node has, as it says on its info page. */
int64_t tw_sim_call_count(const struct tw_sim_call *call);
/* What a daemon says on that page when its chain in memory is corrupt. */
#define TW_SIM_CALL_WRECKED "Requested block height wasn't found in blockchain."

/* A block of the node's own chain, at most its tip. */
void tw_sim_call_block(
	const struct tw_sim_call *call, int64_t height, struct tw_sim_chain_block *ret_block);
/* The height of the block with that hash, or -1 where the node does not have it. */
int64_t tw_sim_call_find(const struct tw_sim_call *call, const struct tw_hash *hash);
/*
 * getblockheaderbyhash as TurtleCoind up to 0.20 and monerod read it: the height of the block
 * whose hash params have, or the code of their error (negative) and its message.
 */
enum { TW_SIM_CALL_MESSAGE_MAX = 512 };
int64_t tw_sim_call_find_asked(const struct tw_sim_call *call, const struct tw_json_node *params,
	char message[TW_SIM_CALL_MESSAGE_MAX]);
enum { TW_SIM_CALL_GENESIS_SIZE = 117, TW_SIM_CALL_BLOCK_SIZE = 380 };
int64_t tw_sim_call_reward(int64_t height);

struct tw_sim_template_reply {
	int64_t height;
	struct tw_hash prev_hash;
	int64_t reward;
	size_t reserved_offset;
	struct tw_buf blob;    /* hex */
	struct tw_buf hashing; /* hex */
};
/*
 * A template on the node's tip, or on the block below it when that fault is set. To be finished.
 */
void tw_sim_call_template(struct tw_sim_call *call, enum tw_blob_layout layout,
	int64_t reserve_size, struct tw_sim_template_reply *ret_template);
void tw_sim_call_template_finish(struct tw_sim_template_reply *template);
/*
 * Whether it is Base58 and as long as an address of TurtleCoin or of Monero. Every dialect takes
 * both, because a pool has one address also in a network of mixed dialects.
 */
bool tw_sim_call_is_address(const char *address);
/*
 * A block was submitted: remembers it, and extends the chain with it where it fits. Returns an
 * enum tw_sim_submit_result. ret_hash is set when the block was accepted.
 */
int tw_sim_call_submit(struct tw_sim_call *call, enum tw_blob_layout layout, const char *hex,
	size_t len, struct tw_hash *ret_hash);

#endif
