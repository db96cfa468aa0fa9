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

enum {
	BATCH = 16,       /* sockets dealt with in one wake-up */
	MEMBERS_MAX = 64, /* of a part */
	SPARES_MAX = 16,  /* easy handles that wait for a transfer */
};

/* Who is told when an idle connection is closed. Zeroed: nobody. */
struct idle {
	tw_loop_fn *fn;
	void *ctx;
};

struct tw_multi_part {
	struct tw_multi *multi;
	uint32_t number; /* its place among the parts */
	uint32_t n_members;
	bool is_keeping;
	CURLM *curl;
	struct tw_loop_timer *timer;
};

struct tw_multi {
	struct tw_loop *loop;
	int epoll_fd; /* -1: not opened yet */
	struct tw_loop_fd *watch;
	tw_multi_done_fn *done;
	struct tw_multi_part **parts;
	uint32_t n_parts;
	struct idle *idle; /* by descriptor */
	size_t n_idle;     /* entries of idle */
	CURL *spares[SPARES_MAX];
	int n_spares;
	bool is_global; /* curl_global_init() was called for this one */
};

/* Tells the owners of the transfers that have ended. */
static void read_messages(struct tw_multi_part *part)
{
	CURLMsg *message;
	int n_left;

	while ((message = curl_multi_info_read(part->curl, &n_left)) != NULL) {
		/* The owner may remove the handle, which frees the message. */
		CURL *easy = message->easy_handle;
		CURLcode code = message->data.result;
		void *owner = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
		part->multi->done(owner, (int)code);
	}
}

static void act(struct tw_multi_part *part, curl_socket_t fd, int flags)
{
	int n_running;
	CURLMcode code = curl_multi_socket_action(part->curl, fd, flags, &n_running);

	if (code != CURLM_OK)
		tw_debug("libcurl: %s", curl_multi_strerror(code));
	read_messages(part);
}

/* A failed connection is told as readable and writable: libcurl then finds the error itself. */
static int to_curl_flags(uint32_t events)
{
	bool is_broken = (events & (EPOLLERR | EPOLLHUP)) != 0;

	return (is_broken || (events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
	       (is_broken || (events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
}

/* What epoll tells of an event: the descriptor, and the part that it belongs to. */
static uint64_t to_event_data(uint32_t part, int fd)
{
	return (uint64_t)part << 32 | (uint32_t)fd;
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
	struct epoll_event event = { .events = EPOLLRDHUP, .data.u64 = to_event_data(0, fd) };

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
		int ready = (int)(events[i].data.u64 & UINT32_MAX);
		struct idle idle = take_idle(multi, ready);

		if (idle.fn == NULL) {
			act(multi->parts[events[i].data.u64 >> 32], ready,
				to_curl_flags(events[i].events));
			continue;
		}
		/* Libcurl finds it dead, and closes it, before the next use. */
		epoll_ctl(multi->epoll_fd, EPOLL_CTL_DEL, ready, NULL);
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
	struct tw_multi_part *part = ctx;
	struct tw_multi *multi = part->multi;
	struct epoll_event event = { .data.u64 = to_event_data(part->number, fd) };
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
			curl_multi_assign(part->curl, fd, part);
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
	struct tw_multi_part *part = ctx;

	(void)curl;
	tw_loop_arm(part->timer,
		timeout_ms < 0 ? TW_NEVER : tw_loop_now(part->multi->loop) + timeout_ms * TW_MS);
	return 0;
}

int tw_multi_create(struct tw_loop *loop, tw_multi_done_fn *done, struct tw_multi **ret_multi)
{
	struct tw_multi *multi;

	if ((curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS) == 0)
		return -ENOTSUP;
	multi = calloc(1, sizeof(*multi));
	if (multi == NULL)
		return -ENOMEM;
	multi->loop = loop;
	multi->epoll_fd = -1;
	multi->done = done;
	*ret_multi = multi;
	return 0;
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

/* Opened with the first part. */
static int open_multi(struct tw_multi *multi)
{
	int r = open_epoll(multi);

	if (r < 0)
		return r;
	if (!multi->is_global && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -ENOMEM;
	multi->is_global = true;
	return 0;
}

/* --- parts --- */

/*
 * Without MAXCONNECTS libcurl has at most four times as many connections as there are transfers,
 * and closes those first that are unused for longest: not one that the next transfer uses at once,
 * and soon one that was shut down, which libcurl does not know to be dead. Where many are kept,
 * libcurl looks for dead ones among them once a second, and closes all of these together.
 */
static bool set_options(struct tw_multi_part *part)
{
	CURLM *curl = part->curl;

	/* One of each member, and one of each that the other side has closed. */
	if (part->is_keeping &&
		curl_multi_setopt(curl, CURLMOPT_MAXCONNECTS, 2L * MEMBERS_MAX) != CURLM_OK)
		return false;
	return curl_multi_setopt(curl, CURLMOPT_SOCKETFUNCTION, on_curl_socket) == CURLM_OK &&
	       curl_multi_setopt(curl, CURLMOPT_SOCKETDATA, part) == CURLM_OK &&
	       curl_multi_setopt(curl, CURLMOPT_TIMERFUNCTION, on_curl_timer) == CURLM_OK &&
	       curl_multi_setopt(curl, CURLMOPT_TIMERDATA, part) == CURLM_OK;
}

static void destroy_part(struct tw_multi_part *part)
{
	/* This calls the socket and the timer function, so the timer is removed afterwards. */
	if (part->curl != NULL)
		curl_multi_cleanup(part->curl);
	tw_loop_remove_timer(part->timer);
	free(part);
}

static int create_part(struct tw_multi *multi, bool is_keeping, struct tw_multi_part **ret_part)
{
	struct tw_multi_part *part = calloc(1, sizeof(*part));
	int r;

	if (part == NULL)
		return -ENOMEM;
	part->multi = multi;
	part->number = multi->n_parts;
	part->is_keeping = is_keeping;
	r = tw_loop_add_timer(multi->loop, on_timer, part, &part->timer);
	if (r == 0) {
		part->curl = curl_multi_init();
		r = part->curl != NULL && set_options(part) ? 0 : -ENOMEM;
	}
	if (r < 0) {
		destroy_part(part);
		return r;
	}
	*ret_part = part;
	return 0;
}

static int add_part(struct tw_multi *multi, bool is_keeping, struct tw_multi_part **ret_part)
{
	struct tw_multi_part **parts =
		realloc(multi->parts, (multi->n_parts + 1) * sizeof(multi->parts[0]));
	int r;

	if (parts == NULL)
		return -ENOMEM;
	multi->parts = parts;
	r = create_part(multi, is_keeping, ret_part);
	if (r == 0)
		parts[multi->n_parts++] = *ret_part;
	return r;
}

int tw_multi_join(struct tw_multi *multi, bool is_keeping, struct tw_multi_part **ret_part)
{
	struct tw_multi_part *part = NULL;
	int r = open_multi(multi);

	for (uint32_t i = 0; part == NULL && i < multi->n_parts; i++) {
		if (multi->parts[i]->is_keeping == is_keeping &&
			multi->parts[i]->n_members < MEMBERS_MAX)
			part = multi->parts[i];
	}
	if (r == 0 && part == NULL)
		r = add_part(multi, is_keeping, &part);
	if (r < 0)
		return r;
	part->n_members++;
	*ret_part = part;
	return 0;
}

void tw_multi_leave(struct tw_multi_part *part)
{
	if (part != NULL)
		part->n_members--;
}

void tw_multi_destroy(struct tw_multi *multi)
{
	if (multi == NULL)
		return;
	while (multi->n_spares > 0)
		curl_easy_cleanup(tw_multi_take_spare(multi));
	for (uint32_t i = 0; i < multi->n_parts; i++)
		destroy_part(multi->parts[i]);
	free(multi->parts);
	tw_loop_remove_fd(multi->watch);
	tw_file_close(&multi->epoll_fd);
	free(multi->idle);
	if (multi->is_global)
		curl_global_cleanup();
	free(multi);
}

void *tw_multi_take_spare(struct tw_multi *multi)
{
	return multi->n_spares == 0 ? NULL : multi->spares[--multi->n_spares];
}

void tw_multi_put_spare(struct tw_multi *multi, void *easy)
{
	if (multi->n_spares < SPARES_MAX)
		multi->spares[multi->n_spares++] = easy;
	else
		curl_easy_cleanup(easy);
}

int tw_multi_add(struct tw_multi_part *part, void *easy)
{
	CURLMcode code = curl_multi_add_handle(part->curl, easy);

	assert(code == CURLM_OK || code == CURLM_OUT_OF_MEMORY);
	return code == CURLM_OK ? 0 : -ENOMEM;
}

void tw_multi_remove(struct tw_multi_part *part, void *easy)
{
	curl_multi_remove_handle(part->curl, easy);
}
