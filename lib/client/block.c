/*
 * Hands a found block to tipwatchd as a file (tipwatch.conf(5), BLOCKS): written to tmp, synced,
 * and renamed to new, so that tipwatchd sees it whole or not at all.
 */
#include "base/file.h"
#include "client/tipwatch.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char default_dir[] = "/var/lib/tipwatch/blocks";

/* The group may write and not list the directories, so the file is synced again after the rename,
 * which takes the rename along. */
static int write_file(const char *from, const char *to, const void *block, size_t len)
{
	int fd = open(from, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	int r;

	if (fd < 0)
		return -errno;
	/* tipwatchd must be able to read it, whatever the umask is; the directory keeps others out.
	 */
	r = fchmod(fd, 0644) < 0 ? -errno : tw_file_write(fd, block, len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && rename(from, to) < 0)
		r = -errno;
	if (r < 0)
		unlink(from);
	else
		(void)fsync(fd);
	close(fd);
	return r;
}

int tipwatch_block(const char *dir, const void *block, size_t len, const char *daemon)
{
	char name[TIPWATCH_NAME_SIZE + 64], from[PATH_MAX], to[PATH_MAX];
	struct timespec now;
	uint64_t random = 0;

	if (dir == NULL)
		dir = getenv("TIPWATCH_BLOCKS");
	if (dir == NULL || dir[0] == '\0')
		dir = default_dir;
	if (len == 0 || (daemon != NULL && strlen(daemon) >= TIPWATCH_NAME_SIZE))
		return -EINVAL;
	clock_gettime(CLOCK_REALTIME, &now);
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = (uint64_t)now.tv_nsec << 32 | (uint64_t)getpid();
	snprintf(name, sizeof(name), "%lld.%016llx%s%s", (long long)now.tv_sec,
		(unsigned long long)random, daemon == NULL ? "" : ":",
		daemon == NULL ? "" : daemon);
	if ((size_t)snprintf(from, sizeof(from), "%s/tmp/%s", dir, name) >= sizeof(from) ||
		(size_t)snprintf(to, sizeof(to), "%s/new/%s", dir, name) >= sizeof(to))
		return -ENAMETOOLONG;
	return write_file(from, to, block, len);
}
