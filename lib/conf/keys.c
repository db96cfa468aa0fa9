/* See keys.h. The manual has more to say about each key: tipwatch.conf(5). */
#include "conf/keys.h"
#include "conf/check.h"
#include "core/words.h"
#include <string.h>

enum { TEXT_MAX = 255, PATH_LENGTH_MAX = 4095 };
/* Longest path of a Unix socket (sun_path without its NUL). */
enum { SOCKET_PATH_MAX = 107 };

static const char *dialect_word(uint32_t choice)
{
	return tw_dialect_word((enum tw_dialect)choice);
}

static const char *role_word(uint32_t choice)
{
	return tw_words_role((enum tw_role)choice);
}

static const char *p2p_mode_word(uint32_t choice)
{
	static const char *const words[] = {
		[TW_P2P_MODE_AUTO] = "auto", [TW_P2P_MODE_OFF] = "off"
	};

	return words[choice];
}

static const char *fallback_word(uint32_t choice)
{
	return tw_words_fallback((enum tw_fallback)choice);
}

static const char *level_word(uint32_t choice)
{
	return tw_log_level_word((enum tw_log_level)choice);
}

static const char *format_word(uint32_t choice)
{
	return tw_log_format_word((enum tw_log_format)choice);
}

/* A choice is stored as what its enum is. */
_Static_assert(sizeof(enum tw_dialect) == sizeof(unsigned int), "enum");
_Static_assert(sizeof(enum tw_role) == sizeof(unsigned int), "enum");
_Static_assert(sizeof(enum tw_fallback) == sizeof(unsigned int), "enum");
_Static_assert(sizeof(enum tw_p2p_mode) == sizeof(unsigned int), "enum");

#define CONFIG(member)   .offset = offsetof(struct tw_config, member)
#define NODE(member)     .offset = offsetof(struct tw_node_conf, member)
#define RANGE(low, high) .min = (low), .max = (high)
/* Kinds with what belongs to them. */
#define DURATION(low, high, sample)                                                                \
	.kind = TW_CONF_DURATION, .min = (low), .max = (high), .example = (sample)
#define NUMBER(type, low, high) .kind = (type), .min = (low), .max = (high)
#define WORDS(words, n)         .kind = TW_CONF_CHOICE, .word = (words), .n_words = (n)
#define TEXT(words, low, high, checker)                                                            \
	.kind = TW_CONF_TEXT, .what = (words), .min = (low), .max = (high), .check = (checker)
#define INTERVAL DURATION(100 * TW_MS, TW_HOUR, "1s")
#define TIMEOUT  DURATION(50 * TW_MS, 5 * TW_MIN, "5s")
#define DIALECT  WORDS(dialect_word, TW_DIALECTS)
#define GROUP    TEXT("name of a group", 0, TEXT_MAX, tw_conf_check_group)
#define LISTEN   TEXT("address:port", 0, TW_URL_MAX, tw_conf_check_listen)
#define PROGRAM  TEXT("path", 0, PATH_LENGTH_MAX, tw_conf_check_program)

static const struct tw_conf_key coin[] = {
	{ "dialect", DIALECT, CONFIG(dialect), .initial = "auto",
		.meaning = "The RPC that the daemons speak; auto detects it." },
	{ "block_target", DURATION(TW_SEC, TW_DAY, "30s"), CONFIG(policy.block_target_us),
		.initial = "30s", .meaning = "The usual time between two blocks of the network." },
};

static const struct tw_conf_key probe[] = {
	{ "interval", INTERVAL, CONFIG(policy.interval_us), .initial = "1s",
		.meaning = "How often each node is checked." },
	{ "timeout", TIMEOUT, CONFIG(policy.timeout_us), .initial = "5s",
		.meaning = "How long a check may take in all, from connecting to the last byte." },
	{ "min_timeout", DURATION(50 * TW_MS, 5 * TW_MIN, "250ms"), CONFIG(policy.min_timeout_us),
		.initial = "250ms", .initial_words = "\"250ms\", or timeout where that is shorter",
		.meaning = "The shortest time limit for the first reply of a check, where the "
			   "node's usual speed decides." },
	{ "looks", NUMBER(TW_CONF_U32, 1, 10), CONFIG(policy.looks), .initial = "5",
		.meaning = "How often the daemon in use is checked within an interval." },
	{ "rise", NUMBER(TW_CONF_U32, 1, 32), CONFIG(policy.rise), .initial = "2",
		.meaning = "Good checks in a row that bring a node back." },
	{ "fall", NUMBER(TW_CONF_U32, 1, 32), CONFIG(policy.fall), .initial = "2",
		.meaning = "Failed checks in a row that take a node out." },
	{ "max_reply", NUMBER(TW_CONF_SIZE, 4096, 67108864), CONFIG(max_reply),
		.initial = "1048576", .meaning = "The largest reply that is read, in bytes." },
};

static const struct tw_conf_key decision[] = {
	/* The lower end follows from the number of nodes: relations.c. */
	{ "quorum", NUMBER(TW_CONF_U32, 0, TW_NODES_MAX), CONFIG(policy.quorum), .initial = "0",
		.meaning = "How many nodes must agree; 0 is a majority of all nodes." },
	{ "min_working", NUMBER(TW_CONF_U32, 1, 64), CONFIG(policy.min_working), .initial = "3",
		.meaning = "How many nodes must agree when fewer than a quorum reply." },
	{ "fork_tolerance", NUMBER(TW_CONF_I64, 0, 1000), CONFIG(policy.fork_tolerance),
		.initial = "1",
		.meaning =
			"Blocks of its own that a branch may have without being called a fork." },
	{ "max_lead", NUMBER(TW_CONF_I64, 0, 1000), CONFIG(policy.max_lead), .initial = "2",
		.meaning = "Blocks that a node may be ahead of all others before it counts as "
			   "ahead." },
	{ "max_lag", NUMBER(TW_CONF_I64, 0, 1000), CONFIG(policy.max_lag), .initial = "3",
		.meaning = "Blocks that a node may be behind before it counts as lagging." },
	{ "lag_for", DURATION(0, TW_DAY, "10s"), CONFIG(policy.lag_for_us),
		.initial_words = "a third of coin.block_target",
		.meaning = "How long a node may lack a block that the network has before it "
			   "counts as lagging." },
	/* At least block_target: relations.c. */
	{ "stall_for", DURATION(0, TW_CONF_FOREVER, "5m"), CONFIG(policy.stall_for_us),
		.initial_words = "ten times coin.block_target",
		.meaning = "How long the network may be without a new block before it counts as "
			   "stalled; at least coin.block_target." },
	{ "min_peers", NUMBER(TW_CONF_I64, 0, 1000), CONFIG(policy.min_peers), .initial = "1",
		.meaning = "Peers below which a node is isolated and does not vote." },
	{ "fallback", WORDS(fallback_word, TW_FALLBACK_NONE + 1), CONFIG(policy.fallback),
		.initial = "best-effort",
		.meaning = "Which daemon is named when the nodes do not agree." },
	{ "failback_after", DURATION(0, TW_DAY, "10m"), CONFIG(policy.failback_after_us),
		.initial = "10m",
		.meaning = "How long a daemon of higher priority must have been healthy before "
			   "the pool is moved back to it." },
	{ "min_switch_interval", DURATION(0, TW_DAY, "30s"), CONFIG(policy.min_switch_interval_us),
		.initial = "30s",
		.meaning = "The least time between two switches from one healthy daemon to "
			   "another." },
	{ "switch_cost", DURATION(0, TW_HOUR, "0s"), CONFIG(policy.switch_cost_us), .initial = "0s",
		.meaning = "For how long the pool has no work after a switch: as long as this, a "
			   "daemon in use that is behind or gives no template is waited for." },
};

static const struct tw_conf_key template_keys[] = {
	{ "wallet_address", TEXT(NULL, 0, TEXT_MAX, tw_conf_check_wallet), CONFIG(wallet_address),
		.initial = "",
		.meaning = "The address with which block templates are asked for; empty: "
			   "templates are not checked." },
	{ "reserve_size", NUMBER(TW_CONF_U32, 0, 255), CONFIG(reserve_size), .initial = "8",
		.meaning = "Bytes to reserve in the template, as the pool asks for." },
	{ "interval", DURATION(100 * TW_MS, TW_CONF_FOREVER, "10s"),
		CONFIG(policy.template_interval_us), .initial = "10s",
		.meaning = "How often a template is asked for beside that for every new block." },
};

static const struct tw_conf_key submit[] = {
	{ "after_accept", DURATION(0, TW_MIN, "500ms"), CONFIG(after_accept_us), .initial = "500ms",
		.meaning = "How long after a daemon accepted a found block the other daemons get "
			   "it too." },
	{ "after_silence", DURATION(0, TW_MIN, "500ms"), CONFIG(after_silence_us),
		.initial = "1500ms",
		.meaning = "How long a daemon may leave a found block unanswered before the next "
			   "one gets it too." },
};

static const struct tw_conf_key blocks[] = {
	{ "dir", TEXT("path", 0, PATH_LENGTH_MAX, tw_conf_check_path), CONFIG(blocks_dir),
		.initial = "",
		.meaning = "The directory through which the pool hands found blocks to tipwatchd, "
			   "which sends them and follows them; empty: it does not." },
	{ "depth", NUMBER(TW_CONF_I64, 1, 120), CONFIG(blocks_depth), .initial = "60",
		.meaning = "Blocks on top of a found block with which it counts as buried." },
};

static const struct tw_conf_key p2p[] = {
	{ "mode", WORDS(p2p_mode_word, TW_P2P_MODE_OFF + 1), CONFIG(p2p_mode), .initial = "auto",
		.meaning = "Whether nodes on this machine and on private addresses have a link to "
			   "their usual P2P port (auto), or only those with a p2p of their own "
			   "(off)." },
	{ "network_id", TEXT("network id", 0, TEXT_MAX, tw_conf_check_network_id),
		CONFIG(p2p_network_id), .initial = "",
		.initial_words = "that of the main network of monero or TurtleCoin",
		.meaning = "The id of the network in 32 hex digits, for another coin or a test "
			   "network." },
};

static const struct tw_conf_key witnesses[] = {
	{ "count", NUMBER(TW_CONF_U32, 0, TW_WITNESSES_MAX), CONFIG(n_witnesses), .initial = "0",
		.meaning = "How many nodes of the public network are asked for their newest block; "
			   "0: none." },
	{ "seeds", TEXT("list of addresses", 0, PATH_LENGTH_MAX, tw_conf_check_seeds),
		CONFIG(witness_seeds), .initial = "",
		.initial_words = "those of the main network of monero or TurtleCoin",
		.meaning = "Nodes of the network to begin with, IP:PORT, with blanks between "
			   "them." },
};

static const struct tw_conf_key control[] = {
	{ "path", TEXT("path", 1, SOCKET_PATH_MAX, tw_conf_check_path), CONFIG(control_path),
		.initial = "/run/tipwatch/control.sock",
		.initial_words = "\"/run/tipwatch/control.sock\"; without root "
				 "tipwatch/control.sock under $XDG_RUNTIME_DIR, else under "
				 "~/.local/state",
		.meaning = "The Unix socket that pools and tipwatchctl connect to." },
	{ "mode", .kind = TW_CONF_OCTAL, RANGE(0, 0777), CONFIG(control_mode),
		.what = "octal number", .initial = "0660",
		.meaning = "The file mode of the socket." },
	{ "group", GROUP, CONFIG(control_group), .initial = "",
		.meaning = "The group of the socket, whose members may ask; empty: that of "
			   "tipwatchd." },
	{ "operators", GROUP, CONFIG(control_operators), .initial = "",
		.meaning = "The group whose members may give commands as well; empty: nobody "
			   "beside root and the user of tipwatchd." },
	{ "max_clients", NUMBER(TW_CONF_U32, 1, 65536), CONFIG(control_max_clients),
		.initial = "256", .meaning = "Connections at the same time." },
};

static const struct tw_conf_key http[] = {
	{ "listen", LISTEN, CONFIG(http_listen), .initial = "127.0.0.1:9811",
		.meaning = "Where the status page, the metrics and the health checks are served; "
			   "empty: nowhere." },
};

static const struct tw_conf_key agent[] = {
	{ "listen", LISTEN, CONFIG(agent_listen), .initial = "",
		.meaning = "Where HAProxy's agent-check is answered; empty: nowhere." },
};

static const struct tw_conf_key hooks[] = {
	{ "on_switch", PROGRAM, CONFIG(on_switch), .initial = "",
		.meaning = "The program that is run when another daemon is chosen; empty: none." },
	{ "on_chain", PROGRAM, CONFIG(on_chain), .initial = "",
		.meaning = "The program that is run when the network is on another chain than "
			   "before; empty: none." },
	{ "on_usable", PROGRAM, CONFIG(on_usable), .initial = "",
		.meaning = "The program that is run when the pool gains or loses a usable daemon; "
			   "empty: none." },
	{ "on_mode", PROGRAM, CONFIG(on_mode), .initial = "",
		.meaning = "The program that is run when the mode changes; empty: none." },
	{ "on_block", PROGRAM, CONFIG(on_block), .initial = "",
		.meaning = "The program that is run when a found block has another fate; empty: "
			   "none." },
	{ "on_beat", PROGRAM, CONFIG(on_beat), .initial = "",
		.meaning = "The program that is run every beat, so that others notice when "
			   "tipwatchd has ended; empty: none." },
	{ "beat", DURATION(TW_SEC, TW_HOUR, "10s"), CONFIG(beat_us), .initial = "10s",
		.meaning = "How often on_beat is run." },
};

static const struct tw_conf_key state[] = {
	{ "dir", TEXT("path", 1, PATH_LENGTH_MAX, tw_conf_check_path), CONFIG(state_dir),
		.initial = "/var/lib/tipwatch",
		.initial_words = "\"/var/lib/tipwatch\"; without root tipwatch under "
				 "$XDG_RUNTIME_DIR, else under ~/.local/state",
		.meaning = "The directory of select.json (the decision), state.json (what "
			   "must survive a restart), and the figures of the report." },
};

static const struct tw_conf_key journal[] = {
	{ "path", TEXT("path", 0, PATH_LENGTH_MAX, tw_conf_check_path), CONFIG(journal_path),
		.initial = "",
		.meaning = "The file that records everything the decision depends on; empty: "
			   "nothing is recorded." },
	{ "max_size", NUMBER(TW_CONF_I64, 1 << 16, INT64_C(1) << 40), CONFIG(journal_max_size),
		.initial = "67108864",
		.meaning = "Bytes after which the file is renamed and begun anew." },
};

static const struct tw_conf_key log_keys[] = {
	{ "level", WORDS(level_word, TW_LOG_LEVELS), CONFIG(log_level), .initial = "info",
		.meaning = "The least important messages that are logged." },
	{ "format", WORDS(format_word, TW_LOG_FORMATS), CONFIG(log_format), .initial = "auto",
		.meaning = "How a line of the log is written; auto is journald under systemd, else "
			   "text with the time." },
};

static const struct tw_conf_key daemon_keys[] = {
	{ "name", .kind = TW_CONF_NAME, NODE(policy.name), RANGE(0, TW_NAME_MAX),
		.check = tw_conf_check_name,
		.meaning = "The name of the node everywhere; each name once." },
	{ "url", .kind = TW_CONF_URL, NODE(url), RANGE(0, INT64_MAX), .what = "URL",
		.check = tw_conf_check_url, .is_private = true,
		.meaning = "Where the RPC of the node is: http(s)://HOST[:PORT]; each daemon "
			   "once." },
	{ "role", WORDS(role_word, TW_ROLE_REFERENCE + 1), NODE(policy.role), .initial = "daemon",
		.meaning = "A daemon may be chosen; a reference votes but is never chosen." },
	{ "primary", .kind = TW_CONF_FLAG, NODE(policy.is_primary),
		.initial_words = "true for the first daemon where no other has it",
		.meaning = "The daemon that the pool would use without tipwatch; at most one." },
	{ "priority", NUMBER(TW_CONF_I32, -1000, 1000), NODE(policy.priority), .initial = "0",
		.meaning = "Among healthy daemons one of higher priority is preferred." },
	{ "dialect", DIALECT, NODE(dialect), .initial_words = "that of coin",
		.meaning = "The RPC that this node speaks." },
	{ "interval", INTERVAL, NODE(policy.interval_us), .initial_words = "that of probe",
		.meaning = "How often this node is checked." },
	{ "timeout", TIMEOUT, NODE(policy.timeout_us), .initial_words = "that of probe",
		.meaning = "How long a check of this node may take in all; at least "
			   "probe.min_timeout." },
	{ "user", TEXT(NULL, 0, TEXT_MAX, tw_conf_check_user), NODE(user), .initial = "",
		.is_private = true,
		.meaning = "The user name for a daemon that asks for a password." },
	{ "password_file", TEXT("path", 0, PATH_LENGTH_MAX, tw_conf_check_path),
		NODE(password_file), .initial = "", .is_private = true,
		.meaning = "The file that holds the password in one line." },
	{ "ca_file", TEXT("path", 0, PATH_LENGTH_MAX, tw_conf_check_path), NODE(ca_file),
		.initial = "",
		.meaning = "Certificates in PEM form to verify an https daemon with; empty: those "
			   "of the system." },
	{ "tls_fingerprint", TEXT("fingerprint", 0, TEXT_MAX, tw_conf_check_fingerprint),
		NODE(tls_fingerprint), .initial = "",
		.meaning = "The SHA-256 of the only certificate that an https daemon may have; "
			   "empty: certificates are verified with authorities." },
	{ "tls_cert", TEXT("path", 0, PATH_LENGTH_MAX, tw_conf_check_path), NODE(tls_cert),
		.initial = "",
		.meaning = "The certificate in PEM form that tipwatchd shows an https daemon that "
			   "asks for one; empty: none." },
	{ "tls_key", TEXT("path", 0, PATH_LENGTH_MAX, tw_conf_check_path), NODE(tls_key),
		.initial = "",
		.meaning = "The private key of tls_cert in PEM form, without a passphrase." },
	{ "proxy", TEXT("proxy", 0, TW_URL_MAX, tw_conf_check_proxy), NODE(proxy), .initial = "",
		.meaning = "The SOCKS proxy through which this node is checked, "
			   "socks5h://HOST:PORT; empty: none." },
	{ "p2p", TEXT("address", 0, TW_URL_MAX, tw_conf_check_p2p), NODE(p2p), .initial = "",
		.meaning = "The P2P port of this node, HOST:PORT; auto: the usual one of its coin "
			   "on the host of its url; off: none; empty: as p2p.mode says." },
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
		"How daemons are checked: how often (the one in use looks times an interval), how\n"
		"patiently, how many checks in a row bring one up (rise) or down (fall), and the\n"
		"largest reply in bytes."),
	SECTION("decision", decision,
		"How the network is judged and when the pool is moved. quorum 0 is a majority of\n"
		"all nodes. lag_for and stall_for follow block_target where they are left out."),
	SECTION("template", template_keys,
		"With an address of the pool, block templates are checked too. Empty: they are\n"
		"not."),
	SECTION("submit", submit,
		"How a found block is sent: to the chosen daemon first, to the others this long\n"
		"after it was accepted, or to the next one after this long without an answer."),
	SECTION("blocks", blocks,
		"Found blocks: the directory that the pool writes them to, and how deep one is\n"
		"buried. Empty: tipwatchd sends none."),
	SECTION("p2p", p2p,
		"Links to the P2P ports of daemons, which tell of new blocks and of a daemon's end at\n"
		"once. off: only where a node says p2p itself."),
	SECTION("witnesses", witnesses,
		"Nodes of the public network that are asked for their newest block, over P2P. They\n"
		"elect nothing. count 0: none; 16 are enough."),
	SECTION("control", control,
		"The control socket: group may open it, operators may command; empty: nobody\n"
		"more."),
	SECTION("http", http, "Status page, metrics and health for monitors. Empty: off."),
	SECTION("agent", agent, "HAProxy's agent-check, such as \"127.0.0.1:9812\". Empty: off."),
	SECTION("hooks", hooks,
		"Programs that are run, without arguments, when the decision changes. Empty: none."),
	SECTION("log", log_keys, "What is logged to standard error, and how."),
	SECTION("state", state, "Where the decision and what must survive a restart are kept."),
	SECTION("journal", journal,
		"A record of everything that decides, for tipwatchctl replay; two files of at\n"
		"most max_size bytes. Empty: none."),
};

const struct tw_conf_section tw_conf_daemon = SECTION("daemons", daemon_keys,
	"The nodes. A reference votes but is never chosen. interval, timeout and dialect are\n"
	"those of probe and coin where a node has none of its own.");

const struct tw_conf_key *tw_conf_keys_find(const struct tw_conf_section *section, const char *name)
{
	for (uint32_t i = 0; i < section->n_keys; i++) {
		if (strcmp(section->keys[i].name, name) == 0)
			return &section->keys[i];
	}
	return NULL;
}

const struct tw_conf_section *tw_conf_keys_section(const char *name)
{
	for (uint32_t i = 0; i < TW_CONF_SECTIONS; i++) {
		if (strcmp(tw_conf_sections[i].name, name) == 0)
			return &tw_conf_sections[i];
	}
	return strcmp(tw_conf_daemon.name, name) == 0 ? &tw_conf_daemon : NULL;
}
