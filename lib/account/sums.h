/* Days of an account added up. All spans are milliseconds, all times Unix milliseconds. */
#ifndef TW_ACCOUNT_SUMS_H
#define TW_ACCOUNT_SUMS_H

#include "account/account.h"

/* Days from the first to the last, both included, by their number since 1970. */
struct tw_account_period {
	int64_t first;
	int64_t last;
};

struct tw_account_pool {
	int64_t from_ms; /* since when there is anything to watch; TW_UNKNOWN: there are no figures
			  */
	int64_t watched_ms;
	int64_t unwatched_ms;
	int64_t usable_ms;
	int64_t saved_ms;
	int64_t contested_ms;
};

struct tw_account_daemon {
	const char *name;    /* borrowed from the account */
	int64_t expected_ms; /* while it was watched, and the operator had not drained it */
	int64_t healthy_ms;  /* of that */
	int64_t ms[TW_REASONS];
	uint32_t n_away;
	uint32_t away[TW_ACCOUNT_CAUSES];
};

struct tw_account_worst {
	int64_t from_ms;
	const struct tw_account_hour *hour; /* borrowed */
};

/* The period of the last n_days (1 or more) until that of wall_ms. */
struct tw_account_period tw_account_sums_last(int64_t wall_ms, int64_t n_days);
/* From the first day of the calendar month of wall_ms. */
struct tw_account_period tw_account_sums_month(int64_t wall_ms);

/* wall_ms: now, for what is over of today. */
void tw_account_sums_pool(const struct tw_account *account, struct tw_account_period period,
	int64_t wall_ms, struct tw_account_pool *ret_pool);
/* Every daemon of the period in the order in which they came; an array to be freed. -ENOMEM. */
int tw_account_sums_daemons(const struct tw_account *account, struct tw_account_period period,
	uint32_t *ret_n, struct tw_account_daemon **ret_daemons);
/* A share for people, such as "99.982 %". Never rounded up: "100 %" is all of it. "-" of nothing.
 */
enum { TW_ACCOUNT_SHARE_SIZE = 40 };
const char *tw_account_sums_share(
	int64_t part_ms, int64_t whole_ms, char share[TW_ACCOUNT_SHARE_SIZE]);
/*
 * The hours in which something was wrong, the worst first: those in which nothing was usable for
 * longest, then those that were contested, then those in which most was saved. Returns how many,
 * up to max.
 */
uint32_t tw_account_sums_worst(const struct tw_account *account, struct tw_account_period period,
	uint32_t max, struct tw_account_worst *worst);

#endif
