/*
 * Writes the tables of the documents from the rows that the programs answer from, so that a page
 * cannot say something else than the program does. Used while tipwatch is built; not installed.
 *
 *   tables FILE.scd    prints a manual page. In place of the line "@modes@" is the table; a line
 *                      "@key probe.interval@" or "@command drain@" becomes the head of an entry,
 *                      and the page may go on with what else there is to say about it.
 *   tables FILE.md     prints a document. The line "<!-- table: modes -->" stays; the lines below
 *                      it, up to an empty one, are replaced by the table. To bring the README
 *                      up to date: tables README.md >new && mv new README.md
 *
 * A page that explains one key or one command has to explain all of them.
 */
#include "base/file.h"
#include "conf/value.h"
#include "core/mode.h"
#include "core/reason.h"
#include "core/words.h"
#include "serve/ctl.h"
#include "serve/prom.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENT_MAX = 1 << 20, MARKER_MAX = 80 };

static const char *path;

static void die(const char *format, ...) TW_PRINTF(1, 2);

static void die(const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "tables: %s: ", path);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* --- scdoc --- */

/* Text as it is read: what scdoc would take for a mark is escaped, and `words` are bold. */
static void put_text(const char *text, struct tw_buf *out)
{
	for (const char *p = text; *p != '\0'; p++) {
		bool is_in_word = p > text && isalnum((unsigned char)p[-1]);

		if (*p == '`') {
			tw_buf_putc(out, '*');
			continue;
		}
		/* A line that begins with a '-' is an entry of a list. */
		if (*p == '*' || *p == '\\' || (*p == '_' && !is_in_word) ||
			(*p == '-' && p == text))
			tw_buf_putc(out, '\\');
		tw_buf_putc(out, *p);
	}
}

/* A clause as a sentence: with a capital and a full stop. */
static void put_sentence(const char *clause, struct tw_buf *out)
{
	size_t start = out->len;

	put_text(clause, out);
	if (out->error < 0 || out->len == start)
		return;
	out->data[start] = (char)toupper((unsigned char)out->data[start]);
	if (strchr(".?", out->data[out->len - 1]) == NULL)
		tw_buf_putc(out, '.');
}

static void put_reasons(struct tw_buf *out)
{
	for (int s = 0; s < TW_STATES; s++) {
		tw_buf_printf(out, "*%s*\n\t", tw_words_state((enum tw_state)s));
		put_sentence(tw_words_state_meaning((enum tw_state)s), out);
		tw_buf_puts(out, "\n\n");
		for (int r = 0; r < TW_REASONS; r++) {
			enum tw_reason reason = (enum tw_reason)r;

			if (tw_reason_state(reason) != (enum tw_state)s)
				continue;
			tw_buf_printf(out, "\t*%s*\n\t\t", tw_reason_word(reason));
			put_sentence(tw_reason_meaning(reason), out);
			tw_buf_putc(out, ' ');
			put_text(tw_reason_remedy(reason), out);
			tw_buf_putc(out, '\n');
		}
		tw_buf_putc(out, '\n');
	}
}

static void put_modes(struct tw_buf *out)
{
	for (int m = 0; m < TW_MODES; m++) {
		enum tw_mode mode = (enum tw_mode)m;

		tw_buf_printf(out, "*%s*\n\t", tw_mode_word(mode));
		put_sentence(tw_mode_meaning(mode), out);
		tw_buf_puts(out, " The pool should ");
		put_text(tw_mode_advice(mode), out);
		tw_buf_puts(out, ". What that may cost: ");
		put_text(tw_mode_cost(mode), out);
		tw_buf_puts(out, ".\n");
	}
}

static void put_metrics(struct tw_buf *out)
{
	for (uint32_t i = 0; i < tw_prom_n_families(); i++) {
		const struct tw_prom_family *family = tw_prom_family(i);

		tw_buf_putc(out, '*');
		tw_prom_text_put_sample_name(family, out);
		tw_buf_putc(out, '*');
		if (family->labels[0] != '\0')
			tw_buf_printf(out, "{%s}", family->labels);
		tw_buf_puts(out, "\n\t");
		put_text(family->help, out);
		tw_buf_putc(out, '\n');
	}
}

static void put_dialects(struct tw_buf *out)
{
	for (int d = TW_DIALECT_AUTO + 1; d < TW_DIALECTS; d++) {
		const struct tw_dialect_row *row = tw_dialect_row((enum tw_dialect)d);

		tw_buf_printf(out, "*%s*\n\t%s. Requests:", row->word, row->spoken_by);
		for (int ask = 0; ask < TW_ASKS; ask++) {
			if (ask > 0 && strcmp(row->requests[ask], row->requests[ask - 1]) == 0)
				continue;
			tw_buf_printf(out, "%s %s", ask == 0 ? "" : ",", row->requests[ask]);
			if (ask == TW_ASK_INFO && row->old_info_request != NULL)
				tw_buf_printf(out, " (in old versions %s)",
					row->old_info_request + strlen("GET "));
		}
		tw_buf_puts(out, ". Recognised by");
		for (int i = 0; row->marks[i] != NULL; i++)
			tw_buf_printf(out, "%s %s", i == 0 ? "" : " or", row->marks[i]);
		tw_buf_puts(out, ".\n");
	}
}

/* The head of an entry of the configuration, and what the row says about it. */
static void put_key(const struct tw_conf_key *key, struct tw_buf *out)
{
	char facts[256];
	struct tw_buf words;

	tw_buf_init(&words, sizeof(facts));
	tw_buf_printf(out, "*%s* = ", key->name);
	if (key->kind == TW_CONF_CHOICE) {
		for (uint32_t i = 0; i < key->n_words; i++)
			tw_buf_printf(out, "%s\"%s\"", i == 0 ? "" : " | ", key->word(i));
	} else if (key->kind == TW_CONF_FLAG) {
		tw_buf_puts(out, "true | false");
	} else {
		tw_buf_printf(out, "_%s_", tw_conf_value_kind(key));
		tw_conf_value_put_range(key, &words);
	}
	tw_buf_puts(out, "\n\t");
	put_sentence(tw_buf_str(&words), out);
	if (words.len > 0)
		tw_buf_putc(out, ' ');
	tw_buf_clear(&words);
	tw_conf_value_put_default(key, &words);
	snprintf(facts, sizeof(facts), words.len == 0 ? "required" : "default: %s",
		tw_buf_str(&words));
	put_sentence(facts, out);
	/* scdoc takes a tab after a forced line break for text. */
	tw_buf_puts(out, "++\n");
	put_text(key->meaning, out);
	tw_buf_putc(out, '\n');
	tw_buf_finish(&words);
}

/* How a command is written, and what its row says about it. */
static void put_command(const struct tw_ctl_command *command, struct tw_buf *out)
{
	for (const char *p = command->usage; *p != '\0';) {
		size_t len = strcspn(p, " []|");
		char mark = isupper((unsigned char)*p) ? '_' : '*';

		if (len == 0)
			tw_buf_putc(out, *p++);
		else
			tw_buf_printf(out, "%c%.*s%c", mark, (int)len, p, mark);
		p += len;
	}
	tw_buf_puts(out, command->is_for_operators ? " \\*\n\t" : "\n\t");
	put_sentence(command->help, out);
	tw_buf_putc(out, '\n');
}

/* --- Markdown --- */

static void put_modes_markdown(struct tw_buf *out)
{
	tw_buf_puts(out, "| mode | what is known | what the pool should do | what it may cost |\n"
			 "|---|---|---|---|\n");
	for (int m = 0; m < TW_MODES; m++) {
		enum tw_mode mode = (enum tw_mode)m;

		tw_buf_printf(out, "| `%s` | %s | %s | %s |\n", tw_mode_word(mode),
			tw_mode_meaning(mode), tw_mode_advice(mode), tw_mode_cost(mode));
	}
}

static void put_reasons_markdown(struct tw_buf *out)
{
	tw_buf_puts(out, "| state | reason | what is known |\n|---|---|---|\n");
	for (int s = 0; s < TW_STATES; s++) {
		for (int r = 0; r < TW_REASONS; r++) {
			enum tw_reason reason = (enum tw_reason)r;

			if (tw_reason_state(reason) == (enum tw_state)s)
				tw_buf_printf(out, "| `%s` | `%s` | %s |\n",
					tw_words_state((enum tw_state)s), tw_reason_word(reason),
					tw_reason_meaning(reason));
		}
	}
}

/* --- documents --- */

static const struct table {
	const char *name;
	void (*put)(struct tw_buf *out);
	void (*put_markdown)(struct tw_buf *out); /* NULL: no document needs it */
} tables[] = {
	{ "reasons", put_reasons, put_reasons_markdown },
	{ "modes", put_modes, put_modes_markdown },
	{ "metrics", put_metrics, NULL },
	{ "dialects", put_dialects, NULL },
};

static void put_table(const char *name, bool is_markdown, struct tw_buf *out)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(tables); i++) {
		void (*put)(struct tw_buf * out) =
			is_markdown ? tables[i].put_markdown : tables[i].put;

		if (strcmp(name, tables[i].name) == 0 && put != NULL) {
			put(out);
			return;
		}
	}
	die("there is no table '%s'", name);
}

static const struct tw_conf_section *section_at(uint32_t i)
{
	return i < TW_CONF_SECTIONS ? &tw_conf_sections[i] : &tw_conf_daemon;
}

/* What a line of a page is replaced by: marker is it without its '@'. */
static void put_marked(const char *marker, struct tw_buf *out)
{
	const char *name = strchr(marker, ' ');
	char text[MARKER_MAX];

	if (name == NULL) {
		put_table(marker, false, out);
		return;
	}
	for (uint32_t i = 0; i < tw_ctl_n_commands(); i++) {
		snprintf(text, sizeof(text), "command %s", tw_ctl_command(i)->name);
		if (strcmp(marker, text) == 0) {
			put_command(tw_ctl_command(i), out);
			return;
		}
	}
	for (uint32_t s = 0; s <= TW_CONF_SECTIONS; s++) {
		for (uint32_t k = 0; k < section_at(s)->n_keys; k++) {
			snprintf(text, sizeof(text), "key %s.%s", section_at(s)->name,
				section_at(s)->keys[k].name);
			if (strcmp(marker, text) == 0) {
				put_key(&section_at(s)->keys[k], out);
				return;
			}
		}
	}
	die("there is no %s", marker);
}

/* Complains when an entry is missing in a page that has others of its kind ("key "). */
static void check_has(const char *page, const char *kind, const char *marker)
{
	char text[MARKER_MAX + 8];

	snprintf(text, sizeof(text), "\n@%s", kind);
	if (strstr(page, text) == NULL)
		return;
	snprintf(text, sizeof(text), "\n@%s@\n", marker);
	if (strstr(page, text) == NULL)
		die("the %s is missing: it needs a line%s", marker, text);
}

static void check_is_complete(const char *page)
{
	char marker[MARKER_MAX];

	for (uint32_t i = 0; i < tw_ctl_n_commands(); i++) {
		snprintf(marker, sizeof(marker), "command %s", tw_ctl_command(i)->name);
		check_has(page, "command ", marker);
	}
	for (uint32_t s = 0; s <= TW_CONF_SECTIONS; s++) {
		for (uint32_t k = 0; k < section_at(s)->n_keys; k++) {
			snprintf(marker, sizeof(marker), "key %s.%s", section_at(s)->name,
				section_at(s)->keys[k].name);
			check_has(page, "key ", marker);
		}
	}
}

/* Whether line is before, a name and after; ret_name is then the name. */
static bool is_marker(
	const char *line, const char *before, const char *after, char ret_name[MARKER_MAX])
{
	size_t len = strlen(line), around = strlen(before) + strlen(after);

	if (len <= around || len >= MARKER_MAX || strncmp(line, before, strlen(before)) != 0 ||
		strcmp(line + len - strlen(after), after) != 0)
		return false;
	snprintf(ret_name, MARKER_MAX, "%.*s", (int)(len - around), line + strlen(before));
	return true;
}

static void put_document(char *text, bool is_markdown, struct tw_buf *out)
{
	char name[MARKER_MAX];
	bool is_old_table = false;

	for (char *line; (line = strsep(&text, "\n")) != NULL && text != NULL;) {
		if (!is_markdown && is_marker(line, "@", "@", name)) {
			put_marked(name, out);
			continue;
		}
		is_old_table = is_old_table && line[0] != '\0';
		if (is_old_table)
			continue;
		tw_buf_printf(out, "%s\n", line);
		if (is_markdown && is_marker(line, "<!-- table: ", " -->", name)) {
			put_table(name, true, out);
			is_old_table = true;
		}
	}
}

int main(int argc, char **argv)
{
	struct tw_buf document, out;
	bool is_markdown;
	int r;

	if (argc != 2) {
		fputs("usage: tables FILE.scd|FILE.md\n", stderr);
		return 2;
	}
	path = argv[1];
	is_markdown = strlen(path) > 3 && strcmp(path + strlen(path) - 3, ".md") == 0;
	tw_buf_init(&document, DOCUMENT_MAX);
	tw_buf_init(&out, DOCUMENT_MAX);
	r = tw_file_read(path, true, &document);
	if (r < 0)
		die("%s", strerror(-r));
	if (document.len == 0)
		die("is empty");
	if (!is_markdown)
		check_is_complete(document.data);
	put_document(document.data, is_markdown, &out);
	if (out.error < 0)
		die("%s", strerror(-out.error));
	fputs(tw_buf_str(&out), stdout);
	if (fflush(stdout) != 0)
		die("cannot write the result");
	tw_buf_finish(&document);
	tw_buf_finish(&out);
	return 0;
}
