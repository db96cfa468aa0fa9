/* base/file: reading up to a limit, writing everything, closing. */
#include "base/file.h"
#include "fixture/compare.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { CHUNK = 16384 };

/* Writes size bytes to a file, reads them with a cap, and returns what that returned. */
static int read_back(size_t size, size_t cap, size_t *ret_len)
{
	char path[] = "/tmp/tipwatch-file-XXXXXX", *data = malloc(size + 1);
	int fd = mkstemp(path), r;
	struct tw_buf out;

	assert_non_null(data);
	assert_that(fd, >=, 0);
	for (size_t i = 0; i < size; i++)
		data[i] = (char)(i % 251);
	assert_int_equal(tw_file_write(fd, data, size), 0);
	tw_file_close(&fd);
	tw_buf_init(&out, cap);
	/* What an earlier call left there is not taken for a result of this one. */
	errno = EINTR;
	r = tw_file_read(path, false, &out);
	*ret_len = out.len;
	if (r == 0)
		assert_memory_equal(tw_buf_str(&out), data, size);
	tw_buf_finish(&out);
	free(data);
	assert_int_equal(unlink(path), 0);
	return r;
}

static void test_up_to_the_cap(void **state)
{
	static const size_t sizes[] = { 1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK };
	size_t len;

	(void)state;
	assert_int_equal(read_back(0, 10, &len), 0);
	assert_int_equal(len, 0);
	for (size_t i = 0; i < TW_ARRAY_SIZE(sizes); i++) {
		assert_int_equal(read_back(sizes[i], sizes[i], &len), 0);
		assert_int_equal(len, sizes[i]);
		assert_int_equal(read_back(sizes[i], sizes[i] - 1, &len), -EMSGSIZE);
	}
}

static void test_errors(void **state)
{
	char data[4096] = "";
	struct tw_buf out;
	int fds[2], r = 0;

	(void)state;
	tw_buf_init(&out, 100);
	assert_int_equal(tw_file_read("/nowhere/file", false, &out), -ENOENT);
	assert_int_equal(tw_file_read("/", false, &out), -EISDIR);
	assert_int_equal(out.len, 0);
	/* A pipe whose reader does not read takes some, and then nothing more. */
	assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	errno = EINTR;
	assert_int_equal(tw_file_write(fds[1], "some", 4), 0);
	errno = EINTR;
	assert_int_equal(tw_file_read_fd(fds[0], &out), -EAGAIN);
	assert_int_equal(out.len, 4);
	for (int i = 0; i < 1000 && r == 0; i++)
		r = tw_file_write(fds[1], data, sizeof(data));
	assert_int_equal(r, -EAGAIN);
	tw_file_close(&fds[0]);
	tw_file_close(&fds[1]);
	tw_buf_finish(&out);
}

/* 0 is a descriptor as well: a service may be started without a standard input. */
static void test_close(void **state)
{
	int kept = dup(STDIN_FILENO), zero = STDIN_FILENO, none = -1;

	(void)state;
	assert_that(kept, >, STDERR_FILENO);
	tw_file_close(&zero);
	assert_int_equal(zero, -1);
	assert_int_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
	assert_int_equal(dup2(kept, STDIN_FILENO), STDIN_FILENO);
	tw_file_close(&kept);
	errno = 0;
	tw_file_close(&none);
	assert_int_equal(none, -1);
	assert_int_equal(errno, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_up_to_the_cap),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
