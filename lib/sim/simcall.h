/*
 * Internal to the simrpc files: one request being answered, and what the dialects share.
 */
#ifndef TW_SIM_SIMCALL_H
#define TW_SIM_SIMCALL_H

#include "sim/simblob.h"
#include "sim/simrpc.h"
#include "wire/json_read.h"
#include "wire/json_write.h"

struct tw_simcall {
	struct tw_simnet *net;
	uint32_t index;
	struct tw_simnode *node;
	const struct tw_simversion *version;
	struct tw_simview view;
	const struct tw_simrequest *request;
	struct tw_simreply *reply;
	struct tw_json *json; /* writes the body */
	enum tw_json_outcome parsed;
	const struct tw_json_node *root; /* of the request's body; NULL when it is not JSON */
};

/* The dialects. */
void tw_simcall_classic(struct tw_simcall *call);
void tw_simcall_lib(struct tw_simcall *call);
void tw_simcall_rest(struct tw_simcall *call);
void tw_simcall_monero(struct tw_simcall *call);

/* Sets status and reason; content_type NULL and an empty body when there is none. */
void tw_simcall_status(
	struct tw_simcall *call, int status, const char *reason, const char *content_type);
bool tw_simcall_is(const struct tw_simcall *call, const char *method, const char *path);
/* The path without the query. */
size_t tw_simcall_path_len(const struct tw_simcall *call);
/* Writes the request's id where it had one that can be echoed: key and value. */
void tw_simcall_put_id(struct tw_simcall *call);
void tw_simcall_put_upgrades(struct tw_simcall *call, const char *key);
/* The whole answers to height and fee of TurtleCoind before 1.0. */
void tw_simcall_put_height(struct tw_simcall *call);
void tw_simcall_put_fee(struct tw_simcall *call);
/* last_known_block_index and its kin: near the network height, never exactly known. */
int64_t tw_simcall_last_known(const struct tw_simcall *call);

/* A block of the node's own chain, at most its tip. */
void tw_simcall_block(
	const struct tw_simcall *call, int64_t height, struct tw_simchain_block *ret_block);
/* The height of the block with that hash, or -1 where the node does not have it. */
int64_t tw_simcall_find(const struct tw_simcall *call, const struct tw_hash *hash);
/*
 * getblockheaderbyhash as the daemons read it that are nearest to the first CryptoNote: the height
 * of the block whose hash params have, or the code of their error with its message.
 */
enum { TW_SIMCALL_MESSAGE_MAX = 512 };
int64_t tw_simcall_find_asked(const struct tw_simcall *call, const struct tw_json_node *params,
	char message[TW_SIMCALL_MESSAGE_MAX]);
enum { TW_SIMCALL_GENESIS_SIZE = 117, TW_SIMCALL_BLOCK_SIZE = 380 };
int64_t tw_simcall_reward(int64_t height);

struct tw_simtemplate_reply {
	int64_t height;
	struct tw_hash prev_hash;
	int64_t reward;
	size_t reserved_offset;
	struct tw_buf blob;    /* hex */
	struct tw_buf hashing; /* hex */
};
/* A template on the node's tip, or below it when that fault is set. To be finished. */
void tw_simcall_template(struct tw_simcall *call, enum tw_blob_layout layout, int64_t reserve_size,
	struct tw_simtemplate_reply *ret_template);
void tw_simcall_template_finish(struct tw_simtemplate_reply *template);
/*
 * Base58, and as long as an address of TurtleCoin or of Monero: a pool has one address, and
 * networks of mixed dialects must do for its tests.
 */
bool tw_simcall_is_address(const char *address);
/*
 * A block is submitted: remembers it and extends the chain with it where it fits. ret_hash is set
 * when it was accepted.
 */
int tw_simcall_submit(struct tw_simcall *call, enum tw_blob_layout layout, const char *hex,
	size_t len, struct tw_hash *ret_hash);

/* simrpc_monero_info.c */
void tw_simmonero_put_info(struct tw_simcall *call);
void tw_simmonero_put_height(struct tw_simcall *call);
/* A number as monerod writes its wide ones: hex in a string. */
void tw_simmonero_put_wide(struct tw_simcall *call, const char *key, int64_t value);
/* Work of the chain up to height, capped. */
int64_t tw_simmonero_work(const struct tw_simcall *call, int64_t height);

/* Parameters as TurtleCoind from 0.22 on reads them; where they are wrong, message says how. */
enum { TW_SIMPARAM_MESSAGE_MAX = 512 };
void tw_simparam_missing(const char *name, char message[TW_SIMPARAM_MESSAGE_MAX]);
void tw_simparam_wrong_type(const char *expected, const struct tw_json_node *got,
	char message[TW_SIMPARAM_MESSAGE_MAX]);
/* The body of the request is not JSON. */
void tw_simparam_not_json(const struct tw_simcall *call, char message[TW_SIMPARAM_MESSAGE_MAX]);
bool tw_simparam_number(const struct tw_json_node *params, const char *name,
	char message[TW_SIMPARAM_MESSAGE_MAX], int64_t *ret_value);
/* NULL when it is missing or no text. */
const char *tw_simparam_text(
	const struct tw_json_node *params, const char *name, char message[TW_SIMPARAM_MESSAGE_MAX]);
bool tw_simparam_is_address(const char *address, char message[TW_SIMPARAM_MESSAGE_MAX]);

#endif
