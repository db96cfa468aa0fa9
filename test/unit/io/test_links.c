/* io/link/links and conn: when a node's P2P link is made, what it brings, and when it is tried
 * again. */
#include "conf/config.h"
#include "io/link/links.h"
#include "p2p_net.h"
#include <string.h>
#include <sys/socket.h>

enum { A, B, UNWANTED, NODES };

struct fixture {
	struct tw_config config;
	struct tw_node_conf nodes[NODES];
	struct tw_links *links;
	struct tw_rpc_peer peer;
	char news[64]; /* a letter for each, with the node's number before it */
	struct tw_point tip;
};

static char nothing[] = "", off[] = "off", at_a[] = "20.1.0.1:0", at_b[] = "20.2.0.1:777";

static void on_news(void *ctx, int32_t node, enum tw_link link, const struct tw_point *tip)
{
	static const char letters[] = { [TW_LINK_UP] = 'U',
		[TW_LINK_TIP] = 'T',
		[TW_LINK_PUSH] = 'P',
		[TW_LINK_CLOSED] = 'C' };
	struct fixture *f = ctx;
	size_t n = strlen(f->news);

	assert_that(n, <, sizeof(f->news) - 3);
	f->news[n] = (char)('0' + node);
	f->news[n + 1] = letters[link];
	f->news[n + 2] = '\0';
	f->tip = *tip;
}

static void begin(struct fixture *f, enum tw_dialect dialect)
{
	*f = (struct fixture){ .config = { .n_nodes = NODES,
				       .nodes = f->nodes,
				       .p2p_network_id = nothing,
				       .witness_seeds = nothing } };
	f->nodes[A].p2p = at_a;
	f->nodes[B].p2p = at_b;
	f->nodes[UNWANTED].p2p = off;
	tw_rpc_peer_init(&f->peer, dialect, NULL, 0);
	f->peer.dialect = dialect;
	p2p_net_begin();
	assert_int_equal(tw_links_create(p2p_net_loop(), &f->config, on_news, f, &f->links), 0);
}

static void finish(struct fixture *f)
{
	tw_links_destroy(f->links);
	p2p_net_end();
}

static const struct tw_p2p_coin *coin_of(const struct fixture *f)
{
	return tw_p2p_coin_of(f->peer.dialect);
}

/* A check of the node has ended. */
static void check(struct fixture *f, int32_t node, enum tw_result result)
{
	struct tw_observation obs;
	struct tw_point tip = { .height = 1000, .hash.bytes = { 1 } };

	tw_observation_init(&obs, result);
	if (result == TW_RESULT_OK)
		tw_observation_add(&obs, &tip);
	tw_links_observe(f->links, node, &obs, &f->peer);
	p2p_net_advance(0);
}

static const struct tw_p2p_state *state_of(const struct fixture *f, int32_t node)
{
	return tw_links_state(f->links, node);
}

/* The node's daemon takes the connection that is made to it now. */
static void go_up(struct fixture *f, int32_t node, struct p2p_daemon *daemon)
{
	p2p_daemon_accept(daemon, coin_of(f), 70 + (uint64_t)node, 1000);
	p2p_daemon_expect(daemon, TW_P2P_COIN_HANDSHAKE);
	p2p_daemon_welcome(daemon, NULL, 0);
	P2P_NET_WAIT(state_of(f, node)->phase == TW_P2P_UP);
}

static void lose(struct fixture *f, int32_t node, struct p2p_daemon *daemon)
{
	p2p_daemon_close(daemon);
	P2P_NET_WAIT(state_of(f, node)->phase == TW_P2P_NONE);
}

static void test_a_link(void **state)
{
	struct p2p_daemon daemon;
	struct fixture f;

	(void)state;
	begin(&f, TW_DIALECT_MONERO);
	p2p_net_advance(TW_HOUR);
	assert_string_equal(p2p_net_dialled(), ""); /* no check has shown the daemon yet */
	assert_int_equal(state_of(&f, B)->since_us, TW_UNKNOWN);
	check(&f, UNWANTED, TW_RESULT_OK);
	assert_string_equal(p2p_net_dialled(), "");
	check(&f, B, TW_RESULT_OK);
	assert_string_equal(p2p_net_dialled(), "20.2.0.1:777");
	assert_string_equal(state_of(&f, B)->address, "20.2.0.1:777");
	assert_int_equal(state_of(&f, B)->phase, TW_P2P_CONNECTING);
	/* It says the daemon's own block, a height of one, and the network of the coin. */
	p2p_daemon_accept(&daemon, coin_of(&f), 77, 1003);
	p2p_daemon_expect(&daemon, TW_P2P_COIN_HANDSHAKE);
	assert_int_equal(daemon.parser.fields.height, 0);
	assert_int_equal(daemon.parser.fields.hash.bytes[0], 1);
	assert_memory_equal(
		daemon.parser.fields.network_id, coin_of(&f)->network_id, TW_P2P_COIN_NETWORK_ID);
	assert_int_not_equal(daemon.parser.fields.peer_id, 0);
	assert_false(tw_links_has_peer(f.links, 77));
	p2p_daemon_welcome(&daemon, (struct tw_p2p_address[]){ { 0x20030001, 5 } }, 1);
	P2P_NET_WAIT(f.news[0] != '\0');
	assert_string_equal(f.news, "1U");
	assert_int_equal(state_of(&f, B)->phase, TW_P2P_UP);
	assert_int_equal(state_of(&f, B)->height, 1003);
	assert_true(tw_links_has_peer(f.links, 77));
	assert_false(tw_links_has_peer(f.links, 78));
	p2p_daemon_push(&daemon, 1004);
	P2P_NET_WAIT(strcmp(f.news, "1U1P") == 0);
	assert_int_equal(f.tip.height, 1004);
	assert_int_equal(state_of(&f, B)->pushed, 1004);
	assert_int_equal(state_of(&f, B)->n_pushes, 1);
	daemon.height = 1004;
	tw_links_ask(f.links, B);
	tw_links_ask(f.links, B); /* one question at a time */
	p2p_daemon_answer_sync(&daemon);
	P2P_NET_WAIT(strcmp(f.news, "1U1P1T") == 0);
	assert_int_equal(f.tip.height, 1004);
	assert_int_equal(state_of(&f, B)->n_syncs, 1);
	lose(&f, B, &daemon);
	assert_string_equal(f.news, "1U1P1T1C");
	assert_string_equal(state_of(&f, B)->error, "it closed the connection");
	assert_int_equal(state_of(&f, B)->n_closed, 1);
	assert_false(tw_links_has_peer(f.links, 77));
	finish(&f);
}

static void test_the_port_of_the_coin(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, TW_DIALECT_MONERO);
	p2p_net_refuse(true);
	check(&f, A, TW_RESULT_OK);
	assert_string_equal(p2p_net_dialled(), "20.1.0.1:18080");
	assert_string_equal(state_of(&f, A)->error, "no connection: Connection refused");
	finish(&f);
	/* Of a daemon whose coin is not known only a port of its own is used. */
	begin(&f, TW_DIALECT_AUTO);
	check(&f, A, TW_RESULT_OK);
	check(&f, B, TW_RESULT_OK);
	assert_string_equal(p2p_net_dialled(), "");
	finish(&f);
}

/* Each try waits twice as long as the one before, up to five minutes. */
static void test_tries_again(void **state)
{
	struct p2p_daemon daemon;
	struct fixture f;

	(void)state;
	begin(&f, TW_DIALECT_MONERO);
	p2p_net_refuse(true);
	check(&f, B, TW_RESULT_OK);
	for (int64_t wait_us = TW_SEC; wait_us < 20 * TW_MIN; wait_us *= 2) {
		int64_t us = wait_us < 5 * TW_MIN ? wait_us : 5 * TW_MIN;

		assert_string_equal(p2p_net_dialled(), "20.2.0.1:777");
		p2p_net_advance(us - 1);
		check(&f, B, TW_RESULT_OK);
		assert_string_equal(p2p_net_dialled(), "");
		p2p_net_advance(1);
	}
	assert_string_equal(p2p_net_dialled(), "20.2.0.1:777");
	/* A daemon that fails its checks is left alone, and tried soon after it has come back. */
	check(&f, B, TW_RESULT_TIMEOUT);
	p2p_net_advance(5 * TW_MIN);
	assert_string_equal(p2p_net_dialled(), "20.2.0.1:777");
	p2p_net_advance(TW_HOUR);
	assert_string_equal(p2p_net_dialled(), "");
	check(&f, B, TW_RESULT_OK);
	assert_string_equal(p2p_net_dialled(), "20.2.0.1:777");
	p2p_net_advance(TW_SEC);
	assert_string_equal(p2p_net_dialled(), "20.2.0.1:777");
	/* A link that ends soon is no success; after a minute it is. */
	for (int is_proven = 0; is_proven < 2; is_proven++) {
		p2p_net_refuse(false);
		p2p_net_advance(is_proven == 0 ? 2 * TW_SEC : 4 * TW_SEC);
		(void)p2p_net_dialled();
		go_up(&f, B, &daemon);
		for (int i = 0; i < 11 + is_proven; i++) {
			p2p_net_advance(5 * TW_SEC);
			p2p_daemon_answer_sync(&daemon);
			P2P_NET_WAIT(
				state_of(&f, B)->n_syncs == (uint64_t)(11 * is_proven + i + 1));
		}
		p2p_net_advance(is_proven == 0 ? 5 * TW_SEC - 1 : 0);
		p2p_net_refuse(true);
		lose(&f, B, &daemon);
		p2p_net_advance(is_proven == 0 ? 4 * TW_SEC - 1 : TW_SEC - 1);
		assert_string_equal(p2p_net_dialled(), "");
	}
	finish(&f);
}

/* TurtleCoind drops whoever speaks too old a version without a word: then the newest one is said.
 */
static void test_version(void **state)
{
	struct p2p_daemon daemon;
	struct fixture f;
	uint8_t newest;

	(void)state;
	begin(&f, TW_DIALECT_TURTLECOIN_RPC);
	newest = tw_p2p_coin_version(coin_of(&f), "");
	strcpy(f.peer.version, "0.1");
	assert_that(tw_p2p_coin_version(coin_of(&f), f.peer.version), <, newest);
	check(&f, B, TW_RESULT_OK);
	p2p_daemon_accept(&daemon, coin_of(&f), 77, 1000);
	p2p_daemon_expect(&daemon, TW_P2P_COIN_HANDSHAKE);
	assert_int_equal(
		daemon.parser.fields.version, tw_p2p_coin_version(coin_of(&f), f.peer.version));
	lose(&f, B, &daemon);
	assert_string_equal(state_of(&f, B)->error, "it closed the connection at the handshake");
	assert_int_equal(state_of(&f, B)->n_closed, 0);
	assert_string_equal(f.news, "");
	p2p_net_advance(TW_SEC);
	p2p_daemon_accept(&daemon, coin_of(&f), 77, 1000);
	p2p_daemon_expect(&daemon, TW_P2P_COIN_HANDSHAKE);
	assert_int_equal(daemon.parser.fields.version, newest);
	/* What it says of itself is said to it from then on. */
	p2p_daemon_welcome(&daemon, NULL, 0);
	P2P_NET_WAIT(state_of(&f, B)->phase == TW_P2P_UP);
	assert_int_equal(state_of(&f, B)->version, 9);
	lose(&f, B, &daemon);
	p2p_net_advance(2 * TW_SEC);
	p2p_daemon_accept(&daemon, coin_of(&f), 77, 1000);
	p2p_daemon_expect(&daemon, TW_P2P_COIN_HANDSHAKE);
	assert_int_equal(daemon.parser.fields.version, 9);
	p2p_daemon_close(&daemon);
	finish(&f);
}

/* It has five seconds for the connection and the handshake, and for each answer after. */
static void test_time_limits(void **state)
{
	struct p2p_daemon daemon;
	struct fixture f;

	(void)state;
	begin(&f, TW_DIALECT_MONERO);
	check(&f, B, TW_RESULT_OK);
	p2p_net_advance(5 * TW_SEC - 1);
	assert_int_equal(state_of(&f, B)->phase, TW_P2P_CONNECTING);
	p2p_net_advance(1);
	assert_string_equal(state_of(&f, B)->error, "no connection in time");
	p2p_daemon_accept(&daemon, coin_of(&f), 77, 1000);
	p2p_daemon_close(&daemon);
	p2p_net_advance(TW_SEC);
	p2p_daemon_accept(&daemon, coin_of(&f), 77, 1000);
	p2p_daemon_expect(&daemon, TW_P2P_COIN_HANDSHAKE);
	p2p_net_advance(5 * TW_SEC - 1);
	assert_int_equal(state_of(&f, B)->phase, TW_P2P_CONNECTING);
	p2p_net_advance(1);
	assert_string_equal(state_of(&f, B)->error, "it does not answer the handshake");
	p2p_daemon_close(&daemon);
	p2p_net_advance(2 * TW_SEC);
	go_up(&f, B, &daemon);
	p2p_net_advance(5 * TW_SEC - 1);
	assert_int_equal(recv(daemon.fd, daemon.bytes, 1, MSG_DONTWAIT), -1);
	p2p_net_advance(1);
	p2p_daemon_expect(&daemon, TW_P2P_COIN_TIMED_SYNC);
	p2p_net_advance(5 * TW_SEC - 1);
	assert_string_equal(f.news, "1U");
	p2p_net_advance(1);
	assert_string_equal(f.news, "1U1C");
	assert_string_equal(state_of(&f, B)->error, "it does not answer any more");
	p2p_daemon_close(&daemon);
	finish(&f);
}

/* However much comes, no more than 256 KiB of it are read in 100 ms. */
static void test_a_flood(void **state)
{
	enum { FLOOD = 1 << 20 };
	static char body[1 << 12];
	struct p2p_daemon daemon;
	struct fixture f;
	uint64_t n = 0;

	(void)state;
	begin(&f, TW_DIALECT_MONERO);
	check(&f, B, TW_RESULT_OK);
	go_up(&f, B, &daemon);
	f.news[0] = '\0';
	for (int pauses = 0; pauses < 2; pauses++) {
		/* More turns than it takes to read so much, 16 KiB in each. */
		for (int i = 0; i < 50; i++) {
			ssize_t sent;

			while (daemon.out.len < FLOOD / 4)
				tw_p2p_message_put_push(
					&daemon.out, daemon.coin, 1001, body, sizeof(body));
			sent = send(daemon.fd, daemon.out.data, daemon.out.len,
				MSG_DONTWAIT | MSG_NOSIGNAL);
			if (sent > 0)
				tw_buf_consume(&daemon.out, (size_t)sent);
			p2p_net_turn();
			f.news[0] = '\0';
		}
		assert_in_range(state_of(&f, B)->n_pushes - n, 32, 70);
		n = state_of(&f, B)->n_pushes;
		p2p_net_advance(100 * TW_MS - 1);
		p2p_net_turn();
		assert_int_equal(state_of(&f, B)->n_pushes, n);
		p2p_net_advance(1);
	}
	p2p_daemon_close(&daemon);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_link),
		cmocka_unit_test(test_the_port_of_the_coin),
		cmocka_unit_test(test_tries_again),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_time_limits),
		cmocka_unit_test(test_a_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
