/* See links.h. */
#include "io/link/links.h"
#include "base/num.h"
#include "conf/p2p.h"
#include "io/check/name.h"
#include "p2p/link.h"
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define GREET_US       (5 * TW_SEC) /* for the connection and the handshake */
#define SYNC_EVERY_US  (5 * TW_SEC) /* the tip is asked for */
#define SYNC_WITHIN_US (5 * TW_SEC) /* and must be answered */
#define RETRY_MIN_US   TW_SEC
#define RETRY_MAX_US   (5 * TW_MIN)
#define PROVEN_US      TW_MIN /* a link that stood so long is tried again soon */
#define READ_EVERY_US  (100 * TW_MS)
enum { LINK_READ_MAX = 256 * 1024, READ_SIZE = 16384 };

enum phase {
	WAITING, /* for a good check, or for the time of the next try */
	RESOLVING,
	CONNECTING,
	GREETING, /* the handshake is not answered yet */
	UP,
};

struct link {
	struct tw_links *links;
	char host[TW_HOST_MAX + 1];
	uint16_t port; /* 0: the usual one of the coin */
	struct tw_name *name;
	struct tw_loop_timer *timer;
	struct tw_loop_fd *watch;
	int fd; /* -1: none */
	enum phase phase;
	int64_t due_us; /* WAITING: the next try; otherwise the time limit, or the next question */
	int64_t retry_us; /* how long after a failure the next try is */
	/* what the last check showed */
	bool is_good;
	struct tw_point tip;
	const struct tw_p2p_coin *coin;
	uint8_t guess;   /* the version of the protocol, by the version of the daemon */
	uint8_t version; /* as the daemon said it; 0: not known */
	/* the conversation */
	struct tw_p2p_link talk;
	struct tw_buf out;
	bool is_asking;
	int64_t read_from_us; /* since when n_read counts */
	size_t n_read;
	bool is_paused; /* too much was read */
	struct tw_p2p_state state;
};

struct tw_links {
	struct tw_loop *loop;
	const struct tw_config *config;
	tw_links_fn *fn;
	void *ctx;
	uint64_t peer_id;
	uint32_t n;
	struct link links[];
};

static const struct tw_point no_tip = { .height = TW_UNKNOWN };

static void tell(struct link *link, enum tw_link news, const struct tw_point *tip)
{
	struct tw_links *links = link->links;

	links->fn(links->ctx, (int32_t)(link - links->links), news, tip);
}

static int64_t now_of(const struct link *link)
{
	return tw_loop_now(link->links->loop);
}

/* The timer fires when something is due, or when reading goes on. */
static void arm(struct link *link)
{
	int64_t resume_us = link->is_paused ? link->read_from_us + READ_EVERY_US : TW_NEVER;

	tw_loop_arm(link->timer, tw_min(link->due_us, resume_us));
}

static void wait_until(struct link *link, int64_t when_us)
{
	link->due_us = when_us;
	arm(link);
}

static void enter(struct link *link, enum phase phase, enum tw_p2p_phase shown)
{
	link->phase = phase;
	if (link->state.phase == shown)
		return;
	link->state.phase = shown;
	link->state.since_us = now_of(link);
}

static void close_socket(struct link *link)
{
	tw_loop_remove_fd(link->watch);
	link->watch = NULL;
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
	tw_buf_clear(&link->out);
	link->is_paused = false;
	link->n_read = 0;
}

/* Ends the try or the link, for this reason. */
static void fail(struct link *link, const char *error)
{
	bool was_up = link->phase == UP;
	int64_t now = now_of(link);

	if (was_up && now - link->state.since_us >= PROVEN_US)
		link->retry_us = RETRY_MIN_US;
	/* TurtleCoind drops without a word whoever speaks too old a version: say the newest one. */
	if (link->phase == GREETING && link->coin->has_version)
		link->version = tw_p2p_coin_version(link->coin, "");
	close_socket(link);
	snprintf(link->state.error, sizeof(link->state.error), "%s", error);
	enter(link, WAITING, TW_P2P_NONE);
	wait_until(link, link->is_good ? now + link->retry_us : TW_NEVER);
	link->retry_us = tw_min(2 * link->retry_us, RETRY_MAX_US);
	link->state.n_closed += was_up;
	if (was_up)
		tell(link, TW_LINK_CLOSED, &no_tip);
}

static void fail_errno(struct link *link, const char *what, int error)
{
	char text[TW_P2P_ERROR_MAX];

	snprintf(text, sizeof(text), "%s: %s", what, strerror(error));
	fail(link, text);
}

static void watch(struct link *link)
{
	int events = link->is_paused ? 0 : TW_LOOP_READ;

	if (link->phase == CONNECTING || link->out.len > 0)
		events |= TW_LOOP_WRITE;
	(void)tw_loop_change_fd(link->watch, events);
}

/* Sends what there is. False: the link has failed. */
static bool flush(struct link *link)
{
	ssize_t n = 0;

	if (link->out.len > 0)
		n = send(link->fd, link->out.data, link->out.len, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		fail_errno(link, "the connection failed", errno);
		return false;
	}
	if (n > 0)
		tw_buf_consume(&link->out, (size_t)n);
	watch(link);
	return true;
}

static void greet(struct link *link)
{
	struct tw_links *links = link->links;
	struct tw_p2p_message_self self = {
		.peer_id = links->peer_id,
		.version = link->version > 0 ? link->version : link->guess,
		.wall_s = tw_loop_to_wall(links->loop, now_of(link)) / TW_SEC,
	};

	if (tw_conf_p2p_parse_id(links->config->p2p_network_id, self.network_id) < 0)
		memcpy(self.network_id, link->coin->network_id, sizeof(self.network_id));
	tw_p2p_link_init(&link->talk, link->coin, &self, &link->tip, &link->out);
	enter(link, GREETING, TW_P2P_CONNECTING);
	(void)flush(link);
}

/* --- what comes --- */

static void go_up(struct link *link)
{
	link->version = link->talk.version;
	link->state.version = link->talk.version;
	link->state.error[0] = '\0';
	link->is_asking = false;
	enter(link, UP, TW_P2P_UP);
	wait_until(link, now_of(link) + SYNC_EVERY_US);
	tell(link, TW_LINK_UP, &no_tip);
}

static void take_push(struct link *link)
{
	struct tw_point tip = { .height = link->talk.pushed };

	link->state.pushed_us = now_of(link);
	link->state.pushed = link->talk.pushed;
	link->state.n_pushes++;
	tell(link, TW_LINK_PUSH, &tip);
}

/* False: the link has failed. */
static bool take_bytes(struct link *link, const uint8_t *data, size_t len)
{
	for (;;) {
		switch (tw_p2p_link_read(&link->talk, &data, &len, &link->out)) {
		case TW_P2P_LINK_NONE:
			return flush(link);
		case TW_P2P_LINK_UP:
			go_up(link);
			break;
		case TW_P2P_LINK_TIP:
			link->is_asking = false;
			link->state.n_syncs++;
			wait_until(link, now_of(link) + SYNC_EVERY_US);
			tell(link, TW_LINK_TIP, &link->talk.tip.point);
			break;
		case TW_P2P_LINK_PUSH:
			take_push(link);
			continue;
		case TW_P2P_LINK_BAD:
			fail(link, link->talk.error);
			return false;
		}
		link->state.height = link->talk.tip.point.height;
	}
}

/* Whether more may be read now. If not, the timer goes on with it. */
static bool may_read(struct link *link)
{
	int64_t now = now_of(link);

	if (now - link->read_from_us >= READ_EVERY_US) {
		link->read_from_us = now;
		link->n_read = 0;
	}
	link->is_paused = link->n_read >= LINK_READ_MAX;
	if (link->is_paused)
		arm(link);
	return !link->is_paused;
}

static void on_readable(struct link *link)
{
	uint8_t bytes[READ_SIZE];
	ssize_t n;

	if (!may_read(link)) {
		watch(link);
		return;
	}
	n = recv(link->fd, bytes, sizeof(bytes), 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		fail_errno(link, "the connection failed", errno);
	} else if (n == 0) {
		fail(link, link->phase == GREETING ? "it closed the connection at the handshake"
						   : "it closed the connection");
	} else {
		link->n_read += (size_t)n;
		(void)take_bytes(link, bytes, (size_t)n);
	}
}

static void on_connected(struct link *link)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error != 0)
		fail_errno(link, "no connection", error);
	else
		greet(link);
}

static void on_event(void *ctx, int fd, int events)
{
	struct link *link = ctx;

	(void)fd;
	if (link->phase == CONNECTING) {
		on_connected(link);
		return;
	}
	if ((events & TW_LOOP_WRITE) != 0 && !flush(link))
		return;
	if ((events & TW_LOOP_READ) != 0)
		on_readable(link);
}

/* --- making a link --- */

/* The first of the numeric addresses, IPv6 without its brackets. */
static void first_address(const struct link *link, char *text, size_t size)
{
	const char *from = link->name == NULL ? link->host : tw_name_addresses(link->name);
	size_t len = strcspn(from, ",");

	if (from[0] == '[') {
		from++;
		len = strcspn(from, "]");
	}
	if (link->name == NULL && strcmp(link->host, "localhost") == 0)
		snprintf(text, size, "127.0.0.1");
	else
		snprintf(text, size, "%.*s", (int)len, from);
}

static int open_socket(struct link *link, const char *address)
{
	static const struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *list = NULL;
	char port[8];
	int r = 0;

	snprintf(port, sizeof(port), "%u", link->port > 0 ? link->port : link->coin->port);
	snprintf(link->state.address, sizeof(link->state.address),
		strchr(link->host, ':') == NULL ? "%s:%s" : "[%s]:%s", link->host, port);
	if (getaddrinfo(address, port, &hints, &list) != 0)
		return -EADDRNOTAVAIL;
	link->fd = socket(list->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->fd < 0 ||
		(connect(link->fd, list->ai_addr, list->ai_addrlen) < 0 && errno != EINPROGRESS))
		r = -errno;
	freeaddrinfo(list);
	return r < 0 ? r
		     : tw_loop_add_fd(link->links->loop, link->fd, TW_LOOP_WRITE, on_event, link,
			       &link->watch);
}

static void start_connecting(struct link *link)
{
	char address[TW_HOST_MAX + 1];
	int r;

	first_address(link, address, sizeof(address));
	enter(link, CONNECTING, TW_P2P_CONNECTING);
	wait_until(link, now_of(link) + GREET_US);
	r = open_socket(link, address);
	if (r < 0)
		fail_errno(link, "no connection", -r);
}

static void on_name(void *ctx)
{
	struct link *link = ctx;

	if (link->phase != RESOLVING)
		return;
	if (tw_name_addresses(link->name)[0] == '\0')
		fail(link, tw_name_error(link->name));
	else
		start_connecting(link);
}

static void start(struct link *link)
{
	struct tw_loop *loop = link->links->loop;
	int r = TW_NAME_KNOWN;

	if (link->name == NULL && tw_name_is_needed(link->host))
		r = tw_name_create(loop, link->host, on_name, link, &link->name);
	if (r >= 0 && link->name != NULL)
		r = tw_name_want(link->name);
	if (r < 0) {
		fail_errno(link, "the host name cannot be looked up", -r);
		return;
	}
	if (r == TW_NAME_KNOWN) {
		start_connecting(link);
		return;
	}
	enter(link, RESOLVING, TW_P2P_CONNECTING);
	wait_until(link, now_of(link) + GREET_US);
}

/* --- time --- */

static void ask(struct link *link)
{
	if (link->is_asking) {
		fail(link, "it does not answer any more");
		return;
	}
	link->is_asking = tw_p2p_link_ask(&link->talk, &link->out);
	wait_until(link, now_of(link) + SYNC_WITHIN_US);
	(void)flush(link);
}

static void on_timer(void *ctx)
{
	struct link *link = ctx;
	int64_t now = now_of(link);

	if (link->is_paused && now - link->read_from_us >= READ_EVERY_US) {
		link->is_paused = false;
		watch(link);
	}
	if (now < link->due_us) {
		arm(link);
		return;
	}
	switch (link->phase) {
	case WAITING:
		start(link);
		break;
	case RESOLVING:
		fail(link, "the host name was not resolved in time");
		break;
	case CONNECTING:
		fail(link, "no connection in time");
		break;
	case GREETING:
		fail(link, "it does not answer the handshake");
		break;
	case UP:
		ask(link);
		break;
	}
}

/* --- from outside --- */

void tw_links_observe(struct tw_links *links, int32_t node, const struct tw_observation *obs,
	const struct tw_rpc_peer *peer)
{
	struct link *link = &links->links[node];
	bool was_good = link->is_good;
	int64_t now = tw_loop_now(links->loop);

	if (!link->state.is_wanted)
		return;
	link->is_good = obs->result == TW_RESULT_OK && obs->n_chain > 0 &&
			tw_p2p_coin_of(peer->dialect) != NULL;
	if (!link->is_good)
		return;
	link->tip = obs->chain[0];
	link->coin = tw_p2p_coin_of(peer->dialect);
	link->guess = tw_p2p_coin_version(link->coin, peer->version);
	if (was_good || link->phase != WAITING)
		return;
	/* The daemon has come back, or is known for the first time. */
	link->retry_us = RETRY_MIN_US;
	wait_until(link, now);
}

void tw_links_ask(struct tw_links *links, int32_t node)
{
	struct link *link = &links->links[node];

	if (link->phase == UP && !link->is_asking)
		ask(link);
}

const struct tw_p2p_state *tw_links_state(const struct tw_links *links, int32_t node)
{
	return &links->links[node].state;
}

static int create_link(struct tw_links *links, uint32_t i)
{
	struct link *link = &links->links[i];

	link->links = links;
	link->fd = -1;
	link->due_us = TW_NEVER;
	link->retry_us = RETRY_MIN_US;
	link->state = (struct tw_p2p_state){ .since_us = TW_UNKNOWN,
		.height = TW_UNKNOWN,
		.pushed_us = TW_UNKNOWN,
		.pushed = TW_UNKNOWN };
	tw_buf_init(&link->out, TW_P2P_LINK_OUT_MAX);
	link->state.is_wanted = tw_conf_p2p_target(links->config, i, link->host, &link->port);
	return link->state.is_wanted ? tw_loop_add_timer(links->loop, on_timer, link, &link->timer)
				     : 0;
}

int tw_links_create(struct tw_loop *loop, const struct tw_config *config, tw_links_fn *fn,
	void *ctx, struct tw_links **ret_links)
{
	struct tw_links *links =
		calloc(1, sizeof(*links) + config->n_nodes * sizeof(links->links[0]));
	int r = 0;

	if (links == NULL)
		return -ENOMEM;
	links->loop = loop;
	links->config = config;
	links->fn = fn;
	links->ctx = ctx;
	/* Any number but 0 does: it only tells a daemon two connections of one peer apart. */
	if (getrandom(&links->peer_id, sizeof(links->peer_id), GRND_NONBLOCK) < 0 ||
		links->peer_id == 0)
		links->peer_id = (uint64_t)tw_loop_to_wall(loop, tw_loop_now(loop)) | 1;
	for (; r == 0 && links->n < config->n_nodes; links->n++)
		r = create_link(links, links->n);
	if (r < 0)
		tw_links_destroy(links);
	else
		*ret_links = links;
	return r;
}

void tw_links_destroy(struct tw_links *links)
{
	if (links == NULL)
		return;
	for (uint32_t i = 0; i < links->n; i++) {
		struct link *link = &links->links[i];

		close_socket(link);
		tw_loop_remove_timer(link->timer);
		tw_name_destroy(link->name);
		tw_buf_finish(&link->out);
	}
	free(links);
}
