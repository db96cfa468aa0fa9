/*
 * The control socket as a file: its directory, its lock, whether a live process has it, its mode
 * and group, and its removal.
 */
#ifndef TW_IO_CONTROL_SOCKET_H
#define TW_IO_CONTROL_SOCKET_H

#include "base/result.h"
#include <sys/stat.h>
#include <sys/un.h>

struct tw_control_socket {
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int fd;      /* listening; -1: not open, or handed over to an acceptor */
	int lock_fd; /* of PATH.lock; -1: none */
	dev_t dev;   /* with ino: the socket's inode, to tell whether the path is still ours */
	ino_t ino;
};

/*
 * Fills in *ret_socket, also on failure: then nothing is open. Returns 0 or a negative errno as
 * tw_control_create() does; every failure is logged, with what to do.
 */
int tw_control_socket_open(
	const char *path, mode_t mode, const char *group, struct tw_control_socket *ret_socket);
/* Removes the files that are still ours. */
void tw_control_socket_close(struct tw_control_socket *socket);
/* Applies another mode and group to a socket that is still ours. Logs what cannot be done. */
void tw_control_socket_change(
	const struct tw_control_socket *socket, mode_t mode, const char *group);

#endif
