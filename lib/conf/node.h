/* Private to conf*.c: the list of nodes. */
#ifndef TW_CONF_NODE_H
#define TW_CONF_NODE_H

#include "conf/get.h"

enum { TW_CONF_PASSWORD_MAX = 1024, TW_CONF_CA_FILE_MAX = 1 << 22 };

/*
 * Reads the list daemons into config. ret_items[i] is the entry that node i was read from, borrowed
 * from the document; the array is the caller's to free. Returns 0 or -ENOMEM.
 */
int tw_conf_read_nodes(struct tw_conf_reader *reader, struct tw_config *config,
	const struct tw_conf_item ***ret_items);
/* Makes room for n nodes without anything in them but empty strings. Returns 0 or -ENOMEM. */
int tw_conf_make_nodes(struct tw_config *config, uint32_t n);
/* What follows from the nodes: the primary, inherited dialects, node_policies, min_working.
 * Returns 0 or -ENOMEM. */
int tw_conf_finish_nodes(struct tw_config *config);

#endif
