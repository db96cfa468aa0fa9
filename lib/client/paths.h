/*
 * The default places of the control socket and of the state, the same for tipwatchd and
 * tipwatchctl, so that they find each other.
 */
#ifndef TW_CLIENT_PATHS_H
#define TW_CLIENT_PATHS_H

#include "base/result.h"
#include <sys/types.h>

/* Longest default path, with its NUL. */
enum { TW_PATHS_MAX = 1024 };

/* What the paths depend on. Strings are borrowed and may be NULL. */
struct tw_paths_env {
	uid_t euid;
	const char *runtime_dir; /* XDG_RUNTIME_DIR */
	const char *home;
	/* RUNTIME_DIRECTORY and STATE_DIRECTORY: what a service manager made for this service, in
	 * lists separated by colons; see systemd.exec(5) */
	const char *service_runtime;
	const char *service_state;
	const char *system_socket; /* where a tipwatchd run by root listens */
};
/* Reads the process's environment; without HOME, the home of the user database. What it points to
 * lives as long as the environment. */
void tw_paths_read_env(struct tw_paths_env *ret_env);
/* The same for tipwatchd itself, which a service manager may have made directories for. Not for
 * tools: the directories of the service they run in are not those of tipwatchd. */
void tw_paths_read_service_env(struct tw_paths_env *ret_env);

/*
 * The default control socket: control.sock in the first of service_runtime, else
 * /run/tipwatch/control.sock for root, else
 * $XDG_RUNTIME_DIR/tipwatch/control.sock, else ~/.local/state/tipwatch/control.sock.
 * Returns 0, -ENAMETOOLONG, or -ENOENT: there is neither a runtime nor a home directory.
 */
int tw_paths_control(const struct tw_paths_env *env, char path[TW_PATHS_MAX]);
/* The default state directory: the first of service_state, else /var/lib/tipwatch for root, else
 * where the socket is. Returns as tw_paths_control(). */
int tw_paths_state(const struct tw_paths_env *env, char path[TW_PATHS_MAX]);
/*
 * The socket a tool should open: tw_paths_control(), but for others than root the system's when
 * there is none of their own and the system's exists.
 */
int tw_paths_find_control(const struct tw_paths_env *env, char path[TW_PATHS_MAX]);

#endif
