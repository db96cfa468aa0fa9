/* io/daemon/journal: records that do not fit into the queue, and what follows them. */
#include "core/saved.h"
#include "daemon_case.h"
#include "fixture/compare.h"
#include "io/daemon/journal.h"

#define TWO                                                                                        \
	"daemons = ( { name = \"a\"; url = \"http://127.0.0.1:1\"; },"                             \
	" { name = \"b\"; url = \"http://127.0.0.1:2\"; } );"

enum { JOURNAL_MAX = 64 << 20, PATIENCE_MS = 20000 };

struct fixture {
	struct daemon_case *c;
	struct tw_config *config;
	struct tw_monitor *monitor;
	struct tw_daemon_journal journal;
	int64_t t_us;
	uint64_t n_put;
};

static void start(struct fixture *f, struct daemon_case *c)
{
	struct tw_saved saved = { .epoch = 1,
		.chain_epoch = 1,
		.tip.height = TW_UNKNOWN,
		.anchor.height = TW_UNKNOWN,
		.incumbent = TW_NODE_NONE,
		.pinned = TW_NODE_NONE };
	struct tw_saved_node nodes[2] = { { 0 } };
	struct tw_core_config core;
	char text[1024];

	*f = (struct fixture){ .c = c, .t_us = TW_SEC };
	snprintf(text, sizeof(text), TWO " journal = { path = \"%s\"; };", case_path(c, "journal"));
	f->config = case_config(c, text);
	tw_config_core(f->config, &core);
	assert_int_equal(tw_monitor_create(&core, &saved, nodes, f->t_us, &f->monitor), 0);
	assert_int_equal(tw_daemon_journal_open(&f->journal, f->config, TW_SEC), 0);
	tw_daemon_journal_begin(&f->journal, f->monitor, &saved, nodes, f->t_us, TW_SEC);
}

static void finish(struct fixture *f)
{
	tw_daemon_journal_close(&f->journal);
	tw_monitor_destroy(f->monitor);
	tw_config_destroy(f->config);
}

/* A check that failed, with a long sentence about it. */
static void put(struct fixture *f)
{
	struct tw_observation obs;
	struct tw_journal_record record = { .kind = TW_JOURNAL_CHECK, .obs = &obs };

	tw_observation_init(&obs, TW_RESULT_BAD_REPLY);
	memset(obs.detail, 'x', sizeof(obs.detail) - 1);
	obs.detail[sizeof(obs.detail) - 1] = '\0';
	record.t_us = ++f->t_us;
	tw_daemon_journal_put(&f->journal, f->monitor, &record, TW_SEC);
	f->n_put++;
}

static bool is_trying(const struct fixture *f)
{
	struct tw_journal_file_state state;

	tw_journal_file_check(f->journal.file, &state);
	return state.is_trying;
}

static void test_queue_full(void **state)
{
	struct fixture f;
	struct tw_buf text;
	uint64_t n_headers, n_lines, n_lost;
	const char *log;

	start(&f, *state);
	assert_int_equal(count_lines(case_log(f.c), "journal /"), 1);
	/* One wake-up with more records than the queue holds: it never blocks, and the rest is
	 * lost and counted. */
	for (size_t bytes = 0; bytes < TW_JOURNAL_QUEUE_MAX + (1 << 20);
		bytes += f.journal.line.len)
		put(&f);
	assert_that(f.journal.n_lost, >, 0);
	log = case_log(f.c);
	assert_int_equal(count_lines(log, "the disk is too slow"), 1);
	assert_int_equal(count_lines(log, "\n"), 1);
	tw_daemon_journal_flush(&f.journal);
	put(&f);
	assert_false(f.journal.has_header);
	/* It is not tried again with every record, but after a while; as soon as the writer has
	 * emptied the queue, records follow a new header. */
	for (int i = 0; !f.journal.has_header || f.journal.error != 0 || is_trying(&f); i++) {
		assert_that(i, <, PATIENCE_MS);
		f.t_us += 2 * TW_SEC;
		put(&f);
		tw_daemon_journal_flush(&f.journal);
		assert_int_equal(usleep(1000), 0);
	}
	assert_int_equal(count_lines(case_log(f.c), "can be written again"), 1);
	n_lost = f.journal.n_lost;
	finish(&f);

	/* Every record is in the file or was counted as lost. */
	tw_buf_init(&text, JOURNAL_MAX);
	case_read(f.c, "journal", &text);
	n_headers = (uint64_t)count_lines(tw_buf_str(&text), "{\"tipwatch_journal\"");
	n_lines = (uint64_t)count_lines(tw_buf_str(&text), "\n");
	assert_that(n_headers, >=, 2);
	assert_int_equal(n_lines - n_headers + n_lost, f.n_put);
	tw_buf_finish(&text);
}

/* A path that cannot be used keeps the daemon from starting, with one sentence; at a reload it
 * leaves everything as it is. */
static void test_unfit_path(void **state)
{
	struct daemon_case *c = *state;
	struct tw_daemon_journal journal = { 0 };
	struct tw_daemon_journal_change change;
	struct tw_config *good = case_config(c, TWO), *bad;
	struct tw_buf errors;
	char text[1024];
	const char *log;

	snprintf(text, sizeof(text), TWO " journal = { path = \"%s\"; };", case_path(c, "taken"));
	case_write(c, "taken", "not a journal\n");
	bad = case_config(c, text);
	assert_int_equal(tw_daemon_journal_open(&journal, bad, TW_SEC), TW_JOURNAL_FILE_UNFIT);
	log = case_log(c);
	assert_int_equal(count_lines(log, "\n"), 1);
	assert_contains(log, "/taken is there and is not a journal");
	tw_daemon_journal_close(&journal);
	tw_buf_init(&errors, 4096);
	assert_int_equal(
		tw_daemon_journal_prepare(good, bad, &errors, &change), TW_JOURNAL_FILE_UNFIT);
	assert_int_equal(count_lines(tw_buf_str(&errors), "\n"), 1);
	assert_contains(tw_buf_str(&errors), "is not a journal");
	tw_daemon_journal_discard(&change);
	tw_buf_finish(&errors);
	tw_config_destroy(good);
	tw_config_destroy(bad);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, case_setup, case_teardown)
	const struct CMUnitTest tests[] = {
		T(test_queue_full),
		T(test_unfit_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
