/* io/link/witnesses: whom of the public network tipwatch asks for tips, and for how long. */
#include "conf/config.h"
#include "io/link/witnesses.h"
#include "p2p_net.h"
#include <string.h>
#include <sys/socket.h>

struct fixture {
	struct tw_config config;
	struct tw_node_conf node;
	struct tw_links *links;
	struct tw_witnesses *witnesses;
	struct tw_rpc_peer peer;
	char news[64]; /* for each: the number of the slot, and whether there is a tip: "0+" "0-" */
	struct tw_point tip;
};

/* The first address of an answer that has one of each /16 from 21.0.0.0 on. */
enum { OTHERS = 0x15000001 };

static char nothing[] = "", one_seed[] = "20.1.0.1:1", two_seeds[] = "20.1.0.1:1 20.2.0.1:2",
	    own[] = "20.9.0.1:9";

static void on_link(void *ctx, int32_t node, enum tw_link link, const struct tw_point *tip)
{
	(void)ctx;
	(void)node;
	(void)link;
	(void)tip;
}

static void on_news(void *ctx, uint32_t slot, const struct tw_point *tip)
{
	struct fixture *f = ctx;
	size_t n = strlen(f->news);

	assert_that(n, <, sizeof(f->news) - 3);
	f->news[n] = (char)('0' + slot);
	f->news[n + 1] = tip == NULL ? '-' : '+';
	f->news[n + 2] = '\0';
	if (tip != NULL)
		f->tip = *tip;
}

static void begin(struct fixture *f, uint32_t n, char *seeds)
{
	*f = (struct fixture){ .config = { .n_nodes = 1,
				       .nodes = &f->node,
				       .n_witnesses = n,
				       .p2p_network_id = nothing,
				       .witness_seeds = seeds } };
	f->node.p2p = own;
	strcpy(f->node.url.host, "20.9.0.1");
	tw_rpc_peer_init(&f->peer, TW_DIALECT_MONERO, NULL, 0);
	f->peer.dialect = TW_DIALECT_MONERO;
	p2p_net_begin();
	assert_int_equal(tw_links_create(p2p_net_loop(), &f->config, on_link, NULL, &f->links), 0);
	assert_int_equal(tw_witnesses_create(
				 p2p_net_loop(), &f->config, f->links, on_news, f, &f->witnesses),
		0);
}

static void finish(struct fixture *f)
{
	tw_witnesses_destroy(f->witnesses);
	tw_links_destroy(f->links);
	p2p_net_end();
}

static struct tw_observation observation(enum tw_result result)
{
	struct tw_observation obs;
	struct tw_point tip = { .height = 1000, .hash.bytes = { 1 } };

	tw_observation_init(&obs, result);
	if (result == TW_RESULT_OK)
		tw_observation_add(&obs, &tip);
	return obs;
}

/* A check of a daemon has ended. */
static void check(struct fixture *f, enum tw_result result)
{
	struct tw_observation obs = observation(result);

	tw_witnesses_observe(f->witnesses, &obs, &f->peer);
	p2p_net_advance(0);
}

static void accept_next(struct p2p_daemon *daemon, uint64_t peer_id)
{
	p2p_daemon_accept(daemon, tw_p2p_coin_of(TW_DIALECT_MONERO), peer_id, 1000);
	p2p_daemon_expect(daemon, TW_P2P_COIN_HANDSHAKE);
}

/* So many addresses, each in a /16 of its own. */
static void welcome_with(struct p2p_daemon *daemon, uint32_t n)
{
	struct tw_p2p_address peers[TW_P2P_PARSER_PEERS];

	for (uint32_t i = 0; i < n; i++)
		peers[i] = (struct tw_p2p_address){ OTHERS + (i << 16), 5 };
	p2p_daemon_welcome(daemon, peers, n);
}

static bool is_closed(const struct p2p_daemon *daemon)
{
	char byte;

	return recv(daemon->fd, &byte, 1, MSG_DONTWAIT) == 0;
}

/* The daemon is asked every five seconds and answers. */
static void live(struct fixture *f, struct p2p_daemon *daemon, int n_syncs)
{
	for (int i = 0; i < n_syncs; i++) {
		f->news[0] = '\0';
		p2p_net_advance(5 * TW_SEC);
		p2p_daemon_answer_sync(daemon);
		P2P_NET_WAIT(f->news[0] != '\0');
	}
}

static void test_seeds(void **state)
{
	struct p2p_daemon a, b;
	struct fixture f;

	(void)state;
	begin(&f, 3, two_seeds);
	check(&f, TW_RESULT_TIMEOUT);
	p2p_net_advance(TW_HOUR);
	assert_string_equal(p2p_net_dialled(), ""); /* the coin is not known yet */
	check(&f, TW_RESULT_OK);
	assert_int_equal(strlen(p2p_net_dialled()), strlen("20.1.0.1:1"));
	accept_next(&a, 70);
	/* A block of the daemon's chain, but no height, is said. */
	assert_int_equal(a.parser.fields.hash.bytes[0], 1);
	assert_int_equal(a.parser.fields.height, 0);
	assert_int_not_equal(a.parser.fields.peer_id, 0);
	p2p_daemon_welcome(&a, NULL, 0);
	P2P_NET_WAIT(f.news[0] != '\0');
	assert_string_equal(f.news, "0+");
	assert_int_equal(f.tip.height, 1000);
	/* One more each second, as long as there are any. */
	p2p_net_advance(TW_SEC - 1);
	assert_string_equal(p2p_net_dialled(), "");
	p2p_net_advance(1);
	assert_int_equal(strlen(p2p_net_dialled()), strlen("20.1.0.1:1"));
	accept_next(&b, 71);
	p2p_daemon_welcome(&b, NULL, 0);
	P2P_NET_WAIT(strcmp(f.news, "0+1+") == 0);
	p2p_net_advance(2 * TW_SEC);
	assert_string_equal(p2p_net_dialled(), "");
	/* Pushes are nothing to it, tips are. */
	p2p_daemon_push(&b, 1001);
	b.height = 1001;
	p2p_net_advance(2 * TW_SEC);
	p2p_daemon_answer_sync(&a);
	P2P_NET_WAIT(strcmp(f.news, "0+1+0+") == 0);
	p2p_net_advance(TW_SEC);
	p2p_daemon_answer_sync(&b);
	P2P_NET_WAIT(strcmp(f.news, "0+1+0+1+") == 0);
	assert_int_equal(f.tip.height, 1001);
	p2p_daemon_close(&a);
	P2P_NET_WAIT(strcmp(f.news, "0+1+0+1+0-") == 0);
	p2p_daemon_close(&b);
	P2P_NET_WAIT(strcmp(f.news, "0+1+0+1+0-1-") == 0);
	finish(&f);
}

/* The coin's own seeds are asked where the operator names none, and on the main network only. */
static void test_seeds_of_the_coin(void **state)
{
	static char regtest[] = "0123456789abcdef0123456789abcdef";
	const struct tw_p2p_coin *coin = tw_p2p_coin_of(TW_DIALECT_MONERO);
	struct fixture f;

	(void)state;
	for (int is_main = 0; is_main < 2; is_main++) {
		bool is_seed = false;
		const char *dialled;

		begin(&f, 1, nothing);
		p2p_net_refuse(true);
		f.config.p2p_network_id = is_main ? nothing : regtest;
		check(&f, TW_RESULT_OK);
		dialled = p2p_net_dialled();
		for (const char *const *seed = coin->seeds; *seed != NULL; seed++)
			is_seed = is_seed || strcmp(dialled, *seed) == 0;
		assert_int_equal(is_seed, is_main);
		if (!is_main)
			assert_string_equal(dialled, "");
		finish(&f);
	}
}

/* Who answers at two addresses is one witness, and an own daemon is none. */
static void test_known_peers(void **state)
{
	struct tw_observation obs = observation(TW_RESULT_OK);
	struct p2p_daemon a, b, own_daemon;
	struct fixture f;

	(void)state;
	begin(&f, 3, two_seeds);
	check(&f, TW_RESULT_OK);
	accept_next(&a, 70);
	p2p_daemon_welcome(&a, NULL, 0);
	P2P_NET_WAIT(f.news[0] != '\0');
	p2p_net_advance(TW_SEC);
	accept_next(&b, 70);
	p2p_daemon_welcome(&b, NULL, 0);
	P2P_NET_WAIT(is_closed(&b));
	assert_string_equal(f.news, "0+");
	p2p_daemon_close(&b);
	/* The link of an own daemon comes up later: its next tip is its last one. */
	(void)p2p_net_dialled();
	tw_links_observe(f.links, 0, &obs, &f.peer);
	p2p_net_advance(0);
	assert_string_equal(p2p_net_dialled(), "20.9.0.1:9");
	accept_next(&own_daemon, 70);
	p2p_daemon_welcome(&own_daemon, NULL, 0);
	P2P_NET_WAIT(tw_links_has_peer(f.links, 70));
	p2p_net_advance(4 * TW_SEC);
	p2p_daemon_answer_sync(&a);
	P2P_NET_WAIT(is_closed(&a));
	assert_string_equal(f.news, "0+0-");
	p2p_daemon_close(&a);
	p2p_daemon_close(&own_daemon);
	finish(&f);
}

/* What nodes tell of is asked too, but no address of an own daemon, whoever names it. */
static void test_learns(void **state)
{
	static const struct tw_p2p_address told[] = { { 0x14090001, 7 }, { 0x14080001, 8 } };
	struct p2p_daemon a, b;
	struct fixture f;

	(void)state;
	begin(&f, 2, one_seed);
	check(&f, TW_RESULT_OK);
	assert_string_equal(p2p_net_dialled(), "20.1.0.1:1");
	accept_next(&a, 70);
	p2p_daemon_welcome(&a, told, 1);
	P2P_NET_WAIT(f.news[0] != '\0');
	p2p_net_advance(TW_SEC);
	assert_string_equal(p2p_net_dialled(), "");
	tw_witnesses_learn(f.witnesses, 0, told, 2);
	p2p_net_advance(TW_SEC);
	assert_string_equal(p2p_net_dialled(), "20.8.0.1:8");
	accept_next(&b, 71);
	p2p_daemon_close(&a);
	p2p_daemon_close(&b);
	P2P_NET_WAIT(strcmp(f.news, "0+0-") == 0);
	finish(&f);
}

/* A quarter of them, and no more, are of one answerer; of few witnesses it is one. */
static void test_share_of_an_answerer(void **state)
{
	static const struct {
		uint32_t n, share;
	} cases[] = { { 2, 1 }, { 4, 1 }, { 8, 2 }, { 12, 3 } };

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct p2p_daemon seed, others[4];
		struct fixture f;

		begin(&f, cases[i].n, one_seed);
		check(&f, TW_RESULT_OK);
		accept_next(&seed, 70);
		welcome_with(&seed, 20);
		P2P_NET_WAIT(f.news[0] != '\0');
		(void)p2p_net_dialled();
		for (uint32_t k = 0; k < cases[i].share; k++) {
			p2p_net_advance(TW_SEC);
			assert_string_not_equal(p2p_net_dialled(), "");
			accept_next(&others[k], 80 + k);
		}
		p2p_net_advance(TW_SEC);
		assert_string_equal(p2p_net_dialled(), "");
		for (uint32_t k = 0; k < cases[i].share; k++)
			p2p_daemon_close(&others[k]);
		p2p_daemon_close(&seed);
		finish(&f);
	}
}

/* Every ten minutes the oldest one makes room for another, if there is any. */
static void test_replaces_the_oldest(void **state)
{
	struct p2p_daemon a, b;
	struct fixture f;

	(void)state;
	for (int has_more = 0; has_more < 2; has_more++) {
		begin(&f, 1, one_seed);
		check(&f, TW_RESULT_OK);
		assert_string_equal(p2p_net_dialled(), "20.1.0.1:1");
		accept_next(&a, 70);
		welcome_with(&a, has_more ? 1 : 0);
		P2P_NET_WAIT(f.news[0] != '\0');
		live(&f, &a, 119);
		assert_string_equal(p2p_net_dialled(), "");
		f.news[0] = '\0';
		p2p_net_advance(5 * TW_SEC);
		assert_string_equal(f.news, has_more ? "0-" : "");
		assert_string_equal(p2p_net_dialled(), has_more ? "21.0.0.1:5" : "");
		if (has_more) {
			accept_next(&b, 71);
			p2p_daemon_close(&b);
		}
		p2p_daemon_close(&a);
		finish(&f);
	}
}

/* An address that fails is tried again after a minute, then two; a good one after a minute. */
static void test_tries_again(void **state)
{
	struct p2p_daemon a;
	struct fixture f;

	(void)state;
	begin(&f, 1, one_seed);
	p2p_net_refuse(true);
	check(&f, TW_RESULT_OK);
	for (int64_t wait_us = TW_MIN; wait_us <= 2 * TW_MIN; wait_us += TW_MIN) {
		assert_string_equal(p2p_net_dialled(), "20.1.0.1:1");
		p2p_net_advance(wait_us - 1);
		assert_string_equal(p2p_net_dialled(), "");
		p2p_net_advance(1);
	}
	assert_string_equal(p2p_net_dialled(), "20.1.0.1:1");
	/* It stood for less than a minute: that is a failure too. Then it stands for a minute. */
	for (int is_good = 0; is_good < 2; is_good++) {
		p2p_net_refuse(false);
		p2p_net_advance(is_good ? 1 : 4 * TW_MIN);
		assert_string_equal(p2p_net_dialled(), "20.1.0.1:1");
		accept_next(&a, 70);
		p2p_daemon_welcome(&a, NULL, 0);
		P2P_NET_WAIT(f.news[0] != '\0');
		live(&f, &a, 11 + is_good);
		f.news[0] = '\0';
		p2p_daemon_close(&a);
		P2P_NET_WAIT(f.news[0] != '\0');
		assert_string_equal(f.news, "0-");
		f.news[0] = '\0';
		p2p_net_refuse(true);
		p2p_net_advance((is_good ? 1 : 8) * TW_MIN - 1);
		assert_string_equal(p2p_net_dialled(), "");
		if (is_good)
			p2p_net_advance(1);
	}
	assert_string_equal(p2p_net_dialled(), "20.1.0.1:1");
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_seeds_of_the_coin),
		cmocka_unit_test(test_known_peers),
		cmocka_unit_test(test_learns),
		cmocka_unit_test(test_share_of_an_answerer),
		cmocka_unit_test(test_replaces_the_oldest),
		cmocka_unit_test(test_tries_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
