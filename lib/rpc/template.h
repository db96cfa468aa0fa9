/* What a template builds on, compared with what is known of the daemon's chain. */
#ifndef TW_RPC_TEMPLATE_H
#define TW_RPC_TEMPLATE_H

#include "core/node/chain.h"
#include "rpc/reply.h"

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
