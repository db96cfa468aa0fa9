/* See trial.h. */
#include "trial.h"
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The user of tipwatch.service, and the directories that it makes when it starts. */
static const char user[] = "tipwatch";
static const char *const made[] = { "/var/lib/tipwatch", "/var/log/tipwatch" };

/* The directory of a file; false where there is not enough memory. */
static bool directory_of(const char *path, char **ret_directory)
{
	const char *slash = strrchr(path, '/');

	*ret_directory = slash == NULL ? strdup(".")
				       : strndup(path, slash == path ? 1 : (size_t)(slash - path));
	return *ret_directory != NULL;
}

static bool is_made_by_service(const char *directory)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(made); i++) {
		if (strcmp(directory, made[i]) == 0)
			return true;
	}
	return false;
}

static bool is_journal_possible(const struct tw_config *config)
{
	char *directory;
	struct stat st;
	bool is_good = true;

	if (config->journal_path[0] == '\0' || !directory_of(config->journal_path, &directory))
		return true;
	if (stat(directory, &st) < 0 && errno == ENOENT && !is_made_by_service(directory)) {
		fprintf(stderr,
			"journal.path: the directory %s does not exist; make it, and let the user "
			"that tipwatchd runs as write there\n",
			directory);
		is_good = false;
	} else if (stat(directory, &st) == 0 && !S_ISDIR(st.st_mode)) {
		fprintf(stderr, "journal.path: %s is no directory\n", directory);
		is_good = false;
	}
	free(directory);
	return is_good;
}

/* --- as that user --- */

static bool may(const char *key, const char *path, int how, const char *what)
{
	if (path[0] == '\0' || access(path, how) == 0 || errno == ENOENT)
		return true;
	fprintf(stderr,
		"%s: the user %s, which tipwatch.service runs tipwatchd as, cannot %s %s: %s; for "
		"instance chgrp %s, and chmod g+%s\n",
		key, user, what, path, strerror(errno), user, how == R_OK ? "r" : "rwx");
	return false;
}

static bool may_all(const struct tw_config *config)
{
	bool is_good = may("the configuration", config->path, R_OK, "read");
	char *directory;

	for (uint32_t i = 0; i < config->n_nodes; i++) {
		const struct tw_node_conf *node = &config->nodes[i];

		is_good = may("password_file", node->password_file, R_OK, "read") && is_good;
		is_good = may("ca_file", node->ca_file, R_OK, "read") && is_good;
		is_good = may("tls_cert", node->tls_cert, R_OK, "read") && is_good;
		is_good = may("tls_key", node->tls_key, R_OK, "read") && is_good;
	}
	if (config->journal_path[0] == '\0' || !directory_of(config->journal_path, &directory))
		return is_good;
	is_good = may("journal.path", directory, W_OK | X_OK, "write to") && is_good;
	free(directory);
	return is_good;
}

/* The answer of a child that is that user. True where that cannot be found out. */
static bool is_readable_for(const struct passwd *entry, const struct tw_config *config)
{
	pid_t pid;
	int status;

	fflush(stderr);
	pid = fork();
	if (pid == 0) {
		if (initgroups(entry->pw_name, entry->pw_gid) < 0 || setgid(entry->pw_gid) < 0 ||
			setuid(entry->pw_uid) < 0)
			_exit(0);
		_exit(may_all(config) ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return true;
	return !WIFEXITED(status) || WEXITSTATUS(status) == 0;
}

bool tw_trial(const struct tw_config *config)
{
	bool is_good = is_journal_possible(config);
	const struct passwd *entry;

	if (geteuid() != 0 || config->path == NULL)
		return is_good;
	entry = getpwnam(user);
	return (entry == NULL || is_readable_for(entry, config)) && is_good;
}
