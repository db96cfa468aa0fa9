/* See tcp.h. */
#include "io/listen/tcp.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How often a free port is looked for that is free on all addresses. */
enum { FREE_PORT_TRIES = 16 };

struct sockets {
	uint32_t n;
	int fds[TW_ACCEPTOR_SOCKETS_MAX];
	uint16_t port;
};

static int resolve(const struct tw_listen *listen, struct addrinfo **ret_list)
{
	const struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
	};
	char port[8];
	int r;

	snprintf(port, sizeof(port), "%u", listen->port);
	r = getaddrinfo(listen->host[0] == '\0' ? NULL : listen->host, port, &hints, ret_list);
	switch (r) {
	case 0:
		return 0;
	case EAI_MEMORY:
		return -ENOMEM;
	case EAI_SYSTEM:
		return errno > 0 ? -errno : -EIO;
	default:
		return -EADDRNOTAVAIL;
	}
}

static void set_port(struct sockaddr *address, uint16_t port)
{
	if (address->sa_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)address)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)(void *)address)->sin_port = htons(port);
}

static int get_port(int fd, uint16_t *ret_port)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return -errno;
	*ret_port =
		ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
						    : ((struct sockaddr_in *)&address)->sin_port);
	return 0;
}

/* Returns a listening socket or a negative errno. */
static int open_socket(const struct addrinfo *info, bool is_one_of_several)
{
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	int on = 1, r = 0;

	if (fd < 0)
		return -errno;
	/* A restart must not wait until the kernel forgets old connections. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		r = -errno;
	/* Where there is an IPv4 socket too, the IPv6 one must leave its port alone. */
	if (r == 0 && info->ai_family == AF_INET6 && is_one_of_several &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		r = -errno;
	if (r == 0 && (bind(fd, info->ai_addr, info->ai_addrlen) < 0 || listen(fd, SOMAXCONN) < 0))
		r = -errno;
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

static void close_all(struct sockets *sockets)
{
	while (sockets->n > 0)
		close(sockets->fds[--sockets->n]);
}

/* /etc/hosts may name one address twice. */
static bool is_repeated(const struct addrinfo *list, const struct addrinfo *info)
{
	for (; list != info; list = list->ai_next) {
		if (list->ai_addrlen == info->ai_addrlen &&
			memcmp(list->ai_addr, info->ai_addr, info->ai_addrlen) == 0)
			return true;
	}
	return false;
}

/* Opens every address with the same port. After a failure nothing is open. */
static int open_all(const struct addrinfo *list, uint16_t port, struct sockets *sockets)
{
	int first_error = 0, r;

	sockets->n = 0;
	for (const struct addrinfo *info = list;
		info != NULL && sockets->n < TW_ACCEPTOR_SOCKETS_MAX; info = info->ai_next) {
		if (is_repeated(list, info))
			continue;
		set_port(info->ai_addr, port);
		r = open_socket(info, list->ai_next != NULL);
		if (r < 0) {
			first_error = first_error < 0 ? first_error : r;
			/* "localhost" has an IPv6 address also where IPv6 is turned off. */
			if (r == -EADDRNOTAVAIL || r == -EAFNOSUPPORT)
				continue;
			close_all(sockets);
			return r;
		}
		sockets->fds[sockets->n++] = r;
		r = port == 0 ? get_port(sockets->fds[0], &port) : 0;
		if (r < 0) {
			close_all(sockets);
			return r;
		}
	}
	sockets->port = port;
	return sockets->n > 0 ? 0 : first_error;
}

int tw_tcp_listen(struct tw_loop *loop, const struct tw_listen *listen, tw_acceptor_fn *fn,
	void *ctx, struct tw_acceptor **ret_acceptor, uint16_t *ret_port)
{
	struct sockets sockets;
	struct addrinfo *list;
	char name[sizeof("port 65535")];
	int r = resolve(listen, &list);

	if (r < 0)
		return r;
	for (int i = 0; i < FREE_PORT_TRIES; i++) {
		r = open_all(list, listen->port, &sockets);
		if (r != -EADDRINUSE || listen->port != 0)
			break;
	}
	freeaddrinfo(list);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "port %u", sockets.port);
	r = tw_acceptor_create(loop, name, sockets.fds, sockets.n, fn, ctx, ret_acceptor);
	if (r == 0)
		*ret_port = sockets.port;
	return r;
}
