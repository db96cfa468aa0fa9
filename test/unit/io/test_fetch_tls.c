/* io/check/fetch over TLS: authorities, host names, servers that speak something else. */
#include "fetch_fixture.h"
#include "fixture/compare.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <microhttpd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { PEM_SIZE = 16 * 1024, PATH_SIZE = 128 };

static char dir[64];

/* Keys, authorities and a certificate for localhost and 127.0.0.1, made by the openssl command. */
static const char make_certificates[] =
	"set -e; cd '%s'; exec >log 2>&1\n"
	"for ca in right wrong; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
	"-nodes -days 2 -subj /CN=$ca -keyout $ca.key -out $ca.pem; done\n"
	"openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=node "
	"-keyout node.key -out node.csr\n"
	"echo subjectAltName=DNS:localhost,IP:127.0.0.1 >ext\n"
	"openssl x509 -req -in node.csr -CA right.pem -CAkey right.key -CAcreateserial -days 2 "
	"-extfile ext -out node.pem\n"
	"openssl x509 -in node.pem -noout -fingerprint -sha256 | cut -d= -f2 >node.sha256\n";

static int setup_certificates(void **state)
{
	char command[sizeof(make_certificates) + sizeof(dir)];

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/tw-tls-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command), make_certificates, dir);
	return system(command);
}

static int remove_certificates(void **state)
{
	char command[sizeof(dir) + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", dir);
	return system(command);
}

static char *path_of(const char *name, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%s", dir, name);
	return path;
}

static void read_pem(const char *name, char pem[PEM_SIZE])
{
	char path[PATH_SIZE];
	FILE *file = fopen(path_of(name, path), "r");
	size_t len;

	assert_non_null(file);
	len = fread(pem, 1, PEM_SIZE - 1, file);
	pem[len] = '\0';
	fclose(file);
}

/* The fingerprint of the server's certificate as openssl prints it ("AB:CD:..."), or as tipwatch
 * does. */
static char *fingerprint(bool is_plain)
{
	static char text[PEM_SIZE];
	size_t n = 0;

	read_pem("node.sha256", text);
	text[strcspn(text, "\n")] = '\0';
	for (size_t i = 0; is_plain && text[i] != '\0'; i++) {
		if (text[i] != ':')
			text[n++] = (char)tolower((unsigned char)text[i]);
	}
	if (is_plain)
		text[n] = '\0';
	return text;
}

/* fetch_expect() for a certificate that is refused. */
static void expect_refused(struct fetch_fixture *f, const char *why)
{
	char expected[2 * TW_DETAIL_MAX];

	snprintf(expected, sizeof(expected), "certificate: %s; tls_fingerprint %.95s", why,
		fingerprint(true));
	fetch_expect(f, TW_RESULT_TLS, expected);
}

/* --- the server: libmicrohttpd with GnuTLS, so another library than libcurl's --- */

struct tls_server {
	struct MHD_Daemon *daemon;
	atomic_int n_requests;
	atomic_int n_connections;
	char ca[PATH_SIZE];
	char key[PEM_SIZE];
	char certificate[PEM_SIZE];
};

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **request)
{
	static int begun;
	struct tls_server *server = ctx;
	struct MHD_Response *response;
	enum MHD_Result r;

	(void)url;
	(void)method;
	(void)version;
	(void)upload;
	(void)upload_size;
	/* A reply to the first call, which is for the header only, would end the connection. */
	if (*request == NULL) {
		*request = &begun;
		return MHD_YES;
	}
	atomic_fetch_add(&server->n_requests, 1);
	response = MHD_create_response_from_buffer(
		2, (void *)(uintptr_t) "{}", MHD_RESPMEM_PERSISTENT);
	r = MHD_queue_response(connection, 200, response);
	MHD_destroy_response(response);
	return r;
}

static void on_connection(void *ctx, struct MHD_Connection *connection, void **socket_ctx,
	enum MHD_ConnectionNotificationCode what)
{
	struct tls_server *server = ctx;

	(void)connection;
	(void)socket_ctx;
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		atomic_fetch_add(&server->n_connections, 1);
}

/* Starts one, and points the node at it as scheme://host. idle_s: how long it keeps a connection;
 * 0: always. */
static struct tls_server *tls_serve(struct fetch_fixture *f, const char *scheme, const char *host,
	const char *ca, unsigned int idle_s)
{
	struct tls_server *server = calloc(1, sizeof(*server));
	struct sockaddr_in address = { .sin_family = AF_INET };

	assert_non_null(server);
	read_pem("node.key", server->key);
	read_pem("node.pem", server->certificate);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL,
		NULL, on_request, server, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
		MHD_OPTION_HTTPS_MEM_KEY, server->key, MHD_OPTION_HTTPS_MEM_CERT,
		server->certificate, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
		MHD_OPTION_CONNECTION_TIMEOUT, idle_s, MHD_OPTION_END);
	assert_non_null(server->daemon);
	fetch_point(f, scheme, host,
		MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	if (ca != NULL)
		f->node.ca_file = path_of(ca, server->ca);
	return server;
}

static void tls_stop(struct tls_server *server)
{
	MHD_stop_daemon(server->daemon);
	free(server);
}

/* What fails must fail before anything is said to the server. */
static void expect_no_request(struct tls_server *server, struct fetch_fixture *f)
{
	assert_string_equal(f->body, "");
	assert_int_equal(atomic_load(&server->n_requests), 0);
	tls_stop(server);
}

static void test_right_authority(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost" };

	for (size_t i = 0; i < TW_ARRAY_SIZE(hosts); i++) {
		struct fetch_fixture *f = *state;
		struct tls_server *server = tls_serve(f, "https", hosts[i], "right.pem", 0);

		fetch_expect(f, TW_RESULT_OK, "");
		assert_string_equal(f->body, "{}");
		/* A handshake is expensive: the next check uses the same connection. */
		fetch_ask(f, "/info", NULL, "");
		assert_int_equal(f->result, TW_RESULT_OK);
		tw_fetch_finish(f->fetch);
		assert_int_equal(atomic_load(&server->n_requests), 2);
		assert_int_equal(atomic_load(&server->n_connections), 1);
		tw_fetch_destroy(f->fetch);
		/* A confirming check does not. */
		fetch_open(f, true);
		fetch_ask(f, "/info", NULL, "");
		assert_int_equal(f->result, TW_RESULT_OK);
		assert_int_equal(atomic_load(&server->n_connections), 2);
		tw_fetch_destroy(f->fetch);
		f->fetch = NULL;
		tls_stop(server);
	}
}

static void test_wrong_authority(void **state)
{
	struct fetch_fixture *f = *state;
	struct tls_server *server = tls_serve(f, "https", "127.0.0.1", "wrong.pem", 0);

	expect_refused(f, "unable to get local issuer certificate");
	expect_no_request(server, f);
}

static void test_system_authorities(void **state)
{
	struct fetch_fixture *f = *state;
	struct tls_server *server = tls_serve(f, "https", "127.0.0.1", NULL, 0);

	expect_refused(f, "unable to get local issuer certificate");
	expect_no_request(server, f);
}

static void test_no_such_authority(void **state)
{
	struct fetch_fixture *f = *state;
	struct tls_server *server = tls_serve(f, "https", "127.0.0.1", "missing.pem", 0);
	char expected[2 * TW_DETAIL_MAX];

	snprintf(expected, sizeof(expected), "cannot use ca_file %s", server->ca);
	fetch_expect(f, TW_RESULT_TLS, expected);
	expect_no_request(server, f);
}

static void test_other_host(void **state)
{
	struct fetch_fixture *f = *state;
	struct tls_server *server = tls_serve(f, "https", "node.example", "right.pem", 0);

	fetch_open(f, false);
	fetch_ask(f, "/info", NULL, "127.0.0.1");
	assert_int_equal(f->result, TW_RESULT_TLS);
	assert_contains(f->detail, "certificate: no alternative certificate subject name matches");
	assert_contains(f->detail, fingerprint(true));
	expect_no_request(server, f);
}

/* A certificate that no authority knows, of another host: with its fingerprint it is right. */
static void test_pinned(void **state)
{
	struct fetch_fixture *f = *state;
	struct tls_server *server = tls_serve(f, "https", "node.example", NULL, 0);

	for (int is_plain = 0; is_plain < 2; is_plain++) {
		f->node.tls_fingerprint = fingerprint(is_plain != 0);
		fetch_open(f, false);
		for (int i = 0; i < 2; i++) {
			fetch_ask(f, "/info", NULL, "127.0.0.1");
			assert_int_equal(f->result, TW_RESULT_OK);
			assert_string_equal(f->body, "{}");
			tw_fetch_finish(f->fetch);
		}
		/* The connection is kept, and what it was judged by. */
		assert_int_equal(atomic_load(&server->n_connections), 1);
		tw_fetch_destroy(f->fetch);
		f->fetch = NULL;
	}
	/* A confirming check needs a new connection. */
	fetch_open(f, true);
	fetch_ask(f, "/info", NULL, "127.0.0.1");
	assert_int_equal(f->result, TW_RESULT_OK);
	assert_int_equal(atomic_load(&server->n_connections), 2);
	tls_stop(server);
}

/* Even where an authority has signed it. */
static void test_not_the_pinned_one(void **state)
{
	static char other[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	struct fetch_fixture *f = *state;
	struct tls_server *server = tls_serve(f, "https", "127.0.0.1", "right.pem", 0);

	f->node.tls_fingerprint = other;
	expect_refused(f, "it is not the one of the configuration");
	for (int i = 0; i < 2; i++) {
		fetch_ask(f, "/info", NULL, "");
		assert_int_equal(f->result, TW_RESULT_TLS);
	}
	expect_no_request(server, f);
}

/* Looking at a certificate that is refused leaves nothing behind: the next check refuses it too. */
static void test_refused_again(void **state)
{
	struct fetch_fixture *f = *state;
	struct tls_server *server = tls_serve(f, "https", "127.0.0.1", "wrong.pem", 0);

	expect_refused(f, "unable to get local issuer certificate");
	for (int i = 0; i < 2; i++) {
		fetch_ask(f, "/info", NULL, "");
		assert_int_equal(f->result, TW_RESULT_TLS);
		assert_contains(f->detail, fingerprint(true));
		tw_fetch_finish(f->fetch);
	}
	expect_no_request(server, f);
}

static void on_dropped(void *ctx)
{
	struct fetch_fixture *f = ctx;

	f->n_dropped++;
	tw_loop_stop(f->loop);
}

static void expect_dropped(struct fetch_fixture *f)
{
	int n_dropped = f->n_dropped;

	tw_loop_arm(f->guard, tw_loop_now(f->loop) + GUARD_MS * TW_MS);
	while (f->n_dropped == n_dropped)
		assert_int_equal(tw_loop_run(f->loop), 0);
	tw_loop_arm(f->guard, TW_NEVER);
}

/* A server that dies, or does not want to keep it longer: the connection is closed while idle. */
static void test_idle_connection_is_closed(void **state)
{
	struct fetch_fixture *f = *state;
	struct tls_server *server = tls_serve(f, "https", "127.0.0.1", "right.pem", 1);
	struct tw_fetch *other;

	fetch_expect(f, TW_RESULT_OK, "");
	tw_fetch_tell_dropped(f->fetch, on_dropped);
	for (int i = 1; i <= 2; i++) {
		fetch_ask(f, "/info", NULL, "");
		tw_fetch_finish(f->fetch);
		expect_dropped(f);
		/* It is not used again, and the next one is watched as well. */
		fetch_ask(f, "/info", NULL, "");
		assert_int_equal(f->result, TW_RESULT_OK);
		tw_fetch_finish(f->fetch);
		assert_int_equal(atomic_load(&server->n_connections), i + 1);
	}
	/* Another one uses the connection, and it is now that one's. */
	other = f->fetch;
	fetch_open(f, false);
	fetch_ask(f, "/info", NULL, "");
	assert_int_equal(f->result, TW_RESULT_OK);
	assert_int_equal(atomic_load(&server->n_connections), 3);
	tw_fetch_finish(f->fetch);
	tw_fetch_tell_dropped(f->fetch, on_dropped);
	fetch_ask(f, "/info", NULL, "");
	tw_fetch_finish(f->fetch);
	tls_stop(server);
	expect_dropped(f);
	assert_int_equal(f->n_dropped, 3);
	tw_fetch_destroy(other);
}

/* A request that is ended, or whose fetch is destroyed, leaves nothing that is watched. */
static void test_no_idle_connection(void **state)
{
	struct fetch_fixture *f = *state;
	struct tls_server *server = tls_serve(f, "https", "127.0.0.1", "right.pem", 0);
	struct tw_rpc_request request = { .path = "/info" };

	fetch_open(f, false);
	tw_fetch_tell_dropped(f->fetch, on_dropped);
	fetch_ask(f, "/info", NULL, "");
	assert_int_equal(tw_fetch_start(f->fetch, &request, "", TW_SEC), 0);
	tw_fetch_finish(f->fetch);
	fetch_ask(f, "/info", NULL, "");
	tw_fetch_finish(f->fetch);
	tw_fetch_destroy(f->fetch);
	f->fetch = NULL;
	fetch_open(f, false);
	tls_stop(server);
	fetch_ask(f, "/info", NULL, "");
	assert_int_equal(f->result, TW_RESULT_REFUSED);
	assert_int_equal(f->n_dropped, 0);
}

static void test_http_to_https(void **state)
{
	struct fetch_fixture *f = *state;
	struct tls_server *server = tls_serve(f, "http", "127.0.0.1", NULL, 0);

	fetch_open(f, false);
	fetch_ask(f, "/info", NULL, "");
	assert_true(f->result == TW_RESULT_BAD_REPLY || f->result == TW_RESULT_RESET);
	expect_no_request(server, f);
}

static void speak_plainly(struct connection *connection, void *ctx)
{
	(void)ctx;
	(void)connection_send(connection, "HTTP/1.1 400 Bad Request\r\n\r\n");
	connection_wait_gone(connection);
}

static void test_https_to_http(void **state)
{
	struct fetch_fixture *f = *state;

	fetch_serve(f, speak_plainly, NULL);
	fetch_point(f, "https", "127.0.0.1", server_port(f->server));
	fetch_open(f, false);
	fetch_ask(f, "/info", NULL, "");
	assert_int_equal(f->result, TW_RESULT_TLS);
	assert_memory_equal(f->detail, "TLS: ", 5);
}

static void reset_at_once(struct connection *connection, void *ctx)
{
	(void)ctx;
	/* The client has begun its handshake by then. */
	if (connection_drain(connection))
		connection_reset(connection);
}

static void close_at_once(struct connection *connection, void *ctx)
{
	(void)ctx;
	(void)connection_drain(connection);
}

/* The server ended, or a proxy has no server: that has nothing to do with certificates. */
static void test_reset_in_handshake(void **state)
{
	struct fetch_fixture *f = *state;

	fetch_serve(f, reset_at_once, NULL);
	fetch_point(f, "https", "127.0.0.1", server_port(f->server));
	fetch_expect(f, TW_RESULT_RESET, "connection reset during the TLS handshake");
}

static void test_closed_in_handshake(void **state)
{
	struct fetch_fixture *f = *state;

	fetch_serve(f, close_at_once, NULL);
	fetch_point(f, "https", "127.0.0.1", server_port(f->server));
	fetch_expect(f, TW_RESULT_RESET, "connection closed during the TLS handshake");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fetch_setup, fetch_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_right_authority),
		TEST(test_wrong_authority),
		TEST(test_system_authorities),
		TEST(test_no_such_authority),
		TEST(test_other_host),
		TEST(test_pinned),
		TEST(test_not_the_pinned_one),
		TEST(test_refused_again),
		TEST(test_idle_connection_is_closed),
		TEST(test_no_idle_connection),
		TEST(test_http_to_https),
		TEST(test_https_to_http),
		TEST(test_reset_in_handshake),
		TEST(test_closed_in_handshake),
	};

	return cmocka_run_group_tests(tests, setup_certificates, remove_certificates);
}
