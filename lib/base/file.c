/* See file.h. */
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int tw_file_read(const char *path, bool may_wait, struct tw_buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (may_wait ? 0 : O_NONBLOCK));
	int r;

	if (fd < 0)
		return -errno;
	r = tw_file_read_fd(fd, out);
	close(fd);
	return r;
}

int tw_file_read_fd(int fd, struct tw_buf *out)
{
	char chunk[16384];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		tw_buf_append(out, chunk, (size_t)n);
		if (out->error < 0)
			return out->error;
	}
	return out->error;
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

void tw_file_close(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}
