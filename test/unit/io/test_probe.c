/* io/check/probe: whole checks, with the real lib/rpc and libcurl, against servers on loopback. */
#include "fixture/compare.h"
#include "probe_fixture.h"
#include "rpc_script.h"
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* Long enough for a busy machine to get as far as the test means. */
#define SHORT_US (500 * TW_MS)
#define LONG_US  (LONG_MS * TW_MS)

/* In place of libcurl's: whether it can resolve without blocking. */
static bool has_no_resolver;
curl_version_info_data *curl_version_info(CURLversion version)
{
	static curl_version_info_data data;
	curl_version_info_data *(*real)(CURLversion) =
		(curl_version_info_data * (*)(CURLversion)) dlsym(RTLD_NEXT, "curl_version_info");

	data = *real(version);
	if (has_no_resolver)
		data.features &= ~CURL_VERSION_ASYNCHDNS;
	return &data;
}

static void test_ok(void **state)
{
	struct probe_fixture *f = *state;

	probe_serve(f, 0, probe_answer, (void *)(uintptr_t)f->header);
	probe_start(f, 0, TW_SLOT_REGULAR, LONG_US);
	probe_wait(f, 1);
	assert_hash(&f->results[0].obs.chain[0].hash, 'a', 50);
	assert_in_range(f->results[0].obs.rtt_us, 1, LONG_US);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_OK, "");
	assert_int_equal(server_requests(f->servers[0]), 1);
	assert_true(server_wait_closed(f->servers[0], LONG_MS));
}

static void test_not_json(void **state)
{
	struct probe_fixture *f = *state;
	static char text[] = "<html>";

	probe_serve(f, 0, probe_answer, text);
	probe_start(f, 0, TW_SLOT_REGULAR, LONG_US);
	probe_wait(f, 1);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_BAD_REPLY, NULL);
}

static void test_no_resolver(void **state)
{
	struct probe_fixture *f = *state;

	has_no_resolver = true;
	assert_int_equal(tw_probe_create(f->loop, &f->config, NULL, NULL, f, &f->probe), -ENOTSUP);
	has_no_resolver = false;
	assert_null(f->probe);
}

/* --- slots, cancelling, the end --- */

/* The first connection hangs, the others are served, after ctx's pause. */
static void hang_first(struct connection *connection, void *ctx)
{
	static atomic_int n_before;

	if (atomic_fetch_add(&n_before, 1) == 0)
		probe_say_nothing(connection, NULL);
	else if (connection_read(connection) && connection_pause(connection, 2000))
		(void)connection_reply(connection, 200, ctx);
}

static bool has_first_request(struct probe_fixture *f)
{
	return server_requests(f->servers[0]) >= 1;
}

/* The confirming check ends well after the regular one failed: what is known stays known. */
static void test_two_slots(void **state)
{
	struct probe_fixture *f = *state;

	probe_serve(f, 0, hang_first, (void *)(uintptr_t)f->header);
	f->nodes[0].dialect = TW_DIALECT_AUTO;
	probe_start(f, 1, TW_SLOT_REGULAR, LONG_US);
	tw_probe_cancel(f->probe, 1);
	/* As if an earlier check had found it out. */
	((struct tw_rpc_peer *)(uintptr_t)tw_probe_peer(f->probe, 0))->dialect =
		TW_DIALECT_TURTLECOIN_REST;
	probe_start(f, 0, TW_SLOT_REGULAR, 2 * SHORT_US);
	probe_run_until(f, has_first_request);
	probe_start(f, 0, TW_SLOT_CONFIRM, LONG_US);
	probe_wait(f, 2);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_TIMEOUT, "no answer within 1 s");
	probe_expect(f, 0, TW_SLOT_CONFIRM, TW_RESULT_OK, "");
	assert_int_equal(server_connections(f->servers[0]), 2);
	assert_int_equal(tw_probe_peer(f->probe, 0)->dialect, TW_DIALECT_TURTLECOIN_REST);
	/* When it is the only check, a failure makes the probe forget the peer. */
	server_stop(f->servers[0]);
	f->servers[0] = NULL;
	probe_start(f, 0, TW_SLOT_REGULAR, LONG_US);
	probe_wait(f, 1);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_REFUSED, "connection refused");
	assert_int_equal(tw_probe_peer(f->probe, 0)->dialect, TW_DIALECT_AUTO);
}

static void test_cancel(void **state)
{
	struct probe_fixture *f = *state;

	probe_serve(f, 0, probe_say_nothing, NULL);
	probe_serve(f, 1, probe_answer, (void *)(uintptr_t)f->header);
	probe_start(f, 0, TW_SLOT_REGULAR, LONG_US);
	probe_start(f, 0, TW_SLOT_CONFIRM, LONG_US);
	probe_run_until(f, has_first_request);
	tw_probe_cancel(f->probe, 0);
	tw_probe_cancel(f->probe, 0);
	assert_true(server_wait_closed(f->servers[0], LONG_MS));
	/* The slots are free at once, other checks go on, and cancelled checks have no result. */
	probe_start(f, 0, TW_SLOT_REGULAR, SHORT_US);
	probe_start(f, 1, TW_SLOT_REGULAR, LONG_US);
	probe_wait(f, 2);
	probe_expect(f, 1, TW_SLOT_REGULAR, TW_RESULT_OK, "");
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_TIMEOUT, "no answer within 500 ms");
}

struct chain_of_checks {
	struct probe_fixture *f;
	int n_left;
};

static void start_again(void *ctx, int32_t node, int slot, const struct tw_observation *obs)
{
	struct tw_action action = probe_check(node, slot, LONG_US);
	struct chain_of_checks *chain = ctx;
	struct probe_fixture *f = chain->f;

	assert_int_equal(obs->result, TW_RESULT_OK);
	tw_probe_cancel(f->probe, 1);
	if (--chain->n_left == 0)
		tw_loop_stop(f->loop);
	else
		tw_probe_start(f->probe, &action, &f->chain);
	assert_int_equal(obs->result, TW_RESULT_OK); /* still there */
}

static void test_start_and_cancel_when_done(void **state)
{
	struct tw_action action = probe_check(0, TW_SLOT_REGULAR, LONG_US);
	struct probe_fixture *f = *state;
	struct chain_of_checks chain = { .f = f, .n_left = 10 };

	probe_serve(f, 0, probe_answer, (void *)(uintptr_t)f->header);
	probe_serve(f, 1, probe_say_nothing, NULL);
	assert_int_equal(
		tw_probe_create(f->loop, &f->config, start_again, NULL, &chain, &f->probe), 0);
	for (action.node = 0; action.node < 2; action.node++)
		tw_probe_start(f->probe, &action, &f->chain);
	tw_loop_arm(f->guard, tw_loop_now(f->loop) + GUARD_MS * TW_MS);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_int_equal(chain.n_left, 0);
	assert_int_equal(server_requests(f->servers[0]), 10);
}

static void test_destroy_under_way(void **state)
{
	struct probe_fixture *f = *state;
	int64_t start;

	probe_serve(f, 0, probe_say_nothing, NULL);
	probe_start(f, 0, TW_SLOT_REGULAR, LONG_US);
	probe_start(f, 0, TW_SLOT_CONFIRM, LONG_US);
	probe_run_until(f, has_first_request);
	start = tw_loop_now(f->loop);
	tw_probe_destroy(f->probe);
	f->probe = NULL;
	assert_that(tw_loop_now(f->loop) - start, <, TW_SEC);
	assert_true(server_wait_closed(f->servers[0], LONG_MS));
	assert_int_equal(f->n_results, 0);
}

enum { CROWD = 40 };

/* Answers the first request of each connection when all checks have sent theirs. */
static void answer_crowd(struct connection *connection, void *ctx)
{
	struct probe_fixture *f = ctx;

	if (!connection_read(connection))
		return;
	while (server_requests(f->servers[0]) < CROWD) {
		if (!connection_pause(connection, 1))
			return;
	}
	if (connection_reply(connection, 200, f->header))
		probe_answer(connection, (void *)(uintptr_t)f->header);
}

/* However many checks run at once, all requests of a check go over one connection. */
static void test_crowd(void **state)
{
	struct probe_fixture *f = *state;
	struct tw_node_conf nodes[CROWD];

	probe_serve(f, 0, answer_crowd, f);
	for (int i = 0; i < CROWD; i++)
		nodes[i] = f->nodes[0];
	f->config.nodes = nodes;
	f->config.n_nodes = CROWD;
	for (int i = 0; i < CROWD; i++) {
		struct tw_action action = probe_check(i, TW_SLOT_REGULAR, LONG_US);

		action.order.wants_info = true;
		probe_order(f, &action);
	}
	probe_wait(f, CROWD);
	assert_that(server_requests(f->servers[0]), >, CROWD);
	assert_int_equal(server_connections(f->servers[0]), CROWD);
	tw_probe_destroy(f->probe);
	f->probe = NULL;
}

/* As many nodes as there may be, all at once. */
static void test_many_nodes(void **state)
{
	struct probe_fixture *f = *state;
	struct tw_node_conf *nodes = calloc(TW_NODES_MAX, sizeof(*nodes));
	struct tw_probe *probe;
	int64_t start;

	assert_non_null(nodes);
	for (int i = 0; i < TW_NODES_MAX; i++)
		nodes[i] = f->nodes[0];
	f->config.nodes = nodes;
	f->config.n_nodes = TW_NODES_MAX;
	start = tw_loop_now(f->loop);
	assert_int_equal(tw_probe_create(f->loop, &f->config, NULL, NULL, f, &probe), 0);
	tw_probe_destroy(probe);
	assert_that(tw_loop_now(f->loop) - start, <, TW_SEC);
	free(nodes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, probe_setup, probe_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_ok),
		TEST(test_not_json),
		TEST(test_no_resolver),
		TEST(test_two_slots),
		TEST(test_cancel),
		TEST(test_start_and_cancel_when_done),
		TEST(test_destroy_under_way),
		TEST(test_crowd),
		TEST(test_many_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
