/* See fetch_fixture.h. */
#include "fetch_fixture.h"
#include "core/words.h"
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char none[] = "";

int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void on_guard(void *ctx)
{
	(void)ctx;
	fail_msg("the request did not end");
}

int fetch_setup(void **state)
{
	struct fetch_fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->n_fds = count_fds();
	assert_int_equal(tw_loop_create(&f->loop), 0);
	assert_int_equal(tw_loop_add_timer(f->loop, on_guard, f, &f->guard), 0);
	assert_int_equal(tw_multi_create(f->loop, 4, tw_fetch_on_done, &f->multi), 0);
	f->node.user = f->node.password = f->node.password_file = f->node.ca_file = none;
	*state = f;
	return 0;
}

int fetch_teardown(void **state)
{
	struct fetch_fixture *f = *state;
	int n_fds;

	tw_fetch_destroy(f->fetch);
	tw_multi_destroy(f->multi);
	tw_loop_remove_timer(f->guard);
	tw_loop_destroy(f->loop);
	server_stop(f->server);
	n_fds = count_fds();
	assert_int_equal(n_fds, f->n_fds);
	free(f);
	return 0;
}

void fetch_point(struct fetch_fixture *f, const char *scheme, const char *host, uint16_t port)
{
	struct tw_url *url = &f->node.url;

	url->is_tls = strcmp(scheme, "https") == 0;
	url->port = port;
	(void)snprintf(url->host, sizeof(url->host), "%s", host[0] == '[' ? host + 1 : host);
	url->host[strcspn(url->host, "]")] = '\0';
	(void)snprintf(url->text, sizeof(url->text), "%s://%s:%u", scheme, host, port);
}

void fetch_serve(struct fetch_fixture *f, server_script *script, void *ctx)
{
	f->server = server_start("127.0.0.1", script, ctx);
	fetch_point(f, "http", "127.0.0.1", server_port(f->server));
}

static void on_reply(void *ctx, const struct tw_fetch_reply *reply)
{
	struct fetch_fixture *f = ctx;

	f->result = reply->result;
	(void)snprintf(f->detail, sizeof(f->detail), "%s", reply->detail);
	f->status = reply->status;
	assert_true(reply->len <= MAX_REPLY);
	assert_int_equal(reply->body[reply->len], '\0');
	memcpy(f->body, reply->body, reply->len + 1);
	f->len = reply->len;
	f->rtt_us = reply->rtt_us;
	tw_loop_stop(f->loop);
}

void fetch_open(struct fetch_fixture *f, bool is_fresh)
{
	assert_int_equal(
		tw_fetch_create(f->multi, &f->node, MAX_REPLY, is_fresh, on_reply, f, &f->fetch),
		0);
}

void fetch_ask(struct fetch_fixture *f, const char *path, const char *body, const char *addresses)
{
	struct tw_rpc_request request = { .is_post = body != NULL };

	(void)snprintf(request.path, sizeof(request.path), "%s", path);
	request.body_len = (size_t)snprintf(
		request.body, sizeof(request.body), "%s", body == NULL ? "" : body);
	assert_true(request.body_len < sizeof(request.body));
	tw_loop_arm(f->guard, tw_loop_now(f->loop) + GUARD_MS * TW_MS);
	assert_int_equal(tw_fetch_start(f->fetch, &request, addresses, 10 * TW_SEC), 0);
	assert_int_equal(tw_loop_run(f->loop), 0);
	tw_loop_arm(f->guard, TW_NEVER);
}

void fetch_expect(struct fetch_fixture *f, enum tw_result result, const char *detail)
{
	fetch_open(f, false);
	fetch_ask(f, "/info", NULL, "");
	assert_string_equal(tw_result_word(f->result), tw_result_word(result));
	assert_string_equal(f->detail, detail);
	tw_fetch_finish(f->fetch);
}
