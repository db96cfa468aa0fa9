/* See text.h. */
#include "show/text.h"
#include "base/ascii.h"
#include "base/num.h"
#include <stdio.h>
#include <string.h>

enum { CELL_MAX = 256, PARAGRAPH_MAX = 4096 };

static const char *const escapes[] = {
	[TW_COLOUR_NONE] = "",
	[TW_COLOUR_BOLD] = "\033[1m",
	[TW_COLOUR_DIM] = "\033[2m",
	[TW_COLOUR_RED] = "\033[31m",
	[TW_COLOUR_GREEN] = "\033[32m",
	[TW_COLOUR_YELLOW] = "\033[33m",
	[TW_COLOUR_CYAN] = "\033[36m",
};

static void begin_colour(const struct tw_text *text, enum tw_colour colour)
{
	if (text->has_colour)
		tw_buf_puts(text->out, escapes[colour]);
}

static void end_colour(const struct tw_text *text, enum tw_colour colour)
{
	if (text->has_colour && colour != TW_COLOUR_NONE)
		tw_buf_puts(text->out, "\033[0m");
}

bool tw_text_wants_colour(bool is_terminal, const char *no_color, const char *term)
{
	return is_terminal && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

uint32_t tw_text_columns(uint32_t terminal_columns)
{
	return (uint32_t)tw_min(tw_max(terminal_columns, TW_TEXT_COLUMNS), TW_TEXT_COLUMNS_MAX);
}

void tw_text_put(const struct tw_text *text, enum tw_colour colour, const char *words)
{
	char clean[PARAGRAPH_MAX];

	tw_ascii_clean(words, clean, sizeof(clean));
	begin_colour(text, colour);
	tw_buf_puts(text->out, clean);
	end_colour(text, colour);
}

void tw_text_cell(const struct tw_text *text, enum tw_colour colour, const char *words,
	uint32_t width, bool is_right)
{
	char clean[CELL_MAX], cell[CELL_MAX + 1];
	uint32_t len, pad;

	tw_ascii_clean(words, clean, sizeof(clean));
	len = (uint32_t)strlen(clean);
	if (len > width && width > 4) {
		uint32_t tail = (width - 2) / 3, head = width - 2 - tail;

		snprintf(cell, sizeof(cell), "%.*s..%s", (int)head, clean, clean + len - tail);
	} else {
		snprintf(cell, sizeof(cell), "%.*s", (int)width, clean);
	}
	pad = width - (uint32_t)strlen(cell);
	tw_buf_printf(text->out, "%*s", is_right ? (int)pad : 0, "");
	begin_colour(text, colour);
	tw_buf_puts(text->out, cell);
	end_colour(text, colour);
	tw_buf_printf(text->out, "%*s", is_right ? 0 : (int)pad, "");
}

void tw_text_paragraph(const struct tw_text *text, enum tw_colour colour, const char *label,
	const char *words, uint32_t indent)
{
	char clean_label[CELL_MAX], clean[PARAGRAPH_MAX];
	const char *word = clean;
	bool has_words; /* in this line */
	uint32_t column;

	tw_ascii_clean(label, clean_label, sizeof(clean_label));
	tw_ascii_clean(words, clean, sizeof(clean));
	column = (uint32_t)strlen(clean_label);
	if (column > text->columns / 2)
		column = text->columns / 2;
	tw_text_cell(text, colour, clean_label, column, false);
	has_words = column > 0;
	while (*word != '\0') {
		uint32_t len = (uint32_t)strcspn(word, " ");

		if (len == 0) {
			word++;
			continue;
		}
		if (has_words && column + 1 + len > text->columns) {
			tw_buf_printf(text->out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (has_words) {
			tw_buf_putc(text->out, ' ');
			column++;
		}
		has_words = true;
		if (len > text->columns - column)
			len = text->columns - column;
		tw_buf_append(text->out, word, len);
		column += len;
		word += len;
	}
	tw_buf_putc(text->out, '\n');
}
