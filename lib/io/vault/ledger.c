/* See ledger.h. */
#include "io/vault/ledger.h"
#include "base/file.h"
#include "base/log.h"
#include "base/num.h"
#include "block/record.h"
#include "io/files.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A file is at most this much longer than its limit: the line that was too much. */
enum { READ_MAX = 2 * TW_LEDGER_MAX };

static void warn(struct tw_ledger *ledger, int error)
{
	if (!ledger->has_warned)
		tw_warn("cannot write the journal of blocks %s: %s; tipwatchd goes on, but after a "
			"restart it may not know what became of them",
			ledger->path, strerror(error));
	ledger->has_warned = true;
}

static int replay(char *text, size_t len, struct tw_block_book *book)
{
	uint32_t n_bad = 0;

	for (char *line = text, *end; line < text + len; line = end + 1) {
		struct tw_block *block;
		int r;

		end = memchr(line, '\n', len - (size_t)(line - text));
		if (end == NULL)
			break; /* cut off in the middle */
		r = end == line ? -EINVAL
				: tw_block_record_parse(line, (size_t)(end - line), &block);
		if (r == -ENOMEM)
			return r;
		if (r == 0)
			(void)tw_block_book_add(book, block);
		else if (end != line)
			n_bad++;
	}
	if (n_bad > 0)
		tw_warn("the journal of blocks has %u lines that cannot be read", n_bad);
	return 0;
}

static int read_file(const char *path, struct tw_block_book *book)
{
	struct tw_buf text;
	int r;

	tw_buf_init(&text, READ_MAX);
	r = tw_file_read(path, false, &text);
	if (r == 0 || r == -EMSGSIZE)
		r = text.data == NULL ? 0 : replay(text.data, text.len, book);
	else if (r != -ENOENT && r != -ENOMEM)
		tw_warn("cannot read the journal of blocks %s: %s", path, strerror(-r));
	tw_buf_finish(&text);
	return r;
}

static void open_file(struct tw_ledger *ledger)
{
	int r = tw_files_open_lines(ledger->path, &ledger->fd, &ledger->size);

	if (r < 0)
		warn(ledger, -r);
}

int tw_ledger_open(
	struct tw_ledger *ledger, const char *dir, int64_t max, struct tw_block_book *book)
{
	char old[PATH_MAX + 2];
	int r;

	*ledger = (struct tw_ledger){ .fd = -1, .max = max };
	if ((size_t)snprintf(ledger->path, sizeof(ledger->path), "%s/blocks.jsonl", dir) >=
		sizeof(ledger->path)) {
		warn(ledger, ENAMETOOLONG);
		return 0;
	}
	r = read_file(ledger->path, book);
	if (r == -ENOENT) {
		/* Ended between the two renames of a new file. */
		snprintf(old, sizeof(old), "%s.1", ledger->path);
		r = read_file(old, book);
	}
	if (r == -ENOMEM)
		return r;
	open_file(ledger);
	return 0;
}

void tw_ledger_close(struct tw_ledger *ledger)
{
	tw_file_close(&ledger->fd);
}

static int format(const struct tw_block *block, struct tw_buf *line)
{
	tw_block_record_format(block, line);
	tw_buf_putc(line, '\n');
	return line->error;
}

/* A new file with a line for each block. */
static int write_book(const char *path, const struct tw_block_book *book, int64_t *ret_size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	struct tw_buf line;
	int r = 0;

	if (fd < 0)
		return -errno;
	*ret_size = 0;
	tw_buf_init(&line, TW_BLOCK_RECORD_MAX + 1);
	for (uint32_t i = 0; r == 0 && i < book->n; i++) {
		tw_buf_clear(&line);
		r = format(book->blocks[i], &line);
		if (r == 0)
			r = tw_file_write(fd, line.data, line.len);
		*ret_size += (int64_t)line.len;
	}
	tw_buf_finish(&line);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

static void rotate(struct tw_ledger *ledger, const struct tw_block_book *book)
{
	char old[PATH_MAX + 2], next[PATH_MAX + 4];
	int64_t size = 0;
	int r;

	snprintf(old, sizeof(old), "%s.1", ledger->path);
	snprintf(next, sizeof(next), "%s.new", ledger->path);
	r = write_book(next, book, &size);
	if (r == 0 && (rename(ledger->path, old) < 0 || rename(next, ledger->path) < 0))
		r = -errno;
	if (r < 0) {
		warn(ledger, -r);
		/* It goes on with the one it has, and tries again when that has grown further. */
		ledger->size = 0;
		return;
	}
	tw_ledger_close(ledger);
	open_file(ledger);
	/* Where the blocks alone fill the file, it may grow to twice that. */
	ledger->size = tw_min(ledger->size, ledger->max / 2);
}

void tw_ledger_put(
	struct tw_ledger *ledger, const struct tw_block_book *book, const struct tw_block *block)
{
	struct tw_buf line;
	int r;

	if (ledger->path[0] == '\0')
		return;
	if (ledger->fd < 0)
		open_file(ledger);
	if (ledger->fd < 0)
		return;
	tw_buf_init(&line, TW_BLOCK_RECORD_MAX + 1);
	r = format(block, &line);
	if (r == 0)
		r = tw_file_write(ledger->fd, line.data, line.len);
	ledger->size += (int64_t)line.len;
	tw_buf_finish(&line);
	if (r < 0) {
		warn(ledger, -r);
		/* A part may be written: the next line must not follow on it. */
		tw_ledger_close(ledger);
		return;
	}
	if (ledger->has_warned)
		tw_info("the journal of blocks %s can be written again", ledger->path);
	ledger->has_warned = false;
	if (ledger->size > ledger->max)
		rotate(ledger, book);
}
