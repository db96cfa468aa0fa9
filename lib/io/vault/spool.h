/*
 * The directory that found blocks come in by. Whoever has a block writes tmp/NAME, syncs it, and
 * renames it to new/NAME: a file in new is whole. tipwatchd moves it on by renaming, so that it is
 * in exactly one place whenever tipwatchd ends:
 *
 *   taken/ID  known to tipwatchd; nothing was sent
 *   sent/ID   sending has begun, by tipwatchd or by whoever wrote the file
 *   done/ID   nothing more is sent
 *   bad/NAME  it is no block
 *
 * The pool's group may write in tmp and new; nobody else may read anything. A NAME that ends with a
 * colon and the name of a daemon says that its writer sends the block to that daemon itself.
 */
#ifndef TW_IO_VAULT_SPOOL_H
#define TW_IO_VAULT_SPOOL_H

#include "base/buf.h"
#include "core/types.h"
#include "io/loop.h"

struct tw_spool;

enum {
	TW_SPOOL_FILE_MAX = (4 << 20) + 64, /* bytes: a block, and the end of a line */
	TW_SPOOL_NAME_MAX = 200,
	TW_SPOOL_KEPT_MAX = 1000, /* files in done and in bad; the oldest ones are removed */
};

enum tw_spool_place { TW_SPOOL_TAKEN, TW_SPOOL_SENT, TW_SPOOL_DONE };

/* What becomes of a file in new. */
enum tw_spool_verdict {
	TW_SPOOL_TAKE,      /* ret_id is its name from now on */
	TW_SPOOL_TAKE_SENT, /* the same, and its writer sends it */
	TW_SPOOL_KNOWN,     /* this block is known already */
	TW_SPOOL_BAD,
	TW_SPOOL_LEAVE, /* it stays where it is and is looked at again */
};
/*
 * A whole file has come: len bytes. writer is the daemon that its writer sends it to, "" for none.
 * ret_id has room for TW_SPOOL_NAME_MAX + 1 bytes.
 */
typedef enum tw_spool_verdict tw_spool_fn(
	void *ctx, const char *data, size_t len, const char *writer, char *ret_id);

/*
 * Makes the directory and those in it where missing, with their modes; group is "" or the group
 * that may write. fn is called from the loop and from tw_spool_look(). Every failure is logged. 0
 * or a negative errno.
 */
int tw_spool_open(struct tw_loop *loop, const char *dir, const char *group, tw_spool_fn *fn,
	void *ctx, struct tw_spool **ret_spool);
void tw_spool_close(struct tw_spool *spool); /* takes NULL */

/* Looks at everything in new: for what inotify did not tell. */
void tw_spool_look(struct tw_spool *spool);
/* Calls fn for every file in a place, with its content; fn's verdict is ignored, its ret_id is the
 * name. For a start. */
void tw_spool_list(struct tw_spool *spool, enum tw_spool_place place,
	void (*fn)(void *ctx, const char *id, const char *data, size_t len));
/* Moves a block on. A failure is logged and returned. */
int tw_spool_move(
	struct tw_spool *spool, const char *id, enum tw_spool_place from, enum tw_spool_place to);
/* Appends its content. 0 or a negative errno. */
int tw_spool_read(
	struct tw_spool *spool, const char *id, enum tw_spool_place place, struct tw_buf *out);

#endif
