/* See sums.h. */
#include "account/sums.h"
#include "base/num.h"
#include "core/reason.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct tw_account_period tw_account_sums_last(int64_t wall_ms, int64_t n_days)
{
	int64_t last = wall_ms / TW_ACCOUNT_DAY_MS;

	return (struct tw_account_period){ last - n_days + 1, last };
}

struct tw_account_period tw_account_sums_month(int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms * TW_MS / TW_SEC);
	struct tm tm;

	return tw_account_sums_last(wall_ms, gmtime_r(&seconds, &tm) == NULL ? 1 : tm.tm_mday);
}

static bool is_in(const struct tw_account_day *day, struct tw_account_period period)
{
	return day->number >= period.first && day->number <= period.last;
}

/* The first day that was watched; NULL: none was. */
static const struct tw_account_day *first_day(const struct tw_account *account)
{
	for (uint32_t i = 0; i < tw_account_n_days(account); i++) {
		const struct tw_account_day *day = tw_account_day_at(account, i);

		if (day->since_ms != TW_UNKNOWN)
			return day;
	}
	return NULL;
}

void tw_account_sums_pool(const struct tw_account *account, struct tw_account_period period,
	int64_t wall_ms, struct tw_account_pool *ret_pool)
{
	const struct tw_account_day *first = first_day(account);
	struct tw_account_pool pool = { .from_ms = TW_UNKNOWN };
	int64_t end_ms = tw_min((period.last + 1) * TW_ACCOUNT_DAY_MS, wall_ms);

	for (uint32_t i = 0; i < tw_account_n_days(account); i++) {
		const struct tw_account_day *day = tw_account_day_at(account, i);

		for (int k = 0; is_in(day, period) && k < TW_ACCOUNT_HOURS; k++) {
			pool.watched_ms += day->hours[k].watched_ms;
			pool.usable_ms += day->hours[k].usable_ms;
			pool.saved_ms += day->hours[k].saved_ms;
			pool.contested_ms += day->hours[k].contested_ms;
		}
	}
	if (first != NULL && first->number <= period.last) {
		pool.from_ms = tw_max(period.first * TW_ACCOUNT_DAY_MS, first->since_ms);
		pool.unwatched_ms = tw_max(end_ms - pool.from_ms - pool.watched_ms, 0);
	}
	*ret_pool = pool;
}

const char *tw_account_sums_share(
	int64_t part_ms, int64_t whole_ms, char share[TW_ACCOUNT_SHARE_SIZE])
{
	int64_t thousandths;

	if (whole_ms <= 0)
		return "-";
	if (part_ms >= whole_ms)
		return "100 %";
	thousandths = part_ms * 100000 / whole_ms;
	snprintf(share, TW_ACCOUNT_SHARE_SIZE, "%" PRId64 ".%03" PRId64 " %%", thousandths / 1000,
		thousandths % 1000);
	return share;
}

/* --- daemons --- */

static void add_node(struct tw_account_daemon *daemon, const struct tw_account_node *node)
{
	for (int i = 0; i < TW_REASONS; i++) {
		enum tw_state state = tw_reason_state((enum tw_reason)i);

		daemon->ms[i] += node->ms[i];
		if (state != TW_STATE_UNKNOWN && state != TW_STATE_MAINTENANCE)
			daemon->expected_ms += node->ms[i];
		if (state == TW_STATE_HEALTHY)
			daemon->healthy_ms += node->ms[i];
	}
	for (uint32_t i = 0; i < TW_ACCOUNT_CAUSES; i++) {
		daemon->away[i] += node->away[i];
		daemon->n_away += node->away[i];
	}
}

/* guess: where the last day had it; mostly it is there. */
static uint32_t find(
	const struct tw_account_daemon *daemons, uint32_t n, const char *name, uint32_t guess)
{
	uint32_t i = 0;

	if (guess < n && strcmp(daemons[guess].name, name) == 0)
		return guess;
	while (i < n && strcmp(daemons[i].name, name) != 0)
		i++;
	return i;
}

int tw_account_sums_daemons(const struct tw_account *account, struct tw_account_period period,
	uint32_t *ret_n, struct tw_account_daemon **ret_daemons)
{
	struct tw_account_daemon *daemons = NULL, *more;
	uint32_t n = 0;

	for (uint32_t i = 0; i < tw_account_n_days(account); i++) {
		const struct tw_account_day *day = tw_account_day_at(account, i);

		for (uint32_t k = 0; is_in(day, period) && k < day->n_nodes; k++) {
			uint32_t at = find(daemons, n, day->nodes[k].name, k);

			if (at == n) {
				more = realloc(daemons, (n + 1) * sizeof(daemons[0]));
				if (more == NULL) {
					free(daemons);
					return -ENOMEM;
				}
				daemons = more;
				daemons[n++] =
					(struct tw_account_daemon){ .name = day->nodes[k].name };
			}
			add_node(&daemons[at], &day->nodes[k]);
		}
	}
	*ret_n = n;
	*ret_daemons = daemons;
	return 0;
}

/* --- hours --- */

static int64_t unusable_ms(const struct tw_account_hour *hour)
{
	return (int64_t)hour->watched_ms - hour->usable_ms;
}

static bool is_worse(const struct tw_account_hour *a, const struct tw_account_hour *b)
{
	if (unusable_ms(a) != unusable_ms(b))
		return unusable_ms(a) > unusable_ms(b);
	if (a->contested_ms != b->contested_ms)
		return a->contested_ms > b->contested_ms;
	return a->saved_ms > b->saved_ms;
}

uint32_t tw_account_sums_worst(const struct tw_account *account, struct tw_account_period period,
	uint32_t max, struct tw_account_worst *worst)
{
	static const struct tw_account_hour nothing = { 0 };
	uint32_t n = 0;

	for (uint32_t i = 0; i < tw_account_n_days(account); i++) {
		const struct tw_account_day *day = tw_account_day_at(account, i);

		for (int k = 0; is_in(day, period) && k < TW_ACCOUNT_HOURS; k++) {
			const struct tw_account_hour *hour = &day->hours[k];
			uint32_t at = n;

			if (!is_worse(hour, &nothing))
				continue;
			while (at > 0 && is_worse(hour, worst[at - 1].hour))
				at--;
			if (at == max)
				continue;
			n = n < max ? n + 1 : max;
			memmove(&worst[at + 1], &worst[at], (n - at - 1) * sizeof(worst[0]));
			worst[at] = (struct tw_account_worst){
				day->number * TW_ACCOUNT_DAY_MS + k * TW_ACCOUNT_HOUR_MS, hour
			};
		}
	}
	return n;
}
