/*
 * Which changes of a value are worth a line of the log: each of them, as long as they are few. A
 * value that goes to and fro, such as the verdict of a daemon that is bad in two ways in turn, is
 * said once a minute, with the number of its changes, until it holds.
 */
#ifndef TW_BASE_CHANGES_H
#define TW_BASE_CHANGES_H

#include "base/time.h"
#include <stdbool.h>

/* So many are said one by one: a daemon may go down and come back over all of its states. */
enum { TW_CHANGES_ONE_BY_ONE = 4 };
/* in this time; and the others are counted for as long. */
#define TW_CHANGES_EVERY_US TW_MIN

struct tw_changes {
	int value;         /* the newest one */
	int before;        /* the one before it */
	int n_said;        /* since since_us */
	uint32_t n_unsaid; /* since since_us */
	bool is_counting;
	int64_t since_us;
};

void tw_changes_init(struct tw_changes *changes, int value);
/*
 * The value is this one at now_us. Returns how many changes there were that are to be said now, the
 * last one of them from before to value; mostly 0. To be called when the value may have changed,
 * and when something is due.
 */
uint32_t tw_changes_note(struct tw_changes *changes, int64_t now_us, int value);
/* When changes that were not said are to be, though nothing changes. TW_NEVER: there are none. */
int64_t tw_changes_due(const struct tw_changes *changes);

#endif
