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
	int64_t height; /* of its own newest block when it was last checked, -1 unknown */
	char hash[TIPWATCH_HASH_SIZE];
};

/* How long to wait with a found block; what tipwatchd says unless it is configured otherwise. */
enum { TIPWATCH_AFTER_ACCEPT_MS = 500, TIPWATCH_AFTER_SILENCE_MS = 1500 };
struct tipwatch_timing {
	int64_t after_accept_ms;
	int64_t after_silence_ms;
};

/* What became of a block that was sent to a daemon. */
enum tipwatch_outcome {
	TIPWATCH_ACCEPTED,  /* it has the block */
	TIPWATCH_DUPLICATE, /* it has the block, and had it before or not as its newest one */
	TIPWATCH_REFUSED,   /* it does not want the block, or the request */
	TIPWATCH_NOT_ABLE,  /* it takes no blocks now, whatever the block */
	TIPWATCH_UNKNOWN,   /* a reply that does not tell: it may have the block */
	TIPWATCH_FAILED,    /* no connection, or it broke before there was a reply */
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
 * The daemons that a found block should be sent to, in this order, the chosen one first, and how
 * long to wait between them: not all at once, but by tipwatch_submission_next(). At most max are
 * filled in; ret_n says how many.
 */
int tipwatch_submit(struct tipwatch *tipwatch, int timeout_ms, struct tipwatch_target *targets,
	size_t max, size_t *ret_n, struct tipwatch_timing *ret_timing);
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
 * When a found block is to be sent to which of its targets. Some daemons corrupt their chain when
 * they get a block from the pool and from a peer at the same moment: the chosen one gets it first,
 * the next one when that one refuses it, fails or is silent for too long, and all the rest some
 * time after one has it. This has no connections and no clock: times are milliseconds of any clock
 * that does not go back. Its members are for reading at most.
 */
struct tipwatch_submission {
	struct tipwatch_timing timing;
	size_t n_targets;
	size_t n_sent;  /* the targets before this one have had their turn */
	bool has_block; /* a daemon has it */
	bool has_leader_answered;
	int64_t next_ms;
};

/* A block was found; it is to be sent to targets 0 to n_targets - 1. There may be none. */
void tipwatch_submission_begin(struct tipwatch_submission *ret_submission, size_t n_targets,
	const struct tipwatch_timing *timing, int64_t now_ms);
enum {
	TIPWATCH_WAIT = -1, /* call again at ret_until_ms, and after every answer */
	TIPWATCH_SENT = -2, /* there is nothing more to do; the last may still be answering */
};
/*
 * The number of the target whose turn it is now, or one of the above. Call it until it is one of
 * them. Each target comes up once at most. Before the block is sent to any but the first, ask the
 * daemon whether it has it, tipwatch_answer_has_block().
 */
int tipwatch_submission_next(
	struct tipwatch_submission *submission, int64_t now_ms, int64_t *ret_until_ms);
/* What became of the block at a target. One that has the block already, so that it was not sent, is
 * TIPWATCH_DUPLICATE. */
void tipwatch_submission_answer(struct tipwatch_submission *submission, size_t target,
	enum tipwatch_outcome outcome, int64_t now_ms);

/* What a reply to a submitted block says. body has len bytes. Never TIPWATCH_FAILED. */
enum tipwatch_outcome tipwatch_answer_outcome(int http_status, const char *body, size_t len);
/*
 * Whether a daemon has a block on its chain: reply, of len bytes, is what it says to being asked
 * for the header of its block at height (getblockheaderbyheight, or GET /block/HEIGHT), the height
 * that the block was mined for; blob is the block in blob_len hex digits. The previous hash, the
 * time and the nonce must be the same. False where it does not have it, or where that cannot be
 * read.
 */
bool tipwatch_answer_has_block(
	const char *reply, size_t len, int64_t height, const char *blob, size_t blob_len);

/*
 * Hands a found block to tipwatchd, which then sends it to all daemons and follows it: a file in
 * its directory of found blocks. Needs no connection, works while tipwatchd does not run, and
 * returns only when the block is safe on the disk. dir: that directory; NULL: $TIPWATCH_BLOCKS,
 * else /var/lib/tipwatch/blocks. block: len bytes, the block as it is or in hex digits. daemon: one
 * that the caller sends the block to itself, NULL: none. Returns 0 or a negative errno: -ENOENT
 * (there is no such directory), -EACCES (not in its group), -ENOSPC, -EINVAL and others; then
 * nothing was handed over.
 */
int tipwatch_block(const char *dir, const void *block, size_t len, const char *daemon);

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
