/* io/vault/spool: what becomes of a file in new, by its kind, name, age and verdict; the modes of
 * the directories; how many files are kept. */
#include "core/types.h"
#include "daemon_case.h"
#include "io/vault/spool.h"
#include <dirent.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

enum { SETTLED_MS = 1000 };

struct fixture {
	struct daemon_case *c;
	struct tw_spool *spool;
	enum tw_spool_verdict verdict;
	int n_calls;
	int n_wanted;
	size_t len;
	char data[64]; /* its beginning */
	char writer[TW_NAME_MAX + 1];
};

static enum tw_spool_verdict on_file(
	void *ctx, const char *data, size_t len, const char *writer, char *ret_id)
{
	struct fixture *f = ctx;

	f->n_calls++;
	f->len = len;
	snprintf(f->data, sizeof(f->data), "%.60s", data);
	snprintf(f->writer, sizeof(f->writer), "%s", writer);
	strcpy(ret_id, "id");
	return f->verdict;
}

static void on_listed(void *ctx, const char *id, const char *data, size_t len)
{
	struct fixture *f = ctx;

	f->n_calls++;
	f->len = len;
	snprintf(f->data, sizeof(f->data), "%s=%.40s", id, data);
}

static int open_it(struct fixture *f)
{
	return tw_spool_open(f->c->loop, case_path(f->c, "blocks"), "", on_file, f, &f->spool);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(case_setup((void **)&f->c), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_spool_close(f->spool);
	assert_int_equal(case_teardown((void **)&f->c), 0);
	free(f);
	return 0;
}

static void on_wakeup(void *ctx)
{
	struct fixture *f = ctx;

	if (f->n_calls >= f->n_wanted)
		tw_loop_stop(f->c->loop);
}

/* Runs the loop until fn was called n times in all. */
static void run_until(struct fixture *f, int n)
{
	f->n_wanted = n;
	tw_loop_set_prepare(f->c->loop, on_wakeup, f);
	assert_int_equal(tw_loop_run(f->c->loop), 0);
	assert_int_equal(f->n_calls, n);
}

static void put(struct fixture *f, const char *name, const char *text)
{
	char path[512];

	case_write(f->c, "blocks/tmp/file", text);
	snprintf(path, sizeof(path), "%s/blocks/new/%s", f->c->dir, name);
	assert_int_equal(rename(case_path(f->c, "blocks/tmp/file"), path), 0);
}

static bool has(const struct fixture *f, const char *place, const char *name)
{
	struct stat st;
	char path[512];

	snprintf(path, sizeof(path), "%s/blocks/%s/%s", f->c->dir, place, name);
	return lstat(path, &st) == 0;
}

static mode_t mode_of(const struct fixture *f, const char *name)
{
	struct stat st;

	assert_int_equal(stat(case_path(f->c, name), &st), 0);
	return st.st_mode & 07777;
}

/* Whatever the umask is and the modes were. */
static void test_modes(void **state)
{
	static const struct {
		const char *name;
		mode_t mode;
	} dirs[] = {
		{ "blocks", 0710 },
		{ "blocks/tmp", 0730 },
		{ "blocks/new", 0730 },
		{ "blocks/taken", 0700 },
		{ "blocks/sent", 0700 },
		{ "blocks/done", 0700 },
		{ "blocks/bad", 0700 },
	};
	struct fixture *f = *state;
	mode_t mask = umask(0077);

	for (int round = 0; round < 2; round++) {
		assert_int_equal(open_it(f), 0);
		for (size_t i = 0; i < TW_ARRAY_SIZE(dirs); i++) {
			assert_int_equal(mode_of(f, dirs[i].name), dirs[i].mode);
			assert_int_equal(chmod(case_path(f->c, dirs[i].name), 0755), 0);
		}
		tw_spool_close(f->spool);
		f->spool = NULL;
	}
	(void)umask(mask);
	assert_string_equal(case_log(f->c), "");
}

/* Nothing that another name leads to is opened to others. */
static void test_links_for_directories(void **state)
{
	static const char *const links[] = { "blocks", "blocks/new", "blocks/done" };
	struct fixture *f = *state;

	for (size_t i = 0; i < TW_ARRAY_SIZE(links); i++) {
		(void)mkdir(case_path(f->c, "other"), 0700);
		assert_int_equal(chmod(case_path(f->c, "other"), 0750), 0);
		assert_int_equal(symlink("../other", case_path(f->c, "link")), 0);
		if (i == 0) {
			assert_int_equal(unlink(case_path(f->c, "link")), 0);
			assert_int_equal(symlink("other", case_path(f->c, links[i])), 0);
		} else {
			(void)rmdir(case_path(f->c, links[i]));
			assert_int_equal(
				rename(case_path(f->c, "link"), case_path(f->c, links[i])), 0);
		}
		assert_int_equal(open_it(f), -ENOTDIR);
		assert_null(f->spool);
		assert_contains(case_log(f->c), "cannot prepare the directory of found blocks");
		assert_int_equal(mode_of(f, "other"), 0750);
		assert_int_equal(unlink(case_path(f->c, links[i])), 0);
		if (i == 0)
			assert_int_equal(mkdir(case_path(f->c, "blocks"), 0700), 0);
	}
	assert_int_equal(open_it(f), 0);
}

/* Where descriptors are short, it fails as a whole, or does without being told of new files. */
static void test_few_descriptors(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, few;
	int n_failed = 0, n_unwatched = 0, r;
	bool is_unwatched = true;

	assert_int_equal(open_it(f), 0);
	tw_spool_close(f->spool);
	f->spool = NULL;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	for (few.rlim_cur = 3; is_unwatched; few.rlim_cur++) {
		const char *log;

		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		r = open_it(f);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
		log = case_log(f->c);
		if (r < 0) {
			assert_int_equal(r, -EMFILE);
			assert_null(f->spool);
			assert_contains(log, "Too many open files");
			n_failed++;
			continue;
		}
		is_unwatched = log[0] != '\0';
		if (is_unwatched)
			assert_contains(log, "cannot watch ");
		n_unwatched += is_unwatched;
		tw_spool_close(f->spool);
		f->spool = NULL;
	}
	assert_that(n_failed, >=, 6);
	assert_that(n_unwatched, >=, 1);
}

static void test_verdicts(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_it(f), 0);
	put(f, "one", "a");
	f->verdict = TW_SPOOL_TAKE;
	run_until(f, 1);
	assert_true(has(f, "taken", "id"));
	assert_string_equal(f->data, "a");
	assert_int_equal(f->len, 1);
	f->verdict = TW_SPOOL_TAKE_SENT;
	put(f, "two", "b");
	run_until(f, 2);
	assert_true(has(f, "sent", "id"));
	f->verdict = TW_SPOOL_KNOWN;
	put(f, "three", "c");
	run_until(f, 3);
	assert_string_equal(case_log(f->c), "");
	f->verdict = TW_SPOOL_BAD;
	put(f, "four", "");
	run_until(f, 4);
	assert_int_equal(f->len, 0);
	assert_true(has(f, "bad", "four"));
	assert_contains(case_log(f->c), "blocks/new/four is no block: moved to bad\n");
	f->verdict = TW_SPOOL_LEAVE;
	/* Written in place: it is whole when its writer closes it. */
	case_write(f->c, "blocks/new/five", "five");
	run_until(f, 5);
	assert_string_equal(f->data, "five");
	assert_true(has(f, "new", "five"));
	assert_false(has(f, "new", "one"));
	assert_false(has(f, "new", "two"));
	assert_false(has(f, "new", "three"));
	assert_false(has(f, "new", "four"));
	assert_string_equal(case_log(f->c), "");
}

static void test_names(void **state)
{
	struct fixture *f = *state;
	char name[TW_SPOOL_NAME_MAX + 2], colon[TW_NAME_MAX + 8] = "b:";
	static const struct {
		const char *name, *writer;
	} writers[] = { { "a", "" }, { "a:", "" }, { "a:alpha", "alpha" }, { "a:b:c", "c" } };

	assert_int_equal(open_it(f), 0);
	f->verdict = TW_SPOOL_KNOWN;
	for (size_t i = 0; i < TW_ARRAY_SIZE(writers); i++) {
		put(f, writers[i].name, "x");
		run_until(f, (int)i + 1);
		assert_string_equal(f->writer, writers[i].writer);
	}
	f->n_calls = 0;
	memset(colon + 2, 'n', TW_NAME_MAX);
	put(f, colon, "x");
	run_until(f, 1);
	assert_string_equal(f->writer, colon + 2);
	colon[2 + TW_NAME_MAX] = 'n';
	put(f, colon, "x");
	run_until(f, 2);
	assert_string_equal(f->writer, "");
	/* A hidden one and one with too long a name are left alone. */
	memset(name, 'n', sizeof(name));
	name[TW_SPOOL_NAME_MAX + 1] = '\0';
	put(f, name, "x");
	put(f, ".hidden", "x");
	name[TW_SPOOL_NAME_MAX] = '\0';
	put(f, name, "longest");
	run_until(f, 3);
	assert_string_equal(f->data, "longest");
	assert_true(has(f, "new", ".hidden"));
	name[TW_SPOOL_NAME_MAX] = 'n';
	assert_true(has(f, "new", name));
	assert_string_equal(case_log(f->c), "");
}

static void expect_bad(struct fixture *f, const char *name)
{
	assert_int_equal(rename(case_path(f->c, "thing"), case_path(f->c, "blocks/new/thing")), 0);
	put(f, "after", "x");
	run_until(f, f->n_calls + 1);
	assert_string_equal(f->data, "x");
	assert_true(has(f, "bad", "thing"));
	assert_contains(case_log(f->c), "is no file with a block, or larger than 4 MiB");
	assert_int_equal(rename(case_path(f->c, "blocks/bad/thing"), case_path(f->c, name)), 0);
}

static void make_large(const struct fixture *f, off_t size)
{
	case_write(f->c, "thing", "begin");
	assert_int_equal(truncate(case_path(f->c, "thing"), size), 0);
}

static void test_what_is_no_file(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_it(f), 0);
	f->verdict = TW_SPOOL_KNOWN;
	case_write(f->c, "target", "a");
	assert_int_equal(symlink("../../target", case_path(f->c, "thing")), 0);
	expect_bad(f, "link");
	assert_int_equal(mkfifo(case_path(f->c, "thing"), 0600), 0);
	expect_bad(f, "pipe");
	assert_int_equal(mkdir(case_path(f->c, "thing"), 0700), 0);
	expect_bad(f, "directory");
	make_large(f, TW_SPOOL_FILE_MAX + 1);
	expect_bad(f, "large");
	f->n_calls = 0;
	make_large(f, TW_SPOOL_FILE_MAX);
	assert_int_equal(rename(case_path(f->c, "thing"), case_path(f->c, "blocks/new/thing")), 0);
	run_until(f, 1);
	assert_int_equal(f->len, TW_SPOOL_FILE_MAX);
	assert_string_equal(case_log(f->c), "");
}

static int64_t age_ms(const struct fixture *f, const char *name)
{
	struct timespec now;
	struct stat st;

	assert_int_equal(stat(case_path(f->c, name), &st), 0);
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)(now.tv_sec - st.st_ctim.tv_sec) * 1000 +
	       (now.tv_nsec - st.st_ctim.tv_nsec) / 1000000;
}

/* A file that nobody told of is taken when it has not changed for a second. */
static void test_a_look(void **state)
{
	struct fixture *f = *state;
	int64_t before_ms;

	assert_int_equal(open_it(f), 0);
	tw_spool_close(f->spool);
	f->spool = NULL;
	put(f, "quiet", "q");
	put(f, ".hidden", "h");
	assert_int_equal(open_it(f), 0);
	f->verdict = TW_SPOOL_LEAVE;
	for (;;) {
		before_ms = age_ms(f, "blocks/new/quiet");
		tw_spool_look(f->spool);
		if (f->n_calls > 0)
			break;
		assert_that(before_ms, <, SETTLED_MS);
		(void)usleep(2000);
	}
	assert_that(age_ms(f, "blocks/new/quiet"), >=, SETTLED_MS);
	assert_int_equal(f->n_calls, 1);
	assert_string_equal(f->data, "q");
	assert_string_equal(case_log(f->c), "");
}

static void test_moves_and_lists(void **state)
{
	struct fixture *f = *state;
	struct tw_buf out;

	assert_int_equal(open_it(f), 0);
	case_write(f->c, "blocks/taken/b1", "block");
	tw_spool_list(f->spool, TW_SPOOL_TAKEN, on_listed);
	assert_int_equal(f->n_calls, 1);
	assert_string_equal(f->data, "b1=block");
	tw_spool_list(f->spool, TW_SPOOL_SENT, on_listed);
	assert_int_equal(f->n_calls, 1);
	assert_int_equal(tw_spool_move(f->spool, "b1", TW_SPOOL_TAKEN, TW_SPOOL_SENT), 0);
	tw_buf_init(&out, 100);
	assert_int_equal(tw_spool_read(f->spool, "b1", TW_SPOOL_TAKEN, &out), -ENOENT);
	assert_int_equal(tw_spool_read(f->spool, "b1", TW_SPOOL_SENT, &out), 0);
	assert_string_equal(tw_buf_str(&out), "block");
	tw_buf_finish(&out);
	assert_string_equal(case_log(f->c), "");
	assert_int_equal(tw_spool_move(f->spool, "b1", TW_SPOOL_TAKEN, TW_SPOOL_DONE), -ENOENT);
	assert_contains(case_log(f->c), "cannot move the block file ");
}

static void put_dated(const struct fixture *f, int i, time_t s, long ns)
{
	struct timespec times[2] = { { s, ns }, { s, ns } };
	char name[64];

	snprintf(name, sizeof(name), "blocks/done/%04d", i);
	case_write(f->c, name, "");
	assert_int_equal(utimensat(AT_FDCWD, case_path(f->c, name), times, 0), 0);
}

static int count_done(const struct fixture *f)
{
	DIR *dir = opendir(case_path(f->c, "blocks/done"));
	struct dirent *entry;
	int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* The oldest ones go, by seconds and then by nanoseconds. */
static void test_keeps_a_thousand(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_it(f), 0);
	for (int i = 0; i < TW_SPOOL_KEPT_MAX; i++)
		put_dated(f, i, 1000000 + i / 10, 100000000L * (9 - i % 10));
	case_write(f->c, "blocks/sent/new", "");
	/* Nothing is removed for the first move, which fails, and one for the next look. */
	assert_int_equal(tw_spool_move(f->spool, "none", TW_SPOOL_SENT, TW_SPOOL_DONE), -ENOENT);
	assert_int_equal(count_done(f), TW_SPOOL_KEPT_MAX);
	tw_spool_close(f->spool);
	assert_int_equal(open_it(f), 0);
	assert_int_equal(tw_spool_move(f->spool, "new", TW_SPOOL_SENT, TW_SPOOL_DONE), 0);
	assert_int_equal(count_done(f), TW_SPOOL_KEPT_MAX);
	assert_true(has(f, "done", "new"));
	assert_false(has(f, "done", "0009"));
	/* It looks again after fifty moves. */
	put_dated(f, 9, 999999, 0);
	put_dated(f, 5000, 1, 0);
	case_write(f->c, "blocks/sent/other", "");
	for (int i = 1; i < 50; i++) {
		assert_true(has(f, "done", "5000"));
		assert_int_equal(
			tw_spool_move(f->spool, "none", TW_SPOOL_SENT, TW_SPOOL_TAKEN), -ENOENT);
	}
	assert_int_equal(count_done(f), TW_SPOOL_KEPT_MAX + 2);
	assert_int_equal(tw_spool_move(f->spool, "other", TW_SPOOL_SENT, TW_SPOOL_DONE), 0);
	assert_int_equal(count_done(f), TW_SPOOL_KEPT_MAX);
	assert_false(has(f, "done", "0009"));
	assert_false(has(f, "done", "5000"));
	assert_false(has(f, "done", "0008"));
	assert_true(has(f, "done", "0007"));
	assert_true(has(f, "done", "other"));
	(void)case_log(f->c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_modes),
		T(test_links_for_directories),
		T(test_few_descriptors),
		T(test_verdicts),
		T(test_names),
		T(test_what_is_no_file),
		T(test_a_look),
		T(test_moves_and_lists),
		T(test_keeps_a_thousand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
