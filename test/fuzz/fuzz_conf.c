/* conf on any file: refused with lines that name it, or a configuration within its ranges that
 * prints and loads to itself. */
#include "base/time.h"
#include "conf/config.h"
#include "conf/print.h"
#include "fuzz.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct tw_conf_defaults defaults = { "/run/tipwatch/control.sock",
	"/var/lib/tipwatch" };

/* As tw_config_load(), of a text in memory. path gets what the file is called. */
static int load(const void *text, size_t len, char path[64], struct tw_buf *errors,
	struct tw_config **ret_config)
{
	int fd = memfd_create("conf", MFD_CLOEXEC), r;

	FUZZ_CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	r = tw_config_load(path, &defaults, errors, ret_config);
	close(fd);
	return r;
}

/* Lines of "FILE:LINE: text" without anything that a terminal would obey. */
static void check_errors(const struct tw_buf *errors)
{
	const char *line = errors->data, *end = errors->data + errors->len;

	FUZZ_CHECK(errors->error == 0 && errors->len > 0 && end[-1] == '\n');
	FUZZ_CHECK(strlen(errors->data) == errors->len);
	while (line < end) {
		const char *newline = strchr(line, '\n'), *colon = strstr(line, ": ");
		const char *c;

		FUZZ_CHECK(
			colon != NULL && colon < newline && colon[-1] >= '0' && colon[-1] <= '9');
		for (c = line; c < newline; c++)
			FUZZ_CHECK((unsigned char)*c >= ' ' && *c != 0x7f);
		line = newline + 1;
	}
}

static void check_config(const struct tw_config *config)
{
	const struct tw_policy *policy = &config->policy;
	uint32_t primaries = 0;

	FUZZ_CHECK(config->n_nodes >= 1 && config->n_nodes <= TW_NODES_MAX);
	FUZZ_CHECK(policy->interval_us >= 100 * TW_MS && policy->interval_us <= TW_HOUR);
	FUZZ_CHECK(policy->min_timeout_us <= policy->timeout_us);
	FUZZ_CHECK(policy->timeout_us <= 5 * TW_MIN && policy->min_timeout_us >= 50 * TW_MS);
	FUZZ_CHECK(policy->rise >= 1 && policy->rise <= 32);
	FUZZ_CHECK(policy->looks >= 1 && policy->looks <= 10);
	FUZZ_CHECK(policy->fall >= 1 && policy->fall <= 32);
	FUZZ_CHECK(policy->quorum == 0 ||
		   (policy->quorum > config->n_nodes / 2 && policy->quorum <= config->n_nodes));
	FUZZ_CHECK(policy->min_working >= 1 && policy->min_working <= config->n_nodes);
	FUZZ_CHECK(policy->stall_for_us >= policy->block_target_us);
	FUZZ_CHECK(config->max_reply >= 4096 && config->max_reply <= 67108864);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		const struct tw_node_conf *node = &config->nodes[i];

		primaries += node->policy.is_primary;
		FUZZ_CHECK(node->policy.name[0] != '\0' && node->url.text[0] != '\0');
		FUZZ_CHECK(tw_config_find(config, node->policy.name) == (int32_t)i);
		FUZZ_CHECK(!node->policy.is_primary || node->policy.role == TW_ROLE_DAEMON);
		FUZZ_CHECK(strpbrk(node->url.host, "@/?# \n") == NULL);
	}
	FUZZ_CHECK(primaries == 1);
}

static void round_trip(const struct tw_config *config)
{
	struct tw_config *back = NULL;
	struct tw_buf once, twice, errors;
	char path[64];

	tw_buf_init(&once, 1 << 22);
	tw_buf_init(&twice, 1 << 22);
	tw_buf_init(&errors, 1 << 18);
	tw_conf_print(config, &once);
	FUZZ_CHECK(once.error == 0);
	FUZZ_CHECK(load(once.data, once.len, path, &errors, &back) == 0);
	tw_conf_print(back, &twice);
	FUZZ_CHECK(strcmp(once.data, twice.data) == 0);
	tw_config_destroy(back);
	tw_buf_finish(&once);
	tw_buf_finish(&twice);
	tw_buf_finish(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tw_config *config = NULL;
	struct tw_buf errors;
	char path[64];
	int r;

	tw_buf_init(&errors, 1 << 18);
	r = load(data, size, path, &errors, &config);
	FUZZ_CHECK(r == 0 || r == 1);
	FUZZ_CHECK((r == 0) == (config != NULL));
	if (r == 0) {
		FUZZ_CHECK(errors.len == 0);
		check_config(config);
		round_trip(config);
	} else {
		check_errors(&errors);
	}
	tw_config_destroy(config);
	tw_buf_finish(&errors);
	return 0;
}

size_t tw_fuzz_seed(size_t i, uint8_t ret_data[TW_FUZZ_INPUT_MAX])
{
	static const char *const seeds[] = {
		"daemons = (\n"
		"  { name = \"alpha\"; url = \"http://127.0.0.1:11898\"; primary = true; },\n"
		"  { name = \"b\"; url = \"https://[::1]:1\"; priority = -1;\n"
		"  interval = \"9s\"; },\n"
		"  { name = \"c\"; url = \"http://h\"; role = \"reference\";\n"
		"  dialect = \"monero\"; }\n"
		");\n",
		"daemons = ( { name = \"a\"; url = \"http://a\"; } );\n"
		"coin = { dialect = \"auto\"; block_target = \"30s\"; };\n"
		"probe = { interval = \"1s\"; timeout = \"5s\"; min_timeout = \"250ms\";\n"
		"  rise = 2; fall = 2; max_reply = 1048576; };\n"
		"decision = { quorum = 0; min_working = 3; fork_tolerance = 1; max_lead = 2;\n"
		"  max_lag = 3; lag_for = \"10s\"; stall_for = \"5m\"; min_peers = 1;\n"
		"  fallback = \"best-effort\"; failback_after = \"10m\"; };\n",
		"daemons=({name=\"a\",url=\"http://\"\"a\"},);template={wallet_address=\"TRTL\";\n"
		"reserve_size=0x8L;interval=\"10s\"}control={path=\"/c\";mode=\"0660\";\n"
		"group=\"\";\noperators=\"\";max_clients=256}\n"
		"http={listen=\"[::1]:9811\"}state={dir=\"/s\"}\n",
		"# c\n// d\n/* e */\n"
		"daemons : [ 1, 1.5e3, true, \"x\\x41\\n\" ]; {(}) \xef\xbb\xbf\n",
		"daemons = ( { name = \"a\"; url = \"http://u:p@a\"; user = \"u\";\n"
		" password_file = \"/nonexistent\"; ca_file = \"/etc/passwd\";"
		" tls_fingerprint = \"00:11\"; tls_cert = \"/etc/passwd\"; tls_key = \"/x\"; proxy = \"socks5h://h:1\"; } );\n"
		"@include \"0\"\n  @include \"/nonexistent/\\\"x\"\n",
		"probe = { rise 2; fall = ; fall = 1s; x { ( [ \"y }\n rise = 2 3;; } = 5;\n"
		"a = ( b = 2, , \"c\" d; { } 1 \"e\" ); coin { }; coin\n{ }; a = [ ) ]; }\n",
	};

	if (i >= TW_ARRAY_SIZE(seeds))
		return 0;
	memcpy(ret_data, seeds[i], strlen(seeds[i]));
	return strlen(seeds[i]);
}
