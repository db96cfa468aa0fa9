/* The status object as a table for people. */
#ifndef TW_SHOW_TABLE_H
#define TW_SHOW_TABLE_H

#include "show/text.h"
#include "json/json.h"

/* Writes the table of a status object. A key that is missing or of another type is shown as "-". */
void tw_table_status(const struct tw_json_node *status, const struct tw_text *text);
/* Writes the last switches of a status object, newest first, a line each; nothing where there is
 * none. */
void tw_table_switches(const struct tw_json_node *status, const struct tw_text *text);

#endif
