/* Shared by the tests of wire/conf: files in a directory of their own, loaded and judged. */
#ifndef TW_TEST_CONF_CASE_H
#define TW_TEST_CONF_CASE_H

#include "wire/conf.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* One daemon on one line, for the tests that are about something else. */
#define D "daemons = ( { name = \"a\"; url = \"http://a:1\"; } );\n"

/* The beginning of one that goes on. */
#define ONE "daemons = ( { name = \"a\"; url = \"http://a\"; "
#define TLS "daemons = ( { name = \"a\"; url = \"https://a\"; "

static const struct tw_conf_defaults defaults = { "/run/tipwatch/control.sock",
	"/var/lib/tipwatch" };

static char dir[64];

static inline int make_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/tipwatch-conf-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static inline int remove_dir(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r '%s'", dir);
	return system(command) == 0 ? 0 : -1;
}

/* Writes DIR/name. Returns its path, borrowed until the next call with the same name. */
static inline const char *put_bytes(const char *name, const void *data, size_t len)
{
	static char paths[4][128];
	static int next;
	char *path = paths[next++ % 4];
	FILE *file;

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	return path;
}

static inline const char *put_file(const char *name, const char *text)
{
	return put_bytes(name, text, strlen(text));
}

/* Loads what must be right. */
static inline struct tw_config *load(const char *text)
{
	struct tw_config *config = NULL;
	struct tw_buf errors;

	tw_buf_init(&errors, 1 << 16);
	if (tw_config_load(put_file("t.conf", text), &defaults, &errors, &config) != 0)
		fail_msg("refused:\n%s\nof:\n%s", tw_buf_str(&errors), text);
	assert_int_equal(errors.len, 0);
	tw_buf_finish(&errors);
	return config;
}

/* Loads what must be wrong: errors gets the messages. */
static inline void load_wrong(const char *text, struct tw_buf *errors)
{
	struct tw_config *config = NULL;

	tw_buf_init(errors, 1 << 16);
	if (tw_config_load(put_file("t.conf", text), &defaults, errors, &config) != 1)
		fail_msg("taken for right:\n%s", text);
	assert_null(config);
	assert_true(errors->len > 0);
}

static inline void expect_same_policy(const struct tw_policy *a, const struct tw_policy *b)
{
	assert_int_equal(a->block_target_us, b->block_target_us);
	assert_int_equal(a->interval_us, b->interval_us);
	assert_int_equal(a->timeout_us, b->timeout_us);
	assert_int_equal(a->min_timeout_us, b->min_timeout_us);
	assert_int_equal(a->rise, b->rise);
	assert_int_equal(a->fall, b->fall);
	assert_int_equal(a->quorum, b->quorum);
	assert_int_equal(a->min_working, b->min_working);
	assert_int_equal(a->fork_tolerance, b->fork_tolerance);
	assert_int_equal(a->max_lead, b->max_lead);
	assert_int_equal(a->max_lag, b->max_lag);
	assert_int_equal(a->lag_for_us, b->lag_for_us);
	assert_int_equal(a->stall_for_us, b->stall_for_us);
	assert_int_equal(a->min_peers, b->min_peers);
	assert_int_equal(a->fallback, b->fallback);
	assert_int_equal(a->failback_after_us, b->failback_after_us);
	assert_int_equal(a->min_switch_interval_us, b->min_switch_interval_us);
	assert_int_equal(a->has_template, b->has_template);
	assert_int_equal(a->template_interval_us, b->template_interval_us);
}

static inline unsigned int count_lines(const char *text)
{
	unsigned int n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* One error exactly: at line of DIR/file, with fragment in it. */
static inline void expect_error(
	const char *text, const char *file, unsigned int line, const char *fragment)
{
	struct tw_buf errors;
	char start[160];

	load_wrong(text, &errors);
	(void)snprintf(start, sizeof(start), "%s/%s:%u: ", dir, file, line);
	if (strncmp(tw_buf_str(&errors), start, strlen(start)) != 0 ||
		strstr(tw_buf_str(&errors), fragment) == NULL ||
		count_lines(tw_buf_str(&errors)) != 1)
		fail_msg("expected only %s...%s...\ngot:\n%sof:\n%s", start, fragment,
			tw_buf_str(&errors), text);
	tw_buf_finish(&errors);
}

#endif
