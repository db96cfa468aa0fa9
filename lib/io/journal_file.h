/*
 * The file that a journal is written to. A write to a disk can block for seconds, and the loop must
 * not block, so a thread of its own does nothing but write, and owns the descriptor. Lines reach it
 * through a queue of limited size. Lines that cannot be queued or written are lost and counted; the
 * loop never waits for them.
 */
#ifndef TW_IO_JOURNAL_FILE_H
#define TW_IO_JOURNAL_FILE_H

#include "base/buf.h"

struct tw_journal_file;

enum { TW_JOURNAL_QUEUE_MAX = 8 << 20, TW_JOURNAL_OPEN_MESSAGE_MAX = 512 };

/* Why a path cannot be a journal; a person must choose another one. */
enum tw_journal_file_outcome {
	TW_JOURNAL_FILE_IN_USE = 1, /* another process writes it */
	TW_JOURNAL_FILE_UNFIT = 2,  /* it is no regular file, or its content is no journal */
};

/*
 * Opens path for appending, creates it (mode 0640), or cuts off an incomplete last line. 0; or an
 * outcome, -ENOMEM or -EAGAIN (no thread), with a message that says what to do. When the file
 * cannot be opened for another reason (no permission, no room), 0 is returned too, and the state is
 * that of a file that cannot be written: tw_journal_file_resume() tries again. Blocks as long as
 * opening takes.
 */
int tw_journal_file_create(const char *path, struct tw_journal_file **ret_file,
	char message[TW_JOURNAL_OPEN_MESSAGE_MAX]);
/* Writes everything queued, and waits at most two seconds for the disk. */
void tw_journal_file_destroy(struct tw_journal_file *file); /* takes NULL */

/* Size that the file will have once everything appended is written. */
int64_t tw_journal_file_size(const struct tw_journal_file *file);
/* Collects lines, newlines included. They are written after tw_journal_file_flush(). */
void tw_journal_file_append(struct tw_journal_file *file, const char *lines, size_t len);
/* Lines appended from now on go to a new file; the present one is renamed to its path and ".1". */
void tw_journal_file_rotate(struct tw_journal_file *file);
/* After a failure everything appended is lost until this is called: then writing is tried again. */
void tw_journal_file_resume(struct tw_journal_file *file);
/* Hands the collected lines to the writer. Never blocks. */
void tw_journal_file_flush(struct tw_journal_file *file);

/* How writing goes. */
struct tw_journal_file_state {
	bool is_trying;  /* the result of tw_journal_file_resume() is not known yet */
	int error;       /* why records are being lost, negative errno; 0: they are written */
	uint64_t n_lost; /* records, since it was created; headers do not count */
};
void tw_journal_file_check(struct tw_journal_file *file, struct tw_journal_file_state *ret_state);

#endif
