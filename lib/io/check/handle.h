/*
 * Easy handles of libcurl with the options that all fetches have, and those of their node. They
 * pass as void pointers, so that libcurl stays in the .c files.
 */
#ifndef TW_IO_CHECK_HANDLE_H
#define TW_IO_CHECK_HANDLE_H

#include "conf/types.h"
#include "io/check/multi.h"

/* For functions that set several options: the first error stays in bad, an own variable. */
#define TW_HANDLE_SET(easy, option, value)                                                         \
	do {                                                                                       \
		if (bad == CURLE_OK)                                                               \
			bad = curl_easy_setopt(easy, option, value);                               \
	} while (0)

/*
 * Whether it takes more than one round trip to open a connection to the node, and libcurl learns
 * something about it. The handles of all other nodes are the same.
 */
bool tw_handle_is_own(const struct tw_node_conf *node);
/* Makes one for transfers of multi. NULL: there is no memory. */
void *tw_handle_create(struct tw_multi *multi, const struct tw_node_conf *node);

#endif
