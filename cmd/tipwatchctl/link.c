/* See link.h. */
#include "link.h"
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Finds the socket, or the directory on its path that may not be entered. */
static int find_obstacle(const char *path, char obstacle[TW_PATHS_MAX], struct stat *ret_st)
{
	snprintf(obstacle, TW_PATHS_MAX, "%s", path);
	while (stat(obstacle, ret_st) < 0) {
		char *slash = strrchr(obstacle, '/');

		if (errno != EACCES || slash == NULL || slash == obstacle)
			return -errno;
		*slash = '\0';
	}
	return 0;
}

static void explain_access(const char *path, char message[TW_LINK_MESSAGE_MAX])
{
	const struct passwd *user;
	const struct group *group;
	char obstacle[TW_PATHS_MAX], user_id[32], group_id[32];
	bool is_for_group;
	struct stat st;

	if (find_obstacle(path, obstacle, &st) < 0) {
		snprintf(message, TW_LINK_MESSAGE_MAX,
			"no permission to open the control socket %s", path);
		return;
	}
	user = getpwuid(st.st_uid);
	group = getgrgid(st.st_gid);
	snprintf(user_id, sizeof(user_id), "%u", (unsigned int)st.st_uid);
	snprintf(group_id, sizeof(group_id), "%u", (unsigned int)st.st_gid);
	is_for_group = (st.st_mode & (S_ISDIR(st.st_mode) ? S_IXGRP : S_IWGRP)) != 0;
	snprintf(message, TW_LINK_MESSAGE_MAX,
		"no permission to open the control socket %s: %s is for the user '%s'%s%s%s", path,
		S_ISDIR(st.st_mode) ? "its directory" : "it",
		user != NULL ? user->pw_name : user_id,
		is_for_group ? " and members of the group '"
			     : " only; control.group and "
			       "control.mode of tipwatch.conf "
			       "can open it to a group",
		is_for_group ? (group != NULL ? group->gr_name : group_id) : "",
		is_for_group ? "'" : "");
}

void tw_link_explain(int error, const char *path, char message[TW_LINK_MESSAGE_MAX])
{
	switch (-error) {
	case ENOENT:
		snprintf(message, TW_LINK_MESSAGE_MAX,
			"there is no control socket at %s: is tipwatchd running? (-s SOCKET names "
			"another one)",
			path);
		break;
	case ECONNREFUSED:
		snprintf(message, TW_LINK_MESSAGE_MAX,
			"nobody listens at the control socket %s: is tipwatchd running? (-s SOCKET "
			"names another one)",
			path);
		break;
	case EACCES:
	case EPERM:
		explain_access(path, message);
		break;
	case ENAMETOOLONG:
		snprintf(message, TW_LINK_MESSAGE_MAX,
			"the path of the control socket is too long for a socket: %.200s", path);
		break;
	case ENOTSOCK:
	case ENOTDIR:
	case EPROTOTYPE:
		snprintf(message, TW_LINK_MESSAGE_MAX, "%s is not a control socket", path);
		break;
	case ETIMEDOUT:
		snprintf(message, TW_LINK_MESSAGE_MAX,
			"tipwatchd does not answer at %s: it hangs, or is stopped", path);
		break;
	case ECONNRESET:
	case EPIPE:
		snprintf(message, TW_LINK_MESSAGE_MAX, "tipwatchd has closed the connection at %s",
			path);
		break;
	default:
		snprintf(message, TW_LINK_MESSAGE_MAX, "cannot talk to tipwatchd at %s: %s", path,
			strerror(-error));
		break;
	}
}

static int to_ms(int64_t us)
{
	return us == TW_NEVER ? -1 : (int)((us + TW_MS - 1) / TW_MS);
}

static int keep(int r, const char *text, size_t len, struct tw_buf *line)
{
	if (r < 0)
		return r;
	tw_buf_clear(line);
	tw_buf_append(line, text, len);
	return line->error;
}

int tw_link_send(struct tipwatch *client, const char *request, int64_t timeout_us)
{
	return tipwatch_send(client, request, to_ms(timeout_us));
}

int tw_link_receive(struct tipwatch *client, int64_t timeout_us, struct tw_buf *line)
{
	const char *text = "";
	size_t len = 0;
	int r = tipwatch_receive(client, to_ms(timeout_us), &text, &len);

	return keep(r, text, len, line);
}

int tw_link_request(
	struct tipwatch *client, const char *request, int64_t timeout_us, struct tw_buf *line)
{
	const char *text = "";
	size_t len = 0;
	int r = tipwatch_request(client, request, to_ms(timeout_us), &text, &len);

	return keep(r, text, len, line);
}

int tw_link_open(const char *path, char ret_path[TW_PATHS_MAX], struct tipwatch **ret_client,
	char message[TW_LINK_MESSAGE_MAX])
{
	struct tw_paths_env env;
	int r = 0;

	if (path == NULL) {
		tw_paths_read_env(&env);
		r = tw_paths_find_control(&env, ret_path);
		if (r < 0) {
			snprintf(message, TW_LINK_MESSAGE_MAX,
				"cannot tell where the control socket is: neither XDG_RUNTIME_DIR "
				"nor HOME is set; name it with -s SOCKET");
			return r;
		}
	} else if ((size_t)snprintf(ret_path, TW_PATHS_MAX, "%s", path) >= TW_PATHS_MAX) {
		r = -ENAMETOOLONG;
	}
	if (r == 0)
		r = tipwatch_connect(ret_path, to_ms(TW_LINK_CONNECT_US), ret_client);
	if (r < 0)
		tw_link_explain(r, ret_path, message);
	return r;
}
