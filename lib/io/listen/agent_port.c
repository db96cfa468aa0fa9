/* See agent_port.h. */
#include "io/listen/agent_port.h"
#include "base/log.h"
#include "io/listen/tcp.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct client {
	struct tw_agent_port *agent;
	struct client *prev, *next;
	int fd;
	struct tw_loop_fd *watch;
	struct tw_loop_timer *timer;
	int64_t limit_us; /* when it is closed, whatever it does */
	bool is_waiting;  /* its question is whole, the answer is not known yet */
	size_t len;
	char line[TW_AGENT_LINE_MAX + 1]; /* the question so far, without its line end */
};

struct tw_agent_port {
	struct tw_loop *loop;
	struct tw_acceptor *acceptor;
	uint16_t port;
	tw_agent_port_fn *fn;
	void *ctx;
	/* The longest connected first. */
	struct client *first, *last;
	uint32_t n_clients;
	uint32_t n_waiting;
	uint64_t count;
	bool has_warned; /* of a client that asks nothing */
};

static void close_client(struct client *client)
{
	struct tw_agent_port *agent = client->agent;

	*(client->prev != NULL ? &client->prev->next : &agent->first) = client->next;
	*(client->next != NULL ? &client->next->prev : &agent->last) = client->prev;
	agent->n_clients--;
	if (client->is_waiting)
		agent->n_waiting--;
	tw_loop_remove_fd(client->watch);
	tw_loop_remove_timer(client->timer);
	close(client->fd);
	free(client);
	tw_acceptor_retry(agent->acceptor);
}

/* Answers, if that can be done now, and closes. */
static void answer(struct client *client)
{
	struct tw_agent_port *agent = client->agent;
	char reply[TW_AGENT_REPLY_MAX];

	if (!agent->fn(agent->ctx, client->line, client->len, reply)) {
		if (!client->is_waiting)
			agent->n_waiting++;
		client->is_waiting = true;
		tw_loop_arm(client->timer, client->limit_us);
		/* A client may have shut down its sending side after the question: that is not to
		 * be watched, it would be readable all the time. */
		if (tw_loop_change_fd(client->watch, 0) < 0)
			close_client(client);
		return;
	}
	agent->count++;
	/* The socket's buffer is empty, so the reply fits; and a client that is gone needs none. */
	send(client->fd, reply, strlen(reply), MSG_NOSIGNAL | MSG_DONTWAIT);
	close_client(client);
}

/* Without agent-send HAProxy only listens; its state of the server then never changes. */
static void warn_of_silence(struct tw_agent_port *agent)
{
	if (agent->has_warned)
		return;
	agent->has_warned = true;
	tw_warn("agent: somebody connected to port %u and asked nothing; if that is HAProxy, its "
		"server line needs agent-send \"NAME\\n\" or \"NAME chosen\\n\"",
		tw_agent_port_number(agent));
}

/* The client sends no more, or not soon enough. */
static void end(struct client *client)
{
	if (client->len > 0 && !client->is_waiting) {
		answer(client);
		return;
	}
	if (client->len == 0)
		warn_of_silence(client->agent);
	close_client(client);
}

static void on_timer(void *ctx)
{
	end(ctx);
}

static void on_readable(void *ctx, int fd, int events)
{
	struct client *client = ctx;
	int64_t quiet_us = tw_loop_now(client->agent->loop) + TW_AGENT_QUIET_US;
	size_t room = sizeof(client->line) - client->len;
	const char *line_end;
	ssize_t n;

	(void)events;
	n = recv(fd, client->line + client->len, room, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		close_client(client);
		return;
	}
	if (n == 0) {
		end(client);
		return;
	}
	line_end = memchr(client->line + client->len, '\n', (size_t)n);
	client->len =
		line_end != NULL ? (size_t)(line_end - client->line) : client->len + (size_t)n;
	if (line_end != NULL || client->len == sizeof(client->line))
		answer(client);
	else
		tw_loop_arm(
			client->timer, quiet_us < client->limit_us ? quiet_us : client->limit_us);
}

static void on_connection(void *ctx, int fd, const struct sockaddr *address, socklen_t address_len)
{
	struct tw_agent_port *agent = ctx;
	struct client *client = calloc(1, sizeof(*client));

	(void)address;
	(void)address_len;
	if (client == NULL) {
		close(fd);
		return;
	}
	client->agent = agent;
	client->fd = fd;
	client->limit_us = tw_loop_now(agent->loop) + TW_AGENT_PATIENCE_US;
	client->prev = agent->last;
	*(agent->last != NULL ? &agent->last->next : &agent->first) = client;
	agent->last = client;
	agent->n_clients++;
	if (tw_loop_add_timer(agent->loop, on_timer, client, &client->timer) < 0 ||
		tw_loop_add_fd(agent->loop, fd, TW_LOOP_READ, on_readable, client, &client->watch) <
			0) {
		close_client(client);
		return;
	}
	tw_loop_arm(client->timer, client->limit_us);
	if (agent->n_clients > TW_AGENT_CLIENTS_MAX)
		close_client(agent->first);
}

void tw_agent_port_retry(struct tw_agent_port *agent)
{
	struct client *next;

	if (agent->n_waiting == 0)
		return;
	for (struct client *client = agent->first; client != NULL; client = next) {
		next = client->next;
		if (client->is_waiting)
			answer(client);
	}
}

uint16_t tw_agent_port_number(const struct tw_agent_port *agent)
{
	return agent->port;
}

uint64_t tw_agent_port_count(const struct tw_agent_port *agent)
{
	return agent->count;
}

int tw_agent_port_create(struct tw_loop *loop, const struct tw_listen *listen, tw_agent_port_fn *fn,
	void *ctx, struct tw_agent_port **ret_agent)
{
	struct tw_agent_port *agent = calloc(1, sizeof(*agent));
	int r;

	if (agent == NULL)
		return -ENOMEM;
	*agent = (struct tw_agent_port){ .loop = loop, .fn = fn, .ctx = ctx };
	r = tw_tcp_listen(loop, listen, on_connection, agent, &agent->acceptor, &agent->port);
	if (r < 0) {
		free(agent);
		return r;
	}
	*ret_agent = agent;
	return 0;
}

void tw_agent_port_destroy(struct tw_agent_port *agent)
{
	if (agent == NULL)
		return;
	while (agent->first != NULL)
		close_client(agent->first);
	tw_acceptor_destroy(agent->acceptor);
	free(agent);
}
