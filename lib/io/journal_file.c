/* See journal_file.h. */
#include "io/journal_file.h"
#include "base/file.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Bytes among the queued lines that tell the writer what to do before the next line. No JSON text
 * contains them. */
enum { MARK_ROTATE = '\x1e', MARK_RESUME = '\x1d' };
enum { MODE = 0640, TAIL_MAX = 4 << 20, END_WAIT_S = 2 };

static const char header_start[] = "{\"tipwatch_journal\"";

struct tw_journal_file {
	char *path;
	char *old_path; /* of the file before */
	struct tw_buf collected;
	int64_t size;      /* with everything that was appended */
	bool is_overflown; /* lines were dropped because the queue was full */
	uint64_t n_dropped;
	uint64_t n_resumes; /* asked for */
	pthread_t thread;
	/* used by the writer only */
	int fd;            /* -1: could not be opened */
	int64_t good_size; /* up to the last whole line */
	/* shared, under the mutex */
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	struct tw_buf queue;
	bool is_ending;
	int error;
	uint64_t n_resumed;   /* of those asked for */
	int64_t written_size; /* good_size, for the loop */
	uint64_t n_lost;
};

/* --- opening --- */

/* Whether the file begins as a journal does, as far as it goes: an empty file may become one. */
static bool is_journal(int fd)
{
	char start[sizeof(header_start) - 1];
	ssize_t n = pread(fd, start, sizeof(start), 0);

	return n >= 0 && memcmp(start, header_start, (size_t)n) == 0;
}

/* Cuts off what follows the last newline. Returns the size, or a negative errno. */
static int64_t cut_tail(int fd, int64_t size)
{
	char chunk[4096];
	int64_t end = size;

	while (end > 0 && size - end < TAIL_MAX) {
		size_t len = end < (int64_t)sizeof(chunk) ? (size_t)end : sizeof(chunk);
		ssize_t n = pread(fd, chunk, len, end - (int64_t)len);
		const char *newline;

		if (n != (ssize_t)len)
			return n < 0 ? -errno : -EIO;
		newline = memrchr(chunk, '\n', len);
		if (newline != NULL) {
			end += newline + 1 - (chunk + len);
			break;
		}
		end -= (int64_t)len;
	}
	if (end < size && ftruncate(fd, end) < 0)
		return -errno;
	return end;
}

static int explain(char *message, const char *path, const char *what, int result)
{
	snprintf(message, TW_JOURNAL_OPEN_MESSAGE_MAX, "%.300s %s", path, what);
	return result;
}

/* Writing is done by one process at a time. Returns 0, an outcome or a negative errno. */
static int lock(int fd, const char *path, char *message)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return explain(message, path, strerror(errno), -errno);
	return explain(message, path,
		"is being written by another tipwatchd: give this one another journal.path "
		"(--journal)",
		TW_JOURNAL_FILE_IN_USE);
}

/* Opens and locks. Returns 0, or an outcome or a negative errno with a message. */
static int open_file(const char *path, int *ret_fd, int64_t *ret_size, char *message)
{
	/* O_NONBLOCK: opening a pipe without a reader would block. */
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, MODE);
	int64_t size = 0;
	struct stat st;
	int r;

	if (fd < 0)
		return explain(message, path, strerror(errno), -errno);
	if (fstat(fd, &st) < 0)
		r = explain(message, path, strerror(errno), -errno);
	else if (!S_ISREG(st.st_mode))
		r = explain(message, path, "is no regular file: a journal must be one",
			TW_JOURNAL_FILE_UNFIT);
	else
		r = lock(fd, path, message);
	if (r == 0 && !is_journal(fd))
		r = explain(message, path,
			"is there and is not a journal: move it away, or choose another "
			"journal.path (--journal)",
			TW_JOURNAL_FILE_UNFIT);
	if (r == 0) {
		size = cut_tail(fd, st.st_size);
		if (size < 0)
			r = explain(message, path, strerror((int)-size), (int)size);
	}
	if (r != 0) {
		close(fd);
		return r;
	}
	*ret_fd = fd;
	*ret_size = size;
	return 0;
}

/* --- the writer --- */

/* Records among the lines: the headers are not. */
static uint64_t count_records(const char *text, size_t len)
{
	uint64_t n = 0;

	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t line = newline == NULL ? len : (size_t)(newline + 1 - text);

		if (text[0] == MARK_ROTATE || text[0] == MARK_RESUME)
			line = 1;
		else
			n += line < sizeof(header_start) ||
			     memcmp(text, header_start, sizeof(header_start) - 1) != 0;
		text += line;
		len -= line;
	}
	return n;
}

/* 0 or a negative errno, which is the reason for the loss of records that is logged. */
static int reopen(struct tw_journal_file *file)
{
	char message[TW_JOURNAL_OPEN_MESSAGE_MAX];
	int r;

	tw_file_close(&file->fd);
	r = open_file(file->path, &file->fd, &file->good_size, message);
	switch (r) {
	case TW_JOURNAL_FILE_IN_USE:
		return -EBUSY;
	case TW_JOURNAL_FILE_UNFIT:
		return -EINVAL;
	default:
		return r;
	}
}

/* Somebody may have removed or renamed the file. */
static bool is_still_there(const struct tw_journal_file *file)
{
	struct stat ours, named;

	return file->fd >= 0 && fstat(file->fd, &ours) == 0 && stat(file->path, &named) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

static int rotate(struct tw_journal_file *file)
{
	if (rename(file->path, file->old_path) < 0 && errno != ENOENT)
		return -errno;
	return reopen(file);
}

/* Writes whole lines; a line written in part is cut off again. Returns how many bytes stay. */
static size_t write_lines(struct tw_journal_file *file, const char *text, size_t len, int *error)
{
	size_t done = 0;
	const char *newline;

	while (done < len) {
		ssize_t n = write(file->fd, text + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			*error = n < 0 ? -errno : -EIO;
			break;
		}
		done += (size_t)n;
	}
	newline = memrchr(text, '\n', done);
	done = newline == NULL ? 0 : (size_t)(newline + 1 - text);
	file->good_size += (int64_t)done;
	if (*error < 0 && ftruncate(file->fd, file->good_size) < 0)
		*error = -errno;
	return done;
}

/* Returns how many records were lost. */
static uint64_t write_queued(
	struct tw_journal_file *file, const char *text, size_t len, int *error, uint64_t *n_resumed)
{
	static const char marks[] = { MARK_ROTATE, MARK_RESUME, '\0' };
	uint64_t n_lost = 0;

	while (len > 0) {
		size_t part = strcspn(text, marks);

		if (part > 0 && *error == 0 && !is_still_there(file))
			*error = -ENOENT;
		if (part > 0) {
			size_t done = *error == 0 ? write_lines(file, text, part, error) : 0;

			n_lost += count_records(text + done, part - done);
		} else {
			part = 1;
			if (text[0] == MARK_RESUME) {
				*error = is_still_there(file) ? 0 : reopen(file);
				(*n_resumed)++;
			} else if (*error == 0) {
				*error = rotate(file);
			}
		}
		text += part;
		len -= part;
	}
	return n_lost;
}

static void *run(void *ctx)
{
	struct tw_journal_file *file = ctx;
	struct tw_buf batch, swapped;

	tw_buf_init(&batch, TW_JOURNAL_QUEUE_MAX);
	pthread_mutex_lock(&file->mutex);
	for (;;) {
		uint64_t n_lost, n_resumed = 0;
		int error;

		while (file->queue.len == 0 && !file->is_ending)
			pthread_cond_wait(&file->wake, &file->mutex);
		if (file->queue.len == 0)
			break;
		swapped = file->queue;
		file->queue = batch;
		batch = swapped;
		error = file->error;
		pthread_mutex_unlock(&file->mutex);
		n_lost = write_queued(file, batch.data, batch.len, &error, &n_resumed);
		tw_buf_clear(&batch);
		pthread_mutex_lock(&file->mutex);
		file->error = error;
		file->n_resumed += n_resumed;
		file->written_size = file->good_size;
		file->n_lost += n_lost;
	}
	pthread_mutex_unlock(&file->mutex);
	tw_buf_finish(&batch);
	return NULL;
}

static int start_thread(struct tw_journal_file *file)
{
	sigset_t all, old;
	int r;

	/* Signals are to be handled by the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&file->thread, NULL, run, file);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -r;
}

/* --- the loop's side --- */

static void release(struct tw_journal_file *file)
{
	tw_file_close(&file->fd);
	tw_buf_finish(&file->collected);
	tw_buf_finish(&file->queue);
	pthread_mutex_destroy(&file->mutex);
	pthread_cond_destroy(&file->wake);
	free(file->path);
	free(file->old_path);
	free(file);
}

int tw_journal_file_create(const char *path, struct tw_journal_file **ret_file,
	char message[TW_JOURNAL_OPEN_MESSAGE_MAX])
{
	struct tw_journal_file *file = calloc(1, sizeof(*file));
	int r = -ENOMEM;

	if (file == NULL)
		return explain(message, path, strerror(ENOMEM), -ENOMEM);
	file->fd = -1;
	pthread_mutex_init(&file->mutex, NULL);
	pthread_cond_init(&file->wake, NULL);
	tw_buf_init(&file->collected, TW_JOURNAL_QUEUE_MAX);
	tw_buf_init(&file->queue, TW_JOURNAL_QUEUE_MAX);
	file->path = strdup(path);
	if (asprintf(&file->old_path, "%s.1", path) < 0)
		file->old_path = NULL;
	if (file->path == NULL || file->old_path == NULL) {
		explain(message, path, strerror(ENOMEM), -ENOMEM);
		goto fail;
	}
	r = open_file(path, &file->fd, &file->good_size, message);
	/* A wrong path needs a person; a full disk or a missing right may mend by itself. */
	if (r > 0)
		goto fail;
	file->error = r;
	file->size = file->written_size = file->good_size;
	r = start_thread(file);
	if (r < 0) {
		explain(message, path, "needs a thread to write it, and none can be started", r);
		goto fail;
	}
	*ret_file = file;
	return 0;
fail:
	release(file);
	return r;
}

void tw_journal_file_destroy(struct tw_journal_file *file)
{
	struct timespec until;

	if (file == NULL)
		return;
	tw_journal_file_flush(file);
	pthread_mutex_lock(&file->mutex);
	file->is_ending = true;
	pthread_cond_signal(&file->wake);
	pthread_mutex_unlock(&file->mutex);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += END_WAIT_S;
	/* The end must not wait for a disk that hangs: the thread keeps running, and the memory
	 * that it uses is not freed. */
	if (pthread_timedjoin_np(file->thread, NULL, &until) == 0)
		release(file);
	else
		pthread_detach(file->thread);
}

int64_t tw_journal_file_size(const struct tw_journal_file *file)
{
	return file->size;
}

/* The queue is full: these lines are lost. */
static void drop(struct tw_journal_file *file, const char *lines, size_t len)
{
	file->n_dropped += count_records(lines, len);
	file->is_overflown = true;
	/* The writer will not see the marks among them. */
	for (size_t i = 0; i < len; i++)
		file->n_resumes -= lines[i] == MARK_RESUME;
}

static void put_mark(struct tw_journal_file *file, char mark)
{
	tw_buf_putc(&file->collected, mark);
	if (file->collected.error == 0)
		return;
	file->collected.error = 0;
	drop(file, &mark, 1);
}

void tw_journal_file_append(struct tw_journal_file *file, const char *lines, size_t len)
{
	tw_buf_append(&file->collected, lines, len);
	if (file->collected.error < 0) {
		file->collected.error = 0;
		drop(file, lines, len);
		return;
	}
	file->size += (int64_t)len;
}

void tw_journal_file_rotate(struct tw_journal_file *file)
{
	put_mark(file, MARK_ROTATE);
	file->size = 0;
}

void tw_journal_file_resume(struct tw_journal_file *file)
{
	pthread_mutex_lock(&file->mutex);
	file->size = file->written_size + (int64_t)file->queue.len;
	pthread_mutex_unlock(&file->mutex);
	file->is_overflown = false;
	file->n_resumes++;
	put_mark(file, MARK_RESUME);
}

void tw_journal_file_flush(struct tw_journal_file *file)
{
	struct tw_buf *collected = &file->collected;

	if (collected->len == 0)
		return;
	pthread_mutex_lock(&file->mutex);
	tw_buf_append(&file->queue, collected->data, collected->len);
	if (file->queue.error < 0) {
		file->queue.error = 0;
		drop(file, collected->data, collected->len);
	}
	pthread_cond_signal(&file->wake);
	pthread_mutex_unlock(&file->mutex);
	tw_buf_clear(collected);
}

void tw_journal_file_check(struct tw_journal_file *file, struct tw_journal_file_state *ret_state)
{
	pthread_mutex_lock(&file->mutex);
	*ret_state = (struct tw_journal_file_state){
		.is_trying = !file->is_overflown && file->n_resumed != file->n_resumes,
		.error = file->is_overflown ? -ENOBUFS : file->error,
		.n_lost = file->n_lost + file->n_dropped,
	};
	pthread_mutex_unlock(&file->mutex);
}
