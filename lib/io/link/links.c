/* See links.h. */
#include "io/link/links.h"
#include "base/num.h"
#include "conf/p2p.h"
#include "io/check/name.h"
#include "io/link/conn.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define RESOLVE_US   (5 * TW_SEC)
#define RETRY_MIN_US TW_SEC
#define RETRY_MAX_US (5 * TW_MIN)
#define PROVEN_US    TW_MIN /* a link that stood so long is tried again soon */

enum phase {
	WAITING, /* for a good check, or for the time of the next try */
	RESOLVING,
	CONNECTED, /* as far as conn has come */
};

struct link {
	struct tw_links *links;
	int32_t node;
	char host[TW_HOST_MAX + 1];
	uint16_t port; /* 0: the usual one of the coin */
	struct tw_name *name;
	struct tw_loop_timer *timer;
	enum phase phase;
	int64_t retry_us; /* how long after a failure the next try is */
	/* what the last check showed */
	bool is_good;
	struct tw_point tip;
	const struct tw_p2p_coin *coin;
	uint8_t guess;   /* the version of the protocol, by the version of the daemon */
	uint8_t version; /* as the daemon said it; 0: not known */
	struct tw_conn conn;
	struct tw_p2p_state state;
};

struct tw_links {
	struct tw_loop *loop;
	const struct tw_config *config;
	tw_links_fn *fn;
	void *ctx;
	uint64_t peer_id;
	struct tw_p2p_state none; /* of a node that has no link */
	uint32_t n;
	struct link *links[]; /* by node; NULL: it has none */
};

static const struct tw_point no_tip = { .height = TW_UNKNOWN };

static void tell(struct link *link, enum tw_link news, const struct tw_point *tip)
{
	struct tw_links *links = link->links;

	links->fn(links->ctx, link->node, news, tip);
}

static int64_t now_of(const struct link *link)
{
	return tw_loop_now(link->links->loop);
}

static void show(struct link *link, enum tw_p2p_phase shown)
{
	if (link->state.phase == shown)
		return;
	link->state.phase = shown;
	link->state.since_us = now_of(link);
}

/* There is no link, for this reason: it is tried again later. */
static void wait_again(struct link *link, const char *error)
{
	int64_t now = now_of(link);

	snprintf(link->state.error, sizeof(link->state.error), "%s", error);
	link->phase = WAITING;
	show(link, TW_P2P_NONE);
	tw_loop_arm(link->timer, link->is_good ? now + link->retry_us : TW_NEVER);
	link->retry_us = tw_min(2 * link->retry_us, RETRY_MAX_US);
}

/* --- the connection --- */

static void on_closed(struct link *link)
{
	bool was_up = link->conn.ended_in == TW_CONN_UP;

	if (was_up && now_of(link) - link->state.since_us >= PROVEN_US)
		link->retry_us = RETRY_MIN_US;
	/* TurtleCoind drops without a word whoever speaks too old a version: say the newest one. */
	if (link->conn.ended_in == TW_CONN_GREETING && link->coin->has_version)
		link->version = tw_p2p_coin_version(link->coin, "");
	wait_again(link, link->conn.error);
	link->state.n_closed += was_up;
	if (was_up)
		tell(link, TW_LINK_CLOSED, &no_tip);
}

static void on_up(struct link *link)
{
	link->version = link->conn.talk.version;
	link->state.version = link->conn.talk.version;
	link->state.error[0] = '\0';
	link->state.height = link->conn.talk.tip.point.height;
	show(link, TW_P2P_UP);
	tell(link, TW_LINK_UP, &no_tip);
}

static void on_tip(struct link *link)
{
	link->state.n_syncs++;
	link->state.height = link->conn.talk.tip.point.height;
	tell(link, TW_LINK_TIP, &link->conn.talk.tip.point);
}

static void on_push(struct link *link)
{
	struct tw_point tip = { .height = link->conn.talk.pushed };

	link->state.pushed_us = now_of(link);
	link->state.pushed = tip.height;
	link->state.n_pushes++;
	tw_p2p_delays_push(&link->state.delays, tip.height, link->state.pushed_us);
	tell(link, TW_LINK_PUSH, &tip);
}

static void on_conn(void *ctx, enum tw_conn_event event)
{
	struct link *link = ctx;

	switch (event) {
	case TW_CONN_EVENT_UP:
		on_up(link);
		break;
	case TW_CONN_EVENT_TIP:
		on_tip(link);
		break;
	case TW_CONN_EVENT_PUSH:
		on_push(link);
		break;
	case TW_CONN_EVENT_CLOSED:
		on_closed(link);
		break;
	}
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

static void start_connecting(struct link *link)
{
	struct tw_links *links = link->links;
	uint16_t port = link->port > 0 ? link->port : link->coin->port;
	struct tw_p2p_message_self self = {
		.peer_id = links->peer_id,
		.version = link->version > 0 ? link->version : link->guess,
		.wall_s = tw_loop_to_wall(links->loop, now_of(link)) / TW_SEC,
	};
	char address[TW_HOST_MAX + 1];

	tw_conf_p2p_network_id(links->config, link->coin, self.network_id);
	first_address(link, address, sizeof(address));
	snprintf(link->state.address, sizeof(link->state.address),
		strchr(link->host, ':') == NULL ? "%s:%u" : "[%s]:%u", link->host, port);
	link->phase = CONNECTED;
	show(link, TW_P2P_CONNECTING);
	tw_loop_arm(link->timer, TW_NEVER);
	tw_conn_open(&link->conn, address, port, link->coin, &self, &link->tip);
}

static void on_name(void *ctx)
{
	struct link *link = ctx;

	if (link->phase != RESOLVING)
		return;
	if (tw_name_addresses(link->name)[0] == '\0')
		wait_again(link, tw_name_error(link->name));
	else
		start_connecting(link);
}

static void start(struct link *link)
{
	struct tw_loop *loop = link->links->loop;
	char text[TW_P2P_ERROR_MAX];
	int r = TW_NAME_KNOWN;

	if (link->name == NULL && tw_name_is_needed(link->host))
		r = tw_name_create(loop, link->host, on_name, link, &link->name);
	if (r >= 0 && link->name != NULL)
		r = tw_name_want(link->name);
	if (r < 0) {
		snprintf(text, sizeof(text), "the host name cannot be looked up: %s", strerror(-r));
		wait_again(link, text);
		return;
	}
	if (r == TW_NAME_KNOWN) {
		start_connecting(link);
		return;
	}
	link->phase = RESOLVING;
	show(link, TW_P2P_CONNECTING);
	tw_loop_arm(link->timer, now_of(link) + RESOLVE_US);
}

static void on_timer(void *ctx)
{
	struct link *link = ctx;

	switch (link->phase) {
	case WAITING:
		start(link);
		break;
	case RESOLVING:
		wait_again(link, "the host name was not resolved in time");
		break;
	case CONNECTED:
		break;
	}
}

/* --- from outside --- */

void tw_links_ask(struct tw_links *links, int32_t node)
{
	if (links->links[node] != NULL)
		tw_conn_ask(&links->links[node]->conn);
}

bool tw_links_has_peer(const struct tw_links *links, uint64_t peer_id)
{
	for (uint32_t i = 0; i < links->n; i++) {
		const struct link *link = links->links[i];

		if (link != NULL && link->conn.phase == TW_CONN_UP &&
			link->conn.talk.peer_id == peer_id)
			return true;
	}
	return false;
}

const struct tw_p2p_address *tw_links_peers(
	const struct tw_links *links, int32_t node, uint32_t *ret_n)
{
	const struct tw_p2p_parser_fields *fields = &links->links[node]->conn.talk.parser.fields;

	*ret_n = fields->n_peers;
	return fields->peers;
}

void tw_links_observe(struct tw_links *links, int32_t node, const struct tw_observation *obs,
	const struct tw_rpc_peer *peer)
{
	struct link *link = links->links[node];
	const struct tw_p2p_coin *coin;
	int64_t now = tw_loop_now(links->loop);
	bool was_good;

	if (link == NULL)
		return;
	coin = tw_conf_p2p_coin(links->config, peer->dialect);
	was_good = link->is_good;
	link->is_good = obs->result == TW_RESULT_OK && obs->n_chain > 0 && coin != NULL &&
			(link->port > 0 || coin->port > 0);
	if (!link->is_good)
		return;
	link->tip = obs->chain[0];
	tw_p2p_delays_show(&link->state.delays, link->tip.height, now);
	link->coin = coin;
	link->guess = tw_p2p_coin_version(link->coin, peer->version);
	if (was_good || link->phase != WAITING)
		return;
	/* The daemon has come back, or is known for the first time. */
	link->retry_us = RETRY_MIN_US;
	tw_loop_arm(link->timer, now);
}

const struct tw_p2p_state *tw_links_state(const struct tw_links *links, int32_t node)
{
	return links->links[node] != NULL ? &links->links[node]->state : &links->none;
}

static int create_link(struct tw_links *links, uint32_t i)
{
	char host[TW_HOST_MAX + 1];
	struct link *link;
	uint16_t port;
	int r;

	if (!tw_conf_p2p_target(links->config, i, host, &port))
		return 0;
	link = calloc(1, sizeof(*link));
	if (link == NULL)
		return -ENOMEM;
	links->links[i] = link;
	link->links = links;
	link->node = (int32_t)i;
	memcpy(link->host, host, sizeof(host));
	link->port = port;
	link->retry_us = RETRY_MIN_US;
	link->state = links->none;
	link->state.is_wanted = true;
	r = tw_conn_init(&link->conn, links->loop, on_conn, link);
	return r == 0 ? tw_loop_add_timer(links->loop, on_timer, link, &link->timer) : r;
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
	links->none = (struct tw_p2p_state){ .since_us = TW_UNKNOWN,
		.height = TW_UNKNOWN,
		.pushed_us = TW_UNKNOWN,
		.pushed = TW_UNKNOWN };
	tw_p2p_delays_init(&links->none.delays);
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
		struct link *link = links->links[i];

		if (link == NULL)
			continue;
		tw_conn_finish(&link->conn);
		tw_loop_remove_timer(link->timer);
		tw_name_destroy(link->name);
		free(link);
	}
	free(links);
}
