/*
 * The smallest server that there can be on a Unix socket: it serves one connection at a time,
 * blocks in accept, read and send, understands nothing, and writes the same reply for every line.
 * What a round trip takes with it is the kernel's and the client's (socket.c), and no server can
 * save that.
 *
 * usage: bench_floor SOCKET REPLY
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BUFFER = 1 << 16, BATCH_MAX = 64, BACKLOG = 64 };

static void serve(int fd, const char *replies, size_t reply_len)
{
	char in[BUFFER];
	ssize_t n;

	while ((n = read(fd, in, sizeof(in))) > 0) {
		size_t lines = 0, len;

		for (ssize_t i = 0; i < n; i++)
			lines += in[i] == '\n';
		len = lines * reply_len;
		if (lines > BATCH_MAX || send(fd, replies, len, MSG_NOSIGNAL) != (ssize_t)len)
			break;
	}
	close(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t reply_len = argc == 3 ? strlen(argv[2]) + 1 : 0;
	char *replies = calloc(BATCH_MAX, reply_len + 1);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 3 || strlen(argv[1]) >= sizeof(address.sun_path)) {
		fprintf(stderr, "usage: bench_floor SOCKET REPLY\n");
		return 2;
	}
	strcpy(address.sun_path, argv[1]);
	if (replies == NULL || listener < 0 ||
		bind(listener, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(listener, BACKLOG) < 0) {
		fprintf(stderr, "bench_floor: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	for (size_t i = 0; i < BATCH_MAX; i++) {
		memcpy(replies + i * reply_len, argv[2], reply_len - 1);
		replies[(i + 1) * reply_len - 1] = '\n';
	}
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0)
			serve(fd, replies, reply_len);
	}
}
