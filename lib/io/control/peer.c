/* See peer.h. */
#include "io/control/peer.h"
#include "base/log.h"
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel's own limit is 65536 supplementary groups. */
enum { GROUPS_MAX = 65536 };

int tw_control_peer_find_group(const char *setting, const char *name, gid_t *ret_gid)
{
	const struct group *group;

	errno = 0;
	group = getgrnam(name);
	if (group == NULL) {
		tw_error("%s: there is no group called '%s' on this system; correct the setting, "
			 "or create the group with: groupadd --system %s",
			setting, name, name);
		return -EINVAL;
	}
	*ret_gid = group->gr_gid;
	return 0;
}

static bool contains(const gid_t *gids, size_t n, gid_t gid)
{
	for (size_t i = 0; i < n; i++) {
		if (gids[i] == gid)
			return true;
	}
	return false;
}

/* From the user database: kernels before 4.13 cannot tell the groups of a peer. */
static bool is_member_by_name(const struct ucred *peer, gid_t gid)
{
	const struct passwd *user = getpwuid(peer->uid);
	bool is_member = false;
	int n = GROUPS_MAX;
	gid_t *gids;

	if (user == NULL)
		return false;
	gids = calloc((size_t)n, sizeof(*gids));
	if (gids == NULL)
		return false;
	if (getgrouplist(user->pw_name, peer->gid, gids, &n) >= 0)
		is_member = contains(gids, (size_t)n, gid);
	free(gids);
	return is_member;
}

static bool is_member(int fd, const struct ucred *peer, gid_t gid)
{
	socklen_t size = 0;
	gid_t *gids;
	bool is_found;

	if (peer->gid == gid)
		return true;
	/* The first call has no room for groups; it fails and tells how much is needed. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0)
		return false;
	if (errno != ERANGE)
		return errno == ENOPROTOOPT && is_member_by_name(peer, gid);
	if (size > GROUPS_MAX * sizeof(*gids))
		return false;
	gids = malloc(size);
	if (gids == NULL)
		return false;
	is_found = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, gids, &size) == 0 &&
		   contains(gids, size / sizeof(*gids), gid);
	free(gids);
	return is_found;
}

bool tw_control_peer_is_operator(int fd, const struct tw_control_operators *operators)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	return operators->has_group && is_member(fd, &peer, operators->gid);
}

void tw_control_peer_describe(int fd, char words[TW_CONTROL_PEER_WORDS])
{
	const struct passwd *user;
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
		snprintf(words, TW_CONTROL_PEER_WORDS, "somebody");
		return;
	}
	user = getpwuid(peer.uid);
	snprintf(words, TW_CONTROL_PEER_WORDS, "%.32s (uid %u, pid %d)",
		user != NULL ? user->pw_name : "a user without a name", peer.uid, peer.pid);
}
