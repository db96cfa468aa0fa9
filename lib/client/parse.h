/* Reads tipwatchd's replies into the structs of tipwatch.h. A reply that is not one of tipwatchd's
 * is refused. */
#ifndef TW_CLIENT_PARSE_H
#define TW_CLIENT_PARSE_H

#include "base/buf.h"
#include "client/tipwatch.h"

/* All return 0 or a negative errno as in tipwatch.h. Where tipwatchd refuses, refusal is replaced
 * by what it says. */
int tw_client_parse_select(
	const char *line, size_t len, struct tipwatch_select *ret_select, struct tw_buf *refusal);
int tw_client_parse_submit(const char *line, size_t len, struct tipwatch_target *targets,
	size_t max, size_t *ret_n, struct tipwatch_timing *ret_timing, struct tw_buf *refusal);
/* Any answer that is not an error. */
int tw_client_parse_ok(const char *line, size_t len, struct tw_buf *refusal);

#endif
