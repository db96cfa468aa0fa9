/*
 * The history as a file, so that a restart does not forget it: a line for each span, as /history
 * and /history/day have it. Nodes are found again by their names.
 */
#ifndef TW_SERVE_HISTORY_FILE_H
#define TW_SERVE_HISTORY_FILE_H

#include "serve/history.h"

enum { TW_HISTORY_FILE_MAX = 64 << 20 };

void tw_history_file_write(const struct tw_history *history, const struct tw_status_source *status,
	struct tw_buf *out);
/*
 * Puts what text says into a history that is empty. Returns 0, -EINVAL (it is damaged; what was
 * before the damage is in the history) or -ENOMEM.
 */
int tw_history_file_read(struct tw_history *history, const char *text, size_t len,
	const struct tw_status_source *status);

#endif
