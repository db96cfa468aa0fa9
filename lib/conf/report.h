/*
 * The errors of a configuration, collected with their place, so that all of them are reported at
 * once and in the order of the file.
 */
#ifndef TW_CONF_REPORT_H
#define TW_CONF_REPORT_H

#include "base/buf.h"

enum { TW_CONF_FILES_MAX = 64, TW_CONF_ERRORS_MAX = 100, TW_CONF_QUOTE_MAX = 64 };

/* An outcome: what is wrong is in the report, and there is nothing to go on with. */
enum { TW_CONF_COMPLAINED = 1 };

/* Where something stands: a file of the report, and a line, the first is 1. */
struct tw_conf_place {
	uint32_t file;
	uint32_t line;
};

struct tw_conf_error {
	struct tw_conf_place place;
	uint32_t seq;
	char *text;
};

struct tw_conf_report {
	uint32_t n_files;
	char *files[TW_CONF_FILES_MAX]; /* as they are shown, 0 is the one that was asked for */
	uint32_t n_errors;
	uint32_t n_more; /* beyond TW_CONF_ERRORS_MAX */
	bool is_cut;     /* reading ended with so many errors */
	struct tw_conf_error errors[TW_CONF_ERRORS_MAX];
	/* Some setting could not be read and was left out. It may be one that seems to be missing,
	 * so that nothing is said about missing ones. */
	bool is_incomplete;
	int error; /* 0 or -ENOMEM; sticks */
};

void tw_conf_report_init(struct tw_conf_report *report);
void tw_conf_report_finish(struct tw_conf_report *report);
/* Adds a file. Returns 0, -ENOMEM, or -EMFILE when there are TW_CONF_FILES_MAX. */
int tw_conf_report_add_file(struct tw_conf_report *report, const char *name, uint32_t *ret_file);
void tw_conf_report_complain(struct tw_conf_report *report, struct tw_conf_place place,
	const char *format, ...) TW_PRINTF(3, 4);
void tw_conf_report_vcomplain(struct tw_conf_report *report, struct tw_conf_place place,
	const char *format, va_list ap) TW_PRINTF(3, 0);
/* Writes "FILE:LINE: text" lines, sorted. Bytes that are no text are shown as '?'. */
void tw_conf_report_write(struct tw_conf_report *report, struct tw_buf *out);

enum { TW_CONF_WHERE_MAX = 512 };
/* "line 5", or "FILE:5" where that is another file than the one of here. Returns text. */
const char *tw_conf_report_where(const struct tw_conf_report *report, struct tw_conf_place here,
	struct tw_conf_place there, char text[TW_CONF_WHERE_MAX]);

/* Appends text in double quotes, cut at TW_CONF_QUOTE_MAX bytes, as something that may be shown. */
void tw_conf_report_quote(struct tw_buf *out, const char *text, size_t len);

#endif
