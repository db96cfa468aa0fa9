/* etc/tipwatch.conf: it loads as it is installed, and what it gives as defaults are the defaults.
 */
#include "base/file.h"
#include "conf_case.h"

static void read_example(struct tw_buf *out)
{
	const char *top = getenv("TW_SOURCE_ROOT");
	char path[4096];

	assert_non_null(top);
	snprintf(path, sizeof(path), "%s/etc/tipwatch.conf", top);
	tw_buf_init(out, 1 << 16);
	assert_int_equal(tw_file_read(path, false, out), 0);
}

/* Takes the '#' from settings ("#interval") but not from sentences ("# How often"), and puts files
 * that exist in place of the example's. */
static void uncomment(const struct tw_buf *example, struct tw_buf *out)
{
	static const struct {
		const char *from;
		const char *to;
	} files[] = { { "/etc/tipwatch/gamma.pw", "pw" }, { "/etc/ssl/x.pem", "ca.pem" },
		{ "/etc/tipwatch/own.pem", "ca.pem" }, { "/etc/tipwatch/own.key", "own.key" } };
	const char *text = tw_buf_str(example);

	tw_buf_init(out, 1 << 16);
	for (const char *c = text; *c != '\0';) {
		size_t skip = 0;

		for (size_t i = 0; i < TW_ARRAY_SIZE(files); i++) {
			if (strncmp(c, files[i].from, strlen(files[i].from)) != 0)
				continue;
			tw_buf_printf(out, "%s/%s", dir, files[i].to);
			skip = strlen(files[i].from);
		}
		if (c[0] == '#' && c > text && c[-1] == '\t' && c[1] != ' ')
			skip = 1;
		if (skip == 0)
			tw_buf_putc(out, *c++);
		c += skip;
	}
	assert_int_equal(out->error, 0);
}

static void test_as_installed(void **state)
{
	struct tw_config *config, *smallest = load("daemons = ( { name = \"alpha\"; "
						   "url = \"http://127.0.0.1:11898\"; } );");
	struct tw_buf example, a, b;

	(void)state;
	read_example(&example);
	config = load(tw_buf_str(&example));
	tw_buf_init(&a, 1 << 16);
	tw_buf_init(&b, 1 << 16);
	tw_conf_print(config, &a);
	tw_conf_print(smallest, &b);
	assert_string_equal(tw_buf_str(&a), tw_buf_str(&b));
	tw_config_destroy(config);
	tw_config_destroy(smallest);
	tw_buf_finish(&example);
	tw_buf_finish(&a);
	tw_buf_finish(&b);
}

/* With every setting in it taken as it stands. */
static void test_uncommented(void **state)
{
	struct tw_config *config, *plain;
	struct tw_buf example, text, printed;
	const char *c;
	unsigned int keys = 0;

	(void)state;
	(void)put_file("pw", "hunter2\n");
	(void)put_file("ca.pem", "-----BEGIN CERTIFICATE-----\n");
	(void)put_file("own.key", "-----BEGIN PRIVATE KEY-----\n");
	read_example(&example);
	uncomment(&example, &text);
	config = load(tw_buf_str(&text));
	assert_int_equal(config->n_nodes, 6);
	assert_int_equal(config->nodes[1].policy.priority, 10);
	assert_string_equal(config->nodes[2].password, "hunter2");
	assert_int_equal(config->nodes[3].policy.role, TW_ROLE_REFERENCE);
	plain = load(
		"daemons = ( { name = \"a\"; url = \"http://a\"; }, "
		"{ name = \"b\"; url = \"http://b\"; }, { name = \"c\"; url = \"http://c\"; }, "
		"{ name = \"d\"; url = \"http://d\"; }, { name = \"e\"; url = \"http://e\"; } );");
	expect_same_policy(&config->policy, &plain->policy);
	assert_int_equal(config->max_reply, plain->max_reply);
	assert_int_equal(config->reserve_size, plain->reserve_size);
	assert_int_equal(config->after_accept_us, plain->after_accept_us);
	assert_int_equal(config->after_silence_us, plain->after_silence_us);
	assert_string_equal(config->control_path, plain->control_path);
	assert_int_equal(config->control_mode, plain->control_mode);
	assert_int_equal(config->control_max_clients, plain->control_max_clients);
	assert_string_equal(config->http_listen, plain->http_listen);
	assert_string_equal(config->agent_listen, plain->agent_listen);
	assert_string_equal(config->on_switch, plain->on_switch);
	assert_string_equal(config->on_chain, plain->on_chain);
	assert_string_equal(config->on_usable, plain->on_usable);
	assert_string_equal(config->on_mode, plain->on_mode);
	assert_string_equal(config->on_beat, plain->on_beat);
	assert_int_equal(config->beat_us, plain->beat_us);
	assert_int_equal(config->log_level, plain->log_level);
	assert_int_equal(config->log_format, plain->log_format);
	assert_string_equal(config->state_dir, plain->state_dir);
	assert_string_equal(config->journal_path, "");
	assert_int_equal(config->journal_max_size, plain->journal_max_size);
	tw_config_destroy(plain);

	/* Every key that is printed stands in it. */
	tw_buf_init(&printed, 1 << 16);
	tw_conf_print(config, &printed);
	for (c = strstr(tw_buf_str(&printed), "\ncoin = {"); c != NULL; c = strstr(c + 1, "\n\t")) {
		char key[64] = "\n\t";

		if (c[1] != '\t')
			continue;
		snprintf(key + 2, sizeof(key) - 2, "%.*s =", (int)strcspn(c + 2, " "), c + 2);
		if (strstr(tw_buf_str(&text), key) == NULL)
			fail_msg("no %s in the example", key + 2);
		keys++;
	}
	assert_int_equal(keys, 51);
	tw_config_destroy(config);
	tw_buf_finish(&example);
	tw_buf_finish(&text);
	tw_buf_finish(&printed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_installed),
		cmocka_unit_test(test_uncommented),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
