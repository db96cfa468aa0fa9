/* See acceptor.h. */
#include "io/listen/acceptor.h"
#include "base/log.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How often a free port is looked for that all addresses have. */
enum { FREE_PORT_TRIES = 16 };

struct acceptor_socket {
	int fd;
	struct tw_loop_fd *watch;
};

struct tw_acceptor {
	struct tw_loop *loop;
	tw_acceptor_fn *fn;
	void *ctx;
	uint16_t port;
	uint32_t n_sockets;
	struct acceptor_socket sockets[TW_ACCEPTOR_SOCKETS_MAX];
	struct tw_loop_timer *retry;
	bool is_paused;
	bool is_out_of_descriptors;
	bool has_warned; /* of this shortage */
};

/* --- binding --- */

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
	int on = 1, r;

	if (fd < 0)
		return -errno;
	/* A restart must not wait for old connections to be forgotten. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Where there is an IPv4 socket too, the IPv6 one must leave its port alone. */
	if (info->ai_family == AF_INET6 && is_one_of_several)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

static void close_sockets(struct tw_acceptor *acceptor)
{
	for (uint32_t i = 0; i < acceptor->n_sockets; i++) {
		tw_loop_remove_fd(acceptor->sockets[i].watch);
		close(acceptor->sockets[i].fd);
	}
	acceptor->n_sockets = 0;
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

/* Opens every address with the same port. On failure nothing is open. */
static int open_all(struct tw_acceptor *acceptor, const struct addrinfo *list, uint16_t port)
{
	int first_error = 0, r;

	for (const struct addrinfo *info = list;
		info != NULL && acceptor->n_sockets < TW_ACCEPTOR_SOCKETS_MAX;
		info = info->ai_next) {
		if (is_repeated(list, info))
			continue;
		set_port(info->ai_addr, port);
		r = open_socket(info, list->ai_next != NULL);
		if (r < 0) {
			first_error = first_error < 0 ? first_error : r;
			/* "localhost" has an IPv6 address also where IPv6 is turned off. */
			if (r == -EADDRNOTAVAIL || r == -EAFNOSUPPORT)
				continue;
			close_sockets(acceptor);
			return r;
		}
		acceptor->sockets[acceptor->n_sockets++].fd = r;
		r = port == 0 ? get_port(acceptor->sockets[0].fd, &port) : 0;
		if (r < 0) {
			close_sockets(acceptor);
			return r;
		}
	}
	acceptor->port = port;
	return acceptor->n_sockets > 0 ? 0 : first_error;
}

static int open_listeners(struct tw_acceptor *acceptor, const struct tw_listen *listen)
{
	struct addrinfo *list;
	int r = resolve(listen, &list);

	if (r < 0)
		return r;
	for (int i = 0; i < FREE_PORT_TRIES; i++) {
		r = open_all(acceptor, list, listen->port);
		if (r != -EADDRINUSE || listen->port != 0)
			break;
	}
	freeaddrinfo(list);
	return r;
}

/* --- accepting --- */

static void update_watches(struct tw_acceptor *acceptor)
{
	bool is_on = !acceptor->is_paused && !acceptor->is_out_of_descriptors;

	for (uint32_t i = 0; i < acceptor->n_sockets; i++) {
		if (tw_loop_change_fd(acceptor->sockets[i].watch, is_on ? TW_LOOP_READ : 0) < 0)
			tw_loop_arm(acceptor->retry,
				tw_loop_now(acceptor->loop) + TW_ACCEPTOR_RETRY_US);
	}
}

static void on_retry(void *ctx)
{
	struct tw_acceptor *acceptor = ctx;

	acceptor->is_out_of_descriptors = false;
	update_watches(acceptor);
}

static void rest(struct tw_acceptor *acceptor, int error)
{
	if (!acceptor->has_warned)
		tw_warn("port %u: connections have to wait: %s", acceptor->port, strerror(error));
	acceptor->has_warned = true;
	acceptor->is_out_of_descriptors = true;
	update_watches(acceptor);
	tw_loop_arm(acceptor->retry, tw_loop_now(acceptor->loop) + TW_ACCEPTOR_RETRY_US);
}

static void on_readable(void *ctx, int listener, int events)
{
	struct tw_acceptor *acceptor = ctx;

	(void)events;
	for (int i = 0; i < TW_ACCEPTOR_BATCH && !acceptor->is_paused; i++) {
		struct sockaddr_storage address;
		socklen_t len = sizeof(address);
		int fd = accept4(
			listener, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			acceptor->fn(acceptor->ctx, fd, (struct sockaddr *)&address, len);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			   errno == ENOMEM) {
			rest(acceptor, errno);
			return;
		} else if (errno == EAGAIN) {
			acceptor->has_warned = false;
			return;
		}
		/* Any other error is that one connection's, and it is gone. */
	}
}

void tw_acceptor_pause(struct tw_acceptor *acceptor, bool is_paused)
{
	if (acceptor->is_paused == is_paused)
		return;
	acceptor->is_paused = is_paused;
	update_watches(acceptor);
}

uint16_t tw_acceptor_port(const struct tw_acceptor *acceptor)
{
	return acceptor->port;
}

int tw_acceptor_create(struct tw_loop *loop, const struct tw_listen *listen, tw_acceptor_fn *fn,
	void *ctx, struct tw_acceptor **ret_acceptor)
{
	struct tw_acceptor *acceptor = calloc(1, sizeof(*acceptor));
	int r;

	if (acceptor == NULL)
		return -ENOMEM;
	acceptor->loop = loop;
	acceptor->fn = fn;
	acceptor->ctx = ctx;
	r = tw_loop_add_timer(loop, on_retry, acceptor, &acceptor->retry);
	if (r < 0)
		goto fail;
	r = open_listeners(acceptor, listen);
	if (r < 0)
		goto fail;
	for (uint32_t i = 0; i < acceptor->n_sockets; i++) {
		r = tw_loop_add_fd(loop, acceptor->sockets[i].fd, TW_LOOP_READ, on_readable,
			acceptor, &acceptor->sockets[i].watch);
		if (r < 0)
			goto fail;
	}
	*ret_acceptor = acceptor;
	return 0;
fail:
	tw_acceptor_destroy(acceptor);
	return r;
}

void tw_acceptor_destroy(struct tw_acceptor *acceptor)
{
	if (acceptor == NULL)
		return;
	close_sockets(acceptor);
	tw_loop_remove_timer(acceptor->retry);
	free(acceptor);
}
