/*
 * The port for HAProxy's agent-check: a connection sends one question, gets one line back, and is
 * closed. This file knows sockets and limits; the words are serve/agent.h's.
 */
#ifndef TW_IO_LISTEN_AGENT_PORT_H
#define TW_IO_LISTEN_AGENT_PORT_H

#include "io/loop.h"
#include "serve/agent.h"

struct tw_agent_port;

enum {
	/* With more connections at a time, the oldest one is closed. */
	TW_AGENT_CLIENTS_MAX = 512,
	/* From connecting to the answer; then the connection is closed. HAProxy gives up sooner. */
	TW_AGENT_PATIENCE_US = 5 * 1000000,
	/* A question without a line end is answered when nothing has followed it for so long: the
	 * "\n" in agent-send is easily forgotten. */
	TW_AGENT_QUIET_US = 100000,
};

/* Returns as tw_agent_answer(). Must not block, nor destroy the agent. */
typedef bool tw_agent_port_fn(
	void *ctx, const char *line, size_t len, char reply[TW_AGENT_REPLY_MAX]);

/* Returns 0, or the negative errno of tw_acceptor_create(). Port 0 takes a free one. */
int tw_agent_port_create(struct tw_loop *loop, const struct tw_listen *listen, tw_agent_port_fn *fn,
	void *ctx, struct tw_agent_port **ret_agent);
void tw_agent_port_destroy(struct tw_agent_port *agent); /* takes NULL */
uint16_t tw_agent_port_number(const struct tw_agent_port *agent);
/* Asks again for those who wait for an answer. To be called after every decision. */
void tw_agent_port_retry(struct tw_agent_port *agent);
/* Questions answered since it was created. */
uint64_t tw_agent_port_count(const struct tw_agent_port *agent);

#endif
