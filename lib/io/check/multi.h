/*
 * libcurl's multi handle on the loop: sockets, the timer, finished transfers. Easy handles pass
 * through as void pointers, so that libcurl stays in the .c files. Nothing here may be called from
 * within a libcurl callback.
 */
#ifndef TW_IO_CHECK_MULTI_H
#define TW_IO_CHECK_MULTI_H

#include "io/loop.h"

struct tw_multi;

/* A transfer ended with a CURLcode. owner is the CURLOPT_PRIVATE of its easy handle, which is still
 * added. Called from the loop; it may add and remove any handle. */
typedef void tw_multi_done_fn(void *owner, int code);

/* max_idle: connections kept open between transfers. Libcurl is not initialised yet, which takes
 * some milliseconds. -ENOMEM, or -ENOTSUP when libcurl would block in a name lookup. */
int tw_multi_create(struct tw_loop *loop, uint32_t max_idle, tw_multi_done_fn *done,
	struct tw_multi **ret_multi);
/* Takes NULL. All easy handles must have been removed. Does not block. */
void tw_multi_destroy(struct tw_multi *multi);

/* To be called before easy handles are made for this one; the first call initialises libcurl. 0 or
 * a negative errno. */
int tw_multi_open(struct tw_multi *multi);
/* Starts a transfer, in the loop. 0 or -ENOMEM. */
int tw_multi_add(struct tw_multi *multi, void *easy);
/* Ends a running transfer and closes its connection; removes one that has ended. */
void tw_multi_remove(struct tw_multi *multi, void *easy);

#endif
