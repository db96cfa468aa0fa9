/*
 * The files of the account: days.jsonl has a line for every day that is over, the last 400 of them
 * or a few more; today.json is the line of the day at hand, replaced as a whole. A day is appended
 * before its successor takes its place in today.json, so that whenever tipwatchd is killed, nothing
 * is lost but what was counted since today.json was written last.
 */
#ifndef TW_IO_DAYS_H
#define TW_IO_DAYS_H

#include "account/account.h"

struct tw_days {
	int error;         /* negative errno of the last attempt to write; 0: it is all written */
	uint64_t n_failed; /* attempts that failed */
	uint32_t n_lines;  /* of days.jsonl */
};

/* Reads what there is into account. Whatever cannot be read is logged and left where it is. 0 or
 * -ENOMEM. */
int tw_days_load(struct tw_days *days, const char *dir, struct tw_account *account);
/* Writes what is not written yet. A failure is logged once, and tried again the next time. */
void tw_days_save(struct tw_days *days, const char *dir, struct tw_account *account);

#endif
