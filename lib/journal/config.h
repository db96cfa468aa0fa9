/*
 * The core's configuration in the journal, as JSON: by the same table of keys, defaults and ranges
 * as the configuration file (conf/keys.h).
 */
#ifndef TW_JOURNAL_CONFIG_H
#define TW_JOURNAL_CONFIG_H

#include "core/monitor.h"
#include "journal/field.h"

/* A configuration that was read: it owns its nodes. */
struct tw_journal_config {
	struct tw_core_config core;
	struct tw_node_policy *nodes;
};

void tw_journal_config_put(struct tw_emit *json, const struct tw_core_config *config);
/*
 * Returns 0, TW_JOURNAL_BAD or -ENOMEM; ret_config is to be finished in any case. present: the
 * nodes where the object names none, or NULL: then it must name them.
 */
int tw_journal_config_get(const struct tw_json_node *node, const struct tw_core_config *present,
	struct tw_journal_complaint *complaint, struct tw_journal_config *ret_config);
void tw_journal_config_finish(struct tw_journal_config *config);

/* Number of the node called name, or TW_NODE_NONE. The search begins at hint. */
int32_t tw_journal_config_find(const struct tw_core_config *config, const char *name, int32_t hint);

#endif
