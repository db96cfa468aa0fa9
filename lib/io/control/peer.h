/* Who is at the other end of the control socket, and whether that user may command. */
#ifndef TW_IO_CONTROL_PEER_H
#define TW_IO_CONTROL_PEER_H

#include "base/result.h"
#include <sys/types.h>

enum { TW_CONTROL_PEER_WORDS = 96 };

/* Who may command, beside root and the process's own user. */
struct tw_control_operators {
	bool has_group;
	gid_t gid;
};

/* The group called name; setting says in the log which setting named it. 0 or -EINVAL (logged). */
int tw_control_peer_find_group(const char *setting, const char *name, gid_t *ret_gid);
/* Judges by the peer credentials of fd, a connected Unix socket. */
bool tw_control_peer_is_operator(int fd, const struct tw_control_operators *operators);
/* Who the peer of fd is, for people: "root (uid 0, pid 4711)", "somebody" where it is unknown. */
void tw_control_peer_describe(int fd, char words[TW_CONTROL_PEER_WORDS]);

#endif
