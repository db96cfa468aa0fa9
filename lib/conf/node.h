/* The list of nodes: reading it, and what follows from it. */
#ifndef TW_CONF_NODE_H
#define TW_CONF_NODE_H

#include "conf/doc.h"
#include "conf/types.h"

/*
 * Reads the list daemons into config. ret_items[i] is the entry that node i was read from, borrowed
 * from the document; the array is the caller's to free. Returns 0 or -ENOMEM.
 */
int tw_conf_node_read_all(
	struct tw_conf_doc *doc, struct tw_config *config, const struct tw_conf_item ***ret_items);
/* Makes room for n nodes with nothing but their defaults. Returns 0 or -ENOMEM. */
int tw_conf_node_make(struct tw_config *config, uint32_t n);
/* The first node before node i that has the same name, or with is_url the same URL; or i. */
uint32_t tw_conf_node_find_twin(const struct tw_config *config, uint32_t i, bool is_url);
/* What follows from the nodes: the primary, inherited dialects, node_policies, min_working.
 * Returns 0 or -ENOMEM. */
int tw_conf_node_settle(struct tw_config *config);

#endif
