/* See words.h. */
#include "core/words.h"
#include "core/reason.h"
#include <errno.h>

static const char *const roles[] = {
	[TW_ROLE_DAEMON] = "daemon",
	[TW_ROLE_REFERENCE] = "reference",
};
static const char *const templates[] = {
	[TW_TEMPLATE_UNCHECKED] = "unchecked",
	[TW_TEMPLATE_OK] = "ok",
	[TW_TEMPLATE_FAILED] = "failed",
	[TW_TEMPLATE_STALE] = "stale",
	[TW_TEMPLATE_ADDRESS] = "address",
	[TW_TEMPLATE_LATE] = "late",
};
/* For people, beside the word. */
static const struct {
	const char *word;
	const char *meaning;
} states[TW_STATES] = {
	[TW_STATE_UNKNOWN] = { "unknown", "not checked yet" },
	[TW_STATE_HEALTHY] = { "healthy", "the pool can use it" },
	[TW_STATE_UNHEALTHY] = { "unhealthy", "it answers, but something is wrong" },
	[TW_STATE_UNRESPONSIVE] = { "unresponsive", "it does not answer, or not in time" },
	[TW_STATE_MAINTENANCE] = { "maintenance", "taken out by the operator" },
};
static const char *const fallbacks[] = {
	[TW_FALLBACK_BEST_EFFORT] = "best-effort",
	[TW_FALLBACK_PRIMARY] = "primary",
	[TW_FALLBACK_NONE] = "none",
};
static const char *const choices[] = {
	[TW_CHOICE_STARTING] = "starting",
	[TW_CHOICE_INITIAL] = "initial",
	[TW_CHOICE_INCUMBENT] = "incumbent",
	[TW_CHOICE_INCUMBENT_BAD] = "incumbent_bad",
	[TW_CHOICE_PRIORITY] = "priority",
	[TW_CHOICE_PINNED] = "pinned",
	[TW_CHOICE_LEAST_BAD] = "least_bad",
	[TW_CHOICE_PRIMARY] = "primary",
	[TW_CHOICE_NONE] = "none",
};
static const char *const reports[] = {
	[TW_REPORT_TEMPLATE_FAILED] = "template-failed",
	[TW_REPORT_SUBMIT_FAILED] = "submit-failed",
	[TW_REPORT_TIMEOUT] = "timeout",
};
static const char *const links[] = {
	[TW_LINK_UP] = "up",
	[TW_LINK_CLOSED] = "closed",
	[TW_LINK_DROPPED] = "dropped",
	[TW_LINK_PUSH] = "push",
	[TW_LINK_TIP] = "tip",
};
static const char *const ops[] = {
	[TW_OP_DRAIN] = "drain",
	[TW_OP_UNDRAIN] = "undrain",
	[TW_OP_PIN] = "pin",
	[TW_OP_UNPIN] = "unpin",
};

#define WORD(name, words)                                                                          \
	const char *tw_words_##name(enum tw_##name value)                                          \
	{                                                                                          \
		return (words)[value];                                                             \
	}
#define PARSE(name, words)                                                                         \
	int tw_words_parse_##name(const char *word, enum tw_##name *ret_value)                     \
	{                                                                                          \
		for (size_t i = 0; i < TW_ARRAY_SIZE(words); i++) {                                \
			if (strcmp(word, (words)[i]) == 0) {                                       \
				*ret_value = (enum tw_##name)i;                                    \
				return 0;                                                          \
			}                                                                          \
		}                                                                                  \
		return -EINVAL;                                                                    \
	}

WORD(role, roles)
PARSE(role, roles)
WORD(template, templates)
PARSE(template, templates)
WORD(fallback, fallbacks)
PARSE(fallback, fallbacks)
WORD(choice, choices)
PARSE(choice, choices)
WORD(report, reports)
PARSE(report, reports)
WORD(link, links)
PARSE(link, links)
WORD(op, ops)
PARSE(op, ops)

const char *tw_words_state(enum tw_state state)
{
	return states[state].word;
}

const char *tw_words_state_meaning(enum tw_state state)
{
	return states[state].meaning;
}

/* A failed check and the reason that it gives have the same word. */
const char *tw_words_result(enum tw_result result)
{
	return result == TW_RESULT_OK ? tw_reason_word(TW_REASON_OK)
				      : tw_reason_word(tw_reason_of_result(result));
}

int tw_words_parse_result(const char *word, enum tw_result *ret_result)
{
	for (int i = 0; i < TW_RESULTS; i++) {
		if (strcmp(word, tw_words_result((enum tw_result)i)) == 0) {
			*ret_result = (enum tw_result)i;
			return 0;
		}
	}
	return -EINVAL;
}
