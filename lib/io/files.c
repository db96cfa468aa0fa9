/* See files.h. */
#include "io/files.h"
#include "base/file.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_one(const char *dir)
{
	struct stat st;

	if (mkdir(dir, 0755) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (stat(dir, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int tw_files_prepare(const char *dir)
{
	char path[PATH_MAX];
	int r;

	if (strlen(dir) >= sizeof(path))
		return -ENAMETOOLONG;
	strcpy(path, dir);
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		r = make_one(path);
		*slash = '/';
		if (r < 0)
			return r;
	}
	return make_one(path);
}

/* Some file systems cannot sync a directory, and need not: that is no failure. */
static int sync_dir(int dir_fd)
{
	if (fsync(dir_fd) == 0 || errno == EINVAL || errno == ENOTSUP)
		return 0;
	return -errno;
}

/* Writes the new content. The name is this process's own: another process may use the directory. */
static int write_temporary(
	int dir_fd, const char *temporary, const void *data, size_t len, bool is_durable)
{
	int fd, r;

	unlinkat(dir_fd, temporary, 0);
	fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = tw_file_write(fd, data, len);
	if (r == 0 && is_durable && fsync(fd) < 0)
		r = -errno;
	/* Network file systems may report a full disk only here. */
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

int tw_files_replace(
	const char *dir, const char *name, const void *data, size_t len, bool is_durable)
{
	char temporary[NAME_MAX + 1];
	int dir_fd, r;

	r = snprintf(temporary, sizeof(temporary), ".%s.%ld", name, (long)getpid());
	if ((size_t)r >= sizeof(temporary))
		return -ENAMETOOLONG;
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return -errno;
	r = write_temporary(dir_fd, temporary, data, len, is_durable);
	if (r == 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dir_fd, temporary, 0);
	else if (is_durable)
		r = sync_dir(dir_fd);
	close(dir_fd);
	return r;
}

/* DIR/nameSUFFIX into path (PATH_MAX bytes). */
static int join(const char *dir, const char *name, const char *suffix, char *path)
{
	int n = snprintf(path, PATH_MAX, "%s/%s%s", dir, name, suffix);

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static bool ends_with_line(int fd, int64_t size)
{
	char last = '\n';

	return size == 0 || (pread(fd, &last, 1, size - 1) == 1 && last == '\n');
}

int tw_files_open_lines(const char *path, int *ret_fd, int64_t *ret_size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	struct stat st;
	int64_t size;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	size = st.st_size;
	if (!ends_with_line(fd, size) && tw_file_write(fd, "\n", 1) == 0)
		size++;
	*ret_fd = fd;
	*ret_size = size;
	return 0;
}

int tw_files_append(const char *dir, const char *name, const char *line, size_t len)
{
	char path[PATH_MAX];
	int64_t size;
	int fd = -1, r = join(dir, name, "", path);

	if (r == 0)
		r = tw_files_open_lines(path, &fd, &size);
	if (r < 0)
		return r;
	r = tw_file_write(fd, line, len);
	/* Network file systems may report a full disk only here. */
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

int tw_files_read(const char *dir, const char *name, struct tw_buf *out)
{
	char path[PATH_MAX];
	int r = join(dir, name, "", path);

	return r < 0 ? r : tw_file_read(path, false, out);
}

int tw_files_set_aside(const char *dir, const char *name)
{
	char path[PATH_MAX], aside[PATH_MAX];
	int r = join(dir, name, "", path);

	if (r == 0)
		r = join(dir, name, ".bad", aside);
	if (r == 0 && rename(path, aside) < 0)
		r = -errno;
	return r;
}

void tw_files_set_damaged_aside(const char *dir, const char *name, const char *consequence)
{
	int r;

	tw_warn("%s/%s is damaged; it was put aside as %s.bad, and %s", dir, name, name,
		consequence);
	r = tw_files_set_aside(dir, name);
	if (r < 0)
		tw_warn("cannot put %s/%s aside: %s", dir, name, strerror(-r));
}
