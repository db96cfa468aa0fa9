/*
 * The modes of the network, one row each: the word that programs read, what is known in it, what a
 * pool should do and what that may cost. Everything that names modes or says what they mean reads
 * these rows: the answers of the socket, the log, the pages, the manual pages and the README.
 *
 * To loop over all of them: for (int i = 0; i < TW_MODES; i++) ... (enum tw_mode)i. All texts are
 * static.
 */
#ifndef TW_CORE_MODE_H
#define TW_CORE_MODE_H

#include "core/types.h"

/* The machine-readable word: "consensus". */
const char *tw_mode_word(enum tw_mode mode);
/* The mode with that word. 0 or -EINVAL. */
int tw_mode_parse(const char *word, enum tw_mode *ret_mode);
/* What is known in it, as a clause without a capital and without a full stop. */
const char *tw_mode_meaning(enum tw_mode mode);
/* What the pool should do, as a clause: "mine". */
const char *tw_mode_advice(enum tw_mode mode);
/* What doing so may cost, as a clause: "nothing". */
const char *tw_mode_cost(enum tw_mode mode);
/* What an operator does about it, as whole sentences. "" where the meaning says enough. */
const char *tw_mode_remedy(enum tw_mode mode);
/* How good it is, 0 for the worst: hooks and alarms see an improvement only once it has held. */
int tw_mode_rank(enum tw_mode mode);

#endif
