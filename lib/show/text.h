/*
 * Text for a terminal: cells and wrapped sentences. Only printable ASCII is written, one column for
 * a character; everything else in a text from a daemon is shown as '?'.
 */
#ifndef TW_SHOW_TEXT_H
#define TW_SHOW_TEXT_H

#include "base/buf.h"

enum {
	TW_TEXT_COLUMNS = 80,      /* where the width of the terminal is not known */
	TW_TEXT_COLUMNS_MAX = 200, /* text that is wider is harder to read */
};

enum tw_colour {
	TW_COLOUR_NONE,
	TW_COLOUR_BOLD,
	TW_COLOUR_DIM,
	TW_COLOUR_RED,
	TW_COLOUR_GREEN,
	TW_COLOUR_YELLOW,
	TW_COLOUR_CYAN,
};

struct tw_text {
	struct tw_buf *out;
	uint32_t columns;
	bool has_colour;
};

/* What the environment says: NO_COLOR and TERM, each NULL where it is not set. */
bool tw_text_wants_colour(bool is_terminal, const char *no_color, const char *term);

/* How many columns to write for a terminal that has so many. */
uint32_t tw_text_columns(uint32_t terminal_columns);

/* Writes words with a colour. */
void tw_text_put(const struct tw_text *text, enum tw_colour colour, const char *words);
/* Writes exactly width columns; of longer words the middle is left out (".." stands for it). */
void tw_text_cell(const struct tw_text *text, enum tw_colour colour, const char *words,
	uint32_t width, bool is_right);
/* Writes a paragraph and its newline: label, then words, broken between words at the last column.
 * Lines after the first are indented by indent. A word that is longer than a line is cut off. */
void tw_text_paragraph(const struct tw_text *text, enum tw_colour colour, const char *label,
	const char *words, uint32_t indent);

#endif
