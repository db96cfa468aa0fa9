/* See report.h. */
#include "conf/report.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ERROR_TEXT_MAX = 2048 };

void tw_conf_report_init(struct tw_conf_report *report)
{
	*report = (struct tw_conf_report){ 0 };
}

void tw_conf_report_finish(struct tw_conf_report *report)
{
	for (uint32_t i = 0; i < report->n_files; i++)
		free(report->files[i]);
	for (uint32_t i = 0; i < report->n_errors; i++)
		free(report->errors[i].text);
	tw_conf_report_init(report);
}

int tw_conf_report_add_file(struct tw_conf_report *report, const char *name, uint32_t *ret_file)
{
	char *copy;

	if (report->n_files == TW_CONF_FILES_MAX)
		return -EMFILE;
	copy = strdup(name);
	if (copy == NULL)
		return -ENOMEM;
	report->files[report->n_files] = copy;
	*ret_file = report->n_files++;
	return 0;
}

void tw_conf_report_vcomplain(
	struct tw_conf_report *report, struct tw_conf_place place, const char *format, va_list ap)
{
	struct tw_buf text;

	if (report->n_errors == TW_CONF_ERRORS_MAX) {
		report->n_more++;
		return;
	}
	tw_buf_init(&text, ERROR_TEXT_MAX);
	tw_buf_vprintf(&text, format, ap);
	if (text.error == -EMSGSIZE) {
		tw_buf_clear(&text);
		tw_buf_puts(&text, "this is wrong, in more words than fit here");
	}
	if (text.error < 0) {
		report->error = text.error;
		tw_buf_finish(&text);
		return;
	}
	report->errors[report->n_errors] = (struct tw_conf_error){
		.place = place, .seq = report->n_errors, .text = text.data
	};
	report->n_errors++;
}

void tw_conf_report_complain(
	struct tw_conf_report *report, struct tw_conf_place place, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	tw_conf_report_vcomplain(report, place, format, ap);
	va_end(ap);
}

static int compare_errors(const void *left, const void *right)
{
	const struct tw_conf_error *a = left, *b = right;

	if (a->place.file != b->place.file)
		return a->place.file < b->place.file ? -1 : 1;
	if (a->place.line != b->place.line)
		return a->place.line < b->place.line ? -1 : 1;
	return a->seq < b->seq ? -1 : 1;
}

static void put_shown(struct tw_buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		tw_buf_putc(out, (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
}

void tw_conf_report_write(struct tw_conf_report *report, struct tw_buf *out)
{
	qsort(report->errors, report->n_errors, sizeof(report->errors[0]), compare_errors);
	for (uint32_t i = 0; i < report->n_errors; i++) {
		const struct tw_conf_error *error = &report->errors[i];

		put_shown(out, report->files[error->place.file]);
		tw_buf_printf(out, ":%u: ", error->place.line);
		put_shown(out, error->text);
		tw_buf_putc(out, '\n');
	}
	if (report->is_cut)
		tw_buf_printf(out, "%s:1: and more errors\n", report->files[0]);
	else if (report->n_more > 0)
		tw_buf_printf(out, "%s:1: and %u more errors\n", report->files[0], report->n_more);
}

const char *tw_conf_report_where(const struct tw_conf_report *report, struct tw_conf_place here,
	struct tw_conf_place there, char text[TW_CONF_WHERE_MAX])
{
	if (here.file == there.file)
		snprintf(text, TW_CONF_WHERE_MAX, "line %u", there.line);
	else
		snprintf(text, TW_CONF_WHERE_MAX, "%s:%u", report->files[there.file], there.line);
	return text;
}

void tw_conf_report_quote(struct tw_buf *out, const char *text, size_t len)
{
	size_t shown = len > TW_CONF_QUOTE_MAX ? TW_CONF_QUOTE_MAX : len;

	tw_buf_putc(out, '"');
	for (size_t i = 0; i < shown; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c >= 0x7f)
			tw_buf_printf(out, "\\x%02x", c);
		else
			tw_buf_putc(out, (char)c);
	}
	tw_buf_puts(out, shown < len ? "\"..." : "\"");
}
