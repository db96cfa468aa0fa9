/* The status object as a table for people. */
#ifndef TIPWATCHCTL_TABLE_H
#define TIPWATCHCTL_TABLE_H

#include "text.h"
#include "wire/json_read.h"

/* Writes the table of a status object. Keys that are missing or odd are shown as "-". */
void tw_table_status(const struct tw_json_node *status, const struct tw_text *text);

#endif
