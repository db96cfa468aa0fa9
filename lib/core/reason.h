/*
 * The reasons of verdicts, one row each: the word that programs read, the state that the reason
 * belongs to, what it means, and what an operator does about it. Everything that lists reasons or
 * says what they mean reads these rows: the verdicts, `least bad`, why, the answers of the socket,
 * the history, the manual pages and the README.
 *
 * To loop over all of them: for (int i = 0; i < TW_REASONS; i++) ... (enum tw_reason)i. They are
 * ordered worst first within each state. All texts are static.
 */
#ifndef TW_CORE_REASON_H
#define TW_CORE_REASON_H

#include "core/types.h"

/* The machine-readable word: "stale_template". */
const char *tw_reason_word(enum tw_reason reason);
/* The reason with that word. 0 or -EINVAL. */
int tw_reason_parse(const char *word, enum tw_reason *ret_reason);
enum tw_state tw_reason_state(enum tw_reason reason);
/* The reason with its state. */
struct tw_verdict tw_reason_verdict(enum tw_reason reason);
/*
 * What it means, as a clause about the daemon without a capital and without a full stop: "it does
 * not answer in time".
 */
const char *tw_reason_meaning(enum tw_reason reason);
/* What an operator does about it, as whole sentences. "" where there is nothing to do. */
const char *tw_reason_remedy(enum tw_reason reason);
/* The failed check that gives this reason. TW_RESULT_OK: it has another cause. */
enum tw_result tw_reason_result(enum tw_reason reason);
/* The reason that a failed check gives. result is not TW_RESULT_OK. */
enum tw_reason tw_reason_of_result(enum tw_result result);
/*
 * Whether nothing that a daemon with this reason shows or accepts is worth anything, although it
 * answers, and the check that found it out has made sure of it. Such a daemon does not vote and is
 * not given found blocks. Where a failed check gives the reason, one is enough.
 */
bool tw_reason_is_distrusted(enum tw_reason reason);
/*
 * In which order daemons are used while none is healthy, the lowest number first (decision.md,
 * Modes 6). is_mineable: a pool can mine on it then. 0: a daemon with this reason is not used then,
 * or it is healthy.
 */
int tw_reason_badness(enum tw_reason reason, bool is_mineable);
/* How much it hurts a pool, for summaries that keep the worst of a time: 0 for ok, then rising. */
int tw_reason_severity(enum tw_reason reason);

#endif
