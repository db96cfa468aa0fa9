/* See probe_fixture.h. */
#include "probe_fixture.h"
#include "core/words.h"
#include "rpc_script.h"
#include <string.h>
#include <time.h>

static char none[] = "";

static void on_guard(void *ctx)
{
	(void)ctx;
	fail_msg("the check did not end");
}

int probe_setup(void **state)
{
	struct probe_fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	fake_dns_reset();
	f->n_fds = count_fds();
	assert_int_equal(tw_loop_create(&f->loop), 0);
	assert_int_equal(tw_loop_add_timer(f->loop, on_guard, f, &f->guard), 0);
	f->config.n_nodes = PROBE_NODES;
	f->config.nodes = f->nodes;
	f->config.max_reply = MAX_REPLY;
	f->config.wallet_address = none;
	for (int i = 0; i < PROBE_NODES; i++) {
		struct tw_node_conf *node = &f->nodes[i];

		node->user = node->password = node->password_file = node->ca_file = none;
	}
	window_of(&f->window, 'a', 50, 4);
	f->header = strdup(rest_header('a', 50));
	assert_non_null(f->header);
	*state = f;
	return 0;
}

int probe_teardown(void **state)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct probe_fixture *f = *state;

	tw_probe_destroy(f->probe);
	tw_loop_remove_timer(f->guard);
	tw_loop_destroy(f->loop);
	for (int i = 0; i < PROBE_NODES; i++)
		server_stop(f->servers[i]);
	fake_dns_release();
	fake_dns_wait_running(0);
	/* A lookup's thread lets go of its descriptor a little after the lookup itself. */
	for (int i = 0; i < GUARD_MS && count_fds() != f->n_fds; i++)
		(void)nanosleep(&pause, NULL);
	assert_int_equal(count_fds(), f->n_fds);
	free((void *)(uintptr_t)f->header);
	free(f);
	return 0;
}

void probe_point(struct probe_fixture *f, int32_t node, const char *host, uint16_t port)
{
	struct tw_url *url = &f->nodes[node].url;

	f->nodes[node].dialect = TW_DIALECT_TURTLECOIN_REST;
	url->port = port;
	(void)snprintf(url->host, sizeof(url->host), "%s", host);
	(void)snprintf(url->text, sizeof(url->text), "http://%s:%u", host, port);
}

void probe_serve(struct probe_fixture *f, int32_t node, server_script *script, void *ctx)
{
	f->servers[node] = server_start("127.0.0.1", script, ctx);
	probe_point(f, node, "127.0.0.1", server_port(f->servers[node]));
}

static void on_done(void *ctx, int32_t node, int slot, const struct tw_observation *obs)
{
	struct probe_fixture *f = ctx;

	assert_true(f->n_results < PROBE_RESULTS);
	f->results[f->n_results].node = node;
	f->results[f->n_results].slot = slot;
	f->results[f->n_results].at_us = tw_loop_now(f->loop);
	f->results[f->n_results++].obs = *obs;
	if (f->n_results == f->n_wanted)
		tw_loop_stop(f->loop);
}

void probe_start(struct probe_fixture *f, int32_t node, int slot, int64_t timeout_us)
{
	struct tw_action action = {
		.kind = TW_ACTION_START_CHECK,
		.node = node,
		.slot = slot,
		.timeout_us = timeout_us,
		.deadline_us = timeout_us,
	};

	probe_order(f, &action);
}

void probe_order(struct probe_fixture *f, const struct tw_action *action)
{
	int n = f->n_results;

	if (f->probe == NULL)
		assert_int_equal(tw_probe_create(f->loop, &f->config, on_done, f, &f->probe), 0);
	assert_int_equal(tw_probe_start(f->probe, action, &f->window), 0);
	assert_int_equal(f->n_results, n); /* nothing ends within */
}

static void guarded_run(struct probe_fixture *f)
{
	tw_loop_arm(f->guard, tw_loop_now(f->loop) + GUARD_MS * TW_MS);
	assert_int_equal(tw_loop_run(f->loop), 0);
	tw_loop_arm(f->guard, TW_NEVER);
}

void probe_wait(struct probe_fixture *f, int n)
{
	f->n_wanted = f->n_results + n;
	guarded_run(f);
	assert_int_equal(f->n_results, f->n_wanted);
	f->n_wanted = 0;
}

struct until {
	struct probe_fixture *f;
	probe_pred *pred;
	struct tw_loop_timer *timer;
};

static void on_tick(void *ctx)
{
	struct until *until = ctx;

	if (until->pred(until->f))
		tw_loop_stop(until->f->loop);
	else
		tw_loop_arm(until->timer, tw_loop_now(until->f->loop) + TW_MS);
}

void probe_run_until(struct probe_fixture *f, probe_pred *pred)
{
	struct until until = { .f = f, .pred = pred };

	assert_int_equal(tw_loop_add_timer(f->loop, on_tick, &until, &until.timer), 0);
	tw_loop_arm(until.timer, 0);
	guarded_run(f);
	tw_loop_remove_timer(until.timer);
}

void probe_expect(
	struct probe_fixture *f, int32_t node, int slot, enum tw_result result, const char *detail)
{
	assert_true(f->n_results > 0);
	assert_int_equal(f->results[0].node, node);
	assert_int_equal(f->results[0].slot, slot);
	if (detail != NULL)
		assert_string_equal(f->results[0].obs.detail, detail);
	assert_string_equal(tw_result_word(f->results[0].obs.result), tw_result_word(result));
	f->n_results--;
	memmove(f->results, f->results + 1, (size_t)f->n_results * sizeof(f->results[0]));
}

void probe_answer(struct connection *connection, void *ctx)
{
	while (connection_read(connection) && connection_reply(connection, 200, ctx))
		continue;
}

void probe_say_nothing(struct connection *connection, void *ctx)
{
	(void)ctx;
	if (connection_read(connection))
		connection_wait_gone(connection);
}
