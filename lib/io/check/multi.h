/*
 * libcurl's multi handles on the loop: sockets, timers, finished transfers. Easy handles pass
 * through as void pointers, so that libcurl stays in the .c files. Nothing here may be called from
 * within a libcurl callback.
 *
 * With each transfer libcurl walks over all connections and all addresses that a multi handle
 * knows. So there is one multi handle, a part, for a limited number of those who make transfers.
 */
#ifndef TW_IO_CHECK_MULTI_H
#define TW_IO_CHECK_MULTI_H

#include "io/loop.h"

struct tw_multi;
struct tw_multi_part;

/* A transfer ended with a CURLcode. owner is the CURLOPT_PRIVATE of its easy handle, which is still
 * added. Called from the loop; it may add and remove any handle. */
typedef void tw_multi_done_fn(void *owner, int code);

/* Libcurl is not initialised yet, which takes some milliseconds. -ENOMEM, or -ENOTSUP when libcurl
 * would block in a name lookup. */
int tw_multi_create(struct tw_loop *loop, tw_multi_done_fn *done, struct tw_multi **ret_multi);
/* Takes NULL. All easy handles must have been removed. Does not block. */
void tw_multi_destroy(struct tw_multi *multi);

/*
 * A part for one who makes one transfer at a time, to be called before its easy handle is made: the
 * first call initialises libcurl. is_keeping: its connection is kept until the next transfer,
 * however long that takes; else only for one that follows at once. 0 or a negative errno.
 */
int tw_multi_join(struct tw_multi *multi, bool is_keeping, struct tw_multi_part **ret_part);
void tw_multi_leave(struct tw_multi_part *part); /* takes NULL */
/*
 * fn is told, once and from the loop, when the other side closes the idle connection of fd; not
 * when libcurl closes it, nor after it was used again. Does nothing where a transfer uses it now,
 * or where there is no memory. The connection must be one of easy handles that have
 * tw_multi_close_socket().
 */
void tw_multi_watch_idle(struct tw_multi *multi, int fd, tw_loop_fn *fn, void *ctx);
/* Watches no connection for ctx any more. */
void tw_multi_forget_idle(struct tw_multi *multi, const void *ctx);
/* CURLOPT_CLOSESOCKETFUNCTION, with the multi as CURLOPT_CLOSESOCKETDATA. */
int tw_multi_close_socket(void *multi, int fd);
/*
 * An easy handle that was put away, or NULL. All that are put away have the same options but for
 * those that whoever takes one sets anew.
 */
void *tw_multi_take_spare(struct tw_multi *multi);
/* Puts away an easy handle, which was removed, or cleans it up where there are enough. */
void tw_multi_put_spare(struct tw_multi *multi, void *easy);
/* Starts a transfer, in the loop. 0 or -ENOMEM. */
int tw_multi_add(struct tw_multi_part *part, void *easy);
/* Ends a running transfer and closes its connection; removes one that has ended. */
void tw_multi_remove(struct tw_multi_part *part, void *easy);

#endif
