/*
 * Replies for people that are no table: select, submit, node, why, a line of the stream, a line for
 * Nagios.
 */
#ifndef TW_SHOW_SCREEN_H
#define TW_SHOW_SCREEN_H

#include "show/text.h"
#include "json/json.h"

/* The text at path, or instead where there is none. Borrowed. */
const char *tw_screen_text(const struct tw_json_node *node, const char *path, const char *instead);
/* The number at path as text, "-" where there is none. */
enum { TW_SCREEN_NUMBER_MAX = 24 };
const char *tw_screen_number(
	const struct tw_json_node *node, const char *path, char number[TW_SCREEN_NUMBER_MAX]);
/* False where there is none. */
bool tw_screen_flag(const struct tw_json_node *node, const char *path);
/* What a mode means for the pool, "" for a word that this program does not know. Static. */
const char *tw_screen_mode(const char *word);
/* What an operator does about a mode, "" where there is nothing to do or say. Static. */
const char *tw_screen_remedy(const char *mode);
enum tw_colour tw_screen_state_colour(const char *state);

void tw_screen_select(const struct tw_json_node *select, const struct tw_text *text);
void tw_screen_submit(const struct tw_json_node *submit, const struct tw_text *text);
void tw_screen_node(const struct tw_json_node *node, int64_t now_ms, const struct tw_text *text);
/* The text, and who voted for what. */
void tw_screen_why(const struct tw_json_node *why, const struct tw_text *text);
/* One line, with the time of day. */
void tw_screen_watch(
	const struct tw_json_node *select, const char *time_of_day, const struct tw_text *text);
/* One line; returns the exit code of a Nagios plugin. */
int tw_screen_nagios(const struct tw_json_node *status, const struct tw_text *text);

#endif
