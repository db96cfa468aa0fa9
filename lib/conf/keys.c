/* See conf_keys.h. Ranges and defaults: tipwatch.conf(5). */
#include "conf/keys.h"
#include "conf/check.h"
#include "core/policy.h"
#include "core/words.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *dialect_word(uint32_t choice)
{
	return tw_dialect_word((enum tw_dialect)choice);
}

static const char *role_word(uint32_t choice)
{
	return tw_words_role((enum tw_role)choice);
}

static const char *fallback_word(uint32_t choice)
{
	return tw_words_fallback((enum tw_fallback)choice);
}

/* A choice is stored as what its enum is. */
_Static_assert(sizeof(enum tw_dialect) == sizeof(unsigned int), "enum");
_Static_assert(sizeof(enum tw_role) == sizeof(unsigned int), "enum");
_Static_assert(sizeof(enum tw_fallback) == sizeof(unsigned int), "enum");

#define CONFIG(member)   .offset = offsetof(struct tw_config, member)
#define NODE(member)     .offset = offsetof(struct tw_node_conf, member)
#define RANGE(low, high) .min = (low), .max = (high)
#define DIALECT          .kind = TW_CONF_CHOICE, .word = dialect_word, .n_words = TW_DIALECTS
#define INTERVAL         .kind = TW_CONF_DURATION, RANGE(100 * TW_MS, TW_HOUR), .example = "1s"
#define TIMEOUT          .kind = TW_CONF_DURATION, RANGE(50 * TW_MS, 5 * TW_MIN), .example = "5s"

static const struct tw_conf_key coin[] = {
	{ "dialect", DIALECT, CONFIG(dialect) },
	{ "block_target", TW_CONF_DURATION, CONFIG(policy.block_target_us), RANGE(TW_SEC, TW_DAY),
		.example = "30s" },
};

static const struct tw_conf_key probe[] = {
	{ "interval", INTERVAL, CONFIG(policy.interval_us) },
	{ "timeout", TIMEOUT, CONFIG(policy.timeout_us) },
	{ "min_timeout", TW_CONF_DURATION, CONFIG(policy.min_timeout_us),
		RANGE(50 * TW_MS, 5 * TW_MIN), .example = "250ms" },
	{ "rise", TW_CONF_U32, CONFIG(policy.rise), RANGE(1, 32) },
	{ "fall", TW_CONF_U32, CONFIG(policy.fall), RANGE(1, 32) },
	{ "max_reply", TW_CONF_SIZE, CONFIG(max_reply), RANGE(4096, 67108864) },
};

static const struct tw_conf_key decision[] = {
	/* The lower end follows from the number of nodes: conf_check.c. */
	{ "quorum", TW_CONF_U32, CONFIG(policy.quorum), RANGE(0, TW_NODES_MAX) },
	{ "min_working", TW_CONF_U32, CONFIG(policy.min_working), RANGE(1, 64) },
	{ "fork_tolerance", TW_CONF_I64, CONFIG(policy.fork_tolerance), RANGE(0, 1000) },
	{ "max_lead", TW_CONF_I64, CONFIG(policy.max_lead), RANGE(0, 1000) },
	{ "max_lag", TW_CONF_I64, CONFIG(policy.max_lag), RANGE(0, 1000) },
	{ "lag_for", TW_CONF_DURATION, CONFIG(policy.lag_for_us), RANGE(0, TW_DAY),
		.example = "10s" },
	/* At least block_target: conf_check.c. */
	{ "stall_for", TW_CONF_DURATION, CONFIG(policy.stall_for_us), RANGE(0, TW_CONF_FOREVER),
		.example = "5m" },
	{ "min_peers", TW_CONF_I64, CONFIG(policy.min_peers), RANGE(0, 1000) },
	{ "fallback", TW_CONF_CHOICE, CONFIG(policy.fallback), .word = fallback_word,
		.n_words = TW_FALLBACK_NONE + 1 },
	{ "failback_after", TW_CONF_DURATION, CONFIG(policy.failback_after_us), RANGE(0, TW_DAY),
		.example = "10m" },
	{ "min_switch_interval", TW_CONF_DURATION, CONFIG(policy.min_switch_interval_us),
		RANGE(0, TW_DAY), .example = "30s" },
};

static const struct tw_conf_key template_keys[] = {
	{ "wallet_address", TW_CONF_TEXT, CONFIG(wallet_address), RANGE(0, TW_CONF_WALLET_MAX),
		.check = tw_conf_check_wallet },
	{ "reserve_size", TW_CONF_U32, CONFIG(reserve_size), RANGE(0, 255) },
	{ "interval", TW_CONF_DURATION, CONFIG(policy.template_interval_us),
		RANGE(100 * TW_MS, TW_CONF_FOREVER), .example = "10s" },
};

#define DELAY .kind = TW_CONF_DURATION, RANGE(0, TW_MIN), .example = "500ms"

static const struct tw_conf_key submit[] = {
	{ "after_accept", DELAY, CONFIG(after_accept_us) },
	{ "after_silence", DELAY, CONFIG(after_silence_us) },
};

static const struct tw_conf_key control[] = {
	{ "path", TW_CONF_TEXT, CONFIG(control_path), RANGE(1, TW_CONF_SOCKET_PATH_MAX),
		.check = tw_conf_check_path },
	{ "mode", TW_CONF_OCTAL, CONFIG(control_mode), RANGE(0, 0777) },
	{ "group", TW_CONF_TEXT, CONFIG(control_group), RANGE(0, TW_CONF_GROUP_MAX),
		.check = tw_conf_check_group },
	{ "operators", TW_CONF_TEXT, CONFIG(control_operators), RANGE(0, TW_CONF_GROUP_MAX),
		.check = tw_conf_check_group },
	{ "max_clients", TW_CONF_U32, CONFIG(control_max_clients), RANGE(1, 65536) },
};

static const struct tw_conf_key http[] = {
	{ "listen", TW_CONF_TEXT, CONFIG(http_listen), RANGE(0, TW_URL_MAX),
		.check = tw_conf_check_listen },
};

static const struct tw_conf_key agent[] = {
	{ "listen", TW_CONF_TEXT, CONFIG(agent_listen), RANGE(0, TW_URL_MAX),
		.check = tw_conf_check_listen },
};

#define PROGRAM .kind = TW_CONF_TEXT, RANGE(0, TW_CONF_PATH_MAX), .check = tw_conf_check_program

static const struct tw_conf_key hooks[] = {
	{ "on_switch", PROGRAM, CONFIG(on_switch) },
	{ "on_mode", PROGRAM, CONFIG(on_mode) },
};

static const struct tw_conf_key state[] = {
	{ "dir", TW_CONF_TEXT, CONFIG(state_dir), RANGE(1, TW_CONF_PATH_MAX),
		.check = tw_conf_check_path },
};

static const struct tw_conf_key journal[] = {
	{ "path", TW_CONF_TEXT, CONFIG(journal_path), RANGE(0, TW_CONF_PATH_MAX),
		.check = tw_conf_check_path },
	{ "max_size", TW_CONF_I64, CONFIG(journal_max_size), RANGE(1 << 16, INT64_C(1) << 40) },
};

static const struct tw_conf_key daemon_keys[] = {
	{ "name", TW_CONF_OTHER },
	{ "url", TW_CONF_OTHER, .is_private = true },
	{ "role", TW_CONF_CHOICE, NODE(policy.role), .word = role_word,
		.n_words = TW_ROLE_REFERENCE + 1 },
	{ "primary", TW_CONF_FLAG, NODE(policy.is_primary) },
	{ "priority", TW_CONF_I32, NODE(policy.priority), RANGE(-1000, 1000) },
	{ "dialect", DIALECT, NODE(dialect) },
	{ "interval", INTERVAL, NODE(policy.interval_us) },
	{ "timeout", TIMEOUT, NODE(policy.timeout_us) },
	{ "user", TW_CONF_TEXT, NODE(user), RANGE(0, TW_CONF_USER_MAX), .check = tw_conf_check_user,
		.is_private = true },
	{ "password_file", TW_CONF_TEXT, NODE(password_file), RANGE(0, TW_CONF_PATH_MAX),
		.check = tw_conf_check_path, .is_private = true },
	{ "ca_file", TW_CONF_TEXT, NODE(ca_file), RANGE(0, TW_CONF_PATH_MAX),
		.check = tw_conf_check_path },
};

#define SECTION(label, table, text)                                                                \
	{                                                                                          \
		.name = label, .comment = text, .keys = table, .n_keys = TW_ARRAY_SIZE(table)      \
	}

const struct tw_conf_section tw_conf_sections[TW_CONF_SECTIONS] = {
	SECTION("coin", coin,
		"What all daemons have in common: the RPC they speak (auto finds it out) and the\n"
		"usual time between two blocks."),
	SECTION("probe", probe,
		"How daemons are checked: how often, how patiently, how many checks in a row\n"
		"bring one up (rise) or down (fall), and the largest reply in bytes."),
	SECTION("decision", decision,
		"How the network is judged and when the pool is moved. quorum 0 is a majority of\n"
		"all nodes. lag_for and stall_for follow block_target where they are left out."),
	SECTION("template", template_keys,
		"With an address of the pool, block templates are checked too. Empty: they are\n"
		"not."),
	SECTION("submit", submit,
		"How a found block is sent: to the chosen daemon first, to the others this long\n"
		"after it was accepted, or to the next one after this long without an answer."),
	SECTION("control", control,
		"The control socket: group may open it, operators may command; empty: nobody\n"
		"more."),
	SECTION("http", http, "Status page, metrics and health for monitors. Empty: off."),
	SECTION("agent", agent, "HAProxy's agent-check, such as \"127.0.0.1:9812\". Empty: off."),
	SECTION("hooks", hooks,
		"Programs that are run, without arguments, when another daemon is chosen and when\n"
		"the mode changes. Empty: none."),
	SECTION("state", state, "Where the decision and what must survive a restart are kept."),
	SECTION("journal", journal,
		"A record of everything that decides, for tipwatchctl replay; two files of at\n"
		"most max_size bytes. Empty: none."),
};

const struct tw_conf_section tw_conf_daemon = SECTION("daemons", daemon_keys,
	"The nodes. A reference votes but is never chosen. interval, timeout and dialect are\n"
	"those of probe and coin where a node has none of its own.");

const struct tw_conf_key *tw_conf_key_find(const struct tw_conf_section *section, const char *name)
{
	for (uint32_t i = 0; i < section->n_keys; i++) {
		if (strcmp(section->keys[i].name, name) == 0)
			return &section->keys[i];
	}
	return NULL;
}

int tw_conf_set_defaults(struct tw_config *config, const struct tw_conf_defaults *defaults)
{
	const struct {
		char **field;
		const char *text;
	} texts[] = {
		{ &config->wallet_address, "" },
		{ &config->control_path, defaults->control_path },
		{ &config->control_group, "" },
		{ &config->control_operators, "" },
		{ &config->http_listen, "127.0.0.1:9811" },
		{ &config->agent_listen, "" },
		{ &config->on_switch, "" },
		{ &config->on_mode, "" },
		{ &config->state_dir, defaults->state_dir },
		{ &config->journal_path, "" },
	};

	tw_policy_init(&config->policy);
	config->dialect = TW_DIALECT_AUTO;
	config->max_reply = 1048576;
	config->reserve_size = 8;
	config->after_accept_us = 500 * TW_MS;
	config->after_silence_us = 1500 * TW_MS;
	config->control_mode = 0660;
	config->control_max_clients = 256;
	config->journal_max_size = 67108864;
	for (size_t i = 0; i < TW_ARRAY_SIZE(texts); i++) {
		*texts[i].field = strdup(texts[i].text);
		if (*texts[i].field == NULL)
			return -ENOMEM;
	}
	return 0;
}
