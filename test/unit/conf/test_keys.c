/* conf/keys, conf/value: the rows of the table, and what manuals are told of them. */
#include "conf/value.h"
#include "fixture/compare.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct tw_conf_key *find(const char *section, const char *key)
{
	const struct tw_conf_key *found = tw_conf_keys_find(tw_conf_keys_section(section), key);

	assert_non_null(found);
	return found;
}

/* Every row has all that a manual needs, and a default that its own range allows. */
static void test_rows(void **state)
{
	(void)state;
	for (uint32_t i = 0; i <= TW_CONF_SECTIONS; i++) {
		const struct tw_conf_section *section =
			i < TW_CONF_SECTIONS ? &tw_conf_sections[i] : &tw_conf_daemon;

		assert_ptr_equal(tw_conf_keys_section(section->name), section);
		for (uint32_t k = 0; k < section->n_keys; k++) {
			const struct tw_conf_key *key = &section->keys[k];
			union {
				int64_t number;
				char *text;
				char room[sizeof(struct tw_url)];
			} field = { 0 };

			assert_ptr_equal(tw_conf_keys_find(section, key->name), key);
			assert_int_equal(key->meaning[strlen(key->meaning) - 1], '.');
			assert_that(strlen(tw_conf_value_kind(key)), >, 0);
			if (key->initial == NULL)
				continue;
			assert_int_equal(tw_conf_value_set(key, key->initial, &field), 0);
			if (key->kind == TW_CONF_TEXT)
				free(field.text);
		}
	}
	assert_null(tw_conf_keys_section("probes"));
	assert_null(tw_conf_keys_find(&tw_conf_daemon, "urls"));
}

static void test_words(void **state)
{
	static const struct {
		const char *section;
		const char *key;
		const char *kind;
		const char *range;
		const char *initial;
	} cases[] = {
		{ "probe", "interval", "duration", "100ms to 1h", "\"1s\"" },
		{ "template", "interval", "duration", "100ms or more", "\"10s\"" },
		{ "probe", "rise", "number", "1 to 32", "2" },
		{ "probe", "max_reply", "number", "4096 to 67108864", "1048576" },
		{ "decision", "fallback", "word", "\"best-effort\", \"primary\", \"none\"",
			"\"best-effort\"" },
		{ "decision", "lag_for", "duration", "0s to 1d", "a third of coin.block_target" },
		{ "control", "mode", "octal number", "\"0000\" to \"0777\"", "\"0660\"" },
		{ "control", "group", "name of a group", "at most 255 bytes", "\"\"" },
		{ "journal", "path", "path", "at most 4095 bytes", "\"\"" },
		{ "daemons", "name", "text", "1 to 63 of the characters A-Z a-z 0-9 . _ -", "" },
		{ "daemons", "url", "URL", "", "" },
		{ "daemons", "primary", "true or false", "",
			"true for the first daemon where no other has it" },
		{ "daemons", "priority", "number", "-1000 to 1000", "0" },
	};
	struct tw_buf out;

	(void)state;
	tw_buf_init(&out, 1024);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		const struct tw_conf_key *key = find(cases[i].section, cases[i].key);

		assert_string_equal(tw_conf_value_kind(key), cases[i].kind);
		tw_buf_clear(&out);
		tw_conf_value_put_range(key, &out);
		assert_string_equal(tw_buf_str(&out), cases[i].range);
		tw_buf_clear(&out);
		tw_conf_value_put_default(key, &out);
		assert_string_equal(tw_buf_str(&out), cases[i].initial);
	}
	tw_buf_finish(&out);
}

/* What is no such value changes nothing. */
static void test_refused(void **state)
{
	static const struct {
		const char *section;
		const char *key;
		const char *text;
	} cases[] = {
		{ "probe", "rise", "33" },
		{ "probe", "rise", "2.0" },
		{ "probe", "rise", "" },
		{ "probe", "interval", "2h" },
		{ "decision", "fallback", "best" },
		{ "control", "mode", "1000" },
		{ "control", "mode", "66" },
		{ "daemons", "primary", "yes" },
		{ "daemons", "url", "a:1" },
	};
	char field[sizeof(struct tw_url)], before[sizeof(field)];

	(void)state;
	memset(field, 0x5a, sizeof(field));
	memcpy(before, field, sizeof(field));
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		const struct tw_conf_key *key = find(cases[i].section, cases[i].key);

		assert_int_equal(tw_conf_value_set(key, cases[i].text, field), -EINVAL);
		assert_memory_equal(field, before, sizeof(field));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
