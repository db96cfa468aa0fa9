/* See text.h. */
#include "conf/text.h"
#include "base/num.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

void tw_conf_text_init(struct tw_conf_text *ret_text)
{
	*ret_text = (struct tw_conf_text){ 0 };
	tw_buf_init(&ret_text->text, TW_CONF_TEXT_MAX);
}

void tw_conf_text_finish(struct tw_conf_text *text)
{
	tw_buf_finish(&text->text);
	free(text->places);
	*text = (struct tw_conf_text){ 0 };
}

/* Begins a line, the first token on line 1. */
static void new_line(struct tw_conf_text *text, struct tw_conf_place place)
{
	if (text->n_lines == text->size) {
		size_t size = text->size == 0 ? 256 : 2 * text->size;
		struct tw_conf_place *places = realloc(text->places, size * sizeof(*places));

		if (places == NULL) {
			text->text.error = -ENOMEM;
			return;
		}
		text->places = places;
		text->size = size;
	}
	if (text->n_lines > 0)
		tw_buf_putc(&text->text, '\n');
	text->places[text->n_lines++] = place;
}

static int64_t clamp_hex(const char *digits, size_t len)
{
	int64_t value = 0;

	for (size_t i = 0; i < len; i++) {
		int digit = digits[i] <= '9' ? digits[i] - '0' : (digits[i] | 0x20) - 'a' + 10;

		if (value > (INT64_MAX - digit) / 16)
			return INT64_MAX;
		value = value * 16 + digit;
	}
	return value;
}

/* libconfig 1.5 wraps what is beyond 32 bits unless it ends in an L, and beyond 64 always. */
static void put_integer(struct tw_conf_text *text, const char *digits, size_t len)
{
	int64_t value = 0;

	while (digits[len - 1] == 'L')
		len--;
	if (digits[0] == '+') {
		digits++;
		len--;
	}
	if (len > 2 && (digits[1] == 'x' || digits[1] == 'X'))
		value = clamp_hex(digits + 2, len - 2);
	else if (tw_num_parse(digits, len, INT64_MIN, INT64_MAX, &value) < 0)
		value = digits[0] == '-' ? INT64_MIN : INT64_MAX;
	tw_buf_printf(&text->text, "%" PRId64 "L", value);
}

void tw_conf_text_put(struct tw_conf_text *text, const struct tw_conf_token *token)
{
	/* On the line of what they follow: libconfig takes the line of a string only after it has
	 * seen the next token. */
	if (token->kind == TW_CONF_COMMA || token->kind == TW_CONF_SEMICOLON ||
		token->kind == TW_CONF_CLOSE)
		tw_buf_putc(&text->text, ' ');
	else
		new_line(text, token->place);
	if (token->kind == TW_CONF_INTEGER)
		put_integer(text, token->text, token->len);
	else if (token->text[0] == '[' || token->text[0] == ']')
		/* An array is a list of equals; nothing here is either, so a list will do. */
		tw_buf_putc(&text->text, token->text[0] == '[' ? '(' : ')');
	else
		tw_buf_append(&text->text, token->text, token->len);
}

void tw_conf_text_end(struct tw_conf_text *text)
{
	tw_buf_putc(&text->text, '\n');
}

struct tw_conf_mark tw_conf_text_mark(const struct tw_conf_text *text)
{
	return (struct tw_conf_mark){ .len = text->text.len, .n_lines = text->n_lines };
}

void tw_conf_text_drop(struct tw_conf_text *text, struct tw_conf_mark mark)
{
	tw_buf_truncate(&text->text, mark.len);
	text->n_lines = mark.n_lines;
}
