/*
 * The requests of the vault: found blocks to the daemons whose turn it is (block/turn.h), and the
 * question which block a chain has (block/fate.h). What is under way is noted for each node.
 */
#ifndef TW_IO_VAULT_SENDING_H
#define TW_IO_VAULT_SENDING_H

#include "block/fate.h"
#include "block/turn.h"
#include "core/monitor.h"
#include "io/vault/courier.h"
#include "io/vault/ledger.h"
#include "io/vault/spool.h"

/* What a node is busy with. */
enum tw_sending_kind {
	TW_SENDING_LOOK,     /* whether it has the block before it is sent to it */
	TW_SENDING_BLOCK,    /* the block */
	TW_SENDING_QUESTION, /* which block its chain has */
	TW_SENDING_WRITERS,  /* what became of the request of the one who wrote the file */
};

struct tw_sending_job {
	enum tw_sending_kind kind;
	char id[TW_BLOCK_ID_SIZE]; /* of the block */
	struct tw_block_question question;
};

/* A node could not be given a block: it should be checked. */
typedef void tw_sending_failed_fn(void *ctx, int32_t node);

struct tw_sending {
	struct tw_loop *loop;
	const struct tw_config *config;
	struct tw_block_book *book;
	struct tw_ledger *ledger;
	struct tw_spool *spool;      /* set once it is open */
	struct tw_courier *courier;  /* NULL: there was no memory for it */
	struct tw_sending_job *jobs; /* one for each node */
	tw_sending_failed_fn *failed;
	void *ctx;
	/* of this wake-up */
	const struct tw_monitor *monitor;
	const struct tw_rpc_peer *const *peers;
	int64_t now_ms;
	/* Loop time, and the Unix time of it: a clock that never goes back. */
	int64_t base_us;
	int64_t base_ms;
	bool is_dirty; /* something ended since all was looked at last */
};

/* config is borrowed until tw_sending_finish(). 0 or a negative errno. */
int tw_sending_init(struct tw_sending *sending, const struct tw_config *config);
/* What is under way ends as unknown. */
void tw_sending_finish(struct tw_sending *sending);

/* Milliseconds since 1970 by a clock that does not go back; also set as now_ms. */
int64_t tw_sending_now(struct tw_sending *sending);

/* Sends the block to all whose turn it is. Returns when to look at it again. */
int64_t tw_sending_advance(struct tw_sending *sending, struct tw_block *block);
/* Puts a question, unless the node is busy. */
void tw_sending_ask(struct tw_sending *sending, struct tw_block *block,
	const struct tw_block_question *question);

#endif
