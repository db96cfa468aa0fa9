/*
 * The rules that people use today to choose a daemon, as small selectors, and one that knows the
 * truth. They see the daemons through the same checks as tipwatch does, once a second each.
 */
#ifndef TW_TEST_RIVALS_H
#define TW_TEST_RIVALS_H

#include "sim/world/drive.h"

/* The rules by number, tipwatch first, the oracle last; NULL beyond. */
const struct tw_sim_rule_ops *rival_get(uint32_t i);
const struct tw_sim_rule_ops *rival_find(const char *name);

extern const struct tw_sim_rule_ops rival_oracle;

#endif
