/* io/daemon as a whole: what a reload keeps and what not, starts that fail, epochs on disk before
 * they are served. */
#include "daemon_case.h"
#include "explain/view.h"
#include "fixture/compare.h"
#include "io/daemon/daemon.h"
#include "io/daemon/ops.h"
#include "io/daemon/parts.h"
#include "io/daemon/reload.h"
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/socket.h>

#define CA_A "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"

enum { PATIENCE_US = 60 * 1000000 };

/* The linker sends the calls of renameat() here (-Wl,--wrap). */
int __real_renameat(int old_dir, const char *old_name, int new_dir, const char *new_name);
int __wrap_renameat(int old_dir, const char *old_name, int new_dir, const char *new_name);

static const char *state_dir; /* NULL: do not look */
static int n_selects;

static uint64_t epoch_in(const char *name)
{
	static const char key[] = "\"epoch\":";
	char path[256];
	struct tw_buf text;
	const char *at;
	uint64_t epoch = 0;

	snprintf(path, sizeof(path), "%s/%s", state_dir, name);
	tw_buf_init(&text, 1 << 20);
	if (access(path, F_OK) == 0) {
		assert_int_equal(tw_file_read(path, false, &text), 0);
		at = strstr(tw_buf_str(&text), key);
		assert_non_null(at);
		assert_int_equal(sscanf(at + strlen(key), "%" SCNu64, &epoch), 1);
	}
	tw_buf_finish(&text);
	return epoch;
}

/* No epoch may be in select.json that is not in state.json. */
int __wrap_renameat(int old_dir, const char *old_name, int new_dir, const char *new_name)
{
	int r = __real_renameat(old_dir, old_name, new_dir, new_name);

	if (state_dir != NULL && strcmp(new_name, "select.json") == 0) {
		n_selects++;
		assert_that(epoch_in("select.json"), <=, epoch_in("state.json"));
	}
	return r;
}

struct fixture {
	struct daemon_case *c;
	struct tw_daemon *d;
	struct tw_loop_timer *timer;
	struct tw_buf errors;
	int64_t until_us;
	bool (*is_done)(const struct tw_daemon *daemon);
};

/* Two nodes whose checks are refused at once: nobody listens on port 1 and 2. */
static void configure(struct daemon_case *c, const char *a, const char *b, const char *more)
{
	char text[4096];

	snprintf(text, sizeof(text),
		"probe = { interval = \"100ms\"; timeout = \"500ms\"; };\n"
		"daemons = ( { name = \"a\"; url = \"https://127.0.0.1:1\"; %s },\n"
		" { name = \"b\"; url = \"http://127.0.0.1:2\"; %s } );\n%s",
		a, b, more);
	case_write_config(c, text);
}

static int create(struct fixture *f)
{
	struct tw_daemon_options options = { .load = case_load, .load_ctx = f->c };

	tw_buf_init(&f->errors, 1 << 16);
	if (case_load(f->c, &f->errors, &options.config) != 0)
		fail_msg("%s", tw_buf_str(&f->errors));
	return tw_daemon_create(&options, &f->d);
}

static void on_timer(void *ctx)
{
	struct fixture *f = ctx;

	if (f->is_done(f->d))
		tw_loop_stop(f->d->loop);
	else if (tw_loop_now(f->d->loop) > f->until_us)
		fail_msg("what was waited for did not happen");
	else
		tw_loop_arm(f->timer, tw_loop_now(f->d->loop) + 5 * TW_MS);
}

static void run_until(struct fixture *f, bool (*is_done)(const struct tw_daemon *daemon))
{
	f->is_done = is_done;
	f->until_us = tw_loop_now(f->d->loop) + PATIENCE_US;
	tw_loop_arm(f->timer, tw_loop_now(f->d->loop));
	assert_int_equal(tw_daemon_run(f->d), 0);
}

static struct tw_verdict verdict(const struct tw_daemon *d, int32_t node)
{
	return tw_monitor_verdict(d->setup.monitor, node);
}

static bool knows_both(const struct tw_daemon *d)
{
	return verdict(d, 0).state == TW_STATE_UNRESPONSIVE &&
	       verdict(d, 1).state == TW_STATE_UNRESPONSIVE;
}

static void start(struct fixture *f, struct daemon_case *c)
{
	*f = (struct fixture){ .c = c };
	assert_int_equal(create(f), 0);
	assert_int_equal(tw_loop_add_timer(f->d->loop, on_timer, f, &f->timer), 0);
	run_until(f, knows_both);
	case_log(c);
}

static void finish(struct fixture *f)
{
	state_dir = NULL;
	tw_loop_remove_timer(f->timer);
	tw_daemon_destroy(f->d);
	tw_buf_finish(&f->errors);
}

static void expect_reload(struct fixture *f)
{
	tw_buf_clear(&f->errors);
	if (tw_daemon_reload(f->d, &f->errors) != 0)
		fail_msg("%s", tw_buf_str(&f->errors));
	assert_int_equal(count_lines(case_log(f->c), "configuration reloaded: 2 nodes"), 1);
}

static uint64_t n_counted(const struct tw_daemon *d, int32_t node)
{
	return d->setup.counters[node].results[TW_RESULT_REFUSED];
}

static void expect_kept(const struct tw_daemon *d, int32_t node, uint64_t counted)
{
	assert_int_equal(verdict(d, node).state, TW_STATE_UNRESPONSIVE);
	assert_int_equal(d->setup.nodes[node].reasons.value, TW_REASON_REFUSED);
	assert_int_equal(n_counted(d, node), counted);
}

static void expect_new(const struct tw_daemon *d, int32_t node)
{
	assert_int_equal(verdict(d, node).state, TW_STATE_UNKNOWN);
	assert_int_equal(d->setup.nodes[node].reasons.value, TW_REASON_UNCHECKED);
	assert_int_equal(n_counted(d, node), 0);
}

#define HTTP_OFF "http = { listen = \"\"; };\n"

static void test_nodes(void **state)
{
	struct daemon_case *c = *state;
	struct fixture f;
	char with_ca[256];
	uint64_t a, b;

	case_write(c, "ca.pem", CA_A);
	configure(c, "", "", HTTP_OFF);
	start(&f, c);
	a = n_counted(f.d, 0);
	b = n_counted(f.d, 1);
	assert_that(a, >, 0);
	assert_that(b, >, 0);
	/* Nothing changed; then only what does not make another node of it. */
	expect_reload(&f);
	expect_kept(f.d, 0, a);
	expect_kept(f.d, 1, b);
	configure(c, "priority = 7; timeout = \"400ms\";", "", HTTP_OFF);
	expect_reload(&f);
	expect_kept(f.d, 0, a);
	expect_kept(f.d, 1, b);
	assert_int_equal(f.d->setup.config->nodes[0].policy.priority, 7);
	/* Another certificate authority may mean another daemon. */
	snprintf(with_ca, sizeof(with_ca), "ca_file = \"%s\";", case_path(c, "ca.pem"));
	configure(c, with_ca, "", HTTP_OFF);
	expect_reload(&f);
	expect_new(f.d, 0);
	expect_kept(f.d, 1, b);
	/* The checks of all go on. */
	run_until(&f, knows_both);
	/* Pointers into the old setup are gone with it. */
	assert_ptr_equal(f.d->setup.peers[0], tw_probe_peer(f.d->setup.probe, 0));
	finish(&f);
}

/* First results that were not fed yet belong to nodes of the old configuration. */
static void test_first_look_is_dropped(void **state)
{
	struct daemon_case *c = *state;
	struct fixture f = { .c = c };
	struct tw_observation obs;

	configure(c, "", "", HTTP_OFF);
	assert_int_equal(create(&f), 0);
	tw_observation_init(&obs, TW_RESULT_REFUSED);
	tw_daemon_feed_on_check(&f.d->feed, 0, TW_SLOT_REGULAR, &obs);
	assert_true(f.d->feed.first.is_open);
	expect_reload(&f);
	assert_false(f.d->feed.first.is_open);
	assert_int_equal(tw_loop_add_timer(f.d->loop, on_timer, &f, &f.timer), 0);
	run_until(&f, knows_both);
	finish(&f);
}

/* A socket on a port of its own, in the way of a tipwatchd. */
static int take_port(uint16_t *ret_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_that(fd, >=, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*ret_port = ntohs(address.sin_port);
	return fd;
}

static void test_addresses(void **state)
{
	struct daemon_case *c = *state;
	struct fixture f;
	struct tw_http *http;
	struct tw_agent_port *agent;
	struct tw_control *control;
	char more[1024];

	configure(c, "", "",
		"http = { listen = \"127.0.0.1:0\"; };\nagent = { listen = \"127.0.0.1:0\"; };\n");
	start(&f, c);
	http = f.d->listen.http;
	agent = f.d->listen.agent;
	control = f.d->listen.control;
	assert_non_null(http);
	assert_non_null(agent);
	expect_reload(&f);
	assert_ptr_equal(f.d->listen.http, http);
	assert_ptr_equal(f.d->listen.agent, agent);
	/* Off, and on again. */
	configure(c, "", "", HTTP_OFF);
	expect_reload(&f);
	assert_null(f.d->listen.http);
	assert_null(f.d->listen.agent);
	configure(c, "", "", "http = { listen = \"127.0.0.1:0\"; };\n");
	expect_reload(&f);
	assert_non_null(f.d->listen.http);
	/* The control socket stays where it is. */
	snprintf(more, sizeof(more),
		"daemons = ( { name = \"a\"; url = \"http://127.0.0.1:1\"; },"
		" { name = \"b\"; url = \"http://127.0.0.1:2\"; } );\n"
		"control = { path = \"%s/elsewhere.sock\"; };\n"
		"http = { listen = \"\"; };\nstate = { dir = \"%s/state\"; };\n",
		c->dir, c->dir);
	case_write(c, "tipwatch.conf", more);
	tw_buf_clear(&f.errors);
	assert_int_equal(tw_daemon_reload(f.d, &f.errors), 0);
	assert_contains(case_log(c), "control.path stays ");
	assert_ptr_equal(f.d->listen.control, control);
	finish(&f);
}

/* Whatever part of a new configuration cannot be had, everything stays as it was. */
static void test_refused(void **state)
{
	struct daemon_case *c = *state;
	char taken[256], journal[256];
	const char *const wrong[] = { "no configuration", taken, journal };
	const char *const reasons[] = { "tipwatch.conf:", "Address already in use",
		"is not a journal" };
	struct fixture f;
	uint16_t port;
	int fd = take_port(&port);

	case_write(c, "taken", "not a journal\n");
	snprintf(taken, sizeof(taken), "http = { listen = \"127.0.0.1:%u\"; };\n", port);
	snprintf(journal, sizeof(journal), HTTP_OFF "journal = { path = \"%s\"; };\n",
		case_path(c, "taken"));
	configure(c, "", "", "http = { listen = \"127.0.0.1:0\"; };\n");
	start(&f, c);
	for (size_t i = 0; i < TW_ARRAY_SIZE(wrong); i++) {
		struct tw_daemon_setup before = f.d->setup;
		struct tw_http *http = f.d->listen.http;

		configure(c, "ca_file = \"/nowhere\";", "", wrong[i]);
		if (i > 0)
			configure(c, "priority = 3;", "", wrong[i]);
		tw_buf_clear(&f.errors);
		assert_int_equal(tw_daemon_reload(f.d, &f.errors), 1);
		assert_contains(tw_buf_str(&f.errors), reasons[i]);
		assert_memory_equal(&before, &f.d->setup, sizeof(before));
		assert_ptr_equal(f.d->listen.http, http);
		assert_null(f.d->journal.file);
	}
	close(fd);
	finish(&f);
}

/* --- starts that fail: one sentence with the step, the file or address, and the errno --- */

static void expect_no_start(struct fixture *f, int result, const char *sentence)
{
	const char *log;

	case_log(f->c);
	assert_int_equal(create(f), result);
	assert_null(f->d);
	tw_buf_finish(&f->errors);
	log = case_log(f->c);
	if (strstr(log, sentence) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", sentence, log);
	assert_int_equal(count_lines(log, " error: "), 1);
}

static void test_start_fails(void **state)
{
	struct daemon_case *c = *state;
	struct fixture f = { .c = c }, first = { .c = c };
	char text[512], sentence[512];
	uint16_t port;
	int fd = take_port(&port);

	snprintf(text, sizeof(text), "http = { listen = \"127.0.0.1:%u\"; };\n", port);
	configure(c, "", "", text);
	snprintf(sentence, sizeof(sentence),
		"cannot listen on 127.0.0.1:%u (http.listen): Address already in use", port);
	expect_no_start(&f, -EADDRINUSE, sentence);
	snprintf(text, sizeof(text), HTTP_OFF "agent = { listen = \"127.0.0.1:%u\"; };\n", port);
	configure(c, "", "", text);
	snprintf(sentence, sizeof(sentence),
		"cannot listen on 127.0.0.1:%u (agent.listen): Address already in use", port);
	expect_no_start(&f, -EADDRINUSE, sentence);
	case_write(c, "taken", "not a journal\n");
	snprintf(text, sizeof(text), HTTP_OFF "journal = { path = \"%s\"; };\n",
		case_path(c, "taken"));
	configure(c, "", "", text);
	expect_no_start(&f, TW_JOURNAL_FILE_UNFIT, "/taken is there and is not a journal");
	/* A socket in use is one fact, and one error. */
	configure(c, "", "", HTTP_OFF);
	assert_int_equal(create(&first), 0);
	snprintf(sentence, sizeof(sentence), "the control socket %s/run/control.sock is in use",
		c->dir);
	expect_no_start(&f, -EADDRINUSE, sentence);
	tw_daemon_destroy(first.d);
	tw_buf_finish(&first.errors);
	close(fd);
}

/* --- epochs --- */

static bool has_published(const struct tw_daemon *d)
{
	(void)d;
	return n_selects > 0;
}

static void test_epochs_are_saved_before_they_are_served(void **state)
{
	struct daemon_case *c = *state;
	struct fixture f;
	char message[256], dir[128];
	uint64_t epoch;

	snprintf(dir, sizeof(dir), "%s/state", c->dir);
	configure(c, "", "", HTTP_OFF);
	start(&f, c);
	state_dir = dir;
	epoch = tw_daemon_decision(f.d)->epoch;
	for (int i = 0; i < 4; i++) {
		n_selects = 0;
		assert_int_equal(tw_daemon_ops_ctl.operate(
					 f.d, TW_OP_PIN, 1 - i % 2, message, sizeof(message)),
			0);
		/* The command itself has decided, and the reply may tell: it is saved by now. */
		assert_that(tw_daemon_decision(f.d)->epoch, >, epoch);
		epoch = tw_daemon_decision(f.d)->epoch;
		assert_int_equal(epoch_in("state.json"), epoch);
		run_until(&f, has_published);
		assert_int_equal(epoch_in("select.json"), epoch);
	}
	finish(&f);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, case_setup, case_teardown)
	const struct CMUnitTest tests[] = {
		T(test_nodes),
		T(test_first_look_is_dropped),
		T(test_addresses),
		T(test_refused),
		T(test_start_fails),
		T(test_epochs_are_saved_before_they_are_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
