/* See text.h. */
#include "conf/text.h"
#include "base/file.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	TEXT_MAX = 1 << 24,
	FILE_MAX = 1 << 20,
	INCLUDE_DEPTH = 10, /* as in libconfig */
	DEPTH_MAX = 16,     /* brackets within brackets */
	SETTINGS_MAX = 256, /* in one group: libconfig compares each with all others */
	NUMBER_MAX = 64,
};

/* A file that is being read. at is in text, which has no NUL but that at its end. */
struct source {
	struct tw_buf text;
	const char *at;
	struct tw_conf_place place;
	bool is_line_start;
};

struct scanner {
	struct tw_conf_report *report;
	struct tw_conf_text *out;
	uint32_t n_sources;
	struct source sources[INCLUDE_DEPTH + 1];
	uint32_t open; /* the token of the innermost open bracket; 0: the file */
	uint32_t depth;
	bool is_lost; /* scanning stops: a limit is exceeded or memory is short */
};

bool tw_conf_text_is(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

bool tw_conf_text_is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*';
}

void tw_conf_text_finish(struct tw_conf_text *text)
{
	tw_buf_finish(&text->text);
	free(text->tokens);
	*text = (struct tw_conf_text){ 0 };
}

void tw_conf_text_blank(struct tw_conf_text *text, uint32_t token)
{
	memset(text->text.data + text->tokens[token].at, ' ', text->tokens[token].len);
	text->tokens[token].first = TW_CONF_BLANK;
}

static void put(struct scanner *s, char first, const char *text, size_t len)
{
	struct tw_conf_text *out = s->out;

	if (out->n_tokens == out->size) {
		uint32_t size = out->size == 0 ? 256 : 2 * out->size;
		struct tw_conf_token *tokens = realloc(out->tokens, size * sizeof(*tokens));

		if (tokens == NULL) {
			s->report->error = -ENOMEM;
			s->is_lost = true;
			return;
		}
		out->tokens = tokens;
		out->size = size;
	}
	out->tokens[out->n_tokens++] = (struct tw_conf_token){
		.place = s->sources[s->n_sources - 1].place,
		.at = (uint32_t)out->text.len,
		.len = (uint32_t)len,
		.parent = s->open,
		.first = first,
	};
	tw_buf_append(&out->text, text, len);
	tw_buf_puts(&out->text, " \n");
	if (out->text.error == 0)
		return;
	s->is_lost = true;
	if (out->text.error != -EMSGSIZE)
		s->report->error = out->text.error;
	else
		tw_conf_report_complain(s->report, (struct tw_conf_place){ .line = 1 },
			"this file and those it includes are larger than 16 MiB together");
}

/* Writes a token that libconfig takes for a syntax error, so that it stops there. */
static void put_wrong(struct scanner *s, char first)
{
	put(s, first, "? ", 2);
}

/* --- files --- */

/* What follows a NUL is not read. */
static void check_nul(struct scanner *s, const struct source *source)
{
	struct tw_conf_place place = source->place;
	const char *text = tw_buf_str(&source->text);

	if (strlen(text) == source->text.len)
		return;
	for (; *text != '\0'; text++)
		place.line += *text == '\n';
	tw_conf_report_complain(
		s->report, place, "a byte 0 stands here; a configuration is plain text");
	s->report->is_incomplete = true;
}

/* Opens a file; from is where it is included, or NULL. Returns 0, TW_CONF_COMPLAINED or
 * -ENOMEM. */
static int open_file(struct scanner *s, const char *path, const struct tw_conf_place *from)
{
	struct source source = { .place.line = 1, .is_line_start = true };
	int r = tw_conf_report_add_file(s->report, path, &source.place.file);

	if (r == -ENOMEM)
		return r;
	if (r == -EMFILE) {
		tw_conf_report_complain(s->report, *from, "at most %d files may be included",
			TW_CONF_FILES_MAX - 1);
		return TW_CONF_COMPLAINED;
	}
	if (s->n_sources > INCLUDE_DEPTH) {
		tw_conf_report_complain(s->report, *from,
			"files include each other more than %d deep; does one include itself?",
			INCLUDE_DEPTH);
		return TW_CONF_COMPLAINED;
	}
	tw_buf_init(&source.text, FILE_MAX);
	r = tw_file_read(path, from == NULL, &source.text);
	if (r == 0) {
		source.at = tw_buf_str(&source.text);
		if (strncmp(source.at, "\xef\xbb\xbf", 3) == 0)
			source.at += 3;
		check_nul(s, &source);
		s->sources[s->n_sources++] = source;
		return 0;
	}
	tw_buf_finish(&source.text);
	if (r == -ENOMEM)
		return r;
	tw_conf_report_complain(s->report, from == NULL ? source.place : *from,
		"cannot read %s: %s", from == NULL ? "this file" : path,
		r == -EMSGSIZE ? "it is larger than 1 MiB" : strerror(-r));
	return TW_CONF_COMPLAINED;
}

static void close_file(struct scanner *s)
{
	tw_buf_finish(&s->sources[--s->n_sources].text);
}

static void skip_space(struct scanner *s, struct source *source)
{
	for (;;) {
		const char *end;

		/* strspn() would measure the rest of the file each time where strings are checked.
		 */
		while (tw_conf_text_is(*source->at, " \t\r\f"))
			source->at++;
		if (*source->at == '\n') {
			source->place.line++;
			source->is_line_start = true;
			source->at++;
		} else if (*source->at == '#' || strncmp(source->at, "//", 2) == 0) {
			source->at += strcspn(source->at, "\n");
		} else if (strncmp(source->at, "/*", 2) == 0) {
			end = strstr(source->at + 2, "*/");
			if (end == NULL) {
				tw_conf_report_complain(s->report, source->place,
					"this comment is never closed; it needs a */");
				s->report->is_incomplete = true;
			}
			for (; *source->at != '\0' && source->at != end; source->at++)
				source->place.line += *source->at == '\n';
			source->at += end == NULL ? 0 : 2;
			source->is_line_start = false;
		} else {
			return;
		}
	}
}

/* Length of a string with both quotes, or 0 when it is not closed in its line. */
static size_t string_length(const char *text)
{
	size_t i = 1;

	for (; text[i] != '"'; i++) {
		if (text[i] == '\0' || text[i] == '\n')
			return 0;
		if (text[i] == '\\' && (text[i + 1] == '"' || text[i + 1] == '\\'))
			i++;
	}
	return i + 1;
}

/* At the start of a line: @include "path". Returns whether it was one. */
static bool take_include(struct scanner *s, struct source *source)
{
	static const char word[] = "@include";
	struct tw_conf_place place = source->place;
	const char *name = s->report->files[place.file], *slash = strrchr(name, '/');
	struct tw_buf path;
	size_t len;
	int r;

	if (strncmp(source->at, word, strlen(word)) != 0)
		return false;
	source->at += strlen(word);
	source->at += strspn(source->at, " \t");
	len = *source->at == '"' ? string_length(source->at) : 0;
	tw_buf_init(&path, 4096);
	if (len > 0 && source->at[1] != '/' && slash != NULL)
		tw_buf_append(&path, name, (size_t)(slash + 1 - name));
	for (size_t i = 1; i + 1 < len; i++) {
		i += source->at[i] == '\\';
		tw_buf_putc(&path, source->at[i]);
	}
	source->at += len > 0 ? len : strcspn(source->at, "\n");
	r = len > 0 ? path.error : TW_CONF_COMPLAINED;
	if (len == 0)
		tw_conf_report_complain(s->report, place,
			"@include needs the name of a file in double quotes on the same line");
	else if (r == -EMSGSIZE)
		tw_conf_report_complain(s->report, place, "the name of the file is too long");
	else if (r == 0)
		r = open_file(s, tw_buf_str(&path), &place);
	tw_buf_finish(&path);
	if (r != 0)
		s->report->is_incomplete = true;
	if (r == -ENOMEM)
		s->report->error = r;
	return true;
}

/* --- values --- */

static bool is_real(const char *word)
{
	char *end;

	(void)strtod(word, &end);
	return end != word && *end == '\0' && word[strspn(word, "0123456789+-.eE")] == '\0';
}

/* An integer beyond 64 bits becomes INT64_MIN or INT64_MAX, which no setting allows. */
static bool is_integer(const char *word, int64_t *ret_value)
{
	bool is_hex = strncasecmp(word, "0x", 2) == 0;
	const char *start = word + (is_hex ? 2 : tw_conf_text_is(*word, "+-"));
	size_t n = strspn(start, is_hex ? "0123456789abcdefABCDEF" : "0123456789");
	size_t n_suffix = strspn(start + n, "L");

	*ret_value = strtoll(word, NULL, is_hex ? 16 : 10);
	return n > 0 && n_suffix <= 2 && start[n + n_suffix] == '\0';
}

/* A number, true or false, as libconfig reads it. Returns whether it is one. */
static bool write_value(const char *text, size_t len, char word[NUMBER_MAX])
{
	int64_t value;

	if (len >= NUMBER_MAX)
		return false;
	memcpy(word, text, len);
	word[len] = '\0';
	if (is_integer(word, &value)) {
		/* libconfig reads 64 bits only where an L follows. */
		snprintf(word, NUMBER_MAX, "%" PRId64 "L", value);
		return true;
	}
	return is_real(word) || strcasecmp(word, "true") == 0 || strcasecmp(word, "false") == 0;
}

static const struct tw_conf_token *last(const struct scanner *s)
{
	return &s->out->tokens[s->out->n_tokens - 1];
}

static bool is_in_list(const struct scanner *s)
{
	return tw_conf_text_is(s->out->tokens[s->open].first, "([");
}

/* Whether a value should stand here. In a list "NAME =" is a setting whose list was not closed, and
 * in the line after a "NAME =" a name is rather that of the next setting. */
static bool is_value_here(const struct scanner *s, const struct source *source, size_t len)
{
	const char *after = source->at + len;

	if (is_in_list(s))
		return after[strspn(after, " \t")] != '=';
	return tw_conf_text_is(last(s)->first, "=:") &&
	       (last(s)->place.line == source->place.line || !tw_conf_text_is_name(*source->at));
}

/* A name; a number, true or false; or a value that lacks its quotes. */
static void take_word(struct scanner *s, struct source *source)
{
	size_t len = strspn(
		source->at, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-+.*");
	/* Some control characters in `first` mark kinds of tokens; one in the file does not. */
	char word[NUMBER_MAX], first = (unsigned char)*source->at < ' ' ? ' ' : *source->at;

	if (!is_value_here(s, source, len)) {
		len += len == 0;
		put(s, first, source->at, len);
	} else if (write_value(source->at, len, word)) {
		put(s, word[0], word, strlen(word));
	} else {
		put_wrong(s, first);
		len = strcspn(source->at, " \t\r\n;,})]");
	}
	source->at += len;
}

static void take_string(struct scanner *s, struct source *source)
{
	size_t len = string_length(source->at);

	for (size_t i = 1; i + 4 < len; i++) {
		if (strncasecmp(source->at + i, "\\x00", 4) == 0)
			tw_conf_report_complain(
				s->report, source->place, "a string cannot hold \\x00");
		i += source->at[i] == '\\';
	}
	if (len == 0) {
		put_wrong(s, TW_CONF_UNCLOSED);
		/* The string is taken to end where its setting or its group seems to end. */
		len = 1 + strcspn(source->at + 1, "\n;)}");
	} else if (tw_conf_text_is(last(s)->first, is_in_list(s) ? "([,\"" : "=:\"")) {
		put(s, '"', source->at, len);
	} else {
		put_wrong(s, TW_CONF_STRAY);
	}
	source->at += len;
}

/* --- brackets --- */

/* libconfig's arrays take values of one type only, its lists any: both are read as lists. */
static void put_bracket(struct scanner *s, char c)
{
	put(s, c, c == '[' ? "(" : c == ']' ? ")" : &c, 1);
}

static void take_open(struct scanner *s, struct source *source)
{
	if (s->depth == DEPTH_MAX) {
		tw_conf_report_complain(s->report, source->place,
			"brackets are nested more than %d deep", DEPTH_MAX);
		s->is_lost = true;
		return;
	}
	put_bracket(s, *source->at++);
	s->open = s->out->n_tokens - 1;
	s->depth++;
}

/* A bracket that does not match the open one is found by libconfig. */
static void take_close(struct scanner *s, struct source *source)
{
	/* libconfig does not allow a ',' after the last entry. */
	if (is_in_list(s) && last(s)->first == ',')
		tw_conf_text_blank(s->out, s->out->n_tokens - 1);
	put_bracket(s, *source->at++);
	s->open = s->out->tokens[s->open].parent;
	s->depth -= s->depth > 0;
}

static void take_character(struct scanner *s, struct source *source)
{
	put(s, *source->at, source->at, 1);
	source->at++;
}

static void take_equals(struct scanner *s, struct source *source)
{
	if (++s->out->tokens[s->open].n_settings > SETTINGS_MAX) {
		tw_conf_report_complain(s->report, last(s)->place,
			"a group may have at most %d settings", SETTINGS_MAX);
		s->is_lost = true;
	}
	take_character(s, source);
}

static void take_token(struct scanner *s, struct source *source)
{
	source->is_line_start = false;
	if (tw_conf_text_is(*source->at, "{(["))
		take_open(s, source);
	else if (tw_conf_text_is(*source->at, "})]"))
		take_close(s, source);
	else if (tw_conf_text_is(*source->at, "=:"))
		take_equals(s, source);
	else if (*source->at == '"')
		take_string(s, source);
	else if (tw_conf_text_is(*source->at, ";,"))
		take_character(s, source);
	else
		take_word(s, source);
}

/* Scans to the end of all files, or until s->is_lost. */
static void scan(struct scanner *s)
{
	put(s, '\0', "", 0);
	while (!s->is_lost && s->report->error == 0) {
		struct source *source = &s->sources[s->n_sources - 1];

		skip_space(s, source);
		if (*source->at == '\0') {
			if (s->n_sources == 1)
				break;
			close_file(s);
		} else if (source->is_line_start && take_include(s, source)) {
			/* What follows in this line is read after the included file. */
			source->is_line_start = false;
		} else {
			take_token(s, source);
		}
	}
	put(s, '\0', "", 0);
}

int tw_conf_text_read(
	const char *path, struct tw_conf_report *report, struct tw_conf_text *ret_text)
{
	struct tw_conf_text text = { 0 };
	struct scanner s = { .report = report, .out = &text };
	int r;

	tw_buf_init(&text.text, TEXT_MAX);
	r = open_file(&s, path, NULL);
	if (r == 0)
		scan(&s);
	while (s.n_sources > 0)
		close_file(&s);
	if (r == 0)
		r = report->error < 0 ? report->error : s.is_lost ? TW_CONF_COMPLAINED : 0;
	if (r == 0)
		*ret_text = text;
	else
		tw_conf_text_finish(&text);
	return r;
}
