/* See follow.h. */
#include "follow.h"
#include "json/json.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8192, TIMEOUT_US = 200000 };

static int read_line(int fd, char *line, size_t size, size_t *ret_len)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = recv(fd, line + len, size - len, 0);
		char *end;

		if (n <= 0)
			return n < 0 ? -errno : -ECONNRESET;
		end = memchr(line + len, '\n', (size_t)n);
		len += (size_t)n;
		if (end != NULL) {
			*ret_len = (size_t)(end - line);
			return 0;
		}
	}
	return -EMSGSIZE;
}

static int read_name(const char *line, size_t len, char *ret_name)
{
	static const struct tw_json_limits limits = { .bytes = LINE_MAX_BYTES, .nodes = 256 };
	struct tw_json_doc *doc;
	int r;

	r = tw_json_parse(line, len, &limits, &doc);
	if (r != 0)
		return r < 0 ? r : -EBADMSG;
	r = tw_json_get_text(tw_json_root(doc), "daemon.name", TW_NAME_MAX + 1, ret_name);
	tw_json_doc_destroy(doc);
	return r;
}

int demo_follow_ask(const char *path, char ret_name[TW_NAME_MAX + 1])
{
	static const struct timeval timeout = { .tv_usec = TIMEOUT_US };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char line[LINE_MAX_BYTES];
	size_t len = 0;
	int fd, r = 0;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* This blocks the whole demo, but for at most TIMEOUT_US, and once per act. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ||
		connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		send(fd, "select\n", 7, MSG_NOSIGNAL) != 7)
		r = errno > 0 ? -errno : -EIO;
	if (r == 0)
		r = read_line(fd, line, sizeof(line), &len);
	if (r == 0)
		r = read_name(line, len, ret_name);
	close(fd);
	return r;
}
