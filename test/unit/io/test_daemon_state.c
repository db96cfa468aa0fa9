/* io/daemon/state: epochs never go back, whatever the state directory is like. */
#include "core/saved.h"
#include "daemon_case.h"
#include "fixture/compare.h"
#include "io/daemon/state.h"
#include <errno.h>
#include <sys/stat.h>

#define WALL_US  (INT64_C(1795449938123) * TW_MS)
#define CLOCK_MS UINT64_C(1795449938123)
#define TWO                                                                                        \
	"daemons = ( { name = \"a\"; url = \"http://127.0.0.1:1\"; },"                             \
	" { name = \"b\"; url = \"http://127.0.0.1:2\"; } );"

/* The linker sends these calls here (-Wl,--wrap): the order in which things come to the disk, and
 * what the monitor would save. */
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_renameat(int old_dir, const char *old_name, int new_dir, const char *new_name);
int __wrap_renameat(int old_dir, const char *old_name, int new_dir, const char *new_name);
void __wrap_tw_saved_take(const struct tw_monitor *monitor, int64_t now, struct tw_saved *ret_saved,
	struct tw_saved_node *ret_nodes);

static char calls[64]; /* "f" a file was synced, "d" a directory, "r" a file was renamed */
static struct tw_saved to_save;

static void note(char call)
{
	size_t len = strlen(calls);

	assert_that(len + 1, <, sizeof(calls));
	calls[len] = call;
	calls[len + 1] = '\0';
}

int __wrap_fsync(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	note(S_ISDIR(st.st_mode) ? 'd' : 'f');
	return __real_fsync(fd);
}

int __wrap_renameat(int old_dir, const char *old_name, int new_dir, const char *new_name)
{
	note('r');
	return __real_renameat(old_dir, old_name, new_dir, new_name);
}

void __wrap_tw_saved_take(const struct tw_monitor *monitor, int64_t now, struct tw_saved *ret_saved,
	struct tw_saved_node *ret_nodes)
{
	(void)monitor;
	(void)now;
	*ret_saved = to_save;
	memset(ret_nodes, 0, 2 * sizeof(ret_nodes[0]));
}

struct fixture {
	struct daemon_case *c;
	struct tw_config *config;
	struct tw_daemon_state state;
	struct tw_saved saved;
	struct tw_saved_node nodes[2];
};

static void start(struct fixture *f, struct daemon_case *c)
{
	*f = (struct fixture){ .c = c, .config = case_config(c, TWO) };
	calls[0] = '\0';
}

static void restore(struct fixture *f, int64_t wall_us)
{
	f->state = (struct tw_daemon_state){ 0 };
	assert_int_equal(
		tw_daemon_state_restore(&f->state, f->config, wall_us, &f->saved, f->nodes), 0);
}

static void save(struct fixture *f)
{
	const struct tw_status_source source = { .config = f->config, .wall_us = WALL_US };

	calls[0] = '\0';
	tw_daemon_state_save(&f->state, &source);
}

static void put_state(struct fixture *f, const char *text)
{
	mkdir(case_path(f->c, "state"), 0755);
	case_write(f->c, "state/state.json", text);
}

/* A state of epoch 7, as this program writes it. */
static void put_good_state(struct fixture *f)
{
	restore(f, WALL_US);
	to_save = f->saved;
	to_save.epoch = 7;
	to_save.chain_epoch = 3;
	save(f);
	assert_string_equal(case_log(f->c), "");
}

static void test_first_start(void **state)
{
	struct fixture f;

	start(&f, *state);
	restore(&f, WALL_US);
	assert_int_equal(f.saved.epoch, 1);
	assert_int_equal(f.saved.chain_epoch, 1);
	assert_int_equal(f.saved.incumbent, TW_NODE_NONE);
	assert_string_equal(calls, "frd");
	assert_string_equal(case_log(f.c), "");
	tw_config_destroy(f.config);
}

/* An epoch is on disk before it may be served; a new tip alone does not cost a sync. */
static void test_new_epochs_are_durable(void **state)
{
	struct fixture f;

	start(&f, *state);
	restore(&f, WALL_US);
	to_save = f.saved;
	to_save.tip = (struct tw_point){ .height = 1000 };
	save(&f);
	assert_string_equal(calls, "r");
	to_save.epoch = 2;
	save(&f);
	assert_string_equal(calls, "frd");
	save(&f);
	assert_string_equal(calls, "r");
	to_save.chain_epoch = 2;
	save(&f);
	assert_string_equal(calls, "frd");
	restore(&f, WALL_US);
	assert_int_equal(f.saved.epoch, 2);
	assert_int_equal(f.saved.chain_epoch, 2);
	tw_config_destroy(f.config);
}

static void test_damaged(void **state)
{
	struct tw_buf text;
	struct fixture f;

	start(&f, *state);
	put_state(&f, "{\"epoch\":");
	restore(&f, WALL_US);
	assert_int_equal(f.saved.epoch, CLOCK_MS);
	assert_int_equal(f.saved.chain_epoch, CLOCK_MS);
	/* These epochs are on disk before they are served. */
	assert_string_equal(calls, "frd");
	assert_int_equal(count_lines(case_log(f.c), "state.json is damaged"), 1);
	tw_buf_init(&text, 4096);
	case_read(f.c, "state/state.json.bad", &text);
	assert_string_equal(tw_buf_str(&text), "{\"epoch\":");
	tw_buf_finish(&text);
	/* A crash right after that, and a clock that was set back: still not one less. */
	restore(&f, WALL_US - TW_HOUR);
	assert_int_equal(f.saved.epoch, CLOCK_MS);
	assert_string_equal(case_log(f.c), "");
	tw_config_destroy(f.config);
}

/* A directory that can be read but not written. Root may write everywhere, so the name of the
 * temporary file is taken by a directory instead. */
static void set_writable(struct fixture *f, bool is_writable)
{
	char name[64];

	snprintf(name, sizeof(name), "state/.state.json.%ld", (long)getpid());
	assert_int_equal(
		is_writable ? rmdir(case_path(f->c, name)) : mkdir(case_path(f->c, name), 0700), 0);
}

static void test_readable_but_not_writable(void **state)
{
	struct fixture f;

	start(&f, *state);
	put_good_state(&f);
	restore(&f, WALL_US);
	assert_int_equal(f.saved.epoch, 7);
	assert_int_equal(f.saved.chain_epoch, 3);
	set_writable(&f, false);
	/* What was read cannot be continued: the next start would serve the same epochs again. */
	restore(&f, WALL_US);
	assert_int_equal(f.saved.epoch, CLOCK_MS);
	assert_int_equal(f.saved.chain_epoch, CLOCK_MS);
	assert_int_equal(count_lines(case_log(f.c), "cannot write to the state directory"), 1);
	/* A warning once, and a word when it works again. */
	to_save = f.saved;
	save(&f);
	save(&f);
	assert_string_equal(case_log(f.c), "");
	set_writable(&f, true);
	save(&f);
	/* The epochs are not on disk yet, so this save is durable though they did not change. */
	assert_string_equal(calls, "frd");
	assert_int_equal(count_lines(case_log(f.c), "can be written again"), 1);
	save(&f);
	assert_string_equal(case_log(f.c), "");
	restore(&f, WALL_US - TW_HOUR);
	assert_int_equal(f.saved.epoch, CLOCK_MS);
	tw_config_destroy(f.config);
}

/* A clock that is behind the epochs does not take them back. */
static void test_clock_behind(void **state)
{
	struct fixture f;

	start(&f, *state);
	put_good_state(&f);
	set_writable(&f, false);
	restore(&f, 2 * TW_MS);
	assert_int_equal(f.saved.epoch, 7);
	assert_int_equal(f.saved.chain_epoch, 3);
	set_writable(&f, true);
	tw_config_destroy(f.config);
}

static void test_no_directory(void **state)
{
	struct fixture f;

	start(&f, *state);
	case_write(f.c, "state", "a file in its place");
	restore(&f, WALL_US);
	assert_int_equal(f.saved.epoch, CLOCK_MS);
	assert_int_equal(count_lines(case_log(f.c), "\n"), 1);
	to_save = f.saved;
	save(&f);
	assert_int_equal(count_lines(case_log(f.c), "cannot write to the state directory"), 1);
	tw_config_destroy(f.config);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, case_setup, case_teardown)
	const struct CMUnitTest tests[] = {
		T(test_first_start),
		T(test_new_epochs_are_durable),
		T(test_damaged),
		T(test_readable_but_not_writable),
		T(test_clock_behind),
		T(test_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
