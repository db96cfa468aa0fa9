/* See lex.h. */
#include "conf/lex.h"
#include "base/file.h"
#include <errno.h>
#include <string.h>
#include <strings.h>

static struct tw_conf_source *current(struct tw_conf_lexer *lexer)
{
	return &lexer->sources[lexer->stack[lexer->depth - 1]];
}

/* A NUL would end the text early, unseen. */
static void check_bytes(struct tw_conf_lexer *lexer, struct tw_conf_source *source)
{
	struct tw_conf_place place = source->place;

	for (size_t i = source->at; i < source->text.len; i++) {
		if (source->text.data[i] == '\n')
			place.line++;
		if (source->text.data[i] != '\0')
			continue;
		tw_conf_report_complain(lexer->report, place,
			"a byte 0 stands here; a configuration is plain text");
		lexer->report->is_incomplete = true;
		source->text.len = i;
		return;
	}
}

/* Returns 0, 1 (said in the report) or -ENOMEM. from is where the file is asked for. */
static int push(struct tw_conf_lexer *lexer, const char *path, const struct tw_conf_place *from)
{
	struct tw_conf_place place = { .line = 1 };
	struct tw_conf_source *source;
	int r;

	if (from != NULL && lexer->depth > TW_CONF_INCLUDE_DEPTH) {
		tw_conf_report_complain(lexer->report, *from,
			"files include each other more than %d deep; does one include itself?",
			TW_CONF_INCLUDE_DEPTH);
		return 1;
	}
	r = tw_conf_report_add_file(lexer->report, path, &place.file);
	if (r == -EMFILE && from != NULL) {
		tw_conf_report_complain(lexer->report, *from, "at most %d files may be included",
			TW_CONF_FILES_MAX - 1);
		return 1;
	}
	if (r < 0)
		return r;
	source = &lexer->sources[lexer->n_sources++];
	*source = (struct tw_conf_source){ .place = place, .is_line_start = true };
	tw_buf_init(&source->text, TW_CONF_FILE_MAX);
	r = tw_file_read(path, from == NULL, &source->text);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		tw_conf_report_complain(lexer->report, from == NULL ? place : *from,
			"cannot read %s: %s", from == NULL ? "this file" : path,
			r == -EMSGSIZE ? "it is larger than 1 MiB" : strerror(-r));
		return 1;
	}
	if (source->text.len >= 3 && memcmp(source->text.data, "\xef\xbb\xbf", 3) == 0)
		source->at = 3;
	check_bytes(lexer, source);
	lexer->stack[lexer->depth++] = lexer->n_sources - 1;
	return 0;
}

int tw_conf_lexer_init(
	struct tw_conf_lexer *ret_lexer, const char *path, struct tw_conf_report *report)
{
	int r;

	*ret_lexer = (struct tw_conf_lexer){ .report = report };
	r = push(ret_lexer, path, NULL);
	if (r != 0)
		tw_conf_lexer_finish(ret_lexer);
	return r;
}

void tw_conf_lexer_finish(struct tw_conf_lexer *lexer)
{
	for (uint32_t i = 0; i < lexer->n_sources; i++)
		tw_buf_finish(&lexer->sources[i].text);
	lexer->n_sources = 0;
	lexer->depth = 0;
}

/* The byte i ahead, 0 at the end. */
static char peek(const struct tw_conf_source *source, size_t i)
{
	return source->at + i < source->text.len ? source->text.data[source->at + i] : '\0';
}

static void skip_block_comment(struct tw_conf_lexer *lexer, struct tw_conf_source *source)
{
	struct tw_conf_place place = source->place;

	source->at += 2;
	while (source->at < source->text.len) {
		if (peek(source, 0) == '*' && peek(source, 1) == '/') {
			source->at += 2;
			return;
		}
		if (peek(source, 0) == '\n')
			source->place.line++;
		source->at++;
	}
	tw_conf_report_complain(
		lexer->report, place, "this comment is never closed; it needs a */");
	lexer->report->is_incomplete = true;
}

/* Returns whether there was any white space or comment. */
static bool skip_space(struct tw_conf_lexer *lexer, struct tw_conf_source *source)
{
	size_t start = source->at;

	while (source->at < source->text.len) {
		char c = peek(source, 0);

		if (c == '\n') {
			source->place.line++;
			source->is_line_start = true;
			source->at++;
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\f') {
			source->at++;
		} else if (c == '#' || (c == '/' && peek(source, 1) == '/')) {
			while (source->at < source->text.len && peek(source, 0) != '\n')
				source->at++;
		} else if (c == '/' && peek(source, 1) == '*') {
			skip_block_comment(lexer, source);
			source->is_line_start = false;
		} else {
			break;
		}
	}
	return source->at > start;
}

/* Length of the string at the source with both quotes. One that is not closed in its line ends
 * where its setting or group seems to, so that what follows can still be read. */
static size_t string_length(const struct tw_conf_source *source, bool *ret_is_closed)
{
	size_t i = 1;

	*ret_is_closed = false;
	while (source->at + i < source->text.len && peek(source, i) != '\n') {
		char c = peek(source, i);

		if (c == '"') {
			*ret_is_closed = true;
			return i + 1;
		}
		i++;
		if (c == '\\' && (peek(source, i) == '"' || peek(source, i) == '\\'))
			i++;
	}
	for (i = 1; peek(source, i) != '\0' && strchr("\n;)}", peek(source, i)) == NULL;)
		i++;
	return i;
}

static void complain_unclosed(struct tw_conf_lexer *lexer, struct tw_conf_place place)
{
	tw_conf_report_complain(
		lexer->report, place, "a string that starts in this line lacks its closing '\"'");
	lexer->report->is_incomplete = true;
}

/* At the start of a line: @include "path". Returns whether it was one; complains where it fails. */
static bool take_include(struct tw_conf_lexer *lexer, struct tw_conf_source *source)
{
	static const char word[] = "@include";
	struct tw_conf_place place = source->place;
	const char *name = lexer->report->files[place.file];
	const char *slash = strrchr(name, '/');
	struct tw_buf path;
	bool is_closed;
	size_t len;
	int r;

	if (source->text.len - source->at < sizeof(word) ||
		memcmp(source->text.data + source->at, word, sizeof(word) - 1) != 0)
		return false;
	source->at += sizeof(word) - 1;
	while (peek(source, 0) == ' ' || peek(source, 0) == '\t')
		source->at++;
	if (peek(source, 0) != '"') {
		tw_conf_report_complain(lexer->report, place,
			"@include needs the name of a file in double quotes on the same line");
		lexer->report->is_incomplete = true;
		while (source->at < source->text.len && peek(source, 0) != '\n')
			source->at++;
		return true;
	}
	len = string_length(source, &is_closed);
	if (!is_closed) {
		complain_unclosed(lexer, place);
		source->at += len;
		return true;
	}
	tw_buf_init(&path, 4096);
	if (peek(source, 1) != '/' && slash != NULL)
		tw_buf_append(&path, name, (size_t)(slash + 1 - name));
	for (size_t i = 1; i + 1 < len; i++) {
		if (peek(source, i) == '\\')
			i++;
		tw_buf_putc(&path, peek(source, i));
	}
	source->at += len;
	r = path.error;
	if (r == 0)
		r = push(lexer, tw_buf_str(&path), &place);
	if (r == -EMSGSIZE)
		tw_conf_report_complain(lexer->report, place, "the name of the file is too long");
	if (r == -ENOMEM)
		lexer->report->error = r;
	if (r != 0)
		lexer->report->is_incomplete = true;
	tw_buf_finish(&path);
	return true;
}

static size_t digits(const struct tw_conf_source *source, size_t i)
{
	size_t n = 0;

	while (peek(source, i + n) >= '0' && peek(source, i + n) <= '9')
		n++;
	return n;
}

/* Length of the exponent of a float at i, 0 for none. */
static size_t exponent(const struct tw_conf_source *source, size_t i)
{
	size_t sign, n;

	if (peek(source, i) != 'e' && peek(source, i) != 'E')
		return 0;
	sign = peek(source, i + 1) == '-' || peek(source, i + 1) == '+' ? 1 : 0;
	n = digits(source, i + 1 + sign);
	return n == 0 ? 0 : 1 + sign + n;
}

/* Returns the length of the number at the source, 0 when there is none. */
static size_t number_length(const struct tw_conf_source *source, enum tw_conf_token_kind *ret_kind)
{
	size_t sign = peek(source, 0) == '-' || peek(source, 0) == '+' ? 1 : 0, n, i;

	*ret_kind = TW_CONF_INTEGER;
	if (peek(source, 0) == '0' && (peek(source, 1) == 'x' || peek(source, 1) == 'X')) {
		i = 2;
		while (peek(source, i) != '\0' &&
			strchr("0123456789abcdefABCDEF", peek(source, i)) != NULL)
			i++;
		if (i > 2)
			goto suffix;
	}
	n = digits(source, sign);
	i = sign + n;
	if (peek(source, i) == '.' && (n > 0 || digits(source, i + 1) > 0)) {
		*ret_kind = TW_CONF_FLOAT;
		i += 1 + digits(source, i + 1);
		return i + exponent(source, i);
	}
	if (n == 0)
		return 0;
	if (exponent(source, i) > 0) {
		*ret_kind = TW_CONF_FLOAT;
		return i + exponent(source, i);
	}
suffix:
	for (int l = 0; l < 2 && peek(source, i) == 'L'; l++)
		i++;
	return i;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*';
}

static size_t name_length(const struct tw_conf_source *source)
{
	size_t i = 0;

	while (is_letter(peek(source, i)) || (i > 0 && digits(source, i) > 0) ||
		(i > 0 && (peek(source, i) == '-' || peek(source, i) == '_')))
		i++;
	return i;
}

static void classify(
	struct tw_conf_lexer *lexer, struct tw_conf_source *source, struct tw_conf_token *token)
{
	char c = peek(source, 0);
	bool is_closed = true;

	token->len = 1;
	if (c == '"') {
		token->kind = TW_CONF_STRING;
		token->len = string_length(source, &is_closed);
		if (!is_closed) {
			complain_unclosed(lexer, source->place);
			token->kind = TW_CONF_GARBAGE;
		}
	} else if (is_letter(c)) {
		token->len = name_length(source);
		token->kind = TW_CONF_NAME;
		if ((token->len == 4 && strncasecmp(token->text, "true", 4) == 0) ||
			(token->len == 5 && strncasecmp(token->text, "false", 5) == 0))
			token->kind = TW_CONF_BOOL;
	} else if (number_length(source, &token->kind) > 0) {
		token->len = number_length(source, &token->kind);
	} else if (c == '=' || c == ':') {
		token->kind = TW_CONF_EQUALS;
	} else if (strchr("{([", c) != NULL) {
		token->kind = TW_CONF_OPEN;
	} else if (strchr("})]", c) != NULL) {
		token->kind = TW_CONF_CLOSE;
	} else if (c == ',' || c == ';') {
		token->kind = c == ',' ? TW_CONF_COMMA : TW_CONF_SEMICOLON;
	} else {
		token->kind = TW_CONF_GARBAGE;
	}
}

void tw_conf_lexer_next(struct tw_conf_lexer *lexer, struct tw_conf_token *ret_token)
{
	struct tw_conf_source *source = current(lexer);
	bool is_glued = true;

	for (;;) {
		if (skip_space(lexer, source))
			is_glued = false;
		if (source->at >= source->text.len) {
			if (lexer->depth == 1)
				break;
			lexer->depth--;
			source = current(lexer);
			is_glued = false;
			continue;
		}
		if (!source->is_line_start || !take_include(lexer, source))
			break;
		source->is_line_start = false;
		source = current(lexer);
	}
	*ret_token = (struct tw_conf_token){
		.kind = TW_CONF_END, .place = source->place, .text = "", .is_glued = is_glued
	};
	if (source->at >= source->text.len)
		return;
	ret_token->text = source->text.data + source->at;
	classify(lexer, source, ret_token);
	source->at += ret_token->len;
	source->is_line_start = false;
}

void tw_conf_lexer_skip_word(struct tw_conf_lexer *lexer)
{
	struct tw_conf_source *source = current(lexer);

	while (source->at < source->text.len && strchr(" \t\r\n;,})]", peek(source, 0)) == NULL)
		source->at++;
}
