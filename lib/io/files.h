/*
 * The state directory: select.json for scripts, state.json (serve/state_file.h) for the next start.
 * Files are replaced atomically (write, rename; fsync of both file and directory where it must
 * last).
 */
#ifndef TW_IO_FILES_H
#define TW_IO_FILES_H

#include "base/buf.h"

/* Creates the directory where missing (parents too, 0755). 0 or a negative errno. */
int tw_files_prepare(const char *dir);
/* Replaces DIR/name, mode 0644 under the umask; after a failure the old one is still whole.
 * is_durable: on disk before it returns. 0 or a negative errno. */
int tw_files_replace(
	const char *dir, const char *name, const void *data, size_t len, bool is_durable);
/* Appends DIR/name to out, at most the cap of out. 0, -ENOENT, -EMSGSIZE or another negative errno.
 */
int tw_files_read(const char *dir, const char *name, struct tw_buf *out);
/* Puts DIR/name aside as DIR/name.bad, in place of an older one. 0 or a negative errno. */
int tw_files_set_aside(const char *dir, const char *name);

#endif
