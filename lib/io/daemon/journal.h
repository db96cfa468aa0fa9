/*
 * The journal of a running daemon: what the core is fed becomes records, and what must be in front
 * of them a header: at the start, in every new file, and after a stretch that was lost.
 */
#ifndef TW_IO_DAEMON_JOURNAL_H
#define TW_IO_DAEMON_JOURNAL_H

#include "conf/config.h"
#include "io/journal_file.h"
#include "journal/change.h"
#include "journal/journal.h"

struct tw_daemon_journal {
	struct tw_journal_file *file; /* NULL: none is written */
	int64_t max_size;
	int64_t started_ms; /* Unix time of the run */
	int64_t part;
	bool has_header;    /* the file has this run's */
	int64_t retry_us;   /* when it is tried again, after a failure */
	int error;          /* as warned of */
	uint64_t n_lost;    /* records of this run */
	uint64_t n_skipped; /* of these, before they came to the file */
	size_t header_len;  /* of the last one */
	int64_t record_us;  /* time of the last record */
	bool *has_shown;    /* of each node, its whole window since the header */
	struct tw_change change;
	struct tw_buf line;
	struct tw_observation shown;
};

/* Opens the file where there is one; a failure is logged. 0 or a negative errno. */
int tw_daemon_journal_open(
	struct tw_daemon_journal *journal, const struct tw_config *config, int64_t wall_us);
void tw_daemon_journal_close(struct tw_daemon_journal *journal);
/*
 * The first header, before anything is recorded: saved is what the monitor was created with at
 * created_us. nodes has an entry for each node.
 */
void tw_daemon_journal_begin(struct tw_daemon_journal *journal, const struct tw_monitor *monitor,
	const struct tw_saved *saved, const struct tw_saved_node *nodes, int64_t created_us,
	int64_t wall_us);
/*
 * Something was fed to the monitor (whose configuration is still that which names the record's
 * nodes). Never blocks.
 */
void tw_daemon_journal_put(struct tw_daemon_journal *journal, const struct tw_monitor *monitor,
	const struct tw_journal_record *record, int64_t wall_us);
/* The monitor decided at now. */
void tw_daemon_journal_decided(struct tw_daemon_journal *journal, const struct tw_monitor *monitor,
	int64_t now, int64_t wall_us);
/* Hands everything to the writer, at the end of a wake-up. */
void tw_daemon_journal_flush(struct tw_daemon_journal *journal);

/* A reload: what is to change is opened first, then swapped. */
struct tw_daemon_journal_change {
	bool is_changed;
	struct tw_journal_file *file;
	bool *has_shown;
};
/* 0, or a negative errno with the reason in errors. */
int tw_daemon_journal_prepare(const struct tw_config *old, const struct tw_config *config,
	struct tw_buf *errors, struct tw_daemon_journal_change *ret_change);
void tw_daemon_journal_swap(struct tw_daemon_journal *journal, const struct tw_config *config,
	struct tw_daemon_journal_change *change);
void tw_daemon_journal_discard(struct tw_daemon_journal_change *change);

#endif
