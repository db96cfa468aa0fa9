/* See control.h. */
#include "control.h"
#include "sim/cmd/cmd.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	READ_SIZE = 65536,
	BACKLOG = 128,
	OUT_ENOUGH = 65536, /* no more commands are run while this much is to be sent */
};

struct client {
	struct demo_control *control;
	struct client *prev, *next;
	int fd;
	struct tw_loop_fd *watch;
	struct tw_buf in;
	struct tw_buf out;
	bool is_eof;
	bool is_skipping; /* the rest of a line that is too long */
};

struct demo_control {
	struct tw_loop *loop;
	demo_control_fn *fn;
	void *ctx;
	char *path;
	int fd;
	struct tw_loop_fd *watch;
	struct client *clients;
	int n_clients;
};

static void destroy(struct client *client)
{
	struct demo_control *control = client->control;

	if (client->prev != NULL)
		client->prev->next = client->next;
	else
		control->clients = client->next;
	if (client->next != NULL)
		client->next->prev = client->prev;
	tw_loop_remove_fd(client->watch);
	tw_buf_finish(&client->in);
	tw_buf_finish(&client->out);
	close(client->fd);
	free(client);
	if (control->n_clients-- == DEMO_CONTROL_CLIENTS_MAX && control->watch != NULL)
		(void)tw_loop_change_fd(control->watch, TW_LOOP_READ);
}

/* Sends what can be sent. Returns false when the client is gone. */
static bool flush(struct client *client)
{
	while (client->out.len > 0) {
		ssize_t n = send(
			client->fd, client->out.data, client->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n < 0) {
			destroy(client);
			return false;
		}
		tw_buf_consume(&client->out, (size_t)n);
	}
	return true;
}

/* Runs the next line. Returns false when there is none. */
static bool run_line(struct client *client)
{
	char *end = client->in.len == 0 ? NULL : memchr(client->in.data, '\n', client->in.len);
	size_t len;

	if (end == NULL) {
		if (client->in.len <= TW_SIM_CMD_LINE_MAX)
			return false;
		if (!client->is_skipping)
			tw_buf_puts(&client->out, "{\"error\":\"the line is too long\"}\n");
		client->is_skipping = true;
		tw_buf_clear(&client->in);
		return false;
	}
	len = (size_t)(end - client->in.data);
	if (!client->is_skipping) {
		*end = '\0';
		client->control->fn(client->control->ctx, client->in.data, &client->out);
		tw_buf_putc(&client->out, '\n');
	}
	client->is_skipping = false;
	tw_buf_consume(&client->in, len + 1);
	return true;
}

/* Runs lines as long as the client reads the replies. */
static void serve(struct client *client)
{
	do {
		while (client->out.len < OUT_ENOUGH && run_line(client))
			;
		if (client->out.error < 0) {
			destroy(client);
			return;
		}
		if (!flush(client))
			return;
	} while (client->out.len == 0 && client->in.len > 0 &&
		 memchr(client->in.data, '\n', client->in.len) != NULL);
	if (client->out.len == 0 && client->is_eof) {
		destroy(client);
		return;
	}
	(void)tw_loop_change_fd(client->watch, client->out.len > 0 ? TW_LOOP_WRITE : TW_LOOP_READ);
}

static void on_client(void *ctx, int fd, int events)
{
	struct client *client = ctx;
	char bytes[READ_SIZE];
	ssize_t n;

	if ((events & TW_LOOP_READ) != 0) {
		n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n > 0)
			tw_buf_append(&client->in, bytes, (size_t)n);
		if (n < 0 || client->in.error < 0) {
			destroy(client);
			return;
		}
		client->is_eof = n == 0;
	}
	serve(client);
}

static int add_client(struct demo_control *control, int fd)
{
	struct client *client = calloc(1, sizeof(*client));
	int r;

	if (client == NULL)
		return -ENOMEM;
	client->control = control;
	client->fd = fd;
	tw_buf_init(&client->in, TW_SIM_CMD_LINE_MAX + READ_SIZE);
	tw_buf_init(&client->out, TW_SIM_CMD_REPLY_MAX);
	r = tw_loop_add_fd(control->loop, fd, TW_LOOP_READ, on_client, client, &client->watch);
	if (r < 0) {
		free(client);
		return r;
	}
	client->next = control->clients;
	if (client->next != NULL)
		client->next->prev = client;
	control->clients = client;
	if (++control->n_clients == DEMO_CONTROL_CLIENTS_MAX)
		(void)tw_loop_change_fd(control->watch, 0);
	return 0;
}

static void on_listener(void *ctx, int fd, int events)
{
	struct demo_control *control = ctx;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	if (client >= 0 && add_client(control, client) < 0)
		close(client);
}

/* Removes a stale socket: one at which no process answers. */
static int clear_path(const struct sockaddr_un *address)
{
	struct stat st;
	int fd, r;

	if (lstat(address->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
	close(fd);
	if (r != -ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(address->sun_path) < 0 ? -errno : 0;
}

static int listen_at(const char *path, int *ret_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, r;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	r = clear_path(&address);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	mask = umask(0177);
	r = bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	umask(mask);
	if (r == 0 && listen(fd, BACKLOG) < 0)
		r = -errno;
	if (r < 0) {
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

int demo_control_create(struct tw_loop *loop, const char *path, demo_control_fn *fn, void *ctx,
	struct demo_control **ret_control)
{
	struct demo_control *control = calloc(1, sizeof(*control));
	int r;

	if (control == NULL)
		return -ENOMEM;
	*control = (struct demo_control){ .loop = loop, .fn = fn, .ctx = ctx, .fd = -1 };
	r = listen_at(path, &control->fd);
	if (r < 0)
		goto fail;
	control->path = strdup(path);
	if (control->path == NULL) {
		r = -ENOMEM;
		unlink(path);
		goto fail;
	}
	r = tw_loop_add_fd(loop, control->fd, TW_LOOP_READ, on_listener, control, &control->watch);
	if (r < 0)
		goto fail;
	*ret_control = control;
	return 0;
fail:
	demo_control_destroy(control);
	return r;
}

void demo_control_destroy(struct demo_control *control)
{
	if (control == NULL)
		return;
	while (control->clients != NULL) {
		if (flush(control->clients))
			destroy(control->clients);
	}
	tw_loop_remove_fd(control->watch);
	if (control->fd >= 0)
		close(control->fd);
	if (control->path != NULL)
		unlink(control->path);
	free(control->path);
	free(control);
}
