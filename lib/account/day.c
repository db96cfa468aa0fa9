/* See day.h. */
#include "account/day.h"
#include "base/num.h"
#include "core/reason.h"
#include "core/words.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tw_account_day_create(int64_t number, struct tw_account_day **ret_day)
{
	struct tw_account_day *day = calloc(1, sizeof(*day));

	if (day == NULL)
		return -ENOMEM;
	day->number = number;
	day->since_ms = TW_UNKNOWN;
	for (int i = 0; i < TW_ACCOUNT_HOURS; i++)
		day->hours[i].reason = TW_REASON_OK;
	*ret_day = day;
	return 0;
}

void tw_account_day_destroy(struct tw_account_day *day)
{
	if (day == NULL)
		return;
	free(day->nodes);
	free(day);
}

int tw_account_day_add_node(struct tw_account_day *day, const char *name, uint32_t *ret_position)
{
	struct tw_account_node *nodes;
	uint32_t i = 0;

	assert(strlen(name) <= TW_NAME_MAX);
	while (i < day->n_nodes && strcmp(day->nodes[i].name, name) != 0)
		i++;
	if (i == day->n_nodes) {
		nodes = realloc(day->nodes, (i + 1) * sizeof(nodes[0]));
		if (nodes == NULL)
			return -ENOMEM;
		day->nodes = nodes;
		day->nodes[day->n_nodes++] = (struct tw_account_node){ 0 };
		(void)strcpy(day->nodes[i].name, name);
	}
	*ret_position = i;
	return 0;
}

size_t tw_account_day_size(const struct tw_account_day *day)
{
	return sizeof(*day) + day->n_nodes * sizeof(day->nodes[0]);
}

int64_t tw_account_day_watched(const struct tw_account_day *day)
{
	int64_t ms = 0;

	for (int i = 0; i < TW_ACCOUNT_HOURS; i++)
		ms += day->hours[i].watched_ms;
	return ms;
}

void tw_account_day_add(uint32_t *figure, int64_t ms)
{
	*figure = (uint32_t)tw_min(*figure + ms, UINT32_MAX);
}

const char *tw_account_day_cause(uint32_t cause)
{
	if (cause < TW_REASONS)
		return tw_reason_word((enum tw_reason)cause);
	return tw_words_choice((enum tw_choice)(cause - TW_REASONS));
}

uint32_t tw_account_day_cause_of(const struct tw_switch *change)
{
	if (tw_reason_state(change->cause) == TW_STATE_HEALTHY)
		return TW_REASONS + (uint32_t)change->reason;
	return (uint32_t)change->cause;
}

int tw_account_day_parse_cause(const char *word, uint32_t *ret_cause)
{
	enum tw_reason reason;
	enum tw_choice choice;

	if (tw_reason_parse(word, &reason) == 0) {
		*ret_cause = (uint32_t)reason;
		return 0;
	}
	if (tw_words_parse_choice(word, &choice) < 0)
		return -EINVAL;
	*ret_cause = TW_REASONS + (uint32_t)choice;
	return 0;
}
