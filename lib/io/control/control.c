/* See control.h. */
#include "io/control/control.h"
#include "io/control/peer.h"
#include "io/control/socket.h"
#include "io/listen/acceptor.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REFUSED_MAX = 16 }; /* refused clients that are told so at one time */

struct tw_control {
	struct tw_control_socket socket;
	struct tw_acceptor *acceptor;
	struct tw_control_clients clients;
	uint32_t max_clients;
};

static void on_connection(void *ctx, int fd, const struct sockaddr *address, socklen_t address_len)
{
	struct tw_control *control = ctx;
	struct tw_control_clients *clients = &control->clients;
	bool is_refused = clients->n_served >= control->max_clients;

	(void)address;
	(void)address_len;
	if (is_refused && clients->n_refused >= REFUSED_MAX)
		close(fd);
	else
		tw_control_client_open(clients, fd, is_refused);
}

void tw_control_publish(struct tw_control *control)
{
	tw_control_client_publish(&control->clients);
}

void tw_control_checks_done(struct tw_control *control)
{
	tw_control_client_checks_done(&control->clients);
}

void tw_control_count(const struct tw_control *control, struct tw_control_counts *ret_counts)
{
	ret_counts->clients = control->clients.n_served;
	ret_counts->dropped = control->clients.readers.n_dropped;
	memcpy(ret_counts->requests, control->clients.requests, sizeof(ret_counts->requests));
}

/* 0, or -EINVAL (logged): then nobody is an operator by group. */
static int set_operators(struct tw_control *control, const struct tw_config *config)
{
	const char *group = config->control_operators;
	struct tw_control_operators operators = { 0 };
	int r = 0;

	if (group[0] != '\0') {
		r = tw_control_peer_find_group("control.operators", group, &operators.gid);
		operators.has_group = r == 0;
	}
	tw_control_client_set_operators(&control->clients, &operators);
	return r;
}

void tw_control_configure(struct tw_control *control, const struct tw_config *config)
{
	control->max_clients = config->control_max_clients;
	tw_control_socket_change(&control->socket, config->control_mode, config->control_group);
	set_operators(control, config);
}

static int start_accepting(struct tw_control *control, struct tw_loop *loop)
{
	char name[sizeof(control->socket.path) + sizeof("control socket ")];
	int fd = control->socket.fd, r;

	snprintf(name, sizeof(name), "control socket %s", control->socket.path);
	control->socket.fd = -1;
	r = tw_acceptor_create(loop, name, &fd, 1, on_connection, control, &control->acceptor);
	control->clients.acceptor = control->acceptor;
	return r;
}

int tw_control_create(struct tw_loop *loop, const struct tw_config *config,
	const struct tw_ctl_ops *ops, void *ctx, struct tw_control **ret_control)
{
	struct tw_control *control = calloc(1, sizeof(*control));
	int r;

	if (control == NULL)
		return -ENOMEM;
	control->socket.fd = control->socket.lock_fd = -1;
	control->max_clients = config->control_max_clients;
	r = tw_control_client_init_all(&control->clients, loop, ops, ctx);
	if (r == 0)
		r = set_operators(control, config);
	if (r == 0)
		r = tw_control_socket_open(config->control_path, config->control_mode,
			config->control_group, &control->socket);
	if (r == 0)
		r = start_accepting(control, loop);
	if (r < 0) {
		tw_control_destroy(control);
		return r;
	}
	*ret_control = control;
	return 0;
}

void tw_control_destroy(struct tw_control *control)
{
	if (control == NULL)
		return;
	tw_control_client_finish_all(&control->clients);
	/* The path goes before the listening socket, so that nobody finds a socket without an
	 * owner. */
	tw_control_socket_close(&control->socket);
	tw_acceptor_destroy(control->acceptor);
	free(control);
}
