/*
 * The figures of one day (UTC): for every hour what the pool had, for every node how long it was in
 * which state, and how often the pool left it. Spans are milliseconds.
 */
#ifndef TW_ACCOUNT_DAY_H
#define TW_ACCOUNT_DAY_H

#include "core/types.h"

#define TW_ACCOUNT_HOUR_MS (TW_HOUR / TW_MS)
#define TW_ACCOUNT_DAY_MS  (TW_DAY / TW_MS)

enum {
	TW_ACCOUNT_HOURS = 24,
	/* Why the pool left a node: what was wrong with it; or, beyond the reasons, when nothing
	 * was, why another one was chosen. */
	TW_ACCOUNT_CAUSES = TW_REASONS + TW_CHOICES,
};

struct tw_account_hour {
	uint32_t watched_ms;
	/* of that: */
	uint32_t usable_ms;    /* the chosen daemon could be used */
	uint32_t saved_ms;     /* it could, and the primary could not */
	uint32_t contested_ms; /* in mode contested */
	uint32_t reason_ms;    /* the primary was not healthy for the reason that took longest */
	uint8_t reason;        /* enum tw_reason; TW_REASON_OK while reason_ms is 0 */
};

struct tw_account_node {
	char name[TW_NAME_MAX + 1];
	uint32_t ms[TW_REASONS]; /* by what was said of it while it was watched */
	uint16_t away[TW_ACCOUNT_CAUSES];
};

struct tw_account_day {
	int64_t number;   /* days since 1970 */
	int64_t since_ms; /* Unix time since when it was watched; TW_UNKNOWN: it was not yet */
	struct tw_account_hour hours[TW_ACCOUNT_HOURS];
	uint32_t n_nodes;
	struct tw_account_node *nodes; /* owned */
	bool is_kept;                  /* in the file of the days that are over, as it is here */
};

/* -ENOMEM. */
int tw_account_day_create(int64_t number, struct tw_account_day **ret_day);
void tw_account_day_destroy(struct tw_account_day *day); /* takes NULL */
/* The position of the node of that name, which is added where there is none. -ENOMEM. */
int tw_account_day_add_node(struct tw_account_day *day, const char *name, uint32_t *ret_position);
/* Bytes that it takes. */
size_t tw_account_day_size(const struct tw_account_day *day);
/* How long it was watched. */
int64_t tw_account_day_watched(const struct tw_account_day *day);

/* Adds to a figure, up to what it can hold. */
void tw_account_day_add(uint32_t *figure, int64_t ms);

/* The word of a cause: that of the reason, or of the choice. Static. */
const char *tw_account_day_cause(uint32_t cause);
/* The cause of a switch away from a node. */
uint32_t tw_account_day_cause_of(const struct tw_switch *change);
/* 0 or -EINVAL for a word that is none. */
int tw_account_day_parse_cause(const char *word, uint32_t *ret_cause);

#endif
