/*
 * Lines of the two formats, Prometheus text 0.0.4 and OpenMetrics 1.0. Only this file knows where
 * they differ.
 */
#ifndef TW_SERVE_PROM_TEXT_H
#define TW_SERVE_PROM_TEXT_H

#include "base/buf.h"

struct tw_prom_text {
	struct tw_buf *out; /* errors stick in it */
	bool is_openmetrics;
};

enum tw_prom_type { TW_PROM_GAUGE, TW_PROM_COUNTER, TW_PROM_INFO, TW_PROM_HISTOGRAM };

/* A metric family. */
struct tw_prom_family {
	const char *name; /* without the _total or _info that its type adds */
	enum tw_prom_type type;
	const char *unit;   /* NULL: none. Values of the unit "seconds" are given as microseconds */
	const char *labels; /* of its samples, joined by commas; "" none */
	const char *help;
};

struct tw_prom_label {
	const char *name; /* NULL: none */
	const char *value;
};
extern const struct tw_prom_label tw_prom_no_label;

/* HELP, TYPE and UNIT. Once per family, before its samples. */
void tw_prom_text_put_family(const struct tw_prom_text *text, const struct tw_prom_family *family);
/* Appends the name that the family's samples begin with. */
void tw_prom_text_put_sample_name(const struct tw_prom_family *family, struct tw_buf *out);
/* One sample; none when value is TW_UNKNOWN. */
void tw_prom_text_put_sample(const struct tw_prom_text *text, const struct tw_prom_family *family,
	struct tw_prom_label a, struct tw_prom_label b, int64_t value);
/*
 * The samples of a histogram in seconds for one label: counts are not cumulative, the last of the n
 * is for everything above the last of the n - 1 bounds.
 */
void tw_prom_text_put_histogram(const struct tw_prom_text *text,
	const struct tw_prom_family *family, struct tw_prom_label label, const int64_t *bounds_us,
	const uint64_t *counts, size_t n, int64_t sum_us);
/* The end of the whole text. */
void tw_prom_text_put_end(const struct tw_prom_text *text);

#endif
