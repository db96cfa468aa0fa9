/*
 * News that start a check before the node is due (decision.md, Check 6): another node shows a block
 * that this one has not shown, the chosen daemon fails, its P2P link tells of something, or the
 * connection that was kept for its next check is closed. schedule.h asks here.
 */
#ifndef TW_CORE_NEWS_H
#define TW_CORE_NEWS_H

#include "core/types.h"

struct tw_monitor;

/* A check of node has shown another chain than before: all other nodes may have the block too. */
void tw_news_spread(struct tw_monitor *monitor, int32_t node);
/* A check of node has failed for the first time: if it is the chosen one, the others come next. */
void tw_news_alarm(struct tw_monitor *monitor, int32_t node);
/*
 * The connection that was kept for the next check of node was closed. Returns whether it is checked
 * for that: not where it has failed, and not for an hour after it was closed for nothing.
 */
bool tw_news_drop(struct tw_monitor *monitor, int32_t node);
/* A check of node has ended, which tells whether a connection was closed for nothing. */
void tw_news_note_check(struct tw_monitor *monitor, int32_t node);
/* Whether node is to be checked now. If it is to be later, the step runs again then. */
bool tw_news_is_due(struct tw_monitor *monitor, int32_t node);
/* That check begins now. */
void tw_news_begin(struct tw_monitor *monitor, int32_t node);

#endif
