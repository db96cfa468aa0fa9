/*
 * The journal: everything that the core is fed, as lines of JSON, so that it can be fed again
 * (tipwatch-journal(5)). A record is one line. Each kind of record is one row of a table that says
 * how it is written and how it is read. io/journal_file writes the files, replay feeds a core.
 *
 * To write a history: a HEADER record, then the others with times that never decrease. All records
 * of one time are one instant: the core decides once, after the last of them.
 */
#ifndef TW_JOURNAL_JOURNAL_H
#define TW_JOURNAL_JOURNAL_H

#include "base/buf.h"
#include "core/monitor.h"
#include "journal/field.h"

enum { TW_JOURNAL_LINE_MAX = 4 << 20 }; /* bytes of one line */

enum tw_journal_kind {
	TW_JOURNAL_HEADER,   /* a run of tipwatchd begins, or goes on in another file */
	TW_JOURNAL_CHECK,    /* a check ended */
	TW_JOURNAL_REPORT,   /* the pool reported a failure */
	TW_JOURNAL_OPERATE,  /* a command of the operator */
	TW_JOURNAL_REQUEST,  /* a client asked for a check */
	TW_JOURNAL_LINK,     /* news over the P2P link of a node */
	TW_JOURNAL_WITNESS,  /* a witness says another tip, or is gone */
	TW_JOURNAL_TICK,     /* the core decided without being fed anything */
	TW_JOURNAL_GAP,      /* the event loop stood still */
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
	 * A run that fills several files has the same started_ms in each header, and the parts 0,
	 * 1, … Where part n follows part n - 1 and n_lost (the number of records of this run that
	 * could not be written) has not grown, the run goes on. Otherwise it begins anew from what
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
	int32_t node; /* CHECK, REPORT, OPERATE, LINK; REQUEST: or TW_NODE_NONE */
	int slot;     /* CHECK, WITNESS */
	const struct tw_observation *obs; /* CHECK */
	enum tw_report report;            /* REPORT */
	enum tw_link link;                /* LINK */
	/* LINK, as the daemon says: of a tip, and of a push, whose hash is not known and whose
	 * height (TW_UNKNOWN) decides nothing. WITNESS: its tip, or TW_UNKNOWN: it is gone. */
	struct tw_point tip;
	enum tw_op op;                          /* OPERATE */
	int64_t gap_us;                         /* GAP */
	const struct tw_journal_header *header; /* HEADER */
	const struct tw_core_config *config;    /* CONFIG */
	/* CONFIG: which node of the old configuration each one is, as for
	 * tw_monitor_reconfigure(). */
	const int32_t *old_of;
	const char *decision; /* DECISION: a JSON object, as tw_change_write_rest() writes it */
	size_t decision_len;
};

/* Appends the record's line, newline included. nodes are those in force: it has the names. */
void tw_journal_write(const struct tw_core_config *nodes, const struct tw_journal_record *record,
	struct tw_buf *out);

/* Reads lines. Owns what the last record that it returned points to. */
struct tw_journal_reader;

/* 0 or -ENOMEM. */
int tw_journal_reader_create(struct tw_journal_reader **ret_reader);
void tw_journal_reader_destroy(struct tw_journal_reader *reader);
/*
 * Reads one line (without its newline). nodes are those in force; NULL before the first header:
 * then the line must be a header. Unknown keys are ignored, missing ones take defaults, and a value
 * that is there must be valid. The record, and all it points to, is valid until the next call.
 * Returns 0 (TW_JOURNAL_OK), another tw_journal_outcome or -ENOMEM.
 */
int tw_journal_reader_next(struct tw_journal_reader *reader, const struct tw_core_config *nodes,
	const char *text, size_t len, struct tw_journal_record *ret_record);
/* What is wrong with the last line, to follow "line N: ". Borrowed. */
const char *tw_journal_reader_message(const struct tw_journal_reader *reader);

#endif
