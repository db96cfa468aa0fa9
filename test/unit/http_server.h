/*
 * A real tw_http on a real loop in a thread of its own. It knows /echo… (answers "TARGET|ACCEPT"),
 * /big (SERVER_BIG bytes), /empty, /broken (an answer that failed), /tagged and /events; anything
 * else is a 404.
 */
#ifndef TW_TEST_HTTP_SERVER_H
#define TW_TEST_HTTP_SERVER_H

#include "io/http.h"
#include <pthread.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"

/* No answer may take longer than PROMPT_MS: far more than any work, far less than any timeout. */
enum { SERVER_BIG = 4 << 20, PROMPT_MS = 2000 };

struct server {
	struct tw_loop *loop;
	struct tw_http *http;
	struct tw_loop_fd *order;
	int orders[2];
	pthread_t thread;
	uint16_t port;
	uint32_t event_size; /* of the data of an event, tens of bytes; set it before the start */
	bool is_broken;      /* no event can be made */
	uint32_t n_events;
};

/* limits may be NULL: the defaults. */
void server_start(struct server *server, const char *host, const struct tw_http_limits *limits);
void server_stop(struct server *server);
/* Something changed. */
void server_publish(const struct server *server);
/* From now on no event can be made. */
void server_break(const struct server *server);
/* One whole and prompt GET on a connection of its own. */
void server_assert_serves(const struct server *server);

#endif
