/*
 * The ports of a simulated node. A reservation is a socket that is bound to a port and never
 * listens: while the node is dead it keeps the port for the node, and connections are refused.
 */
#ifndef DEMO_BIND_H
#define DEMO_BIND_H

#include "base/result.h"

/* A socket on 127.0.0.1:port, or on a free port where that is 0. Returns 0 or a negative errno. */
int demo_bind_socket(uint16_t port, int *ret_fd);
/* The port that a socket is bound to. */
int demo_bind_port(int fd, uint16_t *ret_port);

#endif
