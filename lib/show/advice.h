/*
 * Weak points of a set-up that its operator should know of: for each one sentence that says what it
 * means and what to do. None of them is an error, and none changes a decision.
 */
#ifndef TW_SHOW_ADVICE_H
#define TW_SHOW_ADVICE_H

#include "serve/status.h"
#include "show/text.h"

/* Writes the sentences, one a line; nothing where there is none. To be called when every node was
 * checked, since some weak points show only then. */
void tw_advice(const struct tw_status_source *source, struct tw_buf *out);
/* Shows the lines that tw_advice() wrote as paragraphs. Cuts advice into lines in place. */
void tw_advice_show(struct tw_buf *advice, const struct tw_text *text);

#endif
