/* Reading a whole file up to a limit, writing all that there is to write, and closing. */
#ifndef TW_BASE_FILE_H
#define TW_BASE_FILE_H

#include "base/buf.h"

/*
 * Appends the content of the file at path, at most up to out's cap. may_wait: wait for the writer
 * of a pipe; otherwise a pipe without a writer reads as empty. Returns 0 or a negative errno:
 * -EMSGSIZE for a file that is larger (as much as fits was appended), -EISDIR for a directory.
 */
int tw_file_read(const char *path, bool may_wait, struct tw_buf *out);
/* Appends what there still is to read from fd, in the same way. */
int tw_file_read_fd(int fd, struct tw_buf *out);
/*
 * Writes len bytes of data to fd, in several pieces where it has to. Returns 0 or a negative errno;
 * a part may be written then.
 */
int tw_file_write(int fd, const char *data, size_t len);
/* Closes *fd unless it is -1, and sets it to -1. */
void tw_file_close(int *fd);

#endif
