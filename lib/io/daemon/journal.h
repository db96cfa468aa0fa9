/*
 * The journal of a running daemon: everything that the core is fed becomes a record of a file, from
 * which a replay makes the same decisions. A replay can begin only at a header, which holds the
 * configuration and the saved state; there is one at the start, in every new file, and after
 * records were lost. Losing records is allowed (a full or slow disk), a hole that cannot be seen is
 * not.
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
	int64_t part;       /* headers of this run before the present one */
	bool has_header;    /* records may follow: a header of this run is in the file */
	int64_t retry_us;   /* when to try again, after a failure */
	int error;          /* that was warned of, and still lasts; 0: none */
	uint64_t n_lost;    /* records of this run */
	uint64_t n_skipped; /* those of them that were not even given to the file */
	size_t header_len;  /* bytes of the last header */
	int64_t record_us;  /* time of the last record */
	bool *has_shown;    /* of each node: its whole window was recorded since the header */
	struct tw_change change;
	/* working memory */
	struct tw_buf line;
	struct tw_observation shown;
};

/*
 * Opens the file where one is configured. 0; a negative errno; or an outcome of
 * tw_journal_file_create(). A failure is logged. To be closed also after a failure.
 */
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
/* Hands all records to the writer, at the end of a wake-up. */
void tw_daemon_journal_flush(struct tw_daemon_journal *journal);

/* A reload: a new file is opened first, then swapped in. */
struct tw_daemon_journal_change {
	bool is_changed;
	struct tw_journal_file *file;
	bool *has_shown;
};
/* 0, or as tw_daemon_journal_open() does, with a line in errors. To be discarded in any case. */
int tw_daemon_journal_prepare(const struct tw_config *old, const struct tw_config *config,
	struct tw_buf *errors, struct tw_daemon_journal_change *ret_change);
void tw_daemon_journal_swap(struct tw_daemon_journal *journal, const struct tw_config *config,
	struct tw_daemon_journal_change *change);
void tw_daemon_journal_discard(struct tw_daemon_journal_change *change);

#endif
