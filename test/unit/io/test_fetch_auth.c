/* io/check/fetch with names and passwords: basic authentication from a script, digest from
 * libmicrohttpd. */
#include "fetch_fixture.h"
#include "fixture/compare.h"
#include <arpa/inet.h>
#include <microhttpd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define USER     "rpc"
#define PASSWORD "s3cret"
#define BASIC    "\r\nAuthorization: Basic cnBjOnMzY3JldA==\r\n"
#define BODY     "{\"method\":\"getlastblockheader\"}"
#define REALM    "daemon"

enum { NONCE_LIFE_S = 300, UNAUTHORIZED = 401 };

static char user[] = USER;
static char password[] = PASSWORD;
static char wrong[] = "wrong";

static void *setup_with(struct fetch_fixture *f, char *pass)
{
	f->node.user = user;
	f->node.password = pass;
	return f;
}

/* --- basic --- */

static void want_basic(struct connection *connection, void *ctx)
{
	static const char no[] = "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
				 "Content-Length: 2\r\n\r\nno";

	(void)ctx;
	while (connection_read(connection)) {
		bool is_ok =
			strstr(connection_request(connection), BASIC) != NULL
				? connection_reply(connection, 200, connection_request(connection))
				: connection_send(connection, no);

		if (!is_ok)
			return;
	}
}

static void test_basic(void **state)
{
	struct fetch_fixture *f = setup_with(*state, password);

	fetch_serve(f, want_basic, NULL);
	fetch_open(f, false);
	for (int i = 0; i < 3; i++) {
		fetch_ask(f, "/json_rpc", BODY, "");
		assert_int_equal(f->result, TW_RESULT_OK);
		assert_int_equal(f->status, 200);
		assert_string_equal(strstr(f->body, "\r\n\r\n"), "\r\n\r\n" BODY);
		tw_fetch_finish(f->fetch);
	}
	/* Only the first request is sent twice; and the connection is kept. */
	assert_int_equal(server_requests(f->server), 4);
	assert_int_equal(server_connections(f->server), 1);
}

/* A fresh fetch leaves the kept connection alone, and does not keep its own. */
static void test_fresh_beside_kept(void **state)
{
	struct fetch_fixture *f = setup_with(*state, password);
	struct tw_fetch *kept;

	fetch_serve(f, want_basic, NULL);
	fetch_open(f, false);
	fetch_ask(f, "/json_rpc", BODY, "");
	tw_fetch_finish(f->fetch);
	kept = f->fetch;
	for (int i = 1; i <= 2; i++) {
		fetch_open(f, true);
		fetch_ask(f, "/json_rpc", BODY, "");
		assert_int_equal(f->status, 200);
		assert_int_equal(server_connections(f->server), 1 + i);
		tw_fetch_finish(f->fetch);
		tw_fetch_destroy(f->fetch);
	}
	f->fetch = kept;
	fetch_ask(f, "/json_rpc", BODY, "");
	assert_int_equal(f->status, 200);
	assert_int_equal(server_connections(f->server), 3);
}

/* Answers one request; then closes, or waits for the next one and resets the connection. */
static void answer_one(struct connection *connection, void *ctx)
{
	if (!connection_read(connection) || !connection_reply(connection, 200, "{}"))
		return;
	if (*(const bool *)ctx && connection_read(connection))
		connection_reset(connection);
}

/* A kept connection may have been given up by the server: that is no failure. */
static void test_kept_connection_is_gone(void **state)
{
	static const bool late[] = { false, true };

	for (size_t i = 0; i < TW_ARRAY_SIZE(late); i++) {
		struct fetch_fixture *f = setup_with(*state, password);
		static bool is_late;

		is_late = late[i];
		fetch_serve(f, answer_one, &is_late);
		fetch_expect(f, TW_RESULT_OK, "");
		if (!is_late)
			assert_true(server_wait_closed(f->server, GUARD_MS));
		fetch_ask(f, "/json_rpc", BODY, "");
		assert_int_equal(f->result, TW_RESULT_OK);
		assert_int_equal(server_connections(f->server), 2);
		tw_fetch_destroy(f->fetch);
		f->fetch = NULL;
		server_stop(f->server);
		f->server = NULL;
	}
}

static void test_basic_wrong(void **state)
{
	struct fetch_fixture *f = setup_with(*state, wrong);

	fetch_serve(f, want_basic, NULL);
	fetch_open(f, false);
	for (int i = 0; i < 2; i++) {
		fetch_ask(f, "/json_rpc", BODY, "");
		assert_int_equal(f->result, TW_RESULT_OK);
		assert_int_equal(f->status, UNAUTHORIZED);
		assert_string_equal(f->body, "no");
	}
	assert_int_equal(server_requests(f->server), 3);
}

static void test_no_credentials(void **state)
{
	struct fetch_fixture *f = *state;

	fetch_serve(f, want_basic, NULL);
	fetch_expect(f, TW_RESULT_OK, "");
	assert_int_equal(f->status, UNAUTHORIZED);
	assert_int_equal(server_requests(f->server), 1);
}

static void say_what_was_asked(struct connection *connection, void *ctx)
{
	(void)ctx;
	while (connection_read(connection) &&
		connection_reply(connection, 200, connection_request(connection)))
		continue;
}

/* The password is sent only to servers that ask for it. */
static void test_not_asked(void **state)
{
	struct fetch_fixture *f = setup_with(*state, password);

	fetch_serve(f, say_what_was_asked, NULL);
	fetch_open(f, false);
	fetch_ask(f, "/json_rpc", BODY, "");
	assert_int_equal(f->status, 200);
	assert_lacks(f->body, "Authorization");
	assert_string_equal(strstr(f->body, "\r\n\r\n"), "\r\n\r\n" BODY);
	assert_int_equal(server_requests(f->server), 1);
}

/* A 401 that asks for something tipwatch does not do. */
static void want_other(struct connection *connection, void *ctx)
{
	(void)ctx;
	while (connection_read(connection) &&
		connection_send(connection, "HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\n"
					    "Content-Length: 0\r\n\r\n"))
		continue;
}

static void test_other_method(void **state)
{
	struct fetch_fixture *f = setup_with(*state, password);

	fetch_serve(f, want_other, NULL);
	fetch_expect(f, TW_RESULT_OK, "");
	assert_int_equal(f->status, UNAUTHORIZED);
	assert_int_equal(server_requests(f->server), 1);
}

/* --- digest --- */

struct digest_server {
	struct MHD_Daemon *daemon;
	atomic_int n_requests;
	atomic_int n_cut; /* requests that came without their whole body */
	atomic_int n_basic;
};

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **request)
{
	static int begun, has_body;
	struct digest_server *server = ctx;
	struct MHD_Response *response;
	enum MHD_Result r;
	const char *auth;
	int verdict;

	(void)url;
	(void)version;
	if (*request == NULL) {
		*request = &begun;
		return MHD_YES;
	}
	if (*upload_size > 0) {
		if (*upload_size == strlen(BODY) && memcmp(upload, BODY, strlen(BODY)) == 0)
			*request = &has_body;
		*upload_size = 0;
		return MHD_YES;
	}
	atomic_fetch_add(&server->n_requests, 1);
	if (strcmp(method, "POST") == 0 && *request != &has_body)
		atomic_fetch_add(&server->n_cut, 1);
	auth = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
	if (auth != NULL && strncmp(auth, "Basic", 5) == 0)
		atomic_fetch_add(&server->n_basic, 1);
	response = MHD_create_response_from_buffer(
		2, (void *)(uintptr_t) "{}", MHD_RESPMEM_PERSISTENT);
	verdict = auth == NULL ? MHD_NO
			       : MHD_digest_auth_check2(connection, REALM, USER, PASSWORD,
					 NONCE_LIFE_S, MHD_DIGEST_ALG_MD5);
	/* Both are on offer: the digest must be taken. */
	if (verdict != MHD_YES)
		(void)MHD_add_response_header(
			response, "WWW-Authenticate", "Basic realm=\"" REALM "\"");
	r = verdict == MHD_YES
		    ? MHD_queue_response(connection, 200, response)
		    : MHD_queue_auth_fail_response2(connection, REALM, "opaque", response,
			      verdict == MHD_INVALID_NONCE ? MHD_YES : MHD_NO, MHD_DIGEST_ALG_MD5);
	MHD_destroy_response(response);
	return r;
}

/* secret: what nonces are made of; a daemon started with another does not know the old ones. */
static void digest_start(struct digest_server *server, const char *secret, uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, port, NULL, NULL,
		on_request, server, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
		MHD_OPTION_NONCE_NC_SIZE, 100, MHD_OPTION_DIGEST_AUTH_RANDOM, strlen(secret),
		secret, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1, MHD_OPTION_END);
	assert_non_null(server->daemon);
}

static uint16_t digest_port(const struct digest_server *server)
{
	return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

/* n_requests: what it may cost at most. */
static void ask_digest(struct fetch_fixture *f, struct digest_server *server, const char *body,
	long status, int n_requests)
{
	int before = atomic_load(&server->n_requests);

	fetch_ask(f, "/json_rpc", body, "");
	assert_int_equal(f->result, TW_RESULT_OK);
	assert_int_equal(f->status, status);
	assert_in_range(atomic_load(&server->n_requests), before + 1, before + n_requests);
	tw_fetch_finish(f->fetch);
}

static void test_digest(void **state)
{
	struct fetch_fixture *f = setup_with(*state, password);
	struct digest_server server = { 0 };
	uint16_t port;

	digest_start(&server, "first secret", 0);
	port = digest_port(&server);
	fetch_point(f, "http", "127.0.0.1", port);
	fetch_open(f, false);
	/* One round more for the first request only; libmicrohttpd's nonces are for one method. */
	ask_digest(f, &server, BODY, 200, 2);
	ask_digest(f, &server, BODY, 200, 1);
	ask_digest(f, &server, BODY, 200, 1);
	ask_digest(f, &server, NULL, 200, 2);
	ask_digest(f, &server, NULL, 200, 1);
	/* A restarted daemon does not know the nonce. */
	MHD_stop_daemon(server.daemon);
	digest_start(&server, "second secret", port);
	ask_digest(f, &server, NULL, 200, 2);
	ask_digest(f, &server, NULL, 200, 1);
	/* Daemons expect what is documented: no request may come without its body. */
	assert_int_equal(atomic_load(&server.n_cut), 0);
	assert_int_equal(atomic_load(&server.n_basic), 0);
	MHD_stop_daemon(server.daemon);
}

static void test_digest_wrong(void **state)
{
	struct fetch_fixture *f = setup_with(*state, wrong);
	struct digest_server server = { 0 };

	digest_start(&server, "secret", 0);
	fetch_point(f, "http", "127.0.0.1", digest_port(&server));
	fetch_open(f, false);
	/* libmicrohttpd gives out the same nonce again within a second and then calls it stale:
	 * also then there is one retry. */
	for (int i = 0; i < 3; i++)
		ask_digest(f, &server, BODY, UNAUTHORIZED, 2);
	/* The password was corrected: a new configuration, a new handle; and new nonces. */
	tw_fetch_destroy(f->fetch);
	MHD_stop_daemon(server.daemon);
	digest_start(&server, "second secret", 0);
	fetch_point(f, "http", "127.0.0.1", digest_port(&server));
	(void)setup_with(f, password);
	fetch_open(f, false);
	ask_digest(f, &server, BODY, 200, 2);
	assert_int_equal(atomic_load(&server.n_basic), 0);
	MHD_stop_daemon(server.daemon);
}

/* A nonce for each connection, and never the right one, as behind a proxy that shares requests out
 * among several daemons. */
static void give_another_nonce(struct connection *connection, void *ctx)
{
	atomic_int *n_nonces = ctx;
	char text[256];

	while (connection_read(connection)) {
		snprintf(text, sizeof(text),
			"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"" REALM
			"\", nonce=\"n%d\", qop=\"auth\", stale=true\r\nContent-Length: 2\r\n\r\nno",
			atomic_fetch_add(n_nonces, 1));
		if (!connection_send(connection, text))
			return;
	}
}

static void test_digest_always_stale(void **state)
{
	struct fetch_fixture *f = setup_with(*state, password);
	atomic_int n_nonces = 0;

	fetch_serve(f, give_another_nonce, &n_nonces);
	fetch_open(f, false);
	for (int i = 1; i <= 3; i++) {
		fetch_ask(f, "/json_rpc", BODY, "");
		assert_int_equal(f->result, TW_RESULT_OK);
		assert_string_equal(f->detail, "");
		assert_int_equal(f->status, UNAUTHORIZED);
		assert_int_equal(server_requests(f->server), 2 * i);
		tw_fetch_finish(f->fetch);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fetch_setup, fetch_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_basic),
		TEST(test_fresh_beside_kept),
		TEST(test_kept_connection_is_gone),
		TEST(test_basic_wrong),
		TEST(test_no_credentials),
		TEST(test_not_asked),
		TEST(test_other_method),
		TEST(test_digest),
		TEST(test_digest_wrong),
		TEST(test_digest_always_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
