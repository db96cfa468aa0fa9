/*
 * The report: what the daemons and tipwatch were worth in the last days, as one JSON object
 * (tipwatch-control(7)).
 */
#ifndef TW_SERVE_REPORT_H
#define TW_SERVE_REPORT_H

#include "serve/status.h"

#define TW_REPORT_SPAN_US (30 * TW_DAY) /* where nobody says another */

/* Writes the object, of the days of the last since_us until now. */
void tw_report_write(const struct tw_status_source *source, int64_t since_us, struct tw_buf *out);

#endif
