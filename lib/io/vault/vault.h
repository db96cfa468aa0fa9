/*
 * The vault: found blocks are files before they are requests. It takes them from the spool, sends
 * them to the daemons, follows them on the chains that the core knows, and keeps a journal of what
 * became of them. Nothing that was renamed into the spool is lost when tipwatchd is killed, and
 * nothing is sent twice to one daemon within five seconds.
 */
#ifndef TW_IO_VAULT_VAULT_H
#define TW_IO_VAULT_VAULT_H

#include "block/book.h"
#include "conf/config.h"
#include "core/monitor.h"
#include "io/loop.h"
#include "rpc/peer.h"

struct tw_vault;

struct tw_vault_ops {
	/* The state of a block is another one. */
	void (*changed)(void *ctx, const struct tw_block *block);
	/* A node could not be given a block: it should be checked. */
	void (*failed)(void *ctx, int32_t node);
};

/*
 * Opens the directory that config names. config and ops are borrowed. Every failure is logged.
 * Returns 0 or a negative errno.
 */
int tw_vault_open(struct tw_loop *loop, const struct tw_config *config,
	const struct tw_vault_ops *ops, void *ctx, struct tw_vault **ret_vault);
void tw_vault_close(struct tw_vault *vault); /* takes NULL */
/* A reload: another configuration is in force. The directory stays. */
void tw_vault_configure(struct tw_vault *vault, const struct tw_config *config);

/*
 * To be called at the end of every wake-up of the loop, after the core has decided, with what there
 * is then: peers are those of the checks.
 */
void tw_vault_run(struct tw_vault *vault, const struct tw_monitor *monitor,
	const struct tw_rpc_peer *const *peers);
/* The pool says that the daemon did not take a block that it sent there itself. */
void tw_vault_note_failure(struct tw_vault *vault, int32_t node);
/* All blocks, for those who show them; NULL for NULL. Borrowed. */
const struct tw_block_book *tw_vault_book(const struct tw_vault *vault);

#endif
