/* See prom_text.h. */
#include "serve/prom_text.h"
#include "base/num.h"
#include "base/time.h"
#include "core/types.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SECONDS_TEXT_MAX = 32 };

/* What a sample's name has after the name of its family, by type. */
static const char *const suffixes[] = { "", "_total", "_info", "" };

const struct tw_prom_label tw_prom_no_label = { 0 };

void tw_prom_text_put_family(const struct tw_prom_text *text, const struct tw_prom_family *family)
{
	static const char *const types[] = { "gauge", "counter", "info", "histogram" };
	/* OpenMetrics declares the family, the older format the name of the samples; the older one
	 * has no type info. */
	const char *suffix = text->is_openmetrics ? "" : suffixes[family->type];
	const char *type = text->is_openmetrics || family->type != TW_PROM_INFO
				   ? types[family->type]
				   : "gauge";

	tw_buf_printf(text->out, "# HELP %s%s %s\n", family->name, suffix, family->help);
	tw_buf_printf(text->out, "# TYPE %s%s %s\n", family->name, suffix, type);
	if (text->is_openmetrics && family->unit != NULL)
		tw_buf_printf(text->out, "# UNIT %s %s\n", family->name, family->unit);
}

void tw_prom_text_put_sample_name(const struct tw_prom_family *family, struct tw_buf *out)
{
	tw_buf_printf(out, "%s%s", family->name, suffixes[family->type]);
}

/* Both formats: backslash, quote and newline are escaped, everything else stands for itself. */
static void put_label(const struct tw_prom_text *text, char before, struct tw_prom_label label)
{
	tw_buf_printf(text->out, "%c%s=\"", before, label.name);
	for (const char *p = label.value; *p != '\0'; p++) {
		if (*p == '\n') {
			tw_buf_puts(text->out, "\\n");
			continue;
		}
		if (*p == '\\' || *p == '"')
			tw_buf_putc(text->out, '\\');
		tw_buf_putc(text->out, *p);
	}
	tw_buf_putc(text->out, '"');
}

/* Writes the shortest exact decimal. */
static void format_seconds(int64_t us, char seconds[SECONDS_TEXT_MAX])
{
	int n;

	us = tw_max(us, 0);
	n = snprintf(seconds, SECONDS_TEXT_MAX, "%" PRId64 ".%06" PRId64, us / TW_SEC, us % TW_SEC);
	while (seconds[n - 1] == '0')
		n--;
	if (seconds[n - 1] == '.')
		n--;
	seconds[n] = '\0';
}

static void put_name(const struct tw_prom_text *text, const char *name, const char *suffix,
	struct tw_prom_label a, struct tw_prom_label b)
{
	tw_buf_puts(text->out, name);
	tw_buf_puts(text->out, suffix);
	if (a.name != NULL)
		put_label(text, '{', a);
	if (b.name != NULL)
		put_label(text, ',', b);
	if (a.name != NULL)
		tw_buf_putc(text->out, '}');
	tw_buf_putc(text->out, ' ');
}

void tw_prom_text_put_sample(const struct tw_prom_text *text, const struct tw_prom_family *family,
	struct tw_prom_label a, struct tw_prom_label b, int64_t value)
{
	char seconds[SECONDS_TEXT_MAX];

	if (value == TW_UNKNOWN)
		return;
	put_name(text, family->name, suffixes[family->type], a, b);
	if (family->unit != NULL && strcmp(family->unit, "seconds") == 0) {
		format_seconds(value, seconds);
		tw_buf_printf(text->out, "%s\n", seconds);
	} else {
		tw_buf_printf(text->out, "%" PRId64 "\n", value);
	}
}

void tw_prom_text_put_histogram(const struct tw_prom_text *text,
	const struct tw_prom_family *family, struct tw_prom_label label, const int64_t *bounds_us,
	const uint64_t *counts, size_t n, int64_t sum_us)
{
	char seconds[SECONDS_TEXT_MAX + 2];
	uint64_t total = 0;

	for (size_t i = 0; i < n; i++) {
		total += counts[i];
		if (i == n - 1) {
			(void)strcpy(seconds, "+Inf");
		} else {
			format_seconds(bounds_us[i], seconds);
			/* OpenMetrics demands a decimal point, and both formats must give the same
			 * series. */
			if (strchr(seconds, '.') == NULL)
				(void)strcat(seconds, ".0");
		}
		put_name(text, family->name, "_bucket", label,
			(struct tw_prom_label){ "le", seconds });
		tw_buf_printf(text->out, "%" PRIu64 "\n", total);
	}
	format_seconds(sum_us, seconds);
	put_name(text, family->name, "_sum", label, tw_prom_no_label);
	tw_buf_printf(text->out, "%s\n", seconds);
	put_name(text, family->name, "_count", label, tw_prom_no_label);
	tw_buf_printf(text->out, "%" PRIu64 "\n", total);
}

void tw_prom_text_put_end(const struct tw_prom_text *text)
{
	if (text->is_openmetrics)
		tw_buf_puts(text->out, "# EOF\n");
}
