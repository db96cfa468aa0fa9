/*
 * The configuration as one immutable struct. It is made of a file (config.h) or of URLs (args.h); a
 * reload makes a new one and swaps, so that nothing is ever changed in place.
 */
#ifndef TW_CONF_TYPES_H
#define TW_CONF_TYPES_H

#include "base/log.h"
#include "conf/url.h"
#include "core/policy.h"
#include "rpc/dialect.h"
#include <sys/types.h>

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
	char *tls_fingerprint; /* as written: base/hash.h */
	char *tls_cert;        /* of tipwatchd itself, with tls_key */
	char *tls_key;
	char *proxy; /* as written: tw_url_parse_proxy() */
	char *p2p;   /* as written: tw_conf_p2p_target() */
};

/* Which nodes have a P2P link where they do not say so themselves. */
enum tw_p2p_mode {
	TW_P2P_MODE_AUTO, /* those on this machine and on private addresses */
	TW_P2P_MODE_OFF,  /* none */
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
	char *blocks_dir; /* "": no found blocks are kept */
	int64_t blocks_depth;
	enum tw_p2p_mode p2p_mode;
	uint32_t n_witnesses; /* 0: none */
	char *witness_seeds;  /* as written: tw_conf_p2p_next_seed() */
	char *p2p_network_id; /* 32 hex digits; "": that of the coin's main network */
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
	char *on_chain;
	char *on_usable;
	char *on_mode;
	char *on_block;
	char *on_beat;
	int64_t beat_us;
	char *state_dir;
	enum tw_log_level log_level;
	enum tw_log_format log_format;
	char *journal_path; /* "": none is written */
	int64_t journal_max_size;
};

/* What making a configuration returns when the file or an argument is wrong. */
enum { TW_CONFIG_WRONG = 1 };

/* Where things are when the file does not say; differs between root and others. */
struct tw_conf_defaults {
	const char *control_path;
	const char *state_dir;
};

/* The name of a node, or none where node is TW_NODE_NONE. */
static inline const char *tw_config_name(
	const struct tw_config *config, int32_t node, const char *none)
{
	return node == TW_NODE_NONE ? none : config->nodes[node].policy.name;
}

#endif
