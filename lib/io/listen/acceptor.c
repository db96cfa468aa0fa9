/* See acceptor.h. */
#include "io/listen/acceptor.h"
#include "base/log.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A shortage is logged once, and repeated shortages at most this often. */
#define LOG_US (10 * TW_SEC)

struct acceptor_socket {
	int fd;
	struct tw_loop_fd *watch;
};

struct tw_acceptor {
	struct tw_loop *loop;
	char *name;
	tw_acceptor_fn *fn;
	void *ctx;
	uint32_t n_sockets;
	struct acceptor_socket sockets[TW_ACCEPTOR_SOCKETS_MAX];
	struct tw_loop_timer *retry;
	bool is_paused;    /* by the owner */
	bool is_short;     /* of descriptors or memory */
	bool has_warned;   /* of the shortage; until all waiting connections were accepted */
	int64_t warned_us; /* TW_UNKNOWN: never */
};

static void update_watches(struct tw_acceptor *acceptor)
{
	int events = acceptor->is_paused || acceptor->is_short ? 0 : TW_LOOP_READ;

	for (uint32_t i = 0; i < acceptor->n_sockets; i++) {
		if (tw_loop_change_fd(acceptor->sockets[i].watch, events) < 0)
			tw_loop_arm(acceptor->retry,
				tw_loop_now(acceptor->loop) + TW_ACCEPTOR_RETRY_US);
	}
}

void tw_acceptor_retry(struct tw_acceptor *acceptor)
{
	if (!acceptor->is_short)
		return;
	acceptor->is_short = false;
	tw_loop_arm(acceptor->retry, TW_NEVER);
	update_watches(acceptor);
}

static void on_retry(void *ctx)
{
	struct tw_acceptor *acceptor = ctx;

	acceptor->is_short = false;
	update_watches(acceptor);
}

static void wait_for_descriptors(struct tw_acceptor *acceptor, int error)
{
	int64_t now_us = tw_loop_now(acceptor->loop);

	if (!acceptor->has_warned &&
		(acceptor->warned_us == TW_NEVER || now_us - acceptor->warned_us >= LOG_US)) {
		tw_warn("%s: connections have to wait: %s", acceptor->name, strerror(error));
		acceptor->warned_us = now_us;
	}
	acceptor->has_warned = true;
	acceptor->is_short = true;
	update_watches(acceptor);
	tw_loop_arm(acceptor->retry, now_us + TW_ACCEPTOR_RETRY_US);
}

/*
 * Whether an error of accept() concerns only the one connection, which is gone: the next one may be
 * taken. accept(2) lists the errors of the network that are to be treated so. After any other error
 * the listening socket stays readable, and accepting must pause.
 */
static bool is_of_one_connection(int error)
{
	switch (error) {
	case EINTR:
	case ECONNABORTED:
	case EPROTO:
	case EPERM:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
	case ETIMEDOUT:
		return true;
	default:
		return false;
	}
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
		} else if (errno == EAGAIN) {
			acceptor->has_warned = false;
			return;
		} else if (!is_of_one_connection(errno)) {
			wait_for_descriptors(acceptor, errno);
			return;
		}
	}
}

void tw_acceptor_pause(struct tw_acceptor *acceptor, bool is_paused)
{
	if (acceptor->is_paused == is_paused)
		return;
	acceptor->is_paused = is_paused;
	update_watches(acceptor);
}

int tw_acceptor_create(struct tw_loop *loop, const char *name, const int *fds, uint32_t n_fds,
	tw_acceptor_fn *fn, void *ctx, struct tw_acceptor **ret_acceptor)
{
	struct tw_acceptor *acceptor = calloc(1, sizeof(*acceptor));
	int r = -ENOMEM;

	assert(n_fds >= 1 && n_fds <= TW_ACCEPTOR_SOCKETS_MAX);
	if (acceptor == NULL) {
		for (uint32_t i = 0; i < n_fds; i++)
			close(fds[i]);
		return r;
	}
	*acceptor = (struct tw_acceptor){
		.loop = loop, .fn = fn, .ctx = ctx, .n_sockets = n_fds, .warned_us = TW_NEVER
	};
	for (uint32_t i = 0; i < n_fds; i++)
		acceptor->sockets[i].fd = fds[i];
	acceptor->name = strdup(name);
	if (acceptor->name != NULL)
		r = tw_loop_add_timer(loop, on_retry, acceptor, &acceptor->retry);
	for (uint32_t i = 0; r == 0 && i < n_fds; i++)
		r = tw_loop_add_fd(loop, fds[i], TW_LOOP_READ, on_readable, acceptor,
			&acceptor->sockets[i].watch);
	if (r < 0) {
		tw_acceptor_destroy(acceptor);
		return r;
	}
	*ret_acceptor = acceptor;
	return 0;
}

void tw_acceptor_destroy(struct tw_acceptor *acceptor)
{
	if (acceptor == NULL)
		return;
	for (uint32_t i = 0; i < acceptor->n_sockets; i++) {
		tw_loop_remove_fd(acceptor->sockets[i].watch);
		close(acceptor->sockets[i].fd);
	}
	tw_loop_remove_timer(acceptor->retry);
	free(acceptor->name);
	free(acceptor);
}
