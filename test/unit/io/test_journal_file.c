/* io/journal_file: appending, rotation, incomplete last lines, and a disk that is full. */
#include "io/journal_file.h"
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
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define HEADER "{\"tipwatch_journal\":1}\n"

struct fixture {
	char dir[64];
	char path[96];
	char old_path[96];
	struct tw_journal_file *file;
	char message[TW_JOURNAL_OPEN_MESSAGE_MAX];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "/tmp/tw-journal-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/j", f->dir);
	snprintf(f->old_path, sizeof(f->old_path), "%s/j.1", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_journal_file_destroy(f->file);
	unlink(f->path);
	unlink(f->old_path);
	(void)rmdir(f->path);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static void create(struct fixture *f)
{
	if (tw_journal_file_create(f->path, &f->file, f->message) != 0)
		fail_msg("%s", f->message);
}

static void close_file(struct fixture *f)
{
	tw_journal_file_destroy(f->file);
	f->file = NULL;
}

static void append(struct fixture *f, const char *text)
{
	tw_journal_file_append(f->file, text, strlen(text));
	tw_journal_file_flush(f->file);
}

static void write_text(const char *path, const char *text)
{
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
	assert_int_equal(fclose(out), 0);
}

static void expect_text(const char *path, const char *text)
{
	char found[4096];
	FILE *in = fopen(path, "re");
	size_t n;

	assert_non_null(in);
	n = fread(found, 1, sizeof(found) - 1, in);
	found[n] = '\0';
	fclose(in);
	assert_string_equal(found, text);
}

static struct tw_journal_file_state check(struct fixture *f)
{
	struct tw_journal_file_state state;

	tw_journal_file_check(f->file, &state);
	return state;
}

/* Waits for the writer; the time limit of the test ends it otherwise. */
static void wait_error(struct fixture *f, int error)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	while (check(f).is_trying || check(f).error != error)
		(void)nanosleep(&pause, NULL);
}

static void test_appends(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	create(f);
	append(f, HEADER);
	append(f, "{\"t\":1}\n");
	assert_int_equal(tw_journal_file_size(f->file), strlen(HEADER) + 8);
	close_file(f);
	expect_text(f->path, HEADER "{\"t\":1}\n");
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07007, 0);
	create(f);
	assert_int_equal(tw_journal_file_size(f->file), strlen(HEADER) + 8);
	append(f, HEADER);
	close_file(f);
	expect_text(f->path, HEADER "{\"t\":1}\n" HEADER);
}

static void test_rotates(void **state)
{
	struct fixture *f = *state;

	write_text(f->old_path, "older\n");
	create(f);
	append(f, HEADER "{\"t\":1}\n");
	tw_journal_file_rotate(f->file);
	assert_int_equal(tw_journal_file_size(f->file), 0);
	append(f, HEADER "{\"t\":2}\n");
	tw_journal_file_rotate(f->file);
	append(f, HEADER "{\"t\":3}\n");
	assert_int_equal(tw_journal_file_size(f->file), strlen(HEADER) + 8);
	close_file(f);
	expect_text(f->old_path, HEADER "{\"t\":2}\n");
	expect_text(f->path, HEADER "{\"t\":3}\n");
}

static void test_torn_end_is_cut_off(void **state)
{
	struct fixture *f = *state;

	write_text(f->path, HEADER "{\"t\":1}\n{\"t\":2,\"no");
	create(f);
	append(f, HEADER);
	close_file(f);
	expect_text(f->path, HEADER "{\"t\":1}\n" HEADER);
	/* Also when the file has nothing else. */
	write_text(f->path, "{\"tipwatch_jou");
	create(f);
	append(f, HEADER);
	close_file(f);
	expect_text(f->path, HEADER);
}

static void expect_refused(struct fixture *f, int error, const char *words)
{
	struct tw_journal_file *file;

	assert_int_equal(tw_journal_file_create(f->path, &file, f->message), error);
	if (strstr(f->message, words) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", words, f->message);
}

static void test_what_is_no_journal_is_left_alone(void **state)
{
	struct fixture *f = *state;

	write_text(f->path, "root:x:0:0");
	expect_refused(f, TW_JOURNAL_FILE_UNFIT, "is there and is not a journal");
	expect_text(f->path, "root:x:0:0");
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkfifo(f->path, 0600), 0);
	expect_refused(f, TW_JOURNAL_FILE_UNFIT, "is no regular file");
}

static void test_one_writer(void **state)
{
	struct fixture *f = *state;

	create(f);
	expect_refused(f, TW_JOURNAL_FILE_IN_USE, "is being written by another tipwatchd");
}

static void test_full_disk(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, small = { .rlim_cur = sizeof(HEADER) + 11 };

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	create(f);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	append(f, HEADER);
	/* There is room for the first line, and not for the second, which is cut off again. */
	append(f, "{\"t\":1}\n{\"t\":2}\n");
	wait_error(f, -EFBIG);
	append(f, "{\"t\":3}\n" HEADER);
	tw_journal_file_resume(f->file);
	append(f, HEADER "{\"t\":4}\n");
	wait_error(f, -EFBIG);
	expect_text(f->path, HEADER "{\"t\":1}\n");
	/* Headers are no records. */
	assert_int_equal(check(f).n_lost, 3);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	tw_journal_file_resume(f->file);
	append(f, HEADER "{\"t\":5}\n");
	wait_error(f, 0);
	assert_int_equal(check(f).n_lost, 3);
	close_file(f);
	expect_text(f->path, HEADER "{\"t\":1}\n" HEADER "{\"t\":5}\n");
}

static void test_file_that_was_taken_away(void **state)
{
	struct fixture *f = *state;

	create(f);
	append(f, HEADER);
	while (access(f->path, F_OK) != 0)
		;
	assert_int_equal(unlink(f->path), 0);
	append(f, "{\"t\":1}\n");
	wait_error(f, -ENOENT);
	tw_journal_file_resume(f->file);
	append(f, HEADER "{\"t\":2}\n");
	wait_error(f, 0);
	close_file(f);
	expect_text(f->path, HEADER "{\"t\":2}\n");
}

static void test_no_place_yet(void **state)
{
	struct fixture *f = *state;

	/* Treated as a full disk: the daemon starts, and opening is tried again. */
	assert_int_equal(mkdir(f->path, 0755), 0);
	create(f);
	assert_int_equal(check(f).error, -EISDIR);
	append(f, HEADER);
	assert_int_equal(rmdir(f->path), 0);
	tw_journal_file_resume(f->file);
	append(f, HEADER);
	wait_error(f, 0);
	close_file(f);
	expect_text(f->path, HEADER);
}

static void test_queue_is_bounded(void **state)
{
	struct fixture *f = *state;
	size_t len = TW_JOURNAL_QUEUE_MAX / 2;
	char *line = malloc(len + 1);

	assert_non_null(line);
	memset(line, 'x', len);
	line[len - 1] = '\n';
	line[len] = '\0';
	create(f);
	for (int i = 0; i < 3; i++)
		tw_journal_file_append(f->file, line, len);
	assert_int_equal(check(f).error, -ENOBUFS);
	assert_int_equal(check(f).n_lost, 1);
	tw_journal_file_flush(f->file);
	/* The writer may not have taken the queue yet: until then there is no room for this either.
	 */
	do {
		tw_journal_file_resume(f->file);
		append(f, HEADER);
		while (check(f).is_trying)
			;
	} while (check(f).error != 0);
	assert_int_equal(check(f).n_lost, 1);
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_appends),
		TEST(test_rotates),
		TEST(test_torn_end_is_cut_off),
		TEST(test_what_is_no_journal_is_left_alone),
		TEST(test_one_writer),
		TEST(test_full_disk),
		TEST(test_file_that_was_taken_away),
		TEST(test_no_place_yet),
		TEST(test_queue_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
