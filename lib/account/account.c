/* See account.h. */
#include "account/account.h"
#include "base/num.h"
#include "core/reason.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A node of the configuration in force. */
struct node {
	char name[TW_NAME_MAX + 1];
	uint32_t position; /* in the day at hand */
	enum tw_reason reason;
};

struct tw_account {
	uint32_t n_days;
	struct tw_account_day *days[TW_ACCOUNT_DAYS_MAX]; /* the oldest first; owned */
	size_t size;
	struct tw_account_day *today; /* the nodes have their positions in it; NULL: none yet */
	uint32_t n_nodes;
	struct node *nodes;
	int32_t primary;
	/* The last look. */
	bool has_look;
	int64_t ms;
	bool is_watching;
	bool is_usable;
	bool is_contested;
	bool is_saving;
	/* The hour at hand, in hours since 1970, and how long the primary was what in it. */
	int64_t hour;
	uint32_t hour_ms[TW_REASONS];
	int64_t saved_ms;
};

int tw_account_create(struct tw_account **ret_account)
{
	struct tw_account *account = calloc(1, sizeof(*account));

	if (account == NULL)
		return -ENOMEM;
	account->primary = TW_NODE_NONE;
	account->hour = TW_UNKNOWN;
	*ret_account = account;
	return 0;
}

void tw_account_destroy(struct tw_account *account)
{
	if (account == NULL)
		return;
	for (uint32_t i = 0; i < account->n_days; i++)
		tw_account_day_destroy(account->days[i]);
	free(account->nodes);
	free(account);
}

/* --- the days --- */

static void drop_oldest(struct tw_account *account)
{
	if (account->days[0] == account->today)
		account->today = NULL;
	account->size -= tw_account_day_size(account->days[0]);
	tw_account_day_destroy(account->days[0]);
	account->n_days--;
	memmove(&account->days[0], &account->days[1], account->n_days * sizeof(account->days[0]));
}

/* The position of the first day that is not before number. */
static uint32_t find(const struct tw_account *account, int64_t number)
{
	uint32_t i = account->n_days;

	while (i > 0 && account->days[i - 1]->number >= number)
		i--;
	return i;
}

static void insert(struct tw_account *account, struct tw_account_day *day)
{
	uint32_t at;

	while (account->n_days > 0 &&
		(account->n_days == TW_ACCOUNT_DAYS_MAX ||
			account->size + tw_account_day_size(day) > TW_ACCOUNT_BYTES_MAX))
		drop_oldest(account);
	at = find(account, day->number);
	memmove(&account->days[at + 1], &account->days[at],
		(account->n_days - at) * sizeof(account->days[0]));
	account->days[at] = day;
	account->n_days++;
	account->size += tw_account_day_size(day);
}

void tw_account_add(struct tw_account *account, struct tw_account_day *day)
{
	uint32_t at = find(account, day->number);
	struct tw_account_day *old = at < account->n_days ? account->days[at] : NULL;
	int64_t more_ms;

	if (old == NULL || old->number != day->number) {
		insert(account, day);
		return;
	}
	more_ms = tw_account_day_watched(old) - tw_account_day_watched(day);
	if (more_ms > 0 || (more_ms == 0 && old->is_kept && !day->is_kept)) {
		tw_account_day_destroy(day);
		return;
	}
	account->size += tw_account_day_size(day) - tw_account_day_size(old);
	account->days[at] = day;
	if (account->today == old)
		account->today = NULL;
	tw_account_day_destroy(old);
}

/* Makes the day of that number the one at hand. */
static int go_to(struct tw_account *account, int64_t number)
{
	struct tw_account_day *day;
	uint32_t at;
	size_t size;
	int r = 0;

	if (account->today != NULL && account->today->number == number)
		return 0;
	account->today = NULL;
	at = find(account, number);
	if (at == account->n_days || account->days[at]->number != number) {
		r = tw_account_day_create(number, &day);
		if (r < 0)
			return r;
		day->is_kept = true; /* so far there is nothing to keep */
		insert(account, day);
		at = find(account, number);
	}
	day = account->days[at];
	size = tw_account_day_size(day);
	for (uint32_t i = 0; r == 0 && i < account->n_nodes; i++)
		r = tw_account_day_add_node(
			day, account->nodes[i].name, &account->nodes[i].position);
	account->size += tw_account_day_size(day) - size;
	if (r == 0)
		account->today = day;
	return r;
}

/* --- counting --- */

/* The reason for which the primary was not healthy longest in the hour at hand. */
static void add_reason(struct tw_account *account, struct tw_account_hour *hour, int64_t number,
	enum tw_reason reason, int64_t ms)
{
	if (account->hour != number) {
		memset(account->hour_ms, 0, sizeof(account->hour_ms));
		/* After a restart within the hour the others are not known any more. */
		account->hour_ms[hour->reason] = hour->reason_ms;
		account->hour = number;
	}
	/* That it is warming up says nothing of what was wrong. */
	if (reason == TW_REASON_UNCHECKED || reason == TW_REASON_WARMING ||
		tw_reason_state(reason) == TW_STATE_HEALTHY)
		return;
	tw_account_day_add(&account->hour_ms[reason], ms);
	if (account->hour_ms[reason] >= hour->reason_ms) {
		hour->reason = (uint8_t)reason;
		hour->reason_ms = account->hour_ms[reason];
	}
}

/* Counts a span within one hour, which began at wall_ms. */
static int count(struct tw_account *account, int64_t wall_ms, int64_t ms)
{
	int64_t number = wall_ms / TW_ACCOUNT_HOUR_MS;
	int r = go_to(account, wall_ms / TW_ACCOUNT_DAY_MS);
	struct tw_account_hour *hour;

	if (r < 0)
		return r;
	account->today->is_kept = false;
	if (account->today->since_ms == TW_UNKNOWN || wall_ms < account->today->since_ms)
		account->today->since_ms = wall_ms;
	hour = &account->today->hours[number % TW_ACCOUNT_HOURS];
	tw_account_day_add(&hour->watched_ms, ms);
	if (account->is_usable)
		tw_account_day_add(&hour->usable_ms, ms);
	if (account->is_contested)
		tw_account_day_add(&hour->contested_ms, ms);
	if (account->is_saving) {
		tw_account_day_add(&hour->saved_ms, ms);
		account->saved_ms += ms;
	}
	if (account->primary >= 0)
		add_reason(account, hour, number, account->nodes[account->primary].reason, ms);
	for (uint32_t i = 0; i < account->n_nodes; i++) {
		const struct node *node = &account->nodes[i];

		tw_account_day_add(&account->today->nodes[node->position].ms[node->reason], ms);
	}
	return 0;
}

int tw_account_configure(struct tw_account *account, const struct tw_core_config *config)
{
	struct node *copy = calloc(config->n_nodes, sizeof(copy[0]));

	if (copy == NULL)
		return -ENOMEM;
	account->primary = TW_NODE_NONE;
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		(void)strcpy(copy[i].name, config->nodes[i].name);
		if (config->nodes[i].is_primary)
			account->primary = (int32_t)i;
	}
	free(account->nodes);
	account->nodes = copy;
	account->n_nodes = config->n_nodes;
	account->today = NULL;
	account->has_look = false;
	return 0;
}

/*
 * Whether the pool works now and would not with its primary alone. An operator who drains the
 * primary or pins another daemon wants it so, and a daemon that is warming answers well already:
 * neither is claimed. Nor is it where the chosen daemon has the fault of the primary, as when the
 * whole majority lags.
 */
static bool is_saving(const struct tw_account *account, const struct tw_decision *decision,
	const enum tw_reason *reasons)
{
	enum tw_reason reason;

	if (!decision->is_usable || decision->is_pinned || account->primary < 0 ||
		decision->chosen == account->primary)
		return false;
	reason = reasons[account->primary];
	return reason != TW_REASON_WARMING && reason != reasons[decision->chosen] &&
	       (tw_reason_state(reason) == TW_STATE_UNHEALTHY ||
		       tw_reason_state(reason) == TW_STATE_UNRESPONSIVE);
}

int tw_account_look(struct tw_account *account, const struct tw_account_look *look)
{
	int64_t ms = look->now_us / TW_MS, wall_ms = look->wall_us / TW_MS;
	int64_t span = ms - account->ms;
	int r = 0;

	if (!account->has_look || !account->is_watching || look->is_after_gap)
		span = 0;
	while (r == 0 && span > 0) {
		int64_t from = tw_max(wall_ms - span, 0);
		int64_t piece = tw_min(span, TW_ACCOUNT_HOUR_MS - from % TW_ACCOUNT_HOUR_MS);

		r = count(account, from, piece);
		span -= piece;
	}
	if (r == 0)
		r = go_to(account, tw_max(wall_ms, 0) / TW_ACCOUNT_DAY_MS);
	account->has_look = true;
	account->ms = ms;
	account->is_watching = look->decision->mode != TW_MODE_STARTING;
	account->is_usable = look->decision->is_usable;
	account->is_contested = look->decision->mode == TW_MODE_CONTESTED;
	account->is_saving = is_saving(account, look->decision, look->reasons);
	for (uint32_t i = 0; i < account->n_nodes; i++)
		account->nodes[i].reason = look->reasons[i];
	return r;
}

void tw_account_switch(struct tw_account *account, const struct tw_switch *change)
{
	uint16_t *away;

	if (account->today == NULL || change->from < 0 ||
		(uint32_t)change->from >= account->n_nodes)
		return;
	away = &account->today->nodes[account->nodes[change->from].position]
			.away[tw_account_day_cause_of(change)];
	*away = (uint16_t)tw_min(*away + 1, UINT16_MAX);
	account->today->is_kept = false;
}

/* --- what is known --- */

uint32_t tw_account_n_days(const struct tw_account *account)
{
	return account->n_days;
}

struct tw_account_day *tw_account_day_at(const struct tw_account *account, uint32_t i)
{
	return account->days[i];
}

const struct tw_account_day *tw_account_today(const struct tw_account *account)
{
	return account->today;
}

int64_t tw_account_saved_ms(const struct tw_account *account)
{
	return account->saved_ms;
}
