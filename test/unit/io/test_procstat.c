/* io/procstat: this process, compared with what other sources report about it. */
#include "fixture/compare.h"
#include "io/procstat.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * TW_SEC + ts.tv_nsec / 1000;
}

static void test_read(void **state)
{
	struct tw_prom_process process = { .control_clients = 5 }, again;
	struct tw_procstat stat;
	struct rlimit limit;
	int fd;

	(void)state;
	tw_procstat_init(&stat);
	tw_procstat_read(&stat, &process);
	assert_int_equal(process.control_clients, 5);
	/* Started a moment ago; /proc counts in hundredths of a second. */
	assert_that(process.start_time_us, <=, now_us() + 20 * TW_MS);
	assert_that(process.start_time_us, >, now_us() - 2 * TW_MIN);
	assert_that(process.resident_bytes, >=, 1 << 20);
	assert_that(process.virtual_bytes, >=, process.resident_bytes);
	assert_that(process.cpu_us, >, 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(limit.rlim_cur == RLIM_INFINITY || (rlim_t)process.max_fds == limit.rlim_cur);

	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_that(fd, >=, 0);
	tw_procstat_read(&stat, &again);
	assert_int_equal(again.open_fds, process.open_fds + 1);
	assert_int_equal(again.start_time_us, process.start_time_us);
	assert_that(again.cpu_us, >=, process.cpu_us);
	assert_int_equal(close(fd), 0);
	tw_procstat_read(&stat, &again);
	assert_int_equal(again.open_fds, process.open_fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
