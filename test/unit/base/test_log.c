/* Lines of the log: their forms, and which form stderr gets (base/log.h). */
#include "base/log.h"
#include "fixture/compare.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static FILE *file;
static int saved = -1;

/* stderr is a file meanwhile. */
static int setup(void **state)
{
	(void)state;
	file = tmpfile();
	saved = dup(STDERR_FILENO);
	unsetenv("JOURNAL_STREAM");
	tw_log_set_level(TW_LOG_INFO);
	tw_log_set_format(TW_LOG_AUTO);
	return file == NULL || saved < 0 || dup2(fileno(file), STDERR_FILENO) < 0;
}

static int teardown(void **state)
{
	(void)state;
	dup2(saved, STDERR_FILENO);
	close(saved);
	return fclose(file);
}

static const char *written(void)
{
	static char text[8192];

	rewind(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	return text;
}

static void test_text(void **state)
{
	char date[16], time_of_day[16], level[16], message[64];

	(void)state;
	tw_warn("d1\nis \"gone\"");
	assert_int_equal(
		sscanf(written(), "%15s %15s %15s %63[^\n]", date, time_of_day, level, message), 4);
	assert_int_equal(strlen(date), strlen("2026-11-28"));
	assert_int_equal(strlen(time_of_day), strlen("05:16:14"));
	assert_string_equal(level, "warn:");
	assert_string_equal(message, "d1?is \"gone\"");
}

static void test_json(void **state)
{
	(void)state;
	tw_log_set_format(TW_LOG_JSON);
	tw_error("a \"b\" \\ c");
	assert_starts_with(written(), "{\"time\":\"2");
	assert_contains(written(), "Z\",\"level\":\"error\",\"message\":\"a \\\"b\\\" \\\\ c\"}\n");
}

/* Priorities without a time for journald alone. */
static void test_journald(void **state)
{
	char stream[64];
	struct stat st;

	(void)state;
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	tw_warn("to the journal");
	assert_string_equal(written(), "<4>to the journal\n");
	/* Inherited by a program whose stderr is another file. */
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino + 1);
	setenv("JOURNAL_STREAM", stream, 1);
	tw_warn("elsewhere");
	assert_contains(written(), " warn: elsewhere\n");
	setenv("JOURNAL_STREAM", "nonsense", 1);
	tw_info("still elsewhere");
	assert_contains(written(), " info: still elsewhere\n");
}

static void test_levels(void **state)
{
	enum tw_log_format format;
	enum tw_log_level level;

	(void)state;
	tw_debug("unseen");
	assert_string_equal(written(), "");
	for (int i = 0; i < TW_LOG_LEVELS; i++) {
		assert_int_equal(
			tw_log_parse_level(tw_log_level_word((enum tw_log_level)i), &level), 0);
		assert_int_equal((int)level, i);
	}
	for (int i = 0; i < TW_LOG_FORMATS; i++) {
		assert_int_equal(
			tw_log_parse_format(tw_log_format_word((enum tw_log_format)i), &format), 0);
		assert_int_equal((int)format, i);
	}
	assert_int_equal(tw_log_parse_level("loud", &level), -EINVAL);
	assert_int_equal(tw_log_parse_format("xml", &format), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_text),
		TEST(test_json),
		TEST(test_journald),
		TEST(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
