/*
 * For the tests of io/control: a control socket in a directory of its own on a real loop, with
 * operations that only remember, and peers that are real connections. One thread: waiting for
 * something runs the loop until it is so, or fails the test after a long time.
 */
#ifndef TW_TEST_CONTROL_FIXTURE_H
#define TW_TEST_CONTROL_FIXTURE_H

#include "io/control.h"
#include <sys/un.h>

enum { FIXTURE_PATIENCE_S = 60, PEER_IN_MAX = 64 * 1024 * 1024 };

struct fixture {
	char dir[64];
	char path[96];
	struct tw_config config;
	struct tw_loop *loop;
	struct tw_control *control;
	/* what the operations do and did */
	uint64_t seq;            /* in every select and status object */
	size_t status_size;      /* bytes of padding in a status */
	const char *select_text; /* instead of the usual object */
	const char *status_text;
	uint64_t n_selects;
	uint64_t n_statuses;
	uint64_t n_operations;
	uint64_t n_checks;
	uint64_t selects_before_node; /* n_selects when `node` was last asked */
	uint64_t pending_seq;         /* what the next step makes of seq: an operation's effect */
	uint64_t n_wakeups;
	/* the waiting */
	struct tw_loop_timer *tick;
	bool (*is_done)(void *arg);
	void *arg;
	int64_t deadline_us;
	bool is_late;
};

/* As cmocka's set-up and tear-down; *state is the fixture, its server runs. */
int fixture_setup(void **state);
int fixture_teardown(void **state);
void fixture_start(struct fixture *fixture);
void fixture_stop(struct fixture *fixture);
/* Runs the loop until is_done(arg). */
void fixture_wait(struct fixture *fixture, bool (*is_done)(void *arg), void *arg);
struct tw_control_counts fixture_counts(const struct fixture *fixture);
/* Waits until so many clients are connected, as the server counts. */
void fixture_wait_clients(struct fixture *fixture, uint64_t n);

struct peer {
	struct fixture *fixture;
	int fd;
	struct tw_buf in; /* received and not yet taken */
	bool is_at_end;
	int error; /* errno of a failed read or write */
};

void peer_connect(struct peer *peer, struct fixture *fixture);
void peer_close(struct peer *peer);
/* Sends all of it, running the loop where the socket is full. */
void peer_send(struct peer *peer, const void *data, size_t len);
void peer_say(struct peer *peer, const char *text);
/* Waits until the server has read all that was sent. */
void peer_wait_consumed(struct peer *peer);
/* Waits for the next line and takes it; without its end. The caller frees it. */
char *peer_line(struct peer *peer);
/* The next line must be text. */
void peer_expect(struct peer *peer, const char *text);
/* The next line must have this part. */
void peer_expect_part(struct peer *peer, const char *part);
/* Nothing more must come but the end, and no error. */
void peer_expect_end(struct peer *peer);
/* Reads what is there now. */
void peer_receive(struct peer *peer);

#endif
