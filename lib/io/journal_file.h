/*
 * The file that a journal is written to. A write to a disk can block for seconds, and the loop must
 * not, so a thread of its own does nothing but write, and owns the descriptor; lines come to it
 * through a bounded queue. What cannot be queued or written is lost, counted, and never waited for.
 */
#ifndef TW_IO_JOURNAL_FILE_H
#define TW_IO_JOURNAL_FILE_H

#include "base/buf.h"

struct tw_journal_file;

enum { TW_JOURNAL_QUEUE_MAX = 8 << 20, TW_JOURNAL_OPEN_MESSAGE_MAX = 512 };

/*
 * Opens path for appending, creates it (mode 0640) or cuts off a torn last line. 0, or with a
 * message that says what to do: -EBUSY: another program writes it; -EINVAL: it is no journal, or no
 * regular file; -ENOMEM, -EAGAIN. When it cannot be opened for another reason the file is one that
 * fails, and may be resumed. Blocks as long as opening takes.
 */
int tw_journal_file_create(const char *path, struct tw_journal_file **ret_file,
	char message[TW_JOURNAL_OPEN_MESSAGE_MAX]);
/* Writes what is queued, waiting at most two seconds for the disk. */
void tw_journal_file_destroy(struct tw_journal_file *file); /* takes NULL */

/* Size of the file once everything was written. */
int64_t tw_journal_file_size(const struct tw_journal_file *file);
/* Collects lines, newlines included. Nothing is done before tw_journal_file_flush(). */
void tw_journal_file_append(struct tw_journal_file *file, const char *lines, size_t len);
/* What is appended from now on goes to a new file; the present one is renamed to its path and ".1".
 */
void tw_journal_file_rotate(struct tw_journal_file *file);
/* After a failure everything appended is lost until this was called: then it is tried again. */
void tw_journal_file_resume(struct tw_journal_file *file);
/* Hands over what was collected. Never blocks. */
void tw_journal_file_flush(struct tw_journal_file *file);

/* How writing goes. */
struct tw_journal_file_state {
	bool is_trying;  /* tw_journal_file_resume() has no answer yet */
	int error;       /* why records are being lost, negative errno; 0: all is well */
	uint64_t n_lost; /* records, ever; headers do not count */
};
void tw_journal_file_check(struct tw_journal_file *file, struct tw_journal_file_state *ret_state);

#endif
