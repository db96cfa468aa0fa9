/*
 * A loopback TCP server for tests, that can misbehave: a thread accepts, a thread per connection
 * runs the script. Waiting in a script always ends when the client goes or the server is stopped.
 */
#ifndef TW_TEST_SERVER_H
#define TW_TEST_SERVER_H

#include "base/result.h"

struct server;
struct connection;

typedef void server_script(struct connection *connection, void *ctx);

/* host: "127.0.0.1" or "::1". Takes a free port. Fails the test when it cannot. */
struct server *server_start(const char *host, server_script *script, void *ctx);
void server_stop(struct server *server); /* takes NULL */
uint16_t server_port(const struct server *server);
int server_connections(struct server *server); /* accepted so far */
int server_open(struct server *server);        /* not ended yet */
int server_requests(struct server *server);    /* whole requests read so far */
/* Waits until no connection is open. False after timeout_ms. */
bool server_wait_closed(struct server *server, int timeout_ms);

/* Reads one request, headers and body. False: the client went, or the server is to stop. */
bool connection_read(struct connection *connection);
/* Reads and forgets whatever comes first. */
bool connection_drain(struct connection *connection);
/* The request last read, as text. */
const char *connection_request(const struct connection *connection);
/* False: the client went. */
bool connection_send(struct connection *connection, const char *text);
bool connection_send_data(struct connection *connection, const void *data, size_t len);
/* A whole reply with a Content-Length. */
bool connection_reply(struct connection *connection, int status, const char *body);
/* False: the client went, or the server is to stop. */
bool connection_pause(struct connection *connection, int ms);
void connection_wait_gone(struct connection *connection);
/* Ends it with a RST. */
void connection_reset(struct connection *connection);

#endif
