/*
 * How often a node may be asked: requests to one that limits them (HTTP status 429, or 503 where it
 * answered a moment ago) are spread. The gap between two requests grows by half with each one that
 * the node turned away, and is halved after enough that were answered; each time that this was too
 * early, twice as many are enough the next time. Times are in microseconds.
 */
#ifndef TW_IO_CHECK_QUOTA_H
#define TW_IO_CHECK_QUOTA_H

#include "base/result.h"
#include "base/time.h"

#define TW_QUOTA_GAP_FIRST_US (500 * TW_MS)
#define TW_QUOTA_GAP_MIN_US   (250 * TW_MS) /* below it no gap is kept */
#define TW_QUOTA_GAP_MAX_US   (10 * TW_SEC)
#define TW_QUOTA_RETRY_MAX_US (1 * TW_MIN) /* of what the node asks for */
enum { TW_QUOTA_ENOUGH_FIRST = 8, TW_QUOTA_ENOUGH_MAX = 1024 };

/* All zero: nothing is known. */
struct tw_quota {
	int64_t gap_us;     /* between two requests; 0: there is no limit, as far as known */
	int64_t due_us;     /* when the next one may be sent */
	uint32_t n_answers; /* since the gap last changed */
	uint32_t n_enough;  /* answers that halve the gap */
};

/* When the next request may be sent: not before now. */
int64_t tw_quota_due(const struct tw_quota *quota, int64_t now);
/* A request is sent now. */
void tw_quota_note_request(struct tw_quota *quota, int64_t now);
/* The node answered it. */
void tw_quota_note_answer(struct tw_quota *quota);
/* The node turned it away. retry_us: after how long it wants to be asked again; 0: not said. */
void tw_quota_note_limit(struct tw_quota *quota, int64_t now, int64_t retry_us);

#endif
