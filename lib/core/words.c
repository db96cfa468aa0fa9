/* See words.h. */
#include "core/words.h"
#include <errno.h>

static const char *const roles[] = {
	[TW_ROLE_DAEMON] = "daemon",
	[TW_ROLE_REFERENCE] = "reference",
};
static const char *const results[] = {
	[TW_RESULT_OK] = "ok",
	[TW_RESULT_REFUSED] = "refused",
	[TW_RESULT_TIMEOUT] = "timeout",
	[TW_RESULT_RESET] = "reset",
	[TW_RESULT_RESOLVE] = "resolve",
	[TW_RESULT_TLS] = "tls",
	[TW_RESULT_BAD_REPLY] = "bad_reply",
	[TW_RESULT_TOO_LARGE] = "too_large",
	[TW_RESULT_AUTH] = "auth",
};
static const char *const templates[] = {
	[TW_TEMPLATE_UNCHECKED] = "unchecked",
	[TW_TEMPLATE_OK] = "ok",
	[TW_TEMPLATE_FAILED] = "failed",
	[TW_TEMPLATE_STALE] = "stale",
};
static const char *const states[] = {
	[TW_STATE_UNKNOWN] = "unknown",
	[TW_STATE_HEALTHY] = "healthy",
	[TW_STATE_UNHEALTHY] = "unhealthy",
	[TW_STATE_UNRESPONSIVE] = "unresponsive",
	[TW_STATE_MAINTENANCE] = "maintenance",
};
static const char *const reasons[] = {
	[TW_REASON_REFUSED] = "refused",
	[TW_REASON_TIMEOUT] = "timeout",
	[TW_REASON_RESET] = "reset",
	[TW_REASON_RESOLVE] = "resolve",
	[TW_REASON_TLS] = "tls",
	[TW_REASON_BAD_REPLY] = "bad_reply",
	[TW_REASON_TOO_LARGE] = "too_large",
	[TW_REASON_AUTH] = "auth",
	[TW_REASON_FORKED] = "forked",
	[TW_REASON_AHEAD] = "ahead",
	[TW_REASON_ISOLATED] = "isolated",
	[TW_REASON_LAGGING] = "lagging",
	[TW_REASON_NO_TEMPLATE] = "no_template",
	[TW_REASON_STALE_TEMPLATE] = "stale_template",
	[TW_REASON_WARMING] = "warming",
	[TW_REASON_DRAINED] = "drained",
	[TW_REASON_UNCHECKED] = "unchecked",
	[TW_REASON_OK] = "ok",
	[TW_REASON_RACING] = "racing",
};
static const char *const modes[] = {
	[TW_MODE_STARTING] = "starting",
	[TW_MODE_CONSENSUS] = "consensus",
	[TW_MODE_REDUCED] = "reduced",
	[TW_MODE_CONTESTED] = "contested",
	[TW_MODE_FALLBACK] = "fallback",
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
WORD(result, results)
PARSE(result, results)
WORD(template, templates)
PARSE(template, templates)
WORD(state, states)
WORD(reason, reasons)
WORD(mode, modes)
WORD(fallback, fallbacks)
PARSE(fallback, fallbacks)
WORD(choice, choices)
WORD(report, reports)
PARSE(report, reports)
WORD(op, ops)
PARSE(op, ops)
