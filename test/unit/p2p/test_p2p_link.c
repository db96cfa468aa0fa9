/* p2p/link, with the parser and the frames below it: the conversation with daemons of both coins,
 * as recorded and as they might misbehave. */
#include "compare.h"
#include "p2p/link.h"
#include "recorded_p2p.h"
#include <stdio.h>
#include <stdlib.h>

struct fixture {
	struct tw_p2p_link link;
	struct tw_buf out;    /* what tipwatch says */
	struct tw_buf daemon; /* what the daemon is to say */
	struct tw_point tip;
	const struct tw_p2p_coin *coin;
};

static const struct tw_p2p_coin *monero(void)
{
	return tw_p2p_coin_of(TW_DIALECT_MONERO);
}

static const struct tw_p2p_coin *turtlecoin(void)
{
	return tw_p2p_coin_of(TW_DIALECT_TURTLECOIN_RPC);
}

static struct tw_p2p_message_self make_self(const struct tw_p2p_coin *coin, uint64_t peer_id)
{
	struct tw_p2p_message_self self = {
		.peer_id = peer_id, .version = 11, .wall_s = 1700000000
	};

	memcpy(self.network_id, coin->network_id, sizeof(self.network_id));
	return self;
}

static void begin(struct fixture *f, const struct tw_p2p_coin *coin)
{
	struct tw_p2p_message_self self = make_self(coin, 7);

	*f = (struct fixture){ .coin = coin, .tip.height = 5 };
	assert_int_equal(tw_hash_parse(RECORDED_TOP, TW_HASH_HEX, &f->tip.hash), 0);
	tw_buf_init(&f->out, TW_P2P_LINK_OUT_MAX);
	tw_buf_init(&f->daemon, 1 << 20);
	tw_p2p_link_init(&f->link, coin, &self, &f->tip, &f->out);
}

static void finish(struct fixture *f)
{
	tw_buf_finish(&f->out);
	tw_buf_finish(&f->daemon);
}

/* The link reads data in pieces; writes the events as digits. */
static const char *hear(
	struct fixture *f, const void *data, size_t len, size_t piece, char events[64])
{
	size_t n_events = 0;

	for (size_t at = 0; at < len; at += piece) {
		size_t left = len - at < piece ? len - at : piece;
		uint8_t *copy = malloc(left);
		const uint8_t *next = copy;
		enum tw_p2p_link_event event = TW_P2P_LINK_NONE;

		assert_non_null(copy);
		memcpy(copy, (const uint8_t *)data + at, left);
		while (event != TW_P2P_LINK_BAD && (event = tw_p2p_link_read(&f->link, &next, &left,
							    &f->out)) != TW_P2P_LINK_NONE) {
			assert_that(n_events, <, 63);
			events[n_events++] = "-UTPB"[event];
		}
		free(copy);
		if (event == TW_P2P_LINK_BAD)
			break;
	}
	events[n_events] = '\0';
	return events;
}

/* The same for what the test has put together. */
static const char *hear_daemon(struct fixture *f, char events[64])
{
	hear(f, f->daemon.data, f->daemon.len, f->daemon.len, events);
	tw_buf_clear(&f->daemon);
	return events;
}

static struct tw_p2p_message_tip tip_at(const struct fixture *f, int64_t height)
{
	return (struct tw_p2p_message_tip){ .point = { height, f->tip.hash }, .top_version = 16 };
}

static void answer_handshake(struct fixture *f)
{
	struct tw_p2p_message_self self = make_self(f->coin, 9);
	struct tw_p2p_message_tip tip = tip_at(f, 5);

	self.version = f->coin->has_version ? 12 : 0;
	tw_p2p_message_put_handshake(&f->daemon, f->coin, TW_P2P_FRAME_RESPONSE, &self, &tip);
}

static void go_up(struct fixture *f, const struct tw_p2p_coin *coin)
{
	char events[64];

	begin(f, coin);
	answer_handshake(f);
	assert_string_equal(hear_daemon(f, events), "U");
	tw_buf_clear(&f->out);
}

static void put_frame(struct fixture *f, enum tw_p2p_frame_kind kind, uint32_t command,
	int32_t return_code, const void *body, size_t len)
{
	const struct tw_p2p_frame frame = {
		.body_len = len, .kind = kind, .command = command, .return_code = return_code
	};

	tw_p2p_frame_put(&frame, &f->daemon);
	tw_buf_append(&f->daemon, body, len);
}

static void test_recorded_monerod(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 400; piece += 13) {
		struct fixture f;
		char events[64];

		begin(&f, monero());
		hear(&f, recorded_handshake, sizeof(recorded_handshake), piece, events);
		assert_string_equal(events, "U");
		assert_int_equal(f.link.tip.point.height, 5);
		assert_memory_equal(&f.link.tip.point.hash, &f.tip.hash, TW_HASH_BYTES);
		assert_int_equal(f.link.tip.top_version, 16);
		assert_int_equal(f.link.version, 0);
		assert_true(tw_p2p_link_ask(&f.link, &f.out));
		hear(&f, recorded_sync, sizeof(recorded_sync), piece, events);
		assert_string_equal(events, "T");
		hear(&f, recorded_push, sizeof(recorded_push), piece, events);
		assert_string_equal(events, "P");
		assert_int_equal(f.link.pushed, 6);
		/* A push says nothing of the tip. */
		assert_int_equal(f.link.tip.point.height, 5);
		finish(&f);
	}
}

/* All that tipwatch says in its first frame, by the parser that reads it. */
static void check_handshake(const struct tw_p2p_coin *coin, int64_t height)
{
	const uint8_t *next;
	struct fixture f;
	struct tw_p2p_parser parser;
	size_t left;

	begin(&f, coin);
	next = (const uint8_t *)f.out.data;
	left = f.out.len;
	tw_p2p_parser_init(&parser, coin);
	assert_int_equal(tw_p2p_parser_read(&parser, &next, &left), TW_P2P_PARSER_FRAME);
	assert_int_equal(left, 0);
	assert_int_equal(parser.frame.kind, TW_P2P_FRAME_REQUEST);
	assert_int_equal(parser.frame.command, 1001);
	assert_int_equal(parser.fields.height, height);
	assert_memory_equal(&parser.fields.hash, &f.tip.hash, TW_HASH_BYTES);
	assert_memory_equal(parser.fields.network_id, coin->network_id, TW_P2P_COIN_NETWORK_ID);
	assert_int_equal(parser.fields.peer_id, 7);
	assert_int_equal(parser.fields.version, coin->has_version ? 11 : 0);
	finish(&f);
}

static void test_says_the_tip_of_the_daemon(void **state)
{
	(void)state;
	check_handshake(turtlecoin(), 5);
	/* Less than it has, because the version of its top block is not known yet. */
	check_handshake(monero(), 0);
}

/* Reads the frames that the link has sent; returns their commands and heights. */
static const char *said(struct fixture *f, char text[256])
{
	const uint8_t *next = (const uint8_t *)f->out.data;
	struct tw_p2p_parser parser;
	size_t left = f->out.len;
	int n = 0;

	text[0] = '\0';
	tw_p2p_parser_init(&parser, f->coin);
	while (tw_p2p_parser_read(&parser, &next, &left) == TW_P2P_PARSER_FRAME)
		n += snprintf(text + n, 256 - (size_t)n, "%s%u:%d ",
			parser.frame.kind == TW_P2P_FRAME_RESPONSE ? "a" : "q",
			parser.frame.command, (int)parser.fields.height);
	tw_buf_clear(&f->out);
	return text;
}

static void test_asks_and_answers(void **state)
{
	struct tw_p2p_message_tip tip;
	char events[64], text[256];
	struct fixture f;

	(void)state;
	begin(&f, turtlecoin());
	tw_buf_clear(&f.out);
	assert_false(tw_p2p_link_ask(&f.link, &f.out)); /* not before the handshake is answered */
	answer_handshake(&f);
	assert_string_equal(hear_daemon(&f, events), "U");
	assert_int_equal(f.link.version, 12);
	assert_true(tw_p2p_link_ask(&f.link, &f.out));
	assert_false(tw_p2p_link_ask(&f.link, &f.out)); /* one at a time */
	assert_string_equal(said(&f, text), "q1002:5 ");

	tip = tip_at(&f, 8);
	tw_p2p_message_put_timed_sync(&f.daemon, f.coin, TW_P2P_FRAME_RESPONSE, &tip);
	assert_string_equal(hear_daemon(&f, events), "T");
	/* It is told its own tip, in questions and in answers, whatever it claims itself. */
	assert_true(tw_p2p_link_ask(&f.link, &f.out));
	tip = tip_at(&f, 100);
	tw_p2p_message_put_timed_sync(&f.daemon, f.coin, TW_P2P_FRAME_REQUEST, &tip);
	put_frame(&f, TW_P2P_FRAME_REQUEST, 1007, 0, "", 0);
	/* Questions that are not for us. */
	put_frame(&f, TW_P2P_FRAME_REQUEST, 1003, 0, "", 0);
	put_frame(&f, TW_P2P_FRAME_REQUEST, 4321, 0, "xyz", 3);
	put_frame(&f, TW_P2P_FRAME_NOTIFICATION, 2006, 0, "chain", 5);
	put_frame(&f, TW_P2P_FRAME_NOTIFICATION, 1007, 0, "", 0);
	assert_string_equal(hear_daemon(&f, events), "");
	assert_string_equal(said(&f, text), "q1002:8 a1002:8 a1007:-1 ");
	finish(&f);
}

/* The highest height that a daemon may say, and one more. */
static void test_highest_height(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct tw_p2p_message_tip tip;
		struct fixture f;
		char events[64];

		go_up(&f, monero());
		tip = tip_at(&f, TW_HEIGHT_MAX + more);
		assert_true(tw_p2p_link_ask(&f.link, &f.out));
		tw_p2p_message_put_timed_sync(&f.daemon, f.coin, TW_P2P_FRAME_RESPONSE, &tip);
		assert_string_equal(hear_daemon(&f, events), more ? "B" : "T");
		assert_int_equal(f.link.tip.point.height, more ? 5 : TW_HEIGHT_MAX);
		finish(&f);
	}
}

/* The peer list in the answer to the handshake, in both forms, in pieces of any size. */
static void test_peer_lists(void **state)
{
	const struct tw_p2p_coin *coins[] = { monero(), turtlecoin() };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (size_t piece = 1; piece < 6000; piece = piece * 3 + 1) {
			struct tw_p2p_address peers[TW_P2P_MESSAGE_PEERS_MAX];
			struct tw_p2p_message_self self = make_self(coins[i], 9);
			struct tw_p2p_message_tip tip;
			struct fixture f;
			char events[64];

			for (uint32_t k = 0; k < TW_P2P_MESSAGE_PEERS_MAX; k++)
				peers[k] = (struct tw_p2p_address){ 0x01020304 + (k << 16),
					(uint16_t)(18080 + k) };
			begin(&f, coins[i]);
			tip = tip_at(&f, 5);
			tw_p2p_message_put_welcome(
				&f.daemon, coins[i], &self, &tip, peers, TW_P2P_MESSAGE_PEERS_MAX);
			hear(&f, f.daemon.data, f.daemon.len, piece, events);
			assert_string_equal(events, "U");
			assert_int_equal(f.link.peer_id, 9);
			assert_int_equal(f.link.tip.point.height, 5);
			assert_int_equal(f.link.parser.fields.n_peers, TW_P2P_PARSER_PEERS);
			for (uint32_t k = 0; k < TW_P2P_PARSER_PEERS; k++)
				assert_true(tw_p2p_address_equal(
					&f.link.parser.fields.peers[k], &peers[k]));
			finish(&f);
		}
	}
}

static void test_pushes_of_each_coin(void **state)
{
	static const char *const wanted[] = { [0] = "PP", [1] = "PP" };
	const struct tw_p2p_coin *coins[] = { monero(), turtlecoin() };
	static const uint32_t others[] = { 2009, 2008 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct tw_buf push;
		struct fixture f;
		char events[64];

		begin(&f, coins[i]);
		/* Before the handshake is answered a push says nothing. */
		tw_p2p_message_put_push(&f.daemon, coins[i], 41, "block", 5);
		assert_string_equal(hear_daemon(&f, events), "");
		answer_handshake(&f);
		assert_string_equal(hear_daemon(&f, events), "U");
		tw_p2p_message_put_push(&f.daemon, coins[i], 41, "block", 5);
		tw_buf_init(&push, 4096);
		tw_p2p_message_put_push(&push, coins[i], 42, "block", 5);
		/* The other command that brings blocks, and the number that is one of another coin.
		 */
		put_frame(&f, TW_P2P_FRAME_NOTIFICATION, 2001, 0, push.data + TW_P2P_FRAME_HEAD,
			push.len - TW_P2P_FRAME_HEAD);
		put_frame(&f, TW_P2P_FRAME_NOTIFICATION, others[i], 0, "\1", 1);
		assert_string_equal(hear_daemon(&f, events), wanted[i]);
		assert_int_equal(f.link.pushed, 42);
		tw_buf_finish(&push);
		finish(&f);
	}
}

static void test_bodies_of_no_use_are_dropped(void **state)
{
	static const uint8_t zeros[65536];
	const struct tw_p2p_frame frame = { .body_len = TW_P2P_PARSER_SKIP_MAX, .command = 2002 };
	struct fixture f;
	char events[64];

	(void)state;
	go_up(&f, turtlecoin());
	tw_p2p_frame_put(&frame, &f.daemon);
	assert_string_equal(hear_daemon(&f, events), "");
	for (size_t n = 0; n < TW_P2P_PARSER_SKIP_MAX; n += sizeof(zeros))
		assert_string_equal(hear(&f, zeros, sizeof(zeros), sizeof(zeros), events), "");
	tw_p2p_message_put_push(&f.daemon, f.coin, 43, "block", 5);
	assert_string_equal(hear_daemon(&f, events), "P");
	finish(&f);
}

/* One frame ends the link, for this reason. */
static void check_bad(struct fixture *f, const char *error)
{
	char events[64];

	assert_string_equal(hear_daemon(f, events), "B");
	assert_string_equal(f->link.error, error);
	finish(f);
}

static void test_lengths_that_are_not_believed(void **state)
{
	static const struct {
		uint64_t len;
		uint32_t command;
	} cases[] = {
		{ TW_P2P_PARSER_READ_MAX + 1, 1002 },
		{ TW_P2P_PARSER_READ_MAX + 1, 2001 },
		{ TW_P2P_PARSER_SKIP_MAX + 1, 2002 },
		{ UINT64_MAX, 2002 },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_p2p_frame frame = { .body_len = cases[i].len,
			.command = cases[i].command };
		struct fixture f;

		go_up(&f, turtlecoin());
		tw_p2p_frame_put(&frame, &f.daemon);
		check_bad(&f, "it sent a frame that is too long");
	}
}

static void test_nonsense(void **state)
{
	static const char not_it[] = "it sent something that is not the P2P protocol";
	static const char senseless[] = "it sent a frame that makes no sense";
	struct fixture f;

	(void)state;
	go_up(&f, monero());
	tw_buf_puts(&f.daemon, "HTTP/1.1 400 Bad Request\r\nServer: Epee-based\r\n");
	check_bad(&f, not_it);

	go_up(&f, monero());
	put_frame(&f, TW_P2P_FRAME_NOTIFICATION, 2002, 0, "", 0);
	f.daemon.data[29] = 2; /* another version of the protocol */
	check_bad(&f, not_it);

	go_up(&f, monero());
	put_frame(&f, TW_P2P_FRAME_NOTIFICATION, 2008, 0, "nonsense", 8);
	check_bad(&f, senseless);

	go_up(&f, monero()); /* an empty body is no section */
	put_frame(&f, TW_P2P_FRAME_NOTIFICATION, 2008, 0, "", 0);
	check_bad(&f, senseless);

	go_up(&f, monero()); /* not whole */
	put_frame(&f, TW_P2P_FRAME_NOTIFICATION, 2008, 0, TW_P2P_STORAGE_HEAD "\4\1a", 12);
	check_bad(&f, senseless);
}

/* An answer to a timed sync with one field that is not as it should be. */
static void test_fields_that_make_no_sense(void **state)
{
	static const struct {
		const char *body;
		size_t len;
	} cases[] = {
#define PAYLOAD(text)                                                                              \
	TW_P2P_STORAGE_HEAD "\4\x0cpayload_data\x0c\4" text,                                       \
		sizeof(TW_P2P_STORAGE_HEAD "\4\x0cpayload_data\x0c\4" text) - 1
		{ PAYLOAD("\x0e"
			  "current_height\6\0\0\0\0") },
		{ PAYLOAD("\x0e"
			  "current_height\5\0\0\0\0\0\0\0\x80") },
		{ PAYLOAD("\x0e"
			  "current_height\2\xff\xff\xff\xff") },
		{ PAYLOAD("\x0e"
			  "current_height\x0a\4x") },
		{ PAYLOAD("\6top_id\x0a\x08xy") },
		{ PAYLOAD("\6top_id\6\1\0\0\0") },
		{ PAYLOAD("\x0btop_version\7\0\1") },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct fixture f;

		go_up(&f, monero());
		assert_true(tw_p2p_link_ask(&f.link, &f.out));
		put_frame(&f, TW_P2P_FRAME_RESPONSE, 1002, 1, cases[i].body, cases[i].len);
		check_bad(&f, "it sent a frame that makes no sense");
	}
}

static void test_answers_that_end_the_link(void **state)
{
	static const char unasked[] = "it sent an answer that nobody asked for";
	struct tw_p2p_message_self self;
	struct tw_p2p_message_tip tip;
	struct fixture f;

	(void)state;
	go_up(&f, monero());
	tip = tip_at(&f, 5);
	tw_p2p_message_put_timed_sync(&f.daemon, f.coin, TW_P2P_FRAME_RESPONSE, &tip);
	check_bad(&f, unasked);

	go_up(&f, monero());
	answer_handshake(&f); /* once more */
	check_bad(&f, unasked);

	go_up(&f, monero());
	put_frame(&f, TW_P2P_FRAME_RESPONSE, 1007, 1, "", 0);
	check_bad(&f, unasked);

	begin(&f, monero());
	self = make_self(f.coin, 9);
	self.network_id[15] ^= 1;
	tw_p2p_message_put_handshake(&f.daemon, f.coin, TW_P2P_FRAME_RESPONSE, &self, &tip);
	check_bad(&f, "it is on a network with another id");

	begin(&f, monero());
	put_frame(&f, TW_P2P_FRAME_RESPONSE, 1001, 1, TW_P2P_STORAGE_HEAD "\0", 10);
	check_bad(&f, "it sent an answer without a tip");

	begin(&f, monero());
	answer_handshake(&f);
	f.daemon.data[24] = (char)0x80; /* the return code */
	check_bad(&f, "it sent an answer without a tip");
}

static void test_a_flood_of_questions(void **state)
{
	struct fixture f;
	char events[64] = "";
	int n = 0;

	(void)state;
	go_up(&f, turtlecoin());
	while (events[0] == '\0') {
		struct tw_p2p_message_tip tip = tip_at(&f, 5);

		tw_p2p_message_put_timed_sync(&f.daemon, f.coin, TW_P2P_FRAME_REQUEST, &tip);
		hear_daemon(&f, events);
		assert_that(++n, <, 1000);
	}
	assert_string_equal(events, "B");
	assert_string_equal(f.link.error, "it asks faster than it reads the answers");
	assert_that(f.out.len, <=, TW_P2P_LINK_OUT_MAX);
	finish(&f);
}

static void test_versions(void **state)
{
	static const struct {
		const char *daemon;
		int version;
	} cases[] = {
		{ "0.8.4", 3 },
		{ "0.6.4", 3 },
		{ "0.20.0", 11 },
		{ "0.28.3", 11 },
		{ "1.0.1", 13 },
		{ "2.0", 13 },
		{ "", 13 },
		{ "v0.8.4", 13 },
		{ "0", 13 },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++)
		assert_int_equal(
			tw_p2p_coin_version(turtlecoin(), cases[i].daemon), cases[i].version);
	assert_int_equal(tw_p2p_coin_version(monero(), "0.18.1"), 0);
	assert_null(tw_p2p_coin_of(TW_DIALECT_AUTO));
	assert_null(tw_p2p_coin_of(TW_DIALECT_ZANO));
	assert_ptr_equal(tw_p2p_coin_of(TW_DIALECT_TURTLECOIN_REST), turtlecoin());
	/* Nothing is known of such a daemon's protocol by its version. */
	assert_int_equal(tw_p2p_coin_version(tw_p2p_coin_of(TW_DIALECT_CRYPTONOTE), "0.8.4"), 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded_monerod),
		cmocka_unit_test(test_says_the_tip_of_the_daemon),
		cmocka_unit_test(test_asks_and_answers),
		cmocka_unit_test(test_highest_height),
		cmocka_unit_test(test_peer_lists),
		cmocka_unit_test(test_pushes_of_each_coin),
		cmocka_unit_test(test_bodies_of_no_use_are_dropped),
		cmocka_unit_test(test_lengths_that_are_not_believed),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_fields_that_make_no_sense),
		cmocka_unit_test(test_answers_that_end_the_link),
		cmocka_unit_test(test_a_flood_of_questions),
		cmocka_unit_test(test_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
