/* The report on a terminal, and as a mail. */
#ifndef TW_SHOW_REPORT_H
#define TW_SHOW_REPORT_H

#include "show/text.h"
#include "json/json.h"

/* report: the answer to `report`. */
void tw_show_report_screen(const struct tw_json_node *report, const struct tw_text *text);
/* The head of a mail with its empty line: a subject that says the most important. */
void tw_show_report_head(const struct tw_json_node *report, struct tw_buf *out);

#endif
