/* See paths.h. */
#include "client/paths.h"
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_SOCKET "/run/tipwatch/control.sock"
#define SYSTEM_STATE  "/var/lib/tipwatch"

void tw_paths_read_env(struct tw_paths_env *ret_env)
{
	const char *home = getenv("HOME");

	if (home == NULL || home[0] != '/') {
		const struct passwd *user = getpwuid(geteuid());

		home = user != NULL ? user->pw_dir : NULL;
	}
	*ret_env = (struct tw_paths_env){
		.euid = geteuid(),
		.runtime_dir = getenv("XDG_RUNTIME_DIR"),
		.home = home,
		.system_socket = SYSTEM_SOCKET,
	};
}

void tw_paths_read_service_env(struct tw_paths_env *ret_env)
{
	tw_paths_read_env(ret_env);
	ret_env->service_runtime = getenv("RUNTIME_DIRECTORY");
	ret_env->service_state = getenv("STATE_DIRECTORY");
}

static int print(char path[TW_PATHS_MAX], const char *format, ...) TW_PRINTF(2, 3);
static int print(char path[TW_PATHS_MAX], const char *format, ...)
{
	char text[TW_PATHS_MAX];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text))
		return -ENAMETOOLONG;
	strcpy(path, text);
	return 0;
}

/* Prints the first of the directories of a service. */
static int print_service(const char *dirs, const char *name, char path[TW_PATHS_MAX])
{
	return print(path, "%.*s%s", (int)strcspn(dirs, ":"), dirs, name);
}

/* The directory of a user other than root. The XDG specification has relative paths ignored. */
static int print_user(const struct tw_paths_env *env, const char *name, char path[TW_PATHS_MAX])
{
	if (env->runtime_dir != NULL && env->runtime_dir[0] == '/')
		return print(path, "%s/tipwatch%s", env->runtime_dir, name);
	if (env->home != NULL && env->home[0] == '/')
		return print(path, "%s/.local/state/tipwatch%s", env->home, name);
	return -ENOENT;
}

int tw_paths_control(const struct tw_paths_env *env, char path[TW_PATHS_MAX])
{
	if (env->service_runtime != NULL && env->service_runtime[0] == '/')
		return print_service(env->service_runtime, "/control.sock", path);
	if (env->euid == 0)
		return print(path, "%s", env->system_socket);
	return print_user(env, "/control.sock", path);
}

int tw_paths_state(const struct tw_paths_env *env, char path[TW_PATHS_MAX])
{
	if (env->service_state != NULL && env->service_state[0] == '/')
		return print_service(env->service_state, "", path);
	if (env->euid == 0)
		return print(path, "%s", SYSTEM_STATE);
	return print_user(env, "", path);
}

int tw_paths_find_control(const struct tw_paths_env *env, char path[TW_PATHS_MAX])
{
	int r = tw_paths_control(env, path);

	if (r == 0 && access(path, F_OK) == 0)
		return 0;
	/* A path that may not be looked at counts as existing: opening it tells the user what is in
	 * the way. */
	if (env->euid != 0 && (access(env->system_socket, F_OK) == 0 || errno == EACCES))
		return print(path, "%s", env->system_socket);
	return r;
}
