/* What the tests of fetch.h share: a loop, a node, and one request run to its end. */
#ifndef TW_TEST_FETCH_FIXTURE_H
#define TW_TEST_FETCH_FIXTURE_H

#include "io/fetch.h"
#include "server.h"

enum { MAX_REPLY = 8192, GUARD_MS = 20000 };

struct fetch_fixture {
	struct tw_loop *loop;
	struct tw_loop_timer *guard; /* ends a test that hangs */
	struct tw_multi *multi;
	struct tw_fetch *fetch;
	struct tw_node_conf node;
	struct server *server;
	int n_fds;
	/* the last reply */
	enum tw_result result;
	char detail[TW_DETAIL_MAX];
	long status;
	char body[MAX_REPLY + 1];
	size_t len;
	int64_t rtt_us;
};

int fetch_setup(void **state);
int fetch_teardown(void **state); /* also: no descriptor was lost */
/* Points the node at scheme://host:port, host as in a URL. */
void fetch_point(struct fetch_fixture *f, const char *scheme, const char *host, uint16_t port);
/* The same, with a server on 127.0.0.1 that runs script. */
void fetch_serve(struct fetch_fixture *f, server_script *script, void *ctx);
void fetch_open(struct fetch_fixture *f, bool is_fresh);
/* Runs one request: GET, or POST when body is not NULL. */
void fetch_ask(struct fetch_fixture *f, const char *path, const char *body, const char *addresses);
/* fetch_open(), GET /info, and what came of it. */
void fetch_expect(struct fetch_fixture *f, enum tw_result result, const char *detail);
int count_fds(void);

#endif
