/*
 * What settings demand of each other: a timeout of another one, a name of all others, a quorum of
 * the number of nodes.
 */
#ifndef TW_CONF_RELATIONS_H
#define TW_CONF_RELATIONS_H

#include "conf/doc.h"
#include "conf/types.h"

/* Complains about every pair of settings that contradict each other. items has the entry of daemons
 * that each node of config was read from. */
void tw_conf_relations_check(struct tw_conf_doc *doc, const struct tw_config *config,
	const struct tw_conf_item *const *items);

#endif
