/* io/days: the figures survive kills, full disks, and lines that nobody can read. */
#include "account/sums.h"
#include "daemon_case.h"
#include "io/days.h"
#include <errno.h>
#include <sys/stat.h>

#define FIRST INT64_C(20785)

/* The linker sends write() here (-Wl,--wrap): there is room for so many bytes more. */
ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);

static int64_t room = INT64_MAX;

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	if (fd == STDERR_FILENO)
		return __real_write(fd, data, len);
	if (room == 0) {
		errno = ENOSPC;
		return -1;
	}
	len = (int64_t)len < room ? len : (size_t)room;
	room -= (int64_t)len;
	return __real_write(fd, data, len);
}

struct fixture {
	struct daemon_case *c;
	struct tw_account *account;
	struct tw_days days;
	int64_t wall_us;
};

static void load(struct fixture *f)
{
	static const struct tw_node_policy policies[] = { { .name = "main", .is_primary = true } };
	static const struct tw_core_config config = { .n_nodes = 1, .nodes = policies };

	tw_account_destroy(f->account);
	assert_int_equal(tw_account_create(&f->account), 0);
	assert_int_equal(tw_days_load(&f->days, f->c->dir, f->account), 0);
	assert_int_equal(tw_account_configure(f->account, &config), 0);
}

static void start(struct fixture *f, struct daemon_case *c)
{
	*f = (struct fixture){ .c = c, .wall_us = FIRST * TW_DAY };
	room = INT64_MAX;
	unlink(case_path(c, "days.jsonl"));
	unlink(case_path(c, "today.json"));
	load(f);
}

static void live(struct fixture *f, int64_t us)
{
	static const struct tw_decision decision = { .is_usable = true, .mode = TW_MODE_CONSENSUS };
	static const enum tw_reason reason = TW_REASON_OK;
	struct tw_account_look look = { .decision = &decision, .reasons = &reason };

	for (int i = 0; i < 2; i++) {
		look.now_us = look.wall_us = f->wall_us;
		assert_int_equal(tw_account_look(f->account, &look), 0);
		f->wall_us += i == 0 ? us : 0;
	}
}

static void save(struct fixture *f)
{
	tw_days_save(&f->days, f->c->dir, f->account);
}

static int64_t watched(const struct fixture *f, int64_t first, int64_t last)
{
	struct tw_account_pool pool;

	tw_account_sums_pool(
		f->account, (struct tw_account_period){ first, last }, f->wall_us / TW_MS, &pool);
	return pool.watched_ms;
}

static int lines_of(const struct fixture *f, const char *part)
{
	struct tw_buf text;
	int n;

	tw_buf_init(&text, 64 << 20);
	case_read(f->c, "days.jsonl", &text);
	n = count_lines(tw_buf_str(&text), part);
	tw_buf_finish(&text);
	return n;
}

static void finish(struct fixture *f)
{
	tw_account_destroy(f->account);
	f->account = NULL;
	room = INT64_MAX;
}

static void test_days_and_today(void **state)
{
	struct fixture f;

	start(&f, *state);
	live(&f, TW_HOUR);
	save(&f);
	assert_int_equal(access(case_path(f.c, "days.jsonl"), F_OK), -1);
	load(&f);
	assert_int_equal(watched(&f, FIRST, FIRST), 3600000);
	/* The day goes on, and ends; its line is written once. */
	live(&f, 24 * TW_HOUR);
	save(&f);
	save(&f);
	assert_int_equal(lines_of(&f, "\"day\":\"2026-11-28\""), 1);
	assert_int_equal(lines_of(&f, "\n"), 1);
	load(&f);
	assert_int_equal(watched(&f, FIRST, FIRST), 86400000);
	assert_int_equal(watched(&f, FIRST + 1, FIRST + 1), 3600000);
	/* tipwatchd was down over midnight: today.json is of yesterday. */
	f.wall_us += TW_DAY;
	live(&f, TW_MIN);
	save(&f);
	load(&f);
	assert_int_equal(lines_of(&f, "\n"), 2);
	assert_int_equal(watched(&f, FIRST, FIRST + 2), 86400000 + 3600000 + 60000);
	assert_string_equal(case_log(f.c), "");
	finish(&f);
}

/* Wherever the disk fills up or the process ends, what was written before is there afterwards. */
static void test_cut_off_at_every_byte(void **state)
{
	struct fixture f;
	int64_t n;

	for (n = 0;; n++) {
		start(&f, *state);
		live(&f, 23 * TW_HOUR);
		save(&f);
		live(&f, 2 * TW_HOUR);
		room = n;
		save(&f);
		if (f.days.error == 0)
			break;
		/* It goes on, and all is written once there is room. */
		assert_int_equal(f.days.error, -ENOSPC);
		assert_int_equal(f.days.n_failed, 1);
		room = INT64_MAX;
		if (n % 2 == 0) {
			save(&f);
			assert_int_equal(f.days.error, 0);
			load(&f);
			assert_int_equal(watched(&f, FIRST, FIRST), 86400000);
			assert_int_equal(watched(&f, FIRST + 1, FIRST + 1), 3600000);
		} else {
			load(&f);
			assert_that(watched(&f, FIRST, FIRST), >=, 23 * 3600000);
			live(&f, TW_HOUR);
			save(&f);
			load(&f);
			assert_that(watched(&f, FIRST, FIRST + 1), >=, 24 * 3600000);
			/* What follows on a piece of a line can be read. */
			assert_int_equal(watched(&f, FIRST + 1, FIRST + 1), 3600000);
		}
		finish(&f);
	}
	assert_that(n, >, 200);
	finish(&f);
	assert_contains(case_log(f.c), "No space left on device");
}

static void test_lines_that_cannot_be_read(void **state)
{
	struct fixture f;

	start(&f, *state);
	live(&f, TW_DAY);
	live(&f, TW_HOUR);
	save(&f);
	finish(&f);
	assert_int_equal(lines_of(&f, "\n"), 1);
	{
		FILE *file = fopen(case_path(f.c, "days.jsonl"), "a");

		assert_non_null(file);
		assert_that(fputs("nonsense\n{}\n\n{\"v\":1,\"from_ms\":", file), >=, 0);
		assert_int_equal(fclose(file), 0);
	}
	case_write(f.c, "today.json", "{\"v\":1,\"from");
	load(&f);
	assert_int_equal(watched(&f, FIRST, FIRST), 86400000);
	assert_int_equal(watched(&f, FIRST + 1, FIRST + 1), 0);
	live(&f, TW_DAY);
	save(&f);
	/* They stay, on lines of their own. */
	assert_int_equal(lines_of(&f, "\nnonsense\n{}\n\n{\"v\":1,\"from_ms\":\n{\"v\":1,"), 1);
	assert_int_equal(access(case_path(f.c, "today.json.bad"), F_OK), 0);
	load(&f);
	assert_int_equal(watched(&f, FIRST, FIRST + 2), 2 * 86400000);
	{
		const char *log = case_log(f.c);

		assert_contains(log, "days.jsonl has 3 lines that cannot be read");
		assert_contains(log, "today.json is damaged; it was put aside");
	}
	finish(&f);
}

static void test_today_without_a_line(void **state)
{
	struct fixture f;
	struct tw_buf text;

	start(&f, *state);
	case_write(f.c, "today.json", "");
	load(&f);
	assert_contains(case_log(f.c), "today.json is damaged; it was put aside");
	/* What is too long to be one is not read to its end. */
	tw_buf_init(&text, 4 << 20);
	for (int i = 0; i < 2 << 20; i++)
		tw_buf_putc(&text, 'x');
	assert_int_equal(text.error, 0);
	case_write(f.c, "today.json", tw_buf_str(&text));
	tw_buf_finish(&text);
	load(&f);
	assert_contains(case_log(f.c), "today.json is damaged; it was put aside");
	finish(&f);
}

static void test_today_that_cannot_be_read(void **state)
{
	struct fixture f;

	start(&f, *state);
	load(&f);
	/* That there is none yet is as it should be. */
	assert_string_equal(case_log(f.c), "");
	assert_int_equal(mkdir(case_path(f.c, "today.json"), 0700), 0);
	load(&f);
	assert_contains(case_log(f.c), "cannot use ");
	assert_int_equal(rmdir(case_path(f.c, "today.json")), 0);
	finish(&f);
}

static void test_four_hundred_days(void **state)
{
	struct fixture f;

	start(&f, *state);
	for (int i = 0; i < 530; i++) {
		live(&f, TW_DAY);
		save(&f);
	}
	assert_in_range(lines_of(&f, "\n"), 400, 500);
	assert_int_equal(lines_of(&f, "\"day\":"), lines_of(&f, "\n"));
	load(&f);
	assert_int_equal(tw_account_n_days(f.account), 400);
	assert_int_equal(watched(&f, FIRST + 131, FIRST + 529), INT64_C(399) * 86400000);
	assert_string_equal(case_log(f.c), "");
	finish(&f);
}

static void test_no_directory(void **state)
{
	struct fixture f;
	char dir[64];
	const char *log;

	start(&f, *state);
	memcpy(dir, f.c->dir, sizeof(dir));
	(void)strcat(f.c->dir, "/none");
	live(&f, TW_MIN);
	save(&f);
	save(&f);
	assert_int_equal(f.days.error, -ENOENT);
	assert_int_equal(f.days.n_failed, 2);
	memcpy(f.c->dir, dir, sizeof(dir));
	save(&f);
	assert_int_equal(f.days.error, 0);
	log = case_log(f.c);
	assert_int_equal(count_lines(log, "cannot write the figures"), 1);
	assert_int_equal(count_lines(log, "can be written to"), 1);
	finish(&f);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, case_setup, case_teardown)
	const struct CMUnitTest tests[] = {
		T(test_days_and_today),
		T(test_cut_off_at_every_byte),
		T(test_lines_that_cannot_be_read),
		T(test_today_without_a_line),
		T(test_today_that_cannot_be_read),
		T(test_four_hundred_days),
		T(test_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
