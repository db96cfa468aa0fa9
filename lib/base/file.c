/* See file.h. */
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int tw_file_read(const char *path, bool may_wait, struct tw_buf *out)
{
	char chunk[4096];
	ssize_t n;
	int fd, r = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (may_wait ? 0 : O_NONBLOCK));
	if (fd < 0)
		return -errno;
	do {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno != EINTR)
			r = -errno;
		else if (n > 0)
			tw_buf_append(out, chunk, (size_t)n);
		if (r == 0)
			r = out->error;
	} while (r == 0 && n != 0);
	close(fd);
	return r;
}

int tw_file_write(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}
