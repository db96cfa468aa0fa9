/*
 * Private to journal*.c: a core's configuration and what outlives a restart as JSON, by the same
 * table of keys, defaults and ranges as the configuration file (conf_keys.h).
 */
#ifndef TW_JOURNAL_CONFIG_H
#define TW_JOURNAL_CONFIG_H

#include "journal/journal.h"
#include "json/emit.h"
#include "json/json.h"

/* A configuration that was read: it owns its nodes. */
struct tw_journal_config {
	struct tw_core_config core;
	struct tw_node_policy *nodes;
	struct tw_saved saved;
	struct tw_saved_node *saved_nodes;
};

/* Something is wrong: fills in message and returns TW_JOURNAL_BAD. */
struct tw_journal_report {
	char text[TW_JOURNAL_MESSAGE_MAX];
};
int tw_journal_config_complain(struct tw_journal_report *report, const char *format, ...)
	TW_PRINTF(2, 3);

void tw_journal_config_put(struct tw_emit *json, const struct tw_core_config *config);
void tw_journal_state_put(struct tw_emit *json, const struct tw_core_config *config,
	const struct tw_saved *saved, const struct tw_saved_node *nodes);

/* Both return 0, TW_JOURNAL_BAD or -ENOMEM; ret_config is to be finished in any case. present: the
 * nodes where none are named, or NULL: then they must be. */
int tw_journal_config_get(const struct tw_json_node *node, const struct tw_core_config *present,
	struct tw_journal_report *report, struct tw_journal_config *ret_config);
int tw_journal_state_get(const struct tw_json_node *node, struct tw_journal_report *report,
	struct tw_journal_config *config);
void tw_journal_config_finish(struct tw_journal_config *config);

/* A pair [height, hash, ...]. */
int tw_journal_get_point(const struct tw_json_node *node, struct tw_journal_report *report,
	const char *key, struct tw_point *ret_point);

#endif
