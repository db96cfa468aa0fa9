/*
 * The configuration: from a libconfig file or from URLs on the command line to one immutable
 * struct; every error of a file at once, each as "FILE:LINE: what is wrong and what is allowed".
 * A reload parses into a new struct and swaps; nothing is ever re-read in place.
 */
#ifndef TW_CONF_CONFIG_H
#define TW_CONF_CONFIG_H

#include "base/buf.h"
#include "core/types.h"
#include "rpc/dialect.h"
#include <sys/types.h>

enum { TW_HOST_MAX = 253, TW_URL_MAX = 300 };

/* A base URL, normalised: scheme and host in lower case, port always explicit in `port`, `text`
 * without a default port or trailing slash, IPv6 in brackets in text and without in host. */
struct tw_url {
	bool is_tls;
	char host[TW_HOST_MAX + 1];
	uint16_t port;
	char text[TW_URL_MAX + 1];
};

/*
 * Parses and normalises. Returns 0 or -EINVAL; then message (of size bytes) says what is wrong and
 * what is allowed ("has a user name in it; use the settings user and password_file"). The message
 * never repeats the URL's user or password.
 */
int tw_url_parse(const char *text, struct tw_url *ret_url, char *message, size_t size);

/* An address to listen on: "127.0.0.1:9811", "[::1]:9811", "localhost:0"; "" is off. */
struct tw_listen {
	bool is_on;
	char host[TW_HOST_MAX + 1];
	uint16_t port;
};
int tw_listen_parse(const char *text, struct tw_listen *ret_listen, char *message, size_t size);

/* One node. Strings are owned by the config and never NULL, "" when not given. */
struct tw_node_conf {
	struct tw_node_policy policy; /* name, role, primary, priority, interval, timeout */
	struct tw_url url;
	enum tw_dialect dialect; /* the coin's where the node has none of its own */
	bool has_own_dialect;
	char *user;
	char *password; /* read from password_file, trailing newline cut; never printed */
	char *password_file;
	char *ca_file;
};

struct tw_config {
	char *path; /* the file, or NULL: made from URLs */
	uint32_t n_nodes;
	struct tw_node_conf *nodes;
	struct tw_node_policy *node_policies; /* n_nodes, the same as nodes[i].policy */
	struct tw_policy policy;
	enum tw_dialect dialect;
	size_t max_reply;
	char *wallet_address; /* "": templates are not checked */
	uint32_t reserve_size;
	int64_t after_accept_us; /* how a found block is sent: tipwatch-control(7), submit */
	int64_t after_silence_us;
	char *control_path;
	mode_t control_mode;
	char *control_group; /* "": that of the process */
	char *control_operators;
	uint32_t control_max_clients;
	struct tw_listen http;
	char *http_listen; /* as written */
	struct tw_listen agent;
	char *agent_listen;
	char *on_switch; /* programs; "": none */
	char *on_mode;
	char *state_dir;
	char *journal_path; /* "": none is written */
	int64_t journal_max_size;
};

/* Where things are when the file does not say; differs between root and others. */
struct tw_conf_defaults {
	const char *control_path;
	const char *state_dir;
};

/*
 * Reads a file. Returns 0 with a new config (destroy it), 1 when the file is wrong, with one line
 * per error in errors, or a negative errno (-ENOMEM). A file that cannot be opened is an outcome 1
 * too: it is a person's mistake.
 */
int tw_config_load(const char *path, const struct tw_conf_defaults *defaults, struct tw_buf *errors,
	struct tw_config **ret_config);
/* Makes a config of "[NAME=]URL" arguments: the daemons, the first is primary, names d1, d2, …
 * Returns as tw_config_load(); errors say "argument N: …". */
int tw_conf_args_load(uint32_t n, char *const *arguments, const struct tw_conf_defaults *defaults,
	struct tw_buf *errors, struct tw_config **ret_config);
void tw_config_destroy(struct tw_config *config);

/* The effective configuration as a file that tw_config_load() accepts and that means the same.
 * Passwords are not in it, password_file is. */
void tw_config_print(const struct tw_config *config, struct tw_buf *out);

/* The core's part, borrowed from config. */
void tw_config_core(const struct tw_config *config, struct tw_core_config *ret_core);
/* Number of the node called name, or TW_NODE_NONE. */
int32_t tw_config_find(const struct tw_config *config, const char *name);
/*
 * Which node of old each node of config is: the same name, URL, role, dialect and credentials; its
 * priority, interval and timeout may differ. ret_old_of has config->n_nodes entries.
 */
void tw_config_match(
	const struct tw_config *config, const struct tw_config *old, int32_t *ret_old_of);

#endif
