/*
 * Private to conf*.c and journal*.c: the table of every key: where it goes, what is allowed.
 * Reading, the check for unknown keys and printing all follow it.
 */
#ifndef TW_CONF_KEYS_H
#define TW_CONF_KEYS_H

#include "conf/config.h"

enum tw_conf_kind {
	TW_CONF_DURATION, /* int64_t microseconds */
	TW_CONF_U32,
	TW_CONF_I32,
	TW_CONF_I64,
	TW_CONF_SIZE,
	TW_CONF_FLAG, /* bool */
	TW_CONF_TEXT, /* char *, owned */
	TW_CONF_CHOICE,
	TW_CONF_OCTAL, /* mode_t */
	TW_CONF_OTHER, /* read by code of its own, not printed from the table */
};

struct tw_conf_key {
	const char *name;
	enum tw_conf_kind kind;
	size_t offset; /* into struct tw_config, or struct tw_node_conf for a daemon's key */
	int64_t min;
	int64_t max;
	const char *example;                  /* a duration as it is written */
	const char *(*word)(uint32_t choice); /* the words of a choice, n of them */
	uint32_t n_words;
	/* What is allowed as text, NULL anything of at most max bytes. -EINVAL with a message that
	 * ends the sentence "NAME ...". */
	int (*check)(const char *text, char *message, size_t size);
	bool is_private; /* never repeat its value in a message */
};

struct tw_conf_section {
	const char *name;
	const char *comment; /* for tw_config_print(), lines without the '#' */
	const struct tw_conf_key *keys;
	uint32_t n_keys;
};

enum { TW_CONF_SECTIONS = 11, TW_CONF_MESSAGE_MAX = 512, TW_CONF_PATH_MAX = 4095 };
enum { TW_CONF_USER_MAX = 255, TW_CONF_WALLET_MAX = 255, TW_CONF_GROUP_MAX = 255 };
/* Longest path of a Unix socket (sun_path without its NUL). */
enum { TW_CONF_SOCKET_PATH_MAX = 107 };
/* No upper end of its own: as long as base/num takes. */
#define TW_CONF_FOREVER (10000 * TW_DAY)

extern const struct tw_conf_section tw_conf_sections[TW_CONF_SECTIONS];
/* The keys of one entry of daemons. */
extern const struct tw_conf_section tw_conf_daemon;

/* The key called name of a section, or NULL. */
const struct tw_conf_key *tw_conf_key_find(const struct tw_conf_section *section, const char *name);
/* Fills in the defaults of everything but nodes. Returns 0 or -ENOMEM. */
int tw_conf_set_defaults(struct tw_config *config, const struct tw_conf_defaults *defaults);

#endif
