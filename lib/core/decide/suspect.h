/*
 * What all daemons have in common is rarely the fault of each of them (decision.md, Verdicts 11):
 * where every daemon fails the same check with the same cause, a setting is suspected, and named to
 * the operator. Where the pool's own calls may well work all the same (a wallet address with a
 * typo, templates that take longer than a check waits), that check takes no daemon away either.
 *
 * The settings that can be suspected are one row each, which the log, the page, the tables, the
 * metrics and the manual read. All texts are static.
 */
#ifndef TW_CORE_DECIDE_SUSPECT_H
#define TW_CORE_DECIDE_SUSPECT_H

#include "core/types.h"

struct tw_monitor;
struct tw_node;

/* To be called when the node may have another template. */
void tw_suspect_note_template(struct tw_monitor *monitor, int32_t node);
/*
 * Suspects a setting by the templates, and forgets the templates that failed because of it. To be
 * called before the verdicts are found.
 */
void tw_suspect_note_templates(struct tw_monitor *monitor);
/* Where nothing is suspected yet: suspects one by the verdicts. */
void tw_suspect_note_verdicts(struct tw_monitor *monitor);

/* The words are for suspects other than TW_SUSPECT_NONE. */
/* The machine-readable word: "wallet_address". */
const char *tw_suspect_word(enum tw_suspect suspect);
/* The setting as it is written in tipwatch.conf: "template.wallet_address". */
const char *tw_suspect_setting(enum tw_suspect suspect);
/* What was seen, and what that does, as a clause without a capital and without a full stop. */
const char *tw_suspect_meaning(enum tw_suspect suspect);
/* What the operator does about it, as whole sentences. */
const char *tw_suspect_remedy(enum tw_suspect suspect);

#endif
