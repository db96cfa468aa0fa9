/* See socket.h. */
#include "io/control/socket.h"
#include "base/file.h"
#include "base/log.h"
#include "io/control/peer.h"
#include "io/files.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 511, LOCK_TRIES = 16 };

#define LOCK_SUFFIX ".lock"
#define IN_USE                                                                                     \
	"the control socket %s is in use by a running tipwatchd; stop that one, or give this one " \
	"another path (control.path, --control)"

static bool is_same_file(int fd, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && lstat(path, &named) == 0 &&
	       opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

static int prepare_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	int r;

	if (slash == NULL || slash == path)
		return 0;
	snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
	r = tw_files_prepare(parent);
	if (r < 0)
		tw_error("cannot create %s, the directory of the control socket: %s; create it, or "
			 "set another control.path",
			parent, strerror(-r));
	return r;
}

/*
 * Takes PATH.lock, so that of two processes that start at once only one looks at the old socket and
 * replaces it. A process that ends removes its lock file: when that happens between open() and
 * flock() here, the opened file is not the lock any more, and it is tried again.
 */
static int take_lock(const char *path, int *ret_fd)
{
	char lock[sizeof(((struct sockaddr_un *)NULL)->sun_path) + sizeof(LOCK_SUFFIX)];

	snprintf(lock, sizeof(lock), "%s" LOCK_SUFFIX, path);
	for (int i = 0; i < LOCK_TRIES; i++) {
		int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
		int r;

		if (fd < 0) {
			r = -errno;
			tw_error("cannot open %s, which guards the control socket: %s; check the "
				 "permissions of it and of its directory",
				lock, strerror(-r));
			return r;
		}
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			r = errno == EWOULDBLOCK ? -EADDRINUSE : -errno;
			close(fd);
			if (r == -EADDRINUSE)
				tw_error(IN_USE, path);
			else
				tw_error("cannot lock %s: %s", lock, strerror(-r));
			return r;
		}
		if (is_same_file(fd, lock)) {
			*ret_fd = fd;
			return 0;
		}
		close(fd);
	}
	tw_error(IN_USE, path);
	return -EADDRINUSE;
}

/* Removes the socket that a dead process left. -EADDRINUSE: its process lives. */
static int remove_stale(const struct sockaddr_un *address)
{
	const char *path = address->sun_path;
	struct stat st;
	int fd, r;

	if (lstat(path, &st) < 0) {
		if (errno == ENOENT)
			return 0;
		r = -errno;
		tw_error("cannot look at the control socket %s: %s", path, strerror(-r));
		return r;
	}
	if (!S_ISSOCK(st.st_mode)) {
		tw_error("%s exists and is not a socket; remove it, or set another control.path",
			path);
		return -EEXIST;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		r = -errno;
		tw_error("cannot make a socket: %s", strerror(-r));
		return r;
	}
	r = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
	close(fd);
	switch (r) {
	case -ECONNREFUSED:
		break;
	case -ENOENT:
		return 0;
	case 0:
	case -EAGAIN: /* its queue is full */
	case -EPROTOTYPE:
		tw_error(IN_USE, path);
		return -EADDRINUSE;
	default:
		tw_error("cannot tell whether the control socket %s is in use: %s; remove it if it "
			 "is not",
			path, strerror(-r));
		return r;
	}
	if (unlink(path) < 0 && errno != ENOENT) {
		r = -errno;
		tw_error("cannot remove the stale control socket %s: %s", path, strerror(-r));
		return r;
	}
	tw_info("replaced the stale control socket %s", path);
	return 0;
}

static int give_to_group(const char *path, const char *group)
{
	gid_t gid;
	int r;

	if (group[0] == '\0')
		return 0;
	r = tw_control_peer_find_group("control.group", group, &gid);
	if (r < 0)
		return r;
	if (lchown(path, (uid_t)-1, gid) < 0) {
		r = -errno;
		tw_error("cannot give the control socket %s to the group '%s': %s; tipwatchd's "
			 "user must be a member of it",
			path, group, strerror(-r));
		return r;
	}
	return 0;
}

/* Nobody can connect before listen(): mode and group are set before that. */
static int bind_and_listen(struct tw_control_socket *sock, const struct sockaddr_un *address,
	mode_t mode, const char *group)
{
	mode_t old_mask;
	struct stat st;
	int r;

	sock->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock->fd < 0) {
		r = -errno;
		tw_error("cannot make a socket: %s", strerror(-r));
		return r;
	}
	old_mask = umask(~mode & 0777);
	r = bind(sock->fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
	umask(old_mask);
	if (r < 0) {
		tw_error("cannot create the control socket %s: %s", sock->path, strerror(-r));
		return r;
	}
	if (lstat(sock->path, &st) == 0) {
		sock->dev = st.st_dev;
		sock->ino = st.st_ino;
	}
	r = give_to_group(sock->path, group);
	if (r < 0)
		return r;
	if (listen(sock->fd, BACKLOG) < 0) {
		r = -errno;
		tw_error("cannot listen on the control socket %s: %s", sock->path, strerror(-r));
		return r;
	}
	return 0;
}

int tw_control_socket_open(
	const char *path, mode_t mode, const char *group, struct tw_control_socket *ret_socket)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int r;

	*ret_socket = (struct tw_control_socket){ .fd = -1, .lock_fd = -1 };
	if (path[0] == '\0') {
		tw_error("control.path is empty; it must name the control socket");
		return -EINVAL;
	}
	if (strlen(path) >= sizeof(address.sun_path)) {
		tw_error("the path of the control socket is too long (%zu bytes, at most %zu): %s; "
			 "set a shorter control.path",
			strlen(path), sizeof(address.sun_path) - 1, path);
		return -ENAMETOOLONG;
	}
	strcpy(address.sun_path, path);
	strcpy(ret_socket->path, path);
	r = prepare_parent(path);
	if (r == 0)
		r = take_lock(path, &ret_socket->lock_fd);
	if (r == 0)
		r = remove_stale(&address);
	if (r == 0)
		r = bind_and_listen(ret_socket, &address, mode, group);
	if (r < 0)
		tw_control_socket_close(ret_socket);
	return r;
}

static bool is_ours(const struct tw_control_socket *sock)
{
	struct stat st;

	return sock->ino != 0 && lstat(sock->path, &st) == 0 && st.st_dev == sock->dev &&
	       st.st_ino == sock->ino;
}

void tw_control_socket_close(struct tw_control_socket *sock)
{
	char lock[sizeof(sock->path) + sizeof(LOCK_SUFFIX)];

	if (is_ours(sock))
		unlink(sock->path);
	tw_file_close(&sock->fd);
	if (sock->lock_fd >= 0) {
		snprintf(lock, sizeof(lock), "%s" LOCK_SUFFIX, sock->path);
		if (is_same_file(sock->lock_fd, lock))
			unlink(lock);
		close(sock->lock_fd);
	}
	*sock = (struct tw_control_socket){ .fd = -1, .lock_fd = -1 };
}

void tw_control_socket_change(const struct tw_control_socket *sock, mode_t mode, const char *group)
{
	if (!is_ours(sock))
		return;
	if (chmod(sock->path, mode) < 0)
		tw_error("cannot change the mode of the control socket %s: %s", sock->path,
			strerror(errno));
	give_to_group(sock->path, group);
}
