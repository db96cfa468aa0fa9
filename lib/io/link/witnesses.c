/* See witnesses.h. */
#include "io/link/witnesses.h"
#include "conf/p2p.h"
#include "io/link/conn.h"
#include "p2p/book.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define TRY_EVERY_US     TW_SEC
#define REPLACE_EVERY_US (10 * TW_MIN)
#define PROVEN_US        TW_MIN /* who stood so long was a good one */
enum { SOURCE_SHARE = 4 /* of the witnesses, from one answerer */, ADDRESS_MAX = 16 };

struct slot {
	struct tw_witnesses *witnesses;
	struct tw_conn conn;
	int32_t entry; /* of the book; -1: the slot is free */
	bool is_up;
	int64_t since_us; /* of is_up */
};

struct tw_witnesses {
	struct tw_loop *loop;
	const struct tw_config *config;
	const struct tw_links *links;
	tw_witnesses_fn *fn;
	void *ctx;
	struct tw_loop_timer *timer;
	uint64_t peer_id;
	const struct tw_p2p_coin *coin; /* NULL: not known yet */
	struct tw_point known;          /* a block that the network has; it is said to others */
	int64_t replace_us;
	struct tw_p2p_book book;
	uint32_t n;
	struct slot slots[];
};

static uint32_t slot_number(const struct slot *slot)
{
	return (uint32_t)(slot - slot->witnesses->slots);
}

static uint32_t max_per_source(const struct tw_witnesses *w)
{
	return w->n < SOURCE_SHARE ? 1 : w->n / SOURCE_SHARE;
}

/* --- whom to ask --- */

/* Whether a node of the configuration has this address. Its port may be another one outside. */
static bool is_own_ip(const struct tw_config *config, uint32_t ip)
{
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		struct in_addr own;

		if (inet_pton(AF_INET, config->nodes[i].url.host, &own) == 1 &&
			ntohl(own.s_addr) == ip)
			return true;
	}
	return false;
}

static void learn(
	struct tw_witnesses *w, const struct tw_p2p_address *peers, uint32_t n, uint32_t source)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!is_own_ip(w->config, peers[i].ip))
			tw_p2p_book_add(&w->book, &peers[i], 1, source);
	}
}

void tw_witnesses_learn(struct tw_witnesses *witnesses, int32_t node,
	const struct tw_p2p_address *peers, uint32_t n_peers)
{
	/* No public address begins with 0, so that the numbers of nodes are no other sources. */
	learn(witnesses, peers, n_peers, (uint32_t)node + 1);
}

static void add_seeds(struct tw_witnesses *w)
{
	const char *text = w->config->witness_seeds;
	struct tw_p2p_address seed;

	while (tw_conf_p2p_next_seed(&text, &seed) > 0)
		(void)tw_p2p_book_add_seed(&w->book, &seed);
	/* Those of the main network are of no use on another one. */
	if (w->config->witness_seeds[0] != '\0' || w->config->p2p_network_id[0] != '\0')
		return;
	for (const char *const *seeds = w->coin->seeds; *seeds != NULL; seeds++) {
		if (tw_p2p_address_parse(*seeds, strlen(*seeds), &seed) == 0)
			(void)tw_p2p_book_add_seed(&w->book, &seed);
	}
}

/* Whether an own daemon, or a witness beside this one, answers there. */
static bool is_known_peer(const struct slot *slot)
{
	const struct tw_witnesses *w = slot->witnesses;
	uint64_t peer_id = slot->conn.talk.peer_id;

	for (uint32_t i = 0; i < w->n; i++) {
		const struct slot *other = &w->slots[i];

		if (other != slot && other->is_up && other->conn.talk.peer_id == peer_id)
			return true;
	}
	return tw_links_has_peer(w->links, peer_id);
}

/* --- one witness --- */

/* The slot is free again. */
static void release(struct slot *slot, bool is_good)
{
	struct tw_witnesses *w = slot->witnesses;
	bool was_up = slot->is_up;

	tw_conn_close(&slot->conn);
	tw_p2p_book_give_back(&w->book, slot->entry, tw_loop_now(w->loop), is_good);
	slot->entry = -1;
	slot->is_up = false;
	if (was_up)
		w->fn(w->ctx, slot_number(slot), NULL);
}

static void take_tip(struct slot *slot)
{
	struct tw_witnesses *w = slot->witnesses;
	const struct tw_p2p_parser_fields *fields = &slot->conn.talk.parser.fields;

	learn(w, fields->peers, fields->n_peers, w->book.entries[slot->entry].address.ip);
	w->fn(w->ctx, slot_number(slot), &slot->conn.talk.tip.point);
}

static void on_conn(void *ctx, enum tw_conn_event event)
{
	struct slot *slot = ctx;
	int64_t now = tw_loop_now(slot->witnesses->loop);

	switch (event) {
	case TW_CONN_EVENT_UP:
	case TW_CONN_EVENT_TIP:
		/* Looked at with each tip, because the link of an own daemon may come up later. */
		if (is_known_peer(slot)) {
			release(slot, false);
			break;
		}
		if (!slot->is_up)
			slot->since_us = now;
		slot->is_up = true;
		take_tip(slot);
		break;
	case TW_CONN_EVENT_PUSH:
		break;
	case TW_CONN_EVENT_CLOSED:
		release(slot, slot->is_up && now - slot->since_us >= PROVEN_US);
		break;
	}
}

static void start(struct slot *slot, int32_t entry)
{
	struct tw_witnesses *w = slot->witnesses;
	const struct tw_p2p_address *address = &w->book.entries[entry].address;
	struct tw_p2p_message_self self = {
		.peer_id = w->peer_id,
		.version = tw_p2p_coin_version(w->coin, ""),
		.wall_s = tw_loop_to_wall(w->loop, tw_loop_now(w->loop)) / TW_SEC,
	};
	struct in_addr ip = { htonl(address->ip) };
	char text[ADDRESS_MAX];

	tw_conf_p2p_network_id(w->config, w->coin, self.network_id);
	inet_ntop(AF_INET, &ip, text, sizeof(text));
	slot->entry = entry;
	tw_conn_open(&slot->conn, text, address->port, w->coin, &self, &w->known);
}

/* --- all of them --- */

static void replace_oldest(struct tw_witnesses *w, int64_t now)
{
	struct slot *oldest = NULL;

	if (now < w->replace_us || !tw_p2p_book_has_more(&w->book, now, max_per_source(w)))
		return;
	w->replace_us = now + REPLACE_EVERY_US;
	for (uint32_t i = 0; i < w->n; i++) {
		if (w->slots[i].is_up &&
			(oldest == NULL || w->slots[i].since_us < oldest->since_us))
			oldest = &w->slots[i];
	}
	if (oldest != NULL)
		release(oldest, true);
}

static void on_timer(void *ctx)
{
	struct tw_witnesses *w = ctx;
	int64_t now = tw_loop_now(w->loop);

	tw_loop_arm(w->timer, now + TRY_EVERY_US);
	replace_oldest(w, now);
	for (uint32_t i = 0; i < w->n; i++) {
		int32_t entry;

		if (w->slots[i].entry >= 0)
			continue;
		entry = tw_p2p_book_take(&w->book, now, max_per_source(w));
		if (entry >= 0)
			start(&w->slots[i], entry);
		break;
	}
}

void tw_witnesses_observe(struct tw_witnesses *witnesses, const struct tw_observation *obs,
	const struct tw_rpc_peer *peer)
{
	const struct tw_p2p_coin *coin = tw_conf_p2p_coin(witnesses->config, peer->dialect);
	int64_t now = tw_loop_now(witnesses->loop);

	if (obs->result != TW_RESULT_OK || obs->n_chain == 0 || coin == NULL)
		return;
	/* A height of one block claims nothing; the hash is one that the others know. */
	witnesses->known = (struct tw_point){ 0, obs->chain[obs->n_chain - 1].hash };
	if (witnesses->coin != NULL)
		return;
	witnesses->coin = coin;
	add_seeds(witnesses);
	witnesses->replace_us = now + REPLACE_EVERY_US;
	tw_loop_arm(witnesses->timer, now);
}

int tw_witnesses_create(struct tw_loop *loop, const struct tw_config *config,
	const struct tw_links *links, tw_witnesses_fn *fn, void *ctx,
	struct tw_witnesses **ret_witnesses)
{
	struct tw_witnesses *w = calloc(1, sizeof(*w) + config->n_witnesses * sizeof(w->slots[0]));
	uint64_t random[2] = { 0, 0 };
	int r = w == NULL ? -ENOMEM : tw_loop_add_timer(loop, on_timer, w, &w->timer);

	if (r < 0) {
		free(w);
		return r;
	}
	w->loop = loop;
	w->config = config;
	w->links = links;
	w->fn = fn;
	w->ctx = ctx;
	if (getrandom(random, sizeof(random), GRND_NONBLOCK) < 0)
		random[0] = random[1] = (uint64_t)tw_loop_to_wall(loop, tw_loop_now(loop));
	w->peer_id = random[0] | 1;
	tw_p2p_book_init(&w->book, random[1]);
	for (; r == 0 && w->n < config->n_witnesses; w->n++) {
		struct slot *slot = &w->slots[w->n];

		slot->witnesses = w;
		slot->entry = -1;
		r = tw_conn_init(&slot->conn, loop, on_conn, slot);
	}
	if (r < 0)
		tw_witnesses_destroy(w);
	else
		*ret_witnesses = w;
	return r;
}

void tw_witnesses_destroy(struct tw_witnesses *witnesses)
{
	if (witnesses == NULL)
		return;
	for (uint32_t i = 0; i < witnesses->n; i++)
		tw_conn_finish(&witnesses->slots[i].conn);
	tw_loop_remove_timer(witnesses->timer);
	free(witnesses);
}
