/* See syntax.h. A recursive descent, one function per rule of libconfig's grammar. */
#include "conf/syntax.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct name {
	const char *text;
	size_t len;
	struct tw_conf_place place;
};

struct parser {
	struct tw_conf_lexer lexer;
	struct tw_conf_report *report;
	struct tw_conf_text *out;
	struct tw_conf_token tok; /* the one that was not taken yet */
	int depth;
	bool is_lost; /* what follows cannot be made sense of */
	uint32_t n_names;
	struct name
		names[(TW_CONF_DEPTH_MAX + 1) * TW_CONF_KEYS_MAX]; /* of the groups that are open */
};

static void advance(struct parser *p)
{
	tw_conf_lexer_next(&p->lexer, &p->tok);
}

static void lose(struct parser *p)
{
	p->is_lost = true;
	p->report->is_incomplete = true;
}

static void take(struct parser *p)
{
	tw_conf_text_put(p->out, &p->tok);
	if (p->out->text.error < 0)
		lose(p);
	advance(p);
}

/* What to call the present token in a message. */
static void complain_found(struct parser *p, struct tw_conf_place place, const char *expected)
{
	struct tw_buf found;

	tw_buf_init(&found, 512);
	if (p->tok.kind == TW_CONF_END)
		tw_buf_puts(&found, "the end of the file");
	else
		tw_conf_report_quote(&found, p->tok.text, p->tok.len);
	if (p->tok.text[0] == '@')
		tw_buf_puts(&found, "; an @include must be the first in its line");
	tw_conf_report_complain(p->report, place, "%s; found %s", expected,
		p->tok.kind == TW_CONF_STRING ? "a string in quotes" : tw_buf_str(&found));
	tw_buf_finish(&found);
}

/* An unclosed string was complained about when it was read. */
static bool is_said(const struct tw_conf_token *token)
{
	return token->kind == TW_CONF_GARBAGE && token->text[0] == '"';
}

/* Skips the rest of something wrong that began in line of start: to the next separator, the bracket
 * that closes the present one, or the next line. */
static void recover(struct parser *p, struct tw_conf_place start)
{
	int depth = 0;

	p->report->is_incomplete = true;
	while (p->tok.kind != TW_CONF_END) {
		bool is_separator =
			p->tok.kind == TW_CONF_SEMICOLON || p->tok.kind == TW_CONF_COMMA;

		if (depth == 0 &&
			(p->tok.kind == TW_CONF_CLOSE || p->tok.place.line != start.line ||
				p->tok.place.file != start.file))
			return;
		if (p->tok.kind == TW_CONF_OPEN)
			depth++;
		if (p->tok.kind == TW_CONF_CLOSE)
			depth--;
		advance(p);
		if (depth == 0 && is_separator)
			return;
	}
}

static char closing(char opening)
{
	return opening == '{' ? '}' : opening == '(' ? ')' : ']';
}

/* Whether the present token ends what opener began (NULL: the file). Complains when it ends
 * something else. */
static bool at_end(struct parser *p, const struct tw_conf_token *opener)
{
	char where[TW_CONF_WHERE_MAX];

	if (p->is_lost)
		return true;
	if (p->tok.kind == TW_CONF_END && opener == NULL)
		return true;
	if (p->tok.kind == TW_CONF_END) {
		tw_conf_report_complain(p->report, opener->place,
			"the '%c' that opens here is never closed; it needs a '%c'",
			opener->text[0], closing(opener->text[0]));
		lose(p);
		return true;
	}
	if (p->tok.kind != TW_CONF_CLOSE)
		return false;
	if (opener != NULL && p->tok.text[0] == closing(opener->text[0]))
		return true;
	if (opener == NULL)
		tw_conf_report_complain(
			p->report, p->tok.place, "this '%c' closes nothing", p->tok.text[0]);
	else
		tw_conf_report_complain(p->report, p->tok.place,
			"'%c' cannot close the '%c' of %s; it needs a '%c' first", p->tok.text[0],
			opener->text[0],
			tw_conf_report_where(p->report, p->tok.place, opener->place, where),
			closing(opener->text[0]));
	lose(p);
	return true;
}

/* Of a text without quotes; its "//" is no comment, and it might be a secret: not repeated. */
static void complain_unquoted(struct parser *p, const struct tw_conf_token *name)
{
	tw_conf_report_complain(p->report, name->place,
		"%s%.*s must be a number, true, false, or a text in double quotes",
		name == &p->tok ? "an entry of a list" : "the value of ",
		name == &p->tok ? 0 : (int)(name->len > 64 ? 64 : name->len), name->text);
	tw_conf_lexer_skip_word(&p->lexer);
	advance(p);
}

static bool value(struct parser *p, const struct tw_conf_token *name);

/* What follows an entry: a ',' or the end. libconfig 1.5 knows no ',' after the last entry. */
static void separator(struct parser *p, bool is_good, struct tw_conf_place start)
{
	if (!is_good && p->tok.kind != TW_CONF_COMMA)
		recover(p, start);
	else if (p->tok.kind == TW_CONF_COMMA)
		advance(p);
	else if (p->tok.kind != TW_CONF_CLOSE && p->tok.kind != TW_CONF_END) {
		complain_found(p, p->tok.place, "a ',' is missing between two entries");
		if (p->tok.kind == TW_CONF_SEMICOLON)
			advance(p);
	}
}

/* Entries of a list or an array. */
static void entries(struct parser *p, const struct tw_conf_token *opener)
{
	static const struct tw_conf_token comma = { .kind = TW_CONF_COMMA, .text = ",", .len = 1 };
	bool has_entry = false;

	while (!at_end(p, opener)) {
		struct tw_conf_place start = p->tok.place;
		struct tw_conf_mark mark = tw_conf_text_mark(p->out);
		bool is_good;

		if (has_entry)
			tw_conf_text_put(p->out, &comma);
		is_good = value(p, NULL);
		if (p->is_lost)
			return;
		if (is_good)
			has_entry = true;
		else
			tw_conf_text_drop(p->out, mark);
		separator(p, is_good, start);
	}
}

static void settings(struct parser *p, const struct tw_conf_token *opener);

static bool bracket(struct parser *p)
{
	struct tw_conf_token opener = p->tok;

	if (++p->depth > TW_CONF_DEPTH_MAX) {
		tw_conf_report_complain(p->report, opener.place,
			"brackets are nested more than %d deep", TW_CONF_DEPTH_MAX);
		lose(p);
		return false;
	}
	take(p);
	if (opener.text[0] == '{')
		settings(p, &opener);
	else
		entries(p, &opener);
	p->depth--;
	if (p->is_lost)
		return false;
	take(p);
	return true;
}

/* The value of name, NULL in a list. Returns whether it is well formed, complains when not. */
static bool value(struct parser *p, const struct tw_conf_token *name)
{
	bool is_good = true;

	switch (p->tok.kind) {
	case TW_CONF_STRING:
		while (p->tok.kind == TW_CONF_STRING) {
			if (memmem(p->tok.text, p->tok.len, "\\x00", 4) != NULL) {
				tw_conf_report_complain(
					p->report, p->tok.place, "a string cannot hold \\x00");
				is_good = false;
			}
			take(p);
		}
		return is_good;
	case TW_CONF_INTEGER:
	case TW_CONF_FLOAT:
	case TW_CONF_BOOL:
		take(p);
		return true;
	case TW_CONF_OPEN:
		return bracket(p);
	case TW_CONF_NAME:
		if (name == NULL || p->tok.place.line == name->place.line) {
			complain_unquoted(p, name == NULL ? &p->tok : name);
			return false;
		}
		break;
	case TW_CONF_GARBAGE:
		if (is_said(&p->tok))
			return false;
		break;
	case TW_CONF_END:
	case TW_CONF_EQUALS:
	case TW_CONF_CLOSE:
	case TW_CONF_COMMA:
	case TW_CONF_SEMICOLON:
		break;
	}
	if (name == NULL)
		complain_found(p, p->tok.place, "an entry of the list is missing");
	else
		tw_conf_report_complain(p->report, name->place,
			"the value of %.*s is missing after '='", (int)name->len, name->text);
	return false;
}

/* Remembers a key of the present group. Returns whether it is new, complains when not. */
static bool remember(struct parser *p, uint32_t scope, const struct tw_conf_token *name)
{
	char where[TW_CONF_WHERE_MAX];

	for (uint32_t i = scope; i < p->n_names; i++) {
		if (p->names[i].len != name->len ||
			memcmp(p->names[i].text, name->text, name->len) != 0)
			continue;
		tw_conf_report_complain(p->report, name->place,
			"%.*s is given twice in the same group, first in %s; keep one of them",
			(int)name->len, name->text,
			tw_conf_report_where(p->report, name->place, p->names[i].place, where));
		return false;
	}
	if (p->n_names - scope == TW_CONF_KEYS_MAX) {
		tw_conf_report_complain(p->report, name->place,
			"a group may have at most %d settings", TW_CONF_KEYS_MAX);
		lose(p);
		return false;
	}
	p->names[p->n_names++] =
		(struct name){ .text = name->text, .len = name->len, .place = name->place };
	return true;
}

/* After the value of name: what ends it. Returns whether it ends. */
static bool terminator(struct parser *p, const struct tw_conf_token *name)
{
	if (p->tok.kind == TW_CONF_NAME && p->tok.is_glued) {
		complain_unquoted(p, name);
		return false;
	}
	if (p->tok.kind == TW_CONF_SEMICOLON || p->tok.kind == TW_CONF_COMMA) {
		take(p);
		return true;
	}
	if (p->tok.kind == TW_CONF_NAME || p->tok.kind == TW_CONF_CLOSE ||
		p->tok.kind == TW_CONF_END)
		return true;
	if (!is_said(&p->tok)) {
		struct tw_buf expected;

		tw_buf_init(&expected, 512);
		tw_buf_printf(&expected, "a ';' is missing after the value of %.*s",
			(int)(name->len > 64 ? 64 : name->len), name->text);
		complain_found(p, name->place, tw_buf_str(&expected));
		tw_buf_finish(&expected);
	}
	return false;
}

static void setting(struct parser *p, uint32_t scope)
{
	struct tw_conf_token name = p->tok;
	struct tw_conf_mark mark = tw_conf_text_mark(p->out);
	bool is_new = remember(p, scope, &name), is_good = false;

	take(p);
	if (p->is_lost)
		return;
	if (p->tok.kind == TW_CONF_EQUALS) {
		take(p);
		is_good = value(p, &name) && terminator(p, &name);
	} else if (!is_said(&p->tok)) {
		tw_conf_report_complain(p->report, name.place,
			"expected a setting, name = value; %.*s is followed by no '='",
			(int)(name.len > 64 ? 64 : name.len), name.text);
	}
	if (p->is_lost || (is_good && is_new))
		return;
	tw_conf_text_drop(p->out, mark);
	if (!is_good)
		recover(p, name.place);
}

static void settings(struct parser *p, const struct tw_conf_token *opener)
{
	uint32_t scope = p->n_names;

	while (!at_end(p, opener)) {
		struct tw_conf_place place = p->tok.place;

		if (p->tok.kind == TW_CONF_NAME) {
			setting(p, scope);
			continue;
		}
		if (p->tok.kind == TW_CONF_SEMICOLON || p->tok.kind == TW_CONF_COMMA) {
			complain_found(p, place, "expected a setting, name = value, or nothing");
			advance(p);
			continue;
		}
		if (!is_said(&p->tok))
			complain_found(p, place, "expected a setting, name = value");
		if (p->tok.kind == TW_CONF_OPEN) {
			lose(p);
			return;
		}
		advance(p);
		recover(p, place);
	}
	p->n_names = scope;
}

int tw_conf_text_read(
	const char *path, struct tw_conf_report *report, struct tw_conf_text *ret_text)
{
	struct parser *p = calloc(1, sizeof(*p));
	struct tw_conf_text text;
	int r;

	if (p == NULL)
		return -ENOMEM;
	tw_conf_text_init(&text);
	p->report = report;
	p->out = &text;
	r = tw_conf_lexer_init(&p->lexer, path, report);
	if (r != 0)
		goto out;
	advance(p);
	settings(p, NULL);
	tw_conf_text_end(&text);
	if (text.text.error == -EMSGSIZE) {
		tw_conf_report_complain(report, (struct tw_conf_place){ .line = 1 },
			"this file and those it includes are larger than 16 MiB together");
		lose(p);
	} else if (report->error == 0) {
		report->error = text.text.error;
	}
	r = report->error < 0 ? report->error : p->is_lost ? 1 : 0;
	tw_conf_lexer_finish(&p->lexer);
out:
	free(p);
	if (r == 0)
		*ret_text = text;
	else
		tw_conf_text_finish(&text);
	return r;
}
