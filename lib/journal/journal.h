/*
 * The journal: everything that the core is fed, as JSON lines, so that it can be fed again
 * (tipwatch-journal(5)). A record is one line; writing and reading one are the two
 * directions of the same struct. Who writes files is io/journal.h, who feeds a core is replay.h.
 *
 * To write a history: a HEADER record, then the others with times that never decrease. All records
 * of one time are one instant: the core decides once, after the last of them.
 */
#ifndef TW_JOURNAL_JOURNAL_H
#define TW_JOURNAL_JOURNAL_H

#include "base/buf.h"
#include "core/monitor.h"

enum {
	TW_JOURNAL_LINE_MAX = 4 << 20, /* bytes of one line */
	TW_JOURNAL_MESSAGE_MAX = 512,
};
/* No time is later: over three hundred years, and safe to add spans to. */
#define TW_JOURNAL_T_MAX (INT64_C(10000000000000) * TW_MS)

enum tw_journal_kind {
	TW_JOURNAL_HEADER,   /* a run of tipwatchd begins, or goes on in another file */
	TW_JOURNAL_CHECK,    /* a check ended */
	TW_JOURNAL_REPORT,   /* the pool reported a failure */
	TW_JOURNAL_OPERATE,  /* a command of the operator */
	TW_JOURNAL_REQUEST,  /* somebody asked for a check */
	TW_JOURNAL_TICK,     /* the core decided without being fed anything */
	TW_JOURNAL_GAP,      /* the loop stood still */
	TW_JOURNAL_CONFIG,   /* another configuration is in force */
	TW_JOURNAL_DECISION, /* what was decided after the other records of this time */
};

/* How a run begins. What it points to is borrowed. */
struct tw_journal_header {
	const char *version; /* "": unknown */
	struct tw_core_config config;
	/* What outlived the run before; NULL: nothing. nodes has config.n_nodes entries. */
	const struct tw_saved *saved;
	const struct tw_saved_node *saved_nodes;
	int64_t wall_ms; /* Unix time of the header, for people; TW_UNKNOWN */
	/*
	 * A run that fills several files has the same started_ms in each header, and parts 0, 1, …:
	 * where part n follows part n - 1, and no more records were lost (n_lost: so many of this
	 * run could not be written so far), it simply goes on. Otherwise it begins anew from what
	 * is saved.
	 */
	int64_t started_ms; /* TW_UNKNOWN */
	int64_t part;
	uint64_t n_lost;
	bool has_ticks; /* every step is recorded, with a TICK where nothing was fed */
};

struct tw_journal_record {
	enum tw_journal_kind kind;
	/* The core's time, microseconds. HEADER: when the monitor was created; TW_UNKNOWN there
	 * means the time of the first record. */
	int64_t t_us;
	int32_t node;                     /* CHECK, REPORT, OPERATE; REQUEST: or TW_NODE_NONE */
	int slot;                         /* CHECK */
	const struct tw_observation *obs; /* CHECK */
	enum tw_report report;            /* REPORT */
	enum tw_op op;                    /* OPERATE */
	int64_t gap_us;                   /* GAP */
	const struct tw_journal_header *header; /* HEADER */
	const struct tw_core_config *config;    /* CONFIG */
	/* CONFIG: which node of the old configuration each one is, as for
	 * tw_monitor_reconfigure(). */
	const int32_t *old_of;
	const char *decision; /* DECISION: a JSON object, as tw_change_write_rest() writes it */
	size_t decision_len;
};

/* Number of the node called name, or TW_NODE_NONE; looking begins at hint, where it often is. */
int32_t tw_journal_config_find(const struct tw_core_config *config, const char *name, int32_t hint);

/* Appends the record's line, newline included. nodes are those in force: who is called how. */
void tw_journal_write(const struct tw_core_config *nodes, const struct tw_journal_record *record,
	struct tw_buf *out);

/* Reads lines. Owns what the last record that it returned points to. */
struct tw_journal_reader;

/* What tw_journal_reader_next() says beside 0 and -ENOMEM. */
enum tw_journal_outcome {
	TW_JOURNAL_OK,
	TW_JOURNAL_BAD = 1, /* the message says what is wrong */
	TW_JOURNAL_CUT_OFF, /* likewise, and it is no JSON: perhaps the torn end of a file */
};

int tw_journal_reader_create(struct tw_journal_reader **ret_reader);
void tw_journal_reader_destroy(struct tw_journal_reader *reader);
/*
 * Reads one line (without its newline). nodes are those in force; NULL before the first header:
 * then only a header is right. Unknown keys are ignored, missing ones take defaults; what is there
 * must make sense. The record, and all it points to, is valid until the next call.
 */
int tw_journal_reader_next(struct tw_journal_reader *reader, const struct tw_core_config *nodes,
	const char *line, size_t len, struct tw_journal_record *ret_record);
/* What was wrong with the last line, to follow "line N: ". Borrowed. */
const char *tw_journal_reader_message(const struct tw_journal_reader *reader);

#endif
