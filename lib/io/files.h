/*
 * Files in the state directory. A file is replaced atomically: the new content is written to a
 * temporary file, which is then renamed. Where the content must survive a power failure, the file
 * and the directory are synced (fsync).
 */
#ifndef TW_IO_FILES_H
#define TW_IO_FILES_H

#include "base/buf.h"

/* Creates the directory where missing (parents too, 0755). 0 or a negative errno. */
int tw_files_prepare(const char *dir);
/* Replaces DIR/name, mode 0644 under the umask; after a failure the old file is unchanged.
 * is_durable: the new content is on disk before this returns. 0 or a negative errno. */
int tw_files_replace(
	const char *dir, const char *name, const void *data, size_t len, bool is_durable);
/*
 * Opens a file of lines for appending, which is created where missing (0640). A last line that was
 * cut off becomes a line of its own, which nobody can read, so that the next one does not follow on
 * it. 0 or a negative errno.
 */
int tw_files_open_lines(const char *path, int *ret_fd, int64_t *ret_size);
/* Appends a line, which ends with its newline, to DIR/name. 0 or a negative errno; a part of it may
 * be written then. */
int tw_files_append(const char *dir, const char *name, const char *line, size_t len);
/* Appends DIR/name to out, at most the cap of out. 0, -ENOENT, -EMSGSIZE or another negative errno.
 */
int tw_files_read(const char *dir, const char *name, struct tw_buf *out);
/* Renames DIR/name to DIR/name.bad, which replaces an older one. 0 or a negative errno. */
int tw_files_set_aside(const char *dir, const char *name);
/* The same for a file that is damaged, with a warning that says what follows from it: "... aside as
 * NAME.bad, and CONSEQUENCE". */
void tw_files_set_damaged_aside(const char *dir, const char *name, const char *consequence);

#endif
