/*
 * See multi.h; after libcurl's docs/examples/multi-event.c. The sockets have an epoll instance of
 * their own, which the loop watches as one descriptor: so the handlers of one wake-up deal with few
 * of them, however many are ready, and clients of tipwatchd have their turn between.
 */
#include "io/check/multi.h"
#include "base/file.h"
#include "base/log.h"
#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BATCH = 16 }; /* sockets dealt with in one wake-up */

/* Who is told when an idle connection is closed. Zeroed: nobody. */
struct idle {
	tw_loop_fn *fn;
	void *ctx;
};

struct tw_multi {
	struct tw_loop *loop;
	struct tw_loop_timer *timer;
	int epoll_fd; /* -1: not opened yet */
	struct tw_loop_fd *watch;
	CURLM *curl; /* NULL: not opened yet */
	uint32_t max_idle;
	tw_multi_done_fn *done;
	struct idle *idle; /* by descriptor */
	size_t n_idle;     /* entries of idle */
	bool is_global;    /* curl_global_init() was called for this one */
};

/* Tells the owners of the transfers that have ended. */
static void read_messages(struct tw_multi *multi)
{
	CURLMsg *message;
	int n_left;

	while ((message = curl_multi_info_read(multi->curl, &n_left)) != NULL) {
		/* The owner may remove the handle, which frees the message. */
		CURL *easy = message->easy_handle;
		CURLcode code = message->data.result;
		void *owner = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
		multi->done(owner, (int)code);
	}
}

static void act(struct tw_multi *multi, curl_socket_t fd, int flags)
{
	int n_running;
	CURLMcode code = curl_multi_socket_action(multi->curl, fd, flags, &n_running);

	if (code != CURLM_OK)
		tw_debug("libcurl: %s", curl_multi_strerror(code));
	read_messages(multi);
}

/* A failed connection is told as readable and writable: libcurl then finds the error itself. */
static int to_curl_flags(uint32_t events)
{
	bool is_broken = (events & (EPOLLERR | EPOLLHUP)) != 0;

	return (is_broken || (events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
	       (is_broken || (events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
}

/* --- idle connections --- */

/* Who watches fd as an idle connection, and does not any more. */
static struct idle take_idle(struct tw_multi *multi, int fd)
{
	struct idle idle = { 0 };

	if ((size_t)fd < multi->n_idle) {
		idle = multi->idle[fd];
		multi->idle[fd] = (struct idle){ 0 };
	}
	return idle;
}

static bool make_room(struct tw_multi *multi, int fd)
{
	size_t n = 2 * (size_t)fd + 2;
	struct idle *idle;

	if ((size_t)fd < multi->n_idle)
		return true;
	idle = realloc(multi->idle, n * sizeof(idle[0]));
	if (idle == NULL)
		return false;
	memset(idle + multi->n_idle, 0, (n - multi->n_idle) * sizeof(idle[0]));
	multi->idle = idle;
	multi->n_idle = n;
	return true;
}

void tw_multi_watch_idle(struct tw_multi *multi, int fd, tw_loop_fn *fn, void *ctx)
{
	/* What a server sends by itself, such as TLS sessions, is left to libcurl. */
	struct epoll_event event = { .events = EPOLLRDHUP, .data.fd = fd };

	if (make_room(multi, fd) && epoll_ctl(multi->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
		multi->idle[fd] = (struct idle){ .fn = fn, .ctx = ctx };
}

void tw_multi_forget_idle(struct tw_multi *multi, const void *ctx)
{
	for (size_t fd = 0; fd < multi->n_idle; fd++) {
		if (multi->idle[fd].fn == NULL || multi->idle[fd].ctx != ctx)
			continue;
		(void)take_idle(multi, (int)fd);
		epoll_ctl(multi->epoll_fd, EPOLL_CTL_DEL, (int)fd, NULL);
	}
}

int tw_multi_close_socket(void *ctx, int fd)
{
	(void)take_idle(ctx, fd);
	return close(fd);
}

/* --- sockets --- */

/* The sockets that are left over are ready in the next wake-up too. */
static void on_sockets(void *ctx, int fd, int what)
{
	struct tw_multi *multi = ctx;
	struct epoll_event events[BATCH];
	int n = epoll_wait(fd, events, BATCH, 0);

	(void)what;
	for (int i = 0; i < n; i++) {
		struct idle idle = take_idle(multi, events[i].data.fd);

		if (idle.fn == NULL) {
			act(multi, events[i].data.fd, to_curl_flags(events[i].events));
			continue;
		}
		/* Libcurl finds it dead, and closes it, before the next use. */
		epoll_ctl(multi->epoll_fd, EPOLL_CTL_DEL, events[i].data.fd, NULL);
		idle.fn(idle.ctx);
	}
}

static void on_timer(void *ctx)
{
	act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

/* Also called within curl_multi_cleanup(), for idle connections. */
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
	struct tw_multi *multi = ctx;
	struct epoll_event event = { .data.fd = fd };
	/* An idle connection that is used again is watched already. */
	bool was_idle = take_idle(multi, fd).fn != NULL;
	bool is_watched = socket_ctx != NULL || was_idle;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(multi->epoll_fd, EPOLL_CTL_DEL, fd, &event);
		return 0;
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		event.events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		event.events |= EPOLLOUT;
	if (epoll_ctl(multi->epoll_fd, is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) ==
		0) {
		/* Any pointer says that it is watched. */
		if (socket_ctx == NULL)
			curl_multi_assign(multi->curl, fd, multi);
		return 0;
	}
	/* An error returned from here would end all transfers of the multi handle for good. Without
	 * one, only this transfer fails, at its deadline. */
	tw_error("cannot watch a socket of a check: %s", strerror(errno));
	return 0;
}

/* Called from within libcurl, which must not be called from here. Each call replaces the previous
 * timeout. */
static int on_curl_timer(CURLM *curl, long timeout_ms, void *ctx)
{
	struct tw_multi *multi = ctx;

	(void)curl;
	tw_loop_arm(multi->timer,
		timeout_ms < 0 ? TW_NEVER : tw_loop_now(multi->loop) + timeout_ms * TW_MS);
	return 0;
}

int tw_multi_create(struct tw_loop *loop, uint32_t max_idle, tw_multi_done_fn *done,
	struct tw_multi **ret_multi)
{
	struct tw_multi *multi;
	int r;

	if ((curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS) == 0)
		return -ENOTSUP;
	multi = calloc(1, sizeof(*multi));
	if (multi == NULL)
		return -ENOMEM;
	multi->loop = loop;
	multi->epoll_fd = -1;
	multi->max_idle = max_idle;
	multi->done = done;
	r = tw_loop_add_timer(loop, on_timer, multi, &multi->timer);
	if (r < 0) {
		tw_multi_destroy(multi);
		return r;
	}
	*ret_multi = multi;
	return 0;
}

/* Without MAXCONNECTS libcurl keeps at most four times as many idle connections as there are
 * transfers, which is none between checks. */
static bool set_options(struct tw_multi *multi, CURLM *curl)
{
	return curl_multi_setopt(curl, CURLMOPT_SOCKETFUNCTION, on_curl_socket) == CURLM_OK &&
	       curl_multi_setopt(curl, CURLMOPT_SOCKETDATA, multi) == CURLM_OK &&
	       curl_multi_setopt(curl, CURLMOPT_TIMERFUNCTION, on_curl_timer) == CURLM_OK &&
	       curl_multi_setopt(curl, CURLMOPT_TIMERDATA, multi) == CURLM_OK &&
	       curl_multi_setopt(curl, CURLMOPT_MAXCONNECTS, (long)multi->max_idle) == CURLM_OK;
}

static int open_epoll(struct tw_multi *multi)
{
	if (multi->epoll_fd < 0)
		multi->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (multi->epoll_fd < 0)
		return -errno;
	return multi->watch != NULL ? 0
				    : tw_loop_add_fd(multi->loop, multi->epoll_fd, TW_LOOP_READ,
					      on_sockets, multi, &multi->watch);
}

int tw_multi_open(struct tw_multi *multi)
{
	CURLM *curl;
	int r;

	if (multi->curl != NULL)
		return 0;
	r = open_epoll(multi);
	if (r < 0)
		return r;
	if (!multi->is_global && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -ENOMEM;
	multi->is_global = true;
	curl = curl_multi_init();
	if (curl == NULL || !set_options(multi, curl)) {
		curl_multi_cleanup(curl);
		return -ENOMEM;
	}
	multi->curl = curl;
	return 0;
}

void tw_multi_destroy(struct tw_multi *multi)
{
	if (multi == NULL)
		return;
	/* This calls the socket and the timer function, so the timer is removed afterwards. */
	if (multi->curl != NULL)
		curl_multi_cleanup(multi->curl);
	tw_loop_remove_timer(multi->timer);
	tw_loop_remove_fd(multi->watch);
	tw_file_close(&multi->epoll_fd);
	free(multi->idle);
	if (multi->is_global)
		curl_global_cleanup();
	free(multi);
}

int tw_multi_add(struct tw_multi *multi, void *easy)
{
	CURLMcode code = curl_multi_add_handle(multi->curl, easy);

	assert(code == CURLM_OK || code == CURLM_OUT_OF_MEMORY);
	return code == CURLM_OK ? 0 : -ENOMEM;
}

void tw_multi_remove(struct tw_multi *multi, void *easy)
{
	curl_multi_remove_handle(multi->curl, easy);
}
