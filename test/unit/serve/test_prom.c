/* serve/prom: every metric, in both formats, read back by Prometheus's own tool. */
#include "base/time.h"
#include "fake_monitor.h"
#include "fixture/compare.h"
#include "serve/prom.h"
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct fake fake;
	struct tw_prom_node nodes[FAKE_NODES];
	struct tw_prom_process process;
	struct tw_p2p_state link; /* of the second node */
	const struct tw_p2p_state *links[FAKE_NODES];
	struct tw_block_book book; /* one block, which a daemon has taken */
	struct tw_account *account;
	struct tw_buf out;
};

static int fill_book(struct tw_block_book *book)
{
	struct tw_block_peer *peer;
	struct tw_block *block;

	if (tw_block_create_empty(&block) < 0)
		return -1;
	(void)tw_block_book_add(book, block);
	peer = tw_block_add_peer(block, "alpha");
	if (peer == NULL)
		return -1;
	block->state = TW_BLOCK_ON_MAIN;
	block->found_ms = 1000;
	peer->n_sends = 1;
	peer->answer = TW_BLOCK_ANSWER_ACCEPTED;
	peer->answered_ms = 1250;
	return 0;
}

/* An account that has counted 1.5 s in which the primary was down and another daemon was not. */
static int fill_account(struct fixture *f)
{
	static const struct tw_node_policy nodes[] = { { .name = "alpha", .is_primary = true },
		{ .name = "beta" } };
	static const struct tw_core_config config = { .n_nodes = 2, .nodes = nodes };
	static const struct tw_decision decision = {
		.is_usable = true, .mode = TW_MODE_CONSENSUS, .chosen = 1
	};
	static const enum tw_reason reasons[] = { TW_REASON_REFUSED, TW_REASON_OK };
	struct tw_account_look look = { .decision = &decision, .reasons = reasons };
	int r = tw_account_create(&f->account);

	if (r == 0)
		r = tw_account_configure(f->account, &config);
	if (r == 0)
		r = tw_account_look(f->account, &look);
	look.now_us = look.wall_us = 1500 * TW_MS;
	f->fake.source.account = f->account;
	return r == 0 ? tw_account_look(f->account, &look) : r;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	fake_init(&f->fake);
	tw_buf_init(&f->out, 1 << 20);
	f->process = (struct tw_prom_process){
		.control_clients = 2,
		.control_dropped_clients = 1,
		.agent_requests = 31,
		.n_hooks = 2,
		.hooks = { { "on_switch", 7, 2, 1, 4 }, { "on_mode", 0, 0, 0, 0 } },
		.journal_lost_records = 3,
		.account_failed_writes = 9,
		.n_commands = 2,
		.commands = { { "select", 5 }, { "status", 0 } },
		.loop_lag_us = 1500,
		.cpu_us = 12345678,
		.resident_bytes = 4096,
		.virtual_bytes = 8192,
		.open_fds = 9,
		.max_fds = 1024,
		.start_time_us = 1795449038123456,
	};
	f->link = (struct tw_p2p_state){
		.is_wanted = true, .phase = TW_P2P_UP, .n_pushes = 12, .n_syncs = 7, .n_closed = 3
	};
	f->links[1] = &f->link;
	f->fake.source.links = f->links;
	f->fake.source.blocks = &f->book;
	*state = f;
	return fill_account(f) < 0 ? -1 : fill_book(&f->book);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_buf_finish(&f->out);
	tw_block_book_finish(&f->book);
	tw_account_destroy(f->account);
	free(f);
	return 0;
}

static const char *write_metrics(struct fixture *f, bool is_openmetrics)
{
	tw_buf_clear(&f->out);
	tw_prom_write(&f->fake.source, f->nodes, &f->process, is_openmetrics, &f->out);
	assert_int_equal(f->out.error, 0);
	return tw_buf_str(&f->out);
}

/* Whether text has this very line. */
static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *p = text; (p = strstr(p, line)) != NULL; p++) {
		if ((p == text || p[-1] == '\n') && p[len] == '\n')
			return true;
	}
	return false;
}

static void assert_line(const char *text, const char *line)
{
	if (!has_line(text, line))
		fail_msg("no line \"%s\" in:\n%s", line, text);
}

/* Both promtool commands: input on stdin, the exit code back. */
static int run(const char *command, const char *input, size_t len)
{
	FILE *pipe = popen(command, "w");
	int status;

	assert_non_null(pipe);
	(void)fwrite(input, 1, len, pipe);
	status = pclose(pipe);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void need_promtool(void)
{
	if (run("promtool --version >/dev/null 2>&1", "", 0) != 0)
		fail_msg("promtool is missing: apt-get install prometheus");
}

static void check_with_promtool(struct fixture *f)
{
	(void)write_metrics(f, false);
	if (run("promtool check metrics >&2", f->out.data, f->out.len) != 0)
		fail_msg("promtool check metrics refuses:\n%s", tw_buf_str(&f->out));
}

/*
 * Prometheus's parser of OpenMetrics is behind a command that makes blocks out of samples with
 * times, so each sample gets one.
 */
static void check_openmetrics_with_promtool(struct fixture *f)
{
	char dir[] = "/tmp/tipwatch-prom-XXXXXX";
	char command[256];
	struct tw_buf timed;
	char *rest;

	assert_non_null(mkdtemp(dir));
	(void)write_metrics(f, true);
	tw_buf_init(&timed, 1 << 20);
	for (char *line = strtok_r(f->out.data, "\n", &rest); line != NULL;
		line = strtok_r(NULL, "\n", &rest))
		tw_buf_printf(&timed, "%s%s\n", line, line[0] == '#' ? "" : " 1795449938");
	assert_int_equal(timed.error, 0);
	snprintf(command, sizeof(command),
		"cat >%s/in && promtool tsdb create-blocks-from openmetrics -q %s/in %s/out >&2",
		dir, dir, dir);
	if (run(command, timed.data, timed.len) != 0)
		fail_msg("promtool refuses the OpenMetrics text:\n%s", tw_buf_str(&timed));
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(run(command, "", 0), 0);
	tw_buf_finish(&timed);
}

static void test_promtool(void **state)
{
	struct fixture *f = *state;

	need_promtool();
	tw_prom_count(&f->nodes[0], TW_RESULT_OK, 2300);
	check_with_promtool(f);
	check_openmetrics_with_promtool(f);
	/* Also when hardly anything is known, */
	fake_init_blank(&f->fake);
	f->process = (struct tw_prom_process){ .cpu_us = TW_UNKNOWN,
		.resident_bytes = TW_UNKNOWN,
		.virtual_bytes = TW_UNKNOWN,
		.open_fds = TW_UNKNOWN,
		.max_fds = TW_UNKNOWN,
		.start_time_us = TW_UNKNOWN };
	check_with_promtool(f);
	check_openmetrics_with_promtool(f);
	/* and when a name is what the configuration would never let in. */
	(void)strcpy(f->fake.nodes[0].policy.name, "a\"} 1\nb\\{,");
	check_with_promtool(f);
	check_openmetrics_with_promtool(f);
	assert_line(
		write_metrics(f, false), "tipwatch_daemon_chosen{daemon=\"a\\\"} 1\\nb\\\\{,\"} 0");
}

static void test_values(void **state)
{
	static const char *const lines[] = {
		"tipwatch_build_info{version=\"" TW_VERSION "\"} 1",
		"tipwatch_mode{mode=\"starting\"} 0",
		"tipwatch_mode{mode=\"consensus\"} 1",
		"tipwatch_mode{mode=\"reduced\"} 0",
		"tipwatch_mode{mode=\"contested\"} 0",
		"tipwatch_mode{mode=\"fallback\"} 0",
		"tipwatch_usable 1",
		"tipwatch_network_height 1002",
		"tipwatch_anchor_height 998",
		"tipwatch_tip_age_seconds 10",
		"tipwatch_voters 3",
		"tipwatch_quorum 2",
		"tipwatch_voters_answering 2",
		"tipwatch_voters_agreeing 2",
		"tipwatch_voters_conflicting 0",
		"tipwatch_stalled 0",
		"tipwatch_island 0",
		"tipwatch_suspect{what=\"wallet_address\"} 0",
		"tipwatch_suspect{what=\"template_timeout\"} 1",
		"tipwatch_epoch 7",
		"tipwatch_switches_total 2",
		"tipwatch_link_up{daemon=\"beta\"} 1",
		"tipwatch_link_pushes_total{daemon=\"beta\"} 12",
		"tipwatch_link_syncs_total{daemon=\"beta\"} 7",
		"tipwatch_link_closed_total{daemon=\"beta\"} 3",
		"tipwatch_daemon_chosen{daemon=\"alpha\"} 0",
		"tipwatch_daemon_chosen{daemon=\"beta\"} 1",
		"tipwatch_daemon_state{daemon=\"alpha\",state=\"unhealthy\"} 1",
		"tipwatch_daemon_state{daemon=\"alpha\",state=\"healthy\"} 0",
		"tipwatch_daemon_state{daemon=\"seed\",state=\"unknown\"} 1",
		"tipwatch_daemon_state{daemon=\"seed\",state=\"maintenance\"} 0",
		"tipwatch_daemon_state{daemon=\"seed\",state=\"unresponsive\"} 0",
		"tipwatch_daemon_reason{daemon=\"alpha\",reason=\"lagging\"} 1",
		"tipwatch_daemon_height{daemon=\"alpha\"} 998",
		"tipwatch_daemon_lag_blocks{daemon=\"alpha\"} 4",
		"tipwatch_daemon_fork_depth_blocks{daemon=\"beta\"} 3",
		"tipwatch_daemon_peers{daemon=\"beta\",direction=\"in\"} 4",
		"tipwatch_daemon_peers{daemon=\"beta\",direction=\"out\"} 8",
		"tipwatch_daemon_tip_delay_seconds{daemon=\"alpha\"} 0.25",
		"tipwatch_daemon_tip_delay_seconds{daemon=\"beta\"} 0",
		"tipwatch_daemon_template_ok{daemon=\"alpha\"} 0",
		"tipwatch_daemon_template_ok{daemon=\"beta\"} 1",
		"tipwatch_checks_total{daemon=\"alpha\",result=\"ok\"} 1",
		"tipwatch_checks_total{daemon=\"alpha\",result=\"timeout\"} 1",
		"tipwatch_checks_total{daemon=\"seed\",result=\"auth\"} 0",
		"tipwatch_control_clients 2",
		"tipwatch_control_requests_total{command=\"select\"} 5",
		"tipwatch_control_requests_total{command=\"status\"} 0",
		"tipwatch_agent_requests_total 31",
		"tipwatch_hook_runs_total{hook=\"on_switch\",result=\"ok\"} 7",
		"tipwatch_hook_runs_total{hook=\"on_switch\",result=\"failed\"} 2",
		"tipwatch_hook_runs_total{hook=\"on_switch\",result=\"timeout\"} 1",
		"tipwatch_hook_merged_total{hook=\"on_switch\"} 4",
		"tipwatch_hook_runs_total{hook=\"on_mode\",result=\"ok\"} 0",
		"tipwatch_control_dropped_clients_total 1",
		"tipwatch_journal_lost_records_total 3",
		"tipwatch_account_failed_writes_total 9",
		"tipwatch_saved_seconds_total 1.5",
		"tipwatch_loop_lag_seconds 0.0015",
		"process_cpu_seconds_total 12.345678",
		"process_resident_memory_bytes 4096",
		"process_virtual_memory_bytes 8192",
		"process_open_fds 9",
		"process_max_fds 1024",
		"process_start_time_seconds 1795449038.123456",
	};
	struct fixture *f = *state;

	f->fake.monitor.views[0].tip_delay_us = 250 * TW_MS;
	f->fake.monitor.views[0].template = TW_TEMPLATE_STALE;
	f->fake.monitor.decision.suspect = TW_SUSPECT_LATE;
	f->fake.monitor.views[1].fork_depth = 3;
	tw_prom_count(&f->nodes[0], TW_RESULT_OK, 2300);
	tw_prom_count(&f->nodes[0], TW_RESULT_TIMEOUT, 5 * TW_SEC);
	for (int is_openmetrics = 0; is_openmetrics < 2; is_openmetrics++) {
		const char *text = write_metrics(f, is_openmetrics != 0);

		for (size_t i = 0; i < TW_ARRAY_SIZE(lines); i++)
			assert_line(text, lines[i]);
		/* Only the current reason has a sample. */
		assert_lacks(text, "{daemon=\"alpha\",reason=\"ok\"}");
	}
}

/* What nobody knows has no sample, in particular no 0. */
static void test_unknown(void **state)
{
	static const char *const absent[] = { "tipwatch_network_height ", "tipwatch_anchor_height ",
		"tipwatch_tip_age_seconds ", "tipwatch_island ", "tipwatch_daemon_height{",
		"tipwatch_daemon_lag_blocks{", "tipwatch_daemon_fork_depth_blocks{",
		"tipwatch_daemon_peers{", "tipwatch_daemon_tip_delay_seconds{",
		"tipwatch_daemon_template_ok{", "process_open_fds " };
	struct fixture *f = *state;
	const char *text;

	fake_init_blank(&f->fake);
	f->process.open_fds = TW_UNKNOWN;
	text = write_metrics(f, false);
	for (size_t i = 0; i < TW_ARRAY_SIZE(absent); i++) {
		char start[80];

		snprintf(start, sizeof(start), "\n%s", absent[i]);
		if (strstr(text, start) != NULL)
			fail_msg("%s has a sample", absent[i]);
	}
	assert_line(text, "tipwatch_usable 0");
	assert_line(text, "tipwatch_mode{mode=\"starting\"} 1");
}

static void test_histogram(void **state)
{
	static const char *const lines[] = {
		"tipwatch_check_duration_seconds_bucket{daemon=\"alpha\",le=\"0.002\"} 3",
		"tipwatch_check_duration_seconds_bucket{daemon=\"alpha\",le=\"0.005\"} 4",
		"tipwatch_check_duration_seconds_bucket{daemon=\"alpha\",le=\"0.01\"} 4",
		"tipwatch_check_duration_seconds_bucket{daemon=\"alpha\",le=\"0.5\"} 4",
		"tipwatch_check_duration_seconds_bucket{daemon=\"alpha\",le=\"1.0\"} 5",
		"tipwatch_check_duration_seconds_bucket{daemon=\"alpha\",le=\"2.5\"} 5",
		"tipwatch_check_duration_seconds_bucket{daemon=\"alpha\",le=\"10.0\"} 6",
		"tipwatch_check_duration_seconds_bucket{daemon=\"alpha\",le=\"+Inf\"} 7",
		"tipwatch_check_duration_seconds_sum{daemon=\"alpha\"} 21.004002",
		"tipwatch_check_duration_seconds_count{daemon=\"alpha\"} 7",
		"tipwatch_check_duration_seconds_count{daemon=\"seed\"} 0",
	};
	static const int64_t durations[] = { -5, 0, 2000, 2001, TW_SEC, 10 * TW_SEC,
		10 * TW_SEC + 1 };
	struct fixture *f = *state;
	const char *text;

	for (size_t i = 0; i < TW_ARRAY_SIZE(durations); i++)
		tw_prom_count(&f->nodes[0], TW_RESULT_OK, durations[i]);
	text = write_metrics(f, false);
	for (size_t i = 0; i < TW_ARRAY_SIZE(lines); i++)
		assert_line(text, lines[i]);
}

static void test_formats(void **state)
{
	struct fixture *f = *state;
	const char *text = write_metrics(f, false);

	assert_line(text, "# TYPE tipwatch_switches_total counter");
	assert_line(text, "# TYPE tipwatch_build_info gauge");
	assert_line(text, "# TYPE tipwatch_check_duration_seconds histogram");
	assert_lacks(text, "# EOF");
	assert_lacks(text, "# UNIT");
	text = write_metrics(f, true);
	assert_line(text, "# TYPE tipwatch_switches counter");
	assert_line(text, "# TYPE tipwatch_build info");
	assert_line(text, "# TYPE process_cpu_seconds counter");
	assert_line(text, "# UNIT process_cpu_seconds seconds");
	assert_line(text, "# UNIT tipwatch_daemon_lag_blocks blocks");
	assert_string_equal(text + f->out.len - 7, "\n# EOF\n");
}

/* Samples of a family stand together behind its one TYPE line, as both formats ask. */
static void test_grouped(void **state)
{
	struct fixture *f = *state;
	char family[100] = "", *rest;
	struct tw_buf seen;

	tw_buf_init(&seen, 1 << 20);
	tw_buf_puts(&seen, " ");
	(void)write_metrics(f, false);
	for (char *line = strtok_r(f->out.data, "\n", &rest); line != NULL;
		line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "# TYPE ", 7) == 0) {
			assert_int_equal(sscanf(line, "# TYPE %98s", family), 1);
			(void)strcat(family, " ");
			if (strstr(tw_buf_str(&seen), family) != NULL)
				fail_msg("%s twice", family);
			tw_buf_puts(&seen, family);
			family[strlen(family) - 1] = '\0';
		} else if (line[0] != '#' && strncmp(line, family, strlen(family)) != 0) {
			fail_msg("%s stands among %s", line, family);
		}
	}
	assert_int_equal(seen.error, 0);
	tw_buf_finish(&seen);
}

static void test_cap(void **state)
{
	struct fixture *f = *state;

	tw_buf_finish(&f->out);
	tw_buf_init(&f->out, 1000);
	tw_prom_write(&f->fake.source, f->nodes, &f->process, false, &f->out);
	assert_int_equal(f->out.error, -EMSGSIZE);
}

/* The rows are what the manual is made from: the labels that they tell are those of the samples. */
static void test_rows(void **state)
{
	struct fixture *f = *state;
	const char *text;

	f->fake.monitor.views[0].fork_depth = 2;
	f->fake.config.n_witnesses = 16;
	text = write_metrics(f, false);
	assert_line(text, "tipwatch_witnesses 0");
	for (uint32_t i = 0; i < tw_prom_n_families(); i++) {
		const struct tw_prom_family *family = tw_prom_family(i);
		char start[128], labels[64];

		snprintf(start, sizeof(start), "# HELP %s", family->name);
		assert_contains(text, start);
		assert_int_equal(family->help[strlen(family->help) - 1], '.');
		if (family->type == TW_PROM_HISTOGRAM || family->type == TW_PROM_INFO)
			continue;
		/* "\nNAME{FIRST=\"" or "\nNAME " */
		snprintf(labels, sizeof(labels), "%s", family->labels);
		labels[strcspn(labels, ",")] = '\0';
		snprintf(start, sizeof(start), "\n%s%s%s%s%s", family->name,
			family->type == TW_PROM_COUNTER ? "_total" : "",
			labels[0] != '\0' ? "{" : "", labels, labels[0] != '\0' ? "=\"" : " ");
		if (strstr(text, start) == NULL)
			fail_msg("no sample begins with \"%s\"", start + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_promtool, setup, teardown),
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_histogram, setup, teardown),
		cmocka_unit_test_setup_teardown(test_formats, setup, teardown),
		cmocka_unit_test_setup_teardown(test_grouped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cap, setup, teardown),
	};

	/* A tool that is missing or stops reading is reported by its exit code. */
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
