/* See procstat.h. */
#include "io/procstat.h"
#include "base/num.h"
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PROC_TEXT_MAX = 1024 };

/* Reads a whole small file. False when that fails. */
static bool read_text(const char *path, char text[PROC_TEXT_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, PROC_TEXT_MAX - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return true;
}

/* The number that is word i of text, or TW_UNKNOWN. */
static int64_t number_at(const char *text, size_t i)
{
	int64_t value;
	size_t len;

	text += strspn(text, " \n");
	for (; i > 0; i--) {
		text += strcspn(text, " \n");
		text += strspn(text, " \n");
	}
	len = strcspn(text, " \n");
	return tw_num_parse(text, len, 0, INT64_MAX, &value) < 0 ? TW_UNKNOWN : value;
}

static int64_t read_clock(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) < 0)
		return TW_UNKNOWN;
	return ts.tv_sec * TW_SEC + ts.tv_nsec / 1000;
}

void tw_procstat_init(struct tw_procstat *ret_stat)
{
	long hz = sysconf(_SC_CLK_TCK);
	char text[PROC_TEXT_MAX];
	int64_t ticks = TW_UNKNOWN, now_us;
	const char *rest;

	/* The name in parentheses may hold any character; the fields that proc(5) numbers follow
	 * it. */
	if (read_text("/proc/self/stat", text) && (rest = strrchr(text, ')')) != NULL)
		ticks = number_at(rest + 1, 22 - 3);
	if (ticks == TW_UNKNOWN || hz <= 0) {
		ret_stat->start_time_us = TW_UNKNOWN;
		return;
	}
	/* In this order, so that a process that has to wait between the two does not seem to have
	 * started later than it did. */
	now_us = read_clock(CLOCK_REALTIME);
	ret_stat->start_time_us = now_us - read_clock(CLOCK_BOOTTIME) + ticks * (TW_SEC / hz);
}

static int64_t pages_to_bytes(int64_t pages)
{
	long size = sysconf(_SC_PAGESIZE);

	return pages == TW_UNKNOWN || size <= 0 ? TW_UNKNOWN : pages * size;
}

static int64_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int64_t n = 0;

	if (dir == NULL)
		return TW_UNKNOWN;
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n - 1; /* without the descriptor of the directory itself */
}

void tw_procstat_read(const struct tw_procstat *stat, struct tw_prom_process *process)
{
	char text[PROC_TEXT_MAX];
	struct rlimit limit;
	bool has_memory = read_text("/proc/self/statm", text);

	process->cpu_us = read_clock(CLOCK_PROCESS_CPUTIME_ID);
	process->virtual_bytes = has_memory ? pages_to_bytes(number_at(text, 0)) : TW_UNKNOWN;
	process->resident_bytes = has_memory ? pages_to_bytes(number_at(text, 1)) : TW_UNKNOWN;
	process->open_fds = count_fds();
	process->max_fds = TW_UNKNOWN;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		process->max_fds = (int64_t)limit.rlim_cur;
	process->start_time_us = stat->start_time_us;
}
