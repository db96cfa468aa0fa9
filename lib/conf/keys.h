/*
 * The table of the configuration's keys: one row per key. Reading, the check for unknown keys,
 * suggestions, defaults, printing, journals and the tables of the manual all follow these rows.
 * What can be done with the value of a row is in value.h.
 */
#ifndef TW_CONF_KEYS_H
#define TW_CONF_KEYS_H

#include "conf/types.h"

/* What a value is: in the file, and in the struct. */
enum tw_conf_kind {
	TW_CONF_NAME,     /* text; char[TW_NAME_MAX + 1] */
	TW_CONF_URL,      /* text; struct tw_url */
	TW_CONF_TEXT,     /* text; char *, owned */
	TW_CONF_DURATION, /* text; int64_t microseconds */
	TW_CONF_CHOICE,   /* text, one of the row's words; an enum */
	TW_CONF_OCTAL,    /* text; mode_t */
	TW_CONF_U32,
	TW_CONF_I32,
	TW_CONF_I64,
	TW_CONF_SIZE,
	TW_CONF_FLAG, /* true or false; bool */
};

struct tw_conf_key {
	const char *name;
	enum tw_conf_kind kind;
	size_t offset; /* into struct tw_config, or struct tw_node_conf for a daemon's key */
	/* Microseconds of a duration, bytes of a text. */
	int64_t min;
	int64_t max;
	/* The default as it is written, without quotes. NULL: it follows from what is set
	 * elsewhere, or (of a name and a URL) there is none. */
	const char *initial;
	const char
		*initial_words; /* the default in words, where initial is not all of it, or NULL */
	const char *example;    /* of a duration */
	const char *(*word)(uint32_t choice); /* the words of a choice, n_words of them */
	uint32_t n_words;
	const char *what; /* what a text is: "path", "name of a group" */
	/* Whether a text is allowed that is not empty and at most max bytes long. Returns 0, or
	 * -EINVAL with a message that ends the sentence "NAME ...". */
	int (*check)(const char *text, char *message, size_t size);
	bool is_private;     /* its value is never repeated in a message */
	const char *meaning; /* one sentence */
};

struct tw_conf_section {
	const char *name;
	const char *comment; /* for tw_conf_print(), lines without the '#' */
	const struct tw_conf_key *keys;
	uint32_t n_keys;
};

enum { TW_CONF_SECTIONS = 15 };
/* The end of a range that is as long as a duration can be (base/span.h). */
#define TW_CONF_FOREVER (10000 * TW_DAY)

/* The groups of the file. coin is the first: the defaults of others follow from it. */
extern const struct tw_conf_section tw_conf_sections[TW_CONF_SECTIONS];
/* The keys of one entry of the list daemons. */
extern const struct tw_conf_section tw_conf_daemon;

/* The key called name of a section, or NULL. */
const struct tw_conf_key *tw_conf_keys_find(
	const struct tw_conf_section *section, const char *name);
/* The section called name, daemons included, or NULL. */
const struct tw_conf_section *tw_conf_keys_section(const char *name);

#endif
