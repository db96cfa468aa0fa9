/* conf: what --print-config prints loads to the very same configuration, whatever it is. */
#include "base/num.h"
#include "conf_case.h"
#include <inttypes.h>
#include <time.h>

enum { ROUNDS = 400, NODES = 12 };

static uint64_t random_state;

/* splitmix64 */
static uint64_t next(void)
{
	uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static int64_t between(int64_t min, int64_t max)
{
	return min + (int64_t)(next() % (uint64_t)(max - min + 1));
}

static bool chance(int percent)
{
	return between(1, 100) <= percent;
}

static void put_string(struct tw_buf *out, const char *text)
{
	tw_buf_putc(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			tw_buf_putc(out, '\\');
		tw_buf_putc(out, *text);
	}
	tw_buf_putc(out, '"');
}

static void maybe_duration(struct tw_buf *out, const char *key, int64_t min_ms, int64_t max_ms)
{
	if (chance(50))
		tw_buf_printf(out, " %s = \"%" PRId64 "ms\";", key, between(min_ms, max_ms));
}

static void maybe_integer(struct tw_buf *out, const char *key, int64_t min, int64_t max)
{
	if (chance(50))
		tw_buf_printf(out, chance(20) ? " %s = %" PRId64 "L;" : " %s = %" PRId64 ";", key,
			between(min, max));
}

/* One of n texts, each to be quoted. */
static void maybe_text(struct tw_buf *out, const char *key, const char *const *texts, size_t n)
{
	if (!chance(60))
		return;
	tw_buf_printf(out, " %s = ", key);
	put_string(out, texts[between(0, (int64_t)n - 1)]);
	tw_buf_putc(out, ';');
}

#define MAYBE_TEXT(out, key, ...)                                                                  \
	do {                                                                                       \
		static const char *const texts[] = { __VA_ARGS__ };                                \
		maybe_text(out, key, texts, TW_ARRAY_SIZE(texts));                                 \
	} while (0)

static void maybe_dialect(struct tw_buf *out)
{
	const char *words[TW_DIALECTS];

	for (int i = 0; i < TW_DIALECTS; i++)
		words[i] = tw_dialect_word((enum tw_dialect)i);
	maybe_text(out, "dialect", words, TW_DIALECTS);
}

static void put_daemons(struct tw_buf *out, int64_t n)
{
	int64_t primary = chance(50) ? between(0, n - 1) : -1;

	tw_buf_puts(out, "daemons = (\n");
	for (int64_t i = 0; i < n; i++) {
		bool is_reference = i != primary && i > 0 && chance(30);
		bool is_tls = chance(30);

		tw_buf_printf(out,
			"{ name = \"N.%" PRId64 "_-\"; url = \"http%s://%s%" PRId64
			".example:%" PRId64 "\";",
			i, is_tls ? "s" : "", chance(50) ? "Host" : "h", i, between(1, 65535));
		if (is_reference)
			tw_buf_puts(out, " role = \"reference\";");
		if (i == primary || chance(30))
			tw_buf_printf(out, " primary = %s;", i == primary ? "true" : "false");
		maybe_integer(out, "priority", -1000, 1000);
		maybe_duration(out, "interval", 100, 3600000);
		maybe_duration(out, "timeout", 5000, 300000);
		maybe_dialect(out);
		if (chance(30))
			tw_buf_printf(
				out, " user = \"r \\\"p\\\\c\"; password_file = \"%s/pw\";", dir);
		if (is_tls && chance(30))
			tw_buf_printf(out, " ca_file = \"%s/ca.pem\";", dir);
		else if (is_tls && chance(30))
			tw_buf_printf(out, " tls_fingerprint = \"%064x\";", (unsigned int)i);
		if (is_tls && chance(30))
			tw_buf_printf(out, " tls_cert = \"%s/ca.pem\"; tls_key = \"%s/ca.key\";",
				dir, dir);
		if (chance(30))
			tw_buf_puts(out, " proxy = \"socks5h://[::1]:9050\";");
		tw_buf_printf(out, " }%s\n", i + 1 < n ? "," : "");
	}
	tw_buf_puts(out, ");\n");
}

static void put_sections(struct tw_buf *out, int64_t n)
{
	tw_buf_puts(out, "coin = {");
	maybe_dialect(out);
	maybe_duration(out, "block_target", 1000, 600000);
	tw_buf_puts(out, " };\nprobe = {");
	maybe_duration(out, "interval", 100, 3600000);
	maybe_duration(out, "timeout", 5000, 300000);
	maybe_duration(out, "min_timeout", 50, 5000);
	maybe_integer(out, "looks", 1, 10);
	maybe_integer(out, "rise", 1, 32);
	maybe_integer(out, "fall", 1, 32);
	maybe_integer(out, "max_reply", 4096, 67108864);
	tw_buf_puts(out, " };\ndecision = {");
	maybe_integer(out, "quorum", n / 2 + 1, n);
	maybe_integer(out, "min_working", 1, 64);
	maybe_integer(out, "fork_tolerance", 0, 1000);
	maybe_integer(out, "max_lead", 0, 1000);
	maybe_integer(out, "max_lag", 0, 1000);
	maybe_duration(out, "lag_for", 0, 86400000);
	maybe_duration(out, "stall_for", 600000, 864000000);
	maybe_integer(out, "min_peers", 0, 1000);
	MAYBE_TEXT(out, "fallback", "best-effort", "primary", "none");
	maybe_duration(out, "failback_after", 0, 86400000);
	maybe_duration(out, "min_switch_interval", 0, 86400000);
	maybe_duration(out, "switch_cost", 0, 3600000);
	tw_buf_puts(out, " };\ntemplate = {");
	MAYBE_TEXT(out, "wallet_address", "", "TRTLv3x", "\"\\\\\"#//{}");
	maybe_integer(out, "reserve_size", 0, 255);
	maybe_duration(out, "interval", 100, 86400000);
	tw_buf_puts(out, " };\nsubmit = {");
	maybe_duration(out, "after_accept", 0, 60000);
	maybe_duration(out, "after_silence", 0, 60000);
	tw_buf_puts(out, " };\ncontrol = {");
	MAYBE_TEXT(
		out, "path", "/a \"b\".sock", "c\\x41\\", "/# @include \"x\" */", "/\xc3\xbc\xff");
	MAYBE_TEXT(out, "mode", "000", "0777", "600", "0660");
	MAYBE_TEXT(out, "group", "", "root");
	MAYBE_TEXT(out, "operators", "", "root");
	maybe_integer(out, "max_clients", 1, 65536);
	tw_buf_puts(out, " };\nhttp = {");
	MAYBE_TEXT(out, "listen", "", "[::1]:9811", "LocalHost:0", "0.0.0.0:65535");
	tw_buf_puts(out, " };\nagent = {");
	MAYBE_TEXT(out, "listen", "", "[::1]:9812", "LocalHost:0");
	tw_buf_puts(out, " };\nhooks = {");
	MAYBE_TEXT(out, "on_switch", "", "/bin/true");
	MAYBE_TEXT(out, "on_chain", "", "/bin/true");
	MAYBE_TEXT(out, "on_usable", "", "/bin/true");
	MAYBE_TEXT(out, "on_mode", "", "/bin/false", "/bin/../bin/true");
	MAYBE_TEXT(out, "on_beat", "", "/bin/true");
	maybe_duration(out, "beat", 1000, 3600000);
	tw_buf_puts(out, " };\nstate = {");
	MAYBE_TEXT(out, "dir", ".", "/var/lib/t", "\\n", "/a;b = 1; // c");
	tw_buf_puts(out, " };\n");
}

static void expect_same_node(const struct tw_node_conf *a, const struct tw_node_conf *b)
{
	assert_string_equal(a->policy.name, b->policy.name);
	assert_int_equal(a->policy.role, b->policy.role);
	assert_int_equal(a->policy.is_primary, b->policy.is_primary);
	assert_int_equal(a->policy.priority, b->policy.priority);
	assert_int_equal(a->policy.interval_us, b->policy.interval_us);
	assert_int_equal(a->policy.timeout_us, b->policy.timeout_us);
	assert_int_equal(a->url.is_tls, b->url.is_tls);
	assert_string_equal(a->url.host, b->url.host);
	assert_int_equal(a->url.port, b->url.port);
	assert_string_equal(a->url.text, b->url.text);
	assert_int_equal(a->dialect, b->dialect);
	assert_int_equal(a->has_own_dialect, b->has_own_dialect);
	assert_string_equal(a->user, b->user);
	assert_string_equal(a->password, b->password);
	assert_string_equal(a->password_file, b->password_file);
	assert_string_equal(a->ca_file, b->ca_file);
	assert_string_equal(a->tls_cert, b->tls_cert);
	assert_string_equal(a->tls_key, b->tls_key);
	assert_string_equal(a->tls_fingerprint, b->tls_fingerprint);
	assert_string_equal(a->proxy, b->proxy);
}

static void expect_same(const struct tw_config *a, const struct tw_config *b)
{
	expect_same_policy(&a->policy, &b->policy);
	assert_int_equal(a->n_nodes, b->n_nodes);
	for (uint32_t i = 0; i < a->n_nodes; i++) {
		expect_same_node(&a->nodes[i], &b->nodes[i]);
		assert_string_equal(a->node_policies[i].name, b->node_policies[i].name);
		assert_int_equal(a->node_policies[i].is_primary, b->node_policies[i].is_primary);
	}
	assert_int_equal(a->dialect, b->dialect);
	assert_int_equal(a->max_reply, b->max_reply);
	assert_string_equal(a->wallet_address, b->wallet_address);
	assert_int_equal(a->reserve_size, b->reserve_size);
	assert_int_equal(a->after_accept_us, b->after_accept_us);
	assert_int_equal(a->after_silence_us, b->after_silence_us);
	assert_string_equal(a->control_path, b->control_path);
	assert_int_equal(a->control_mode, b->control_mode);
	assert_string_equal(a->control_group, b->control_group);
	assert_string_equal(a->control_operators, b->control_operators);
	assert_int_equal(a->control_max_clients, b->control_max_clients);
	assert_int_equal(a->http.is_on, b->http.is_on);
	assert_string_equal(a->http.host, b->http.host);
	assert_int_equal(a->http.port, b->http.port);
	assert_string_equal(a->http_listen, b->http_listen);
	assert_int_equal(a->agent.is_on, b->agent.is_on);
	assert_string_equal(a->agent.host, b->agent.host);
	assert_int_equal(a->agent.port, b->agent.port);
	assert_string_equal(a->agent_listen, b->agent_listen);
	assert_string_equal(a->on_switch, b->on_switch);
	assert_string_equal(a->on_chain, b->on_chain);
	assert_string_equal(a->on_usable, b->on_usable);
	assert_string_equal(a->on_mode, b->on_mode);
	assert_string_equal(a->on_beat, b->on_beat);
	assert_int_equal(a->beat_us, b->beat_us);
	assert_string_equal(a->state_dir, b->state_dir);
	assert_string_equal(a->journal_path, b->journal_path);
	assert_int_equal(a->journal_max_size, b->journal_max_size);
}

/* Prints config, loads that, compares, prints again. */
static void round_trip(const struct tw_config *config)
{
	struct tw_buf printed, again;
	struct tw_config *back;

	tw_buf_init(&printed, 1 << 20);
	tw_buf_init(&again, 1 << 20);
	tw_conf_print(config, &printed);
	assert_int_equal(printed.error, 0);
	back = load(tw_buf_str(&printed));
	expect_same(config, back);
	tw_conf_print(back, &again);
	assert_string_equal(tw_buf_str(&printed), tw_buf_str(&again));
	tw_config_destroy(back);
	tw_buf_finish(&printed);
	tw_buf_finish(&again);
}

static void test_round_trip(void **state)
{
	const char *seed_text = getenv("TW_TEST_SEED");
	int64_t seed = (int64_t)time(NULL);
	struct tw_buf text;

	(void)state;
	if (seed_text != NULL)
		assert_int_equal(
			tw_num_parse(seed_text, strlen(seed_text), 0, INT64_MAX, &seed), 0);
	print_message("seed %" PRId64 " (set TW_TEST_SEED to repeat)\n", seed);
	random_state = (uint64_t)seed;
	(void)put_file("pw", "hunter2\n");
	(void)put_file("ca.pem", "-----BEGIN CERTIFICATE-----\n");
	(void)put_file("ca.key", "-----BEGIN PRIVATE KEY-----\n");
	tw_buf_init(&text, 1 << 20);
	for (int round = 0; round < ROUNDS; round++) {
		int64_t n = between(1, NODES);
		struct tw_config *config;

		tw_buf_clear(&text);
		put_daemons(&text, n);
		put_sections(&text, n);
		assert_int_equal(text.error, 0);
		config = load(tw_buf_str(&text));
		round_trip(config);
		tw_config_destroy(config);
	}
	tw_buf_finish(&text);
}

static void test_from_urls(void **state)
{
	char *const arguments[] = { (char[]){ "http://a" }, (char[]){ "x=https://[::1]:1" } };
	struct tw_config *config = NULL;
	struct tw_buf errors;

	(void)state;
	tw_buf_init(&errors, 1024);
	assert_int_equal(tw_conf_args_load(2, arguments, &defaults, &errors, &config), 0);
	round_trip(config);
	tw_config_destroy(config);
	tw_buf_finish(&errors);
}

/* Every key of the manual is there, so that whoever prints sees them all; later ones are not. */
static void test_prints_everything(void **state)
{
	static const char *const keys[] = { "\tdialect = \"auto\";", "\tblock_target = \"30s\";",
		"\tinterval = \"1s\";", "\ttimeout = \"5s\";", "\tmin_timeout = \"250ms\";",
		"\tlooks = 5;", "\trise = 2;", "\tfall = 2;", "\tmax_reply = 1048576;",
		"\tquorum = 0;", "\tmin_working = 1;", "\tfork_tolerance = 1;", "\tmax_lead = 2;",
		"\tmax_lag = 3;", "\tlag_for = \"10s\";", "\tstall_for = \"5m\";",
		"\tmin_peers = 1;", "\tfallback = \"best-effort\";", "\tfailback_after = \"10m\";",
		"\tmin_switch_interval = \"30s\";", "\tswitch_cost = \"0s\";",
		"\twallet_address = \"\";", "\treserve_size = 8;", "\tinterval = \"10s\";",
		"\tafter_accept = \"500ms\";", "\tafter_silence = \"1500ms\";",
		"\tpath = \"/run/tipwatch/control.sock\";", "\tmode = \"0660\";", "\tgroup = \"\";",
		"\toperators = \"\";", "\tmax_clients = 256;", "\tlisten = \"127.0.0.1:9811\";",
		"\ton_switch = \"\";", "\ton_chain = \"\";", "\ton_usable = \"\";",
		"\ton_mode = \"\";", "\ton_beat = \"\";", "\tbeat = \"10s\";",
		"agent = {\n\tlisten = \"\";", "\tdir = \"/var/lib/tipwatch\";", "\tpath = \"\";",
		"\tmax_size = 67108864;", "role = \"daemon\"; primary = true; priority = 0; }" };
	struct tw_config *config = load(D);
	struct tw_buf printed;

	(void)state;
	tw_buf_init(&printed, 1 << 20);
	tw_conf_print(config, &printed);
	for (size_t i = 0; i < TW_ARRAY_SIZE(keys); i++) {
		if (strstr(tw_buf_str(&printed), keys[i]) == NULL)
			fail_msg("no %s in:\n%s", keys[i], tw_buf_str(&printed));
	}
	tw_buf_finish(&printed);
	tw_config_destroy(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_from_urls),
		cmocka_unit_test(test_prints_everything),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
