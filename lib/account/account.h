/*
 * Counts what the pool had, and what the nodes were, into days (UTC). Which day and which hour it
 * is says the wall clock; how long something lasted says the monotonic one, so that a clock that is
 * set makes nothing last longer. What was not watched is in no figure: the time in which tipwatchd
 * did not run, the machine was suspended, or the daemons were not yet compared.
 */
#ifndef TW_ACCOUNT_ACCOUNT_H
#define TW_ACCOUNT_ACCOUNT_H

#include "account/day.h"
#include "core/policy.h"

enum {
	TW_ACCOUNT_DAYS_MAX = 400,
	/* Bytes of all days. With more than about 300 nodes they hold fewer than 400 days. */
	TW_ACCOUNT_BYTES_MAX = 32 << 20,
};

struct tw_account;

/* What is the case, from now on until the next look. */
struct tw_account_look {
	int64_t now_us;  /* monotonic */
	int64_t wall_us; /* Unix time of it */
	/* The time since the last look was not watched. */
	bool is_after_gap;
	const struct tw_decision *decision;
	const enum tw_reason *reasons; /* of the verdicts of all nodes */
};

/* -ENOMEM. */
int tw_account_create(struct tw_account **ret_account);
void tw_account_destroy(struct tw_account *account); /* takes NULL */

/*
 * Adds a day of an earlier run, which is then owned by the account. Of two of the same date the one
 * is kept that was watched longer; where they are equal the newer one, unless the file has the
 * older one alone.
 */
void tw_account_add(struct tw_account *account, struct tw_account_day *day);
/* The nodes that the looks are about from now on. What they were until now is to be told by a look
 * before. -ENOMEM. */
int tw_account_configure(struct tw_account *account, const struct tw_core_config *config);

/* Counts what the last look said up to now. Returns 0, or -ENOMEM: that time is not counted. */
int tw_account_look(struct tw_account *account, const struct tw_account_look *look);
/* The choice has changed since the last look. */
void tw_account_switch(struct tw_account *account, const struct tw_switch *change);

/* The days, the oldest first. */
uint32_t tw_account_n_days(const struct tw_account *account);
struct tw_account_day *tw_account_day_at(const struct tw_account *account, uint32_t i);
/* The day of the last look; NULL: there was none. */
const struct tw_account_day *tw_account_today(const struct tw_account *account);
/* What was saved since the account was created. */
int64_t tw_account_saved_ms(const struct tw_account *account);

#endif
