/*
 * News that start a check before the node is due (decision.md, Check 6): another node shows a block
 * that this one has not shown, the chosen daemon fails, or its P2P link tells of something.
 * schedule.h asks here.
 */
#ifndef TW_CORE_NEWS_H
#define TW_CORE_NEWS_H

#include "core/types.h"

struct tw_monitor;

/* A check of node has shown another chain than before: all other nodes may have the block too. */
void tw_news_spread(struct tw_monitor *monitor, int32_t node);
/* A check of node has failed for the first time: if it is the chosen one, the others come next. */
void tw_news_alarm(struct tw_monitor *monitor, int32_t node);
/* Whether node is to be checked now. If it is to be later, the step runs again then. */
bool tw_news_is_due(struct tw_monitor *monitor, int32_t node);
/* That check begins now. */
void tw_news_begin(struct tw_monitor *monitor, int32_t node);

#endif
