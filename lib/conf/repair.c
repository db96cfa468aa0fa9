/* See repair.h. */
#include "conf/repair.h"
#include "base/num.h"
#include <string.h>

enum { MESSAGE_MAX = 1024 };

static const char opening[] = "{([", closing[] = "})]", equals[] = "=:";
static const char a_value[] = "a number, true, false, or a text in double quotes";
static const char unclosed[] = "a string that starts in this line lacks its closing '\"'";

/* --- looking around --- */

static char first_of(const struct tw_conf_text *text, uint32_t i)
{
	return text->tokens[i].first;
}

static const char *bytes_of(const struct tw_conf_text *text, uint32_t i)
{
	return text->text.data + text->tokens[i].at;
}

/* The token before i (not the first one) that was not blanked. */
static uint32_t before(const struct tw_conf_text *text, uint32_t i)
{
	do
		i--;
	while (first_of(text, i) == TW_CONF_BLANK);
	return i;
}

/* Whether "NAME =" stands at i. */
static bool is_setting(const struct tw_conf_text *text, uint32_t i)
{
	return tw_conf_text_is_name(first_of(text, i)) &&
	       tw_conf_text_is(first_of(text, i + 1), equals);
}

/* Whether the text has a "?" in place of the token. */
static bool is_wrong(const struct tw_conf_text *text, uint32_t i)
{
	return *bytes_of(text, i) == '?' && first_of(text, i) != '?';
}

static bool is_in_line(const struct tw_conf_text *text, uint32_t i, uint32_t other)
{
	struct tw_conf_place a = text->tokens[i].place, b = text->tokens[other].place;

	return a.file == b.file && a.line == b.line;
}

/* The last setting before i in its group, with is_same one of the same name; or i. */
static uint32_t setting_before(const struct tw_conf_text *text, uint32_t i, bool is_same)
{
	const struct tw_conf_token *token = &text->tokens[i];

	for (uint32_t k = i - 1; k > token->parent; k--) {
		const struct tw_conf_token *other = &text->tokens[k];

		if (other->parent != token->parent || !is_setting(text, k))
			continue;
		if (!is_same ||
			(other->len == token->len &&
				memcmp(bytes_of(text, k), bytes_of(text, i), token->len) == 0))
			return k;
	}
	return i;
}

/* --- what is wrong --- */

/* "; found TOKEN". */
static void put_found(struct tw_buf *out, const struct tw_conf_text *text, uint32_t at)
{
	const struct tw_conf_token *token = &text->tokens[at];
	const char *bytes = bytes_of(text, at);

	tw_buf_puts(out, "; found ");
	if (token->first == '\0')
		tw_buf_puts(out, "the end of the file");
	else if (token->first == '"' || token->first == TW_CONF_STRAY)
		tw_buf_puts(out, "a string in quotes");
	else if (is_wrong(text, at))
		tw_buf_puts(out, "a text without quotes");
	else
		tw_conf_report_quote(out, bytes, token->len - (bytes[token->len - 1] == 'L'));
	if (token->first == '@')
		tw_buf_puts(out, "; an @include must be the first in its line");
}

/* When a closing bracket or the end stands where another bracket must be closed first: complains
 * and returns true. */
static bool complain_bracket(
	const struct tw_conf_text *text, uint32_t at, struct tw_conf_report *report)
{
	const struct tw_conf_token *token = &text->tokens[at], *open = &text->tokens[token->parent];
	char where[TW_CONF_WHERE_MAX], close;

	/* A bracket that was blanked may have been open up to the end. */
	while (open->first == TW_CONF_BLANK)
		open = &text->tokens[open->parent];
	close = open->first == '\0' ? '\0' : closing[strchr(opening, open->first) - opening];
	if (token->first == close ||
		(token->first != '\0' && !tw_conf_text_is(token->first, closing)))
		return false;
	if (token->first == '\0')
		tw_conf_report_complain(report, open->place,
			"the '%c' that opens here is never closed; it needs a '%c'", open->first,
			close);
	else if (close == '\0')
		tw_conf_report_complain(
			report, token->place, "this '%c' closes nothing", token->first);
	else
		tw_conf_report_complain(report, token->place,
			"'%c' cannot close the '%c' of %s; it needs a '%c' first", token->first,
			open->first, tw_conf_report_where(report, token->place, open->place, where),
			close);
	return true;
}

/* A setting is broken at `at`; start is the first token of what is broken. */
static void put_mistake(
	struct tw_buf *out, const struct tw_conf_text *text, uint32_t at, uint32_t start)
{
	uint32_t prev = before(text, at);
	int len = (int)tw_min(text->tokens[start].len, TW_CONF_QUOTE_MAX);
	const char *name = bytes_of(text, start);

	if (first_of(text, at) == TW_CONF_UNCLOSED) {
		tw_buf_puts(out, unclosed);
	} else if (start == at) {
		tw_buf_puts(out, "expected a setting, name = value");
		if (tw_conf_text_is(first_of(text, at), ";,"))
			tw_buf_puts(out, ", or nothing");
		put_found(out, text, at);
	} else if (start == prev) {
		tw_buf_printf(out, "expected a setting, name = value; %.*s is followed by no '='",
			len, name);
	} else if (!tw_conf_text_is(first_of(text, prev), equals)) {
		tw_buf_printf(out, "a ';' is missing after the value of %.*s", len, name);
		put_found(out, text, at);
	} else if (is_wrong(text, at)) {
		tw_buf_printf(out, "the value of %.*s must be %s", len, name, a_value);
	} else {
		tw_buf_printf(out, "the value of %.*s is missing after '='", len, name);
	}
}

/* --- taking it out --- */

/* Blanks what was read of a setting that is broken at `at`, and its rest: to a separator, the end
 * of its group or, unless it is well formed, the end of the line; and no setting that follows. */
static void blank_setting(
	struct tw_conf_text *text, uint32_t start, uint32_t at, bool is_well_formed)
{
	uint32_t group = text->tokens[at].parent;

	for (uint32_t i = start; first_of(text, i) != '\0'; i++) {
		bool is_here = i >= at && text->tokens[i].parent == group;
		bool is_end = is_here && tw_conf_text_is(first_of(text, i), ";,");
		bool is_next = i == at ? i > start : is_well_formed;

		if (is_here && ((is_next && is_setting(text, i)) ||
				       tw_conf_text_is(first_of(text, i), closing) ||
				       (!is_well_formed && !is_end && !is_in_line(text, i, at))))
			return;
		tw_conf_text_blank(text, i);
		if (is_end)
			return;
	}
}

static bool repair_setting(struct tw_conf_text *text, uint32_t at, struct tw_conf_report *report)
{
	uint32_t prev = before(text, at), start = at;
	char c = first_of(text, prev);
	struct tw_buf message;

	if (tw_conf_text_is(c, equals))
		start = before(text, prev);
	else if (tw_conf_text_is_name(c) &&
		 !tw_conf_text_is(first_of(text, before(text, prev)), equals))
		start = prev;
	else if (complain_bracket(text, at, report))
		return false;
	else if (c != '\0' && !tw_conf_text_is(c, ";,{") && is_in_line(text, prev, at))
		start = setting_before(text, at, false);
	tw_buf_init(&message, MESSAGE_MAX);
	put_mistake(&message, text, at, start);
	tw_conf_report_complain(report,
		text->tokens[first_of(text, at) == TW_CONF_UNCLOSED ? at : start].place, "%s",
		tw_buf_str(&message));
	tw_buf_finish(&message);
	blank_setting(text, start, at, false);
	return true;
}

static void repair_twice(struct tw_conf_text *text, uint32_t at, struct tw_conf_report *report)
{
	struct tw_conf_place place = text->tokens[at].place;
	struct tw_conf_place first = text->tokens[setting_before(text, at, true)].place;
	char where[TW_CONF_WHERE_MAX];

	tw_conf_report_complain(report, place,
		"%.*s is given twice in the same group, first in %s; keep one of them",
		(int)tw_min(text->tokens[at].len, TW_CONF_QUOTE_MAX), bytes_of(text, at),
		tw_conf_report_where(report, place, first, where));
	blank_setting(text, at, at, true);
}

/* An entry of a list is no value, or there is a ',' too few or too many between entries. */
static bool repair_entry(struct tw_conf_text *text, uint32_t at, struct tw_conf_report *report)
{
	struct tw_conf_token *token = &text->tokens[at];
	uint32_t prev = before(text, at);
	bool is_after_entry = !tw_conf_text_is(first_of(text, prev), "([,");
	bool is_none = is_wrong(text, at) || is_setting(text, at);
	struct tw_buf message;

	if (complain_bracket(text, at, report))
		return false;
	tw_buf_init(&message, MESSAGE_MAX);
	if (token->first == TW_CONF_UNCLOSED) {
		tw_buf_puts(&message, unclosed);
	} else if (is_none && !is_after_entry) {
		tw_buf_printf(&message, "an entry of a list must be %s", a_value);
	} else {
		tw_buf_puts(&message, is_after_entry ? "a ',' is missing between two entries"
						     : "an entry of the list is missing");
		put_found(&message, text, at);
	}
	tw_conf_report_complain(report, token->place, "%s", tw_buf_str(&message));
	tw_buf_finish(&message);
	if (is_setting(text, at))
		blank_setting(text, at, at, true);
	else if (is_none && !is_after_entry)
		/* An empty group replaces the entry. */
		memcpy(text->text.data + token->at, "{}", 2);
	else if (is_after_entry && token->first == ';')
		text->text.data[token->at] = token->first = ',';
	else if (is_after_entry && tw_conf_text_is(token->first, opening))
		text->text.data[text->tokens[prev].at + text->tokens[prev].len] = ',';
	else
		/* Before a closing bracket it is the ',' that goes: its entry was blanked. */
		tw_conf_text_blank(text, tw_conf_text_is(token->first, closing) ? prev : at);
	return true;
}

/* libconfig leaks the memory of a string at which it stops. So a string after what was blanked,
 * where it may stop, becomes a "?". */
static void mark_string(struct tw_conf_text *text, uint32_t at)
{
	while (first_of(text, at) == TW_CONF_BLANK)
		at++;
	if (first_of(text, at) != '"' || tw_conf_text_is(first_of(text, before(text, at)), "([,"))
		return;
	tw_conf_text_blank(text, at);
	text->text.data[text->tokens[at].at] = '?';
	text->tokens[at].first = TW_CONF_STRAY;
}

bool tw_conf_repair(
	struct tw_conf_text *text, uint32_t token, bool is_twice, struct tw_conf_report *report)
{
	bool is_readable = true;

	if (!is_twice)
		report->is_incomplete = true;
	if (is_twice)
		repair_twice(text, token, report);
	else if (tw_conf_text_is(first_of(text, text->tokens[token].parent), "(["))
		is_readable = repair_entry(text, token, report);
	else
		is_readable = repair_setting(text, token, report);
	mark_string(text, token);
	return is_readable;
}
