/* What a template builds on, compared with what is known of the daemon's chain. */
#ifndef TW_RPC_TEMPLATE_H
#define TW_RPC_TEMPLATE_H

#include "core/node/chain.h"
#include "rpc/reply.h"

/*
 * Finds out what the template builds on, where the reply has not said it and there are several
 * layouts to read its blob by. It is what the layout says that the peer had last, or else that of
 * the dialect (usual), unless only another one gives a block that the daemon has shown. The layout
 * is remembered in the peer when it gives such a block. Returns false when the reply said something
 * that is in the blob by no layout.
 */
bool tw_template_settle(struct tw_template_reply *template, enum tw_blob_layout usual,
	const struct tw_observation *obs, const struct tw_chain *window, struct tw_rpc_peer *peer);
/*
 * Whether the template builds on a newer block than the newest ones that the daemon showed before
 * it (obs) and after it (now): the chain grew meanwhile, or the header comes out of a cache. window
 * is what the daemon showed in earlier checks. The height that the template claims is believed only
 * where its previous block was never shown.
 */
bool tw_template_is_newer(const struct tw_template_reply *template,
	const struct tw_observation *obs, const struct tw_chain *window,
	const struct tw_point *now);

#endif
