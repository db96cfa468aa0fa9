/*
 * What in a set-up should make its operator think again: each matter one sentence that says what it
 * means and what to do. Nothing here is an error, and nothing changes a decision.
 */
#ifndef TW_SHOW_ADVICE_H
#define TW_SHOW_ADVICE_H

#include "serve/status.h"
#include "show/text.h"

/* Writes the sentences, one a line. Nothing when there is none. Best asked once every node was
 * checked, since some of it shows only then. */
void tw_advice(const struct tw_status_source *source, struct tw_buf *out);
/* Shows what tw_advice() wrote to people, a paragraph each. Takes the lines of advice apart. */
void tw_advice_show(struct tw_buf *advice, const struct tw_text *text);

#endif
