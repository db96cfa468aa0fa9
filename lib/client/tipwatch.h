/*
 * libtipwatch: asks tipwatchd(8) which of its daemons a mining pool should use. For C and C++; the
 * manual is tipwatch(3), what is asked and answered is in tipwatch-control(7).
 *
 * Every call that can wait takes a time limit in milliseconds, negative for ever, as poll(2) does,
 * and returns 0 or a negative errno. Nothing is thrown, printed or kept in globals. A connection is
 * used by one thread at a time; any number of them may be open.
 */
#ifndef TIPWATCH_H
#define TIPWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sizes of texts, each with its NUL. */
enum {
	TIPWATCH_NAME_SIZE = 64,
	TIPWATCH_HOST_SIZE = 254,
	TIPWATCH_URL_SIZE = 301,
	TIPWATCH_WORD_SIZE = 32,
	TIPWATCH_HASH_SIZE = 65,
};

/* A stream speaks at least every two seconds: one that was silent for so long is lost. */
enum { TIPWATCH_STALE_MS = 5000 };

/* A connection to tipwatchd. */
struct tipwatch;

struct tipwatch_daemon {
	char name[TIPWATCH_NAME_SIZE];
	char url[TIPWATCH_URL_SIZE]; /* "http://127.0.0.1:11898"; "" for the primary */
	char host[TIPWATCH_HOST_SIZE];
	uint16_t port;
	bool is_tls;
};

/* Which daemon to use, and what the network looks like. Heights are block indices, -1 unknown. */
struct tipwatch_select {
	bool is_usable;                /* whether the pool should mine on daemon */
	bool has_daemon;               /* daemon means something */
	bool is_pinned;                /* by the operator */
	char mode[TIPWATCH_WORD_SIZE]; /* starting, consensus, reduced, contested, fallback */
	char reason[TIPWATCH_WORD_SIZE];
	struct tipwatch_daemon daemon;
	struct tipwatch_daemon primary; /* what the pool would use without tipwatch */
	int64_t height;                 /* of the network's newest block */
	int64_t network_height;
	int64_t anchor_height;
	char hash[TIPWATCH_HASH_SIZE]; /* "" unknown */
	char prev_hash[TIPWATCH_HASH_SIZE];
	uint64_t epoch;       /* grows when another daemon is chosen */
	uint64_t chain_epoch; /* grows when the chain is another: drop all templates */
	uint64_t seq;         /* grows at every change */
};

/* A daemon that a found block should be sent to. */
struct tipwatch_target {
	struct tipwatch_daemon daemon;
	char state[TIPWATCH_WORD_SIZE];
	char reason[TIPWATCH_WORD_SIZE];
};

/*
 * Connects to the control socket at path; NULL: $TIPWATCH_SOCKET, else the default one. Returns 0
 * with a connection (tipwatch_close() it), or -ENOENT, -ECONNREFUSED (tipwatchd does not run),
 * -EACCES (not in its group), -ENAMETOOLONG, -ETIMEDOUT, -ENOMEM.
 */
int tipwatch_connect(const char *path, int timeout_ms, struct tipwatch **ret_tipwatch);
void tipwatch_close(struct tipwatch *tipwatch); /* takes NULL */

/*
 * Errors of all calls below: -ETIMEDOUT, -EPIPE or -ECONNRESET (tipwatchd has gone), -EMSGSIZE,
 * -ENOMEM, -EBADMSG (the answer is none of tipwatchd's), -ENOTCONN (an earlier failure has put the
 * connection out of step: close it, connect again), -EBUSY (it is a stream), and where tipwatchd
 * refuses: -EACCES, -ENOENT (no daemon is called so), -EBUSY (too many clients), -EINVAL.
 */

/* Which daemon to use. */
int tipwatch_ask(struct tipwatch *tipwatch, int timeout_ms, struct tipwatch_select *ret_select);
/*
 * The daemons that a found block should be sent to, all of them at once; the best comes first. At
 * most max are filled in; ret_n says how many.
 */
int tipwatch_submit(struct tipwatch *tipwatch, int timeout_ms, struct tipwatch_target *targets,
	size_t max, size_t *ret_n);
/* Tells what the pool saw of the daemon called name: "template-failed", "submit-failed" or
 * "timeout". It is then checked at once. */
int tipwatch_report(struct tipwatch *tipwatch, const char *name, const char *what, int timeout_ms);

/*
 * Makes the connection a stream: the select object now and at every change. From then on only
 * tipwatch_next(), tipwatch_receive(), tipwatch_fd() and tipwatch_close() are for it.
 */
int tipwatch_watch(struct tipwatch *tipwatch, int timeout_ms);
/*
 * Waits for the next object of a stream. -ETIMEDOUT: none has come; with 0 it only looks, so that
 * an event loop that saw tipwatch_fd() readable calls it until then. Silence of TIPWATCH_STALE_MS
 * means that the stream is lost.
 */
int tipwatch_next(struct tipwatch *tipwatch, int timeout_ms, struct tipwatch_select *ret_select);
/* For poll(2) and event loops: readable when something has come. Owned by tipwatch. */
int tipwatch_fd(const struct tipwatch *tipwatch);

/*
 * Any request of tipwatch-control(7), and its answer as it came: one line of JSON, without its end.
 * It is borrowed until the next call. An error object is an answer like any other here. Requests
 * may also be sent ahead, and received in order.
 */
int tipwatch_request(struct tipwatch *tipwatch, const char *request, int timeout_ms,
	const char **ret_line, size_t *ret_len);
int tipwatch_send(struct tipwatch *tipwatch, const char *request, int timeout_ms);
int tipwatch_receive(
	struct tipwatch *tipwatch, int timeout_ms, const char **ret_line, size_t *ret_len);

/* What tipwatchd said when it refused the last call, "" otherwise. Borrowed until the next call. */
const char *tipwatch_refusal(const struct tipwatch *tipwatch);
/* The version of the library, "0.1.0". Static. */
const char *tipwatch_version(void);

#ifdef __cplusplus
}
#endif

#endif
