/* What the files of the control socket share; see control.h for what it is. */
#ifndef TW_IO_CONTROL_INTERNAL_H
#define TW_IO_CONTROL_INTERNAL_H

#include "io/control/control.h"
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* --- control_socket.c: the socket as a file --- */

struct tw_control_socket {
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int fd;      /* listening, -1 none */
	int lock_fd; /* of PATH.lock, -1 none */
	dev_t dev;   /* the socket's inode: whether the path is still ours */
	ino_t ino;
};

/* Fills in *ret_socket (also on failure, then nothing is open). Errors as tw_control_create(). */
int tw_control_socket_open(
	const char *path, mode_t mode, const char *group, struct tw_control_socket *ret_socket);
void tw_control_socket_close(struct tw_control_socket *socket);
/* Applies another mode and group to a socket that is still ours. Logs what cannot be done. */
void tw_control_socket_change(
	const struct tw_control_socket *socket, mode_t mode, const char *group);

/* --- control_peer.c: who is at the other end --- */

/* Who may command, beside root and the process's own user. */
struct tw_control_operators {
	bool has_group;
	gid_t gid;
};

/* The group called name. setting says in the log which setting named it. 0 or -EINVAL. */
int tw_control_peer_find_group(const char *setting, const char *name, gid_t *ret_gid);
/* Peer credentials of a connected Unix socket. */
bool tw_control_peer_is_operator(int fd, const struct tw_control_operators *operators);

/* --- control_client.c: one connection --- */

enum tw_control_stream { TW_CONTROL_SELECT, TW_CONTROL_STATUS };
enum { TW_CONTROL_STREAMS = TW_CONTROL_STATUS + 1 };

enum tw_control_client_state {
	TW_CLIENT_SERVED,  /* its requests are answered */
	TW_CLIENT_WAITS,   /* for a check; nothing is read meanwhile */
	TW_CLIENT_WATCHES, /* a stream; what it sends is ignored */
	TW_CLIENT_CLOSING, /* gets what it is still owed, what it sends is ignored */
	TW_CLIENT_DEAD,    /* closed; freed at the next turn */
};

struct tw_control_client {
	struct tw_control *control;
	struct tw_control_client *next;
	enum tw_control_client_state state;
	int fd;
	struct tw_loop_fd *watch;
	int events;
	bool is_operator;
	bool is_refused;   /* beyond max_clients: only told so */
	bool is_at_end;    /* it will send no more */
	bool is_deaf;      /* it will read no more */
	bool has_turn;     /* goes on at the next turn, and not before */
	bool has_newer;    /* of a stream: there is a newer object than the one being sent */
	bool is_shut_down; /* our side of the connection */
	enum tw_control_stream stream;
	size_t skipped;          /* bytes of stream objects left out since it last took something */
	int64_t progress_us;     /* when it last took something */
	int64_t linger_us;       /* when to give up a closing one; TW_NEVER */
	size_t in_start, in_end; /* what was read and not yet answered */
	char in[4 * TW_CONTROL_LINE_MAX];
	struct tw_buf out;
	struct tw_buf due; /* the reply of the check it waits for */
};

/* Takes over fd. Returns 0, or -ENOMEM with fd closed. */
int tw_control_client_open(struct tw_control *control, int fd, bool is_refused);
/* The next turn of a client that was given one. */
void tw_control_client_turn(struct tw_control_client *client);
void tw_control_client_close(struct tw_control_client *client);
/* Frees a closed one. */
void tw_control_client_free(struct tw_control_client *client);
/* The check that it waits for is done. */
void tw_control_client_check_done(struct tw_control_client *client);
/* A stream has a new object: control->lines[client->stream]. */
void tw_control_client_publish(struct tw_control_client *client);

/* --- control_output.c: what is owed to it --- */

/* Appends a reply; its line end too unless has_end. */
void tw_control_client_append(
	struct tw_control_client *client, const struct tw_buf *reply, bool has_end);
/* Sends what the socket takes now. */
void tw_control_client_send(struct tw_control_client *client);
/* Forgets the output, and frees its memory. */
void tw_control_client_empty(struct tw_control_client *client);
bool tw_control_client_is_past_limit(const struct tw_control_client *client);
/* When to give it up unless something happens before; TW_NEVER. */
int64_t tw_control_client_limit(const struct tw_control_client *client);
void tw_control_client_give_up(struct tw_control_client *client);

/* --- control.c --- */

struct tw_control {
	struct tw_loop *loop;
	const struct tw_ctl_ops *ops;
	void *ctx;
	struct tw_control_socket socket;
	struct tw_loop_fd *accept_watch;
	struct tw_loop_timer *accept_timer; /* resumes accepting after it ran out of something */
	bool is_accept_paused;
	int64_t accept_logged_us;
	struct tw_control_operators operators;
	uint32_t max_clients;
	uint32_t n_clients;
	uint32_t n_refused;
	struct tw_control_client *clients;
	struct tw_loop_timer *turn_timer;  /* at once: clients that have a turn, closed ones */
	struct tw_loop_timer *watch_timer; /* streams speak even if nothing changes */
	bool is_watch_armed;
	struct tw_loop_timer *limit_timer;
	int64_t limit_us;                        /* when limit_timer fires */
	struct tw_buf reply;                     /* of the request being answered */
	struct tw_buf lines[TW_CONTROL_STREAMS]; /* the newest object of each stream, with '\n' */
	int64_t drop_logged_us;
	struct tw_control_counts counts;
};

/* Gives the client a turn in the next wake-up, after the core has decided. */
void tw_control_give_turn(struct tw_control *control, struct tw_control_client *client);
/* A client began to watch: streams must speak. */
void tw_control_watch_began(struct tw_control *control);
/* A client's limit changed to limit_us. */
void tw_control_limit_by(struct tw_control *control, int64_t limit_us);
/* A descriptor was closed: accepting may work again. */
void tw_control_resume_accept(struct tw_control *control);

#endif
