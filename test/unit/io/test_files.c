/* io/files: the state directory on a real file system, and when that is full or closed. */
#include "fixture/compare.h"
#include "io/files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The linker sends mkdir() here (-Wl,--wrap): it fails so, where this is not 0. */
static int mkdir_error;

int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);

int __wrap_mkdir(const char *path, mode_t mode)
{
	if (mkdir_error == 0)
		return __real_mkdir(path, mode);
	errno = mkdir_error;
	return -1;
}

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/tipwatch-files-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", dir);
	return system(command) == 0 ? 0 : -1;
}

static void expect_content(const char *name, const char *content)
{
	struct tw_buf buf;

	tw_buf_init(&buf, 1 << 20);
	assert_int_equal(tw_files_read(dir, name, &buf), 0);
	assert_string_equal(tw_buf_str(&buf), content);
	tw_buf_finish(&buf);
}

static int count_entries(void)
{
	DIR *stream = opendir(dir);
	int n = 0;

	assert_non_null(stream);
	while (readdir(stream) != NULL)
		n++;
	(void)closedir(stream);
	return n - 2;
}

static void test_prepare(void **state)
{
	char path[128];
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/a/b//c/", dir);
	assert_int_equal(tw_files_prepare(path), 0);
	assert_int_equal(tw_files_prepare(path), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(tw_files_prepare("/"), 0);
	assert_int_equal(tw_files_replace(dir, "file", "x", 1, false), 0);
	snprintf(path, sizeof(path), "%s/file", dir);
	assert_int_equal(tw_files_prepare(path), -ENOTDIR);
	snprintf(path, sizeof(path), "%s/file/sub", dir);
	assert_int_equal(tw_files_prepare(path), -ENOTDIR);
	assert_that(tw_files_prepare("/proc/tipwatch"), <, 0);
	/* The reason is that of the system, whatever is there. */
	mkdir_error = EROFS;
	assert_int_equal(tw_files_prepare("/none"), -EROFS);
	assert_int_equal(tw_files_prepare("/tmp"), -EROFS);
	mkdir_error = EEXIST;
	assert_int_equal(tw_files_prepare("/tmp"), 0);
	assert_int_equal(tw_files_prepare("/none"), -ENOENT);
	mkdir_error = 0;
}

static void test_replace(void **state)
{
	char path[128];
	struct stat st;
	int fd;
	char byte;

	(void)state;
	snprintf(path, sizeof(path), "%s/f", dir);
	(void)umask(022);
	assert_int_equal(tw_files_replace(dir, "f", "one", 3, false), 0);
	expect_content("f", "one");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	/* A reader that has the old file open goes on reading the old one. */
	fd = open(path, O_RDONLY);
	assert_that(fd, >=, 0);
	assert_int_equal(tw_files_replace(dir, "f", "two, longer", 11, true), 0);
	assert_int_equal(read(fd, &byte, 1), 1);
	assert_int_equal(byte, 'o');
	close(fd);
	expect_content("f", "two, longer");
	assert_int_equal(tw_files_replace(dir, "f", "", 0, true), 0);
	expect_content("f", "");
	assert_int_equal(count_entries(), 1);
	/* A link is replaced, not followed. */
	assert_int_equal(tw_files_replace(dir, "target", "kept", 4, false), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("target", path), 0);
	assert_int_equal(tw_files_replace(dir, "f", "new", 3, false), 0);
	expect_content("target", "kept");
	expect_content("f", "new");
}

static void test_replace_fails(void **state)
{
	char path[128], long_name[300];

	(void)state;
	assert_int_equal(tw_files_replace("/nonexistent/dir", "f", "x", 1, true), -ENOENT);
	snprintf(path, sizeof(path), "%s/is-dir", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(tw_files_replace(dir, "is-dir", "x", 1, false), -EISDIR);
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(tw_files_replace(dir, long_name, "x", 1, false), -ENAMETOOLONG);
	assert_int_equal(tw_files_replace("/proc", "f", "x", 1, false) < 0, 1);
	assert_int_equal(count_entries(), 1);
}

/* A write that stops half way (here at the process's own limit, as on a full disk) leaves the old
 * file whole and nothing beside it. */
static void test_full(void **state)
{
	const struct rlimit small = { 1000, 1000 };
	char large[5000];
	int status;
	pid_t pid;

	(void)state;
	memset(large, 'x', sizeof(large));
	assert_int_equal(tw_files_replace(dir, "f", "old", 3, true), 0);
	pid = fork();
	assert_that(pid, >=, 0);
	if (pid == 0) {
		(void)signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &small) < 0)
			_exit(2);
		_exit(tw_files_replace(dir, "f", large, sizeof(large), true) == -EFBIG ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	expect_content("f", "old");
	assert_int_equal(count_entries(), 1);
}

/* Without the right to write: as a user who is not root. */
static void test_forbidden(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(tw_files_replace(dir, "f", "old", 3, true), 0);
	assert_int_equal(chmod(dir, 0555), 0);
	pid = fork();
	assert_that(pid, >=, 0);
	if (pid == 0) {
		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(2);
		if (tw_files_replace(dir, "f", "new", 3, true) != -EACCES)
			_exit(3);
		_exit(tw_files_set_aside(dir, "f") == -EACCES ? 0 : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	expect_content("f", "old");
}

static void test_read(void **state)
{
	char path[128];
	struct tw_buf buf;

	(void)state;
	tw_buf_init(&buf, 5000);
	assert_int_equal(tw_files_read(dir, "none", &buf), -ENOENT);
	assert_int_equal(tw_files_read("/", "tmp", &buf), -EISDIR);
	snprintf(path, sizeof(path), "%s/pipe", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	/* A pipe without a writer must not be waited for. */
	assert_int_equal(tw_files_read(dir, "pipe", &buf), 0);
	assert_int_equal(buf.len, 0);
	assert_int_equal(tw_files_read("/dev", "zero", &buf), -EMSGSIZE);
	tw_buf_finish(&buf);
	tw_buf_init(&buf, 3);
	assert_int_equal(tw_files_replace(dir, "f", "abcd", 4, false), 0);
	assert_int_equal(tw_files_read(dir, "f", &buf), -EMSGSIZE);
	tw_buf_clear(&buf);
	assert_int_equal(tw_files_replace(dir, "f", "abc", 3, false), 0);
	assert_int_equal(tw_files_read(dir, "f", &buf), 0);
	tw_buf_finish(&buf);
}

static void test_set_aside(void **state)
{
	struct tw_buf buf;

	(void)state;
	assert_int_equal(tw_files_set_aside(dir, "f"), -ENOENT);
	assert_int_equal(tw_files_replace(dir, "f", "one", 3, false), 0);
	assert_int_equal(tw_files_set_aside(dir, "f"), 0);
	expect_content("f.bad", "one");
	assert_int_equal(tw_files_replace(dir, "f", "two", 3, false), 0);
	assert_int_equal(tw_files_set_aside(dir, "f"), 0);
	expect_content("f.bad", "two");
	tw_buf_init(&buf, 10);
	assert_int_equal(tw_files_read(dir, "f", &buf), -ENOENT);
	tw_buf_finish(&buf);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_prepare),
		IN_DIR(test_replace),
		IN_DIR(test_replace_fails),
		IN_DIR(test_full),
		IN_DIR(test_forbidden),
		IN_DIR(test_read),
		IN_DIR(test_set_aside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
