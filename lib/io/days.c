/* See days.h. */
#include "io/days.h"
#include "account/record.h"
#include "base/lines.h"
#include "base/log.h"
#include "io/files.h"
#include <errno.h>
#include <string.h>

enum {
	FILE_MAX = 64 << 20,
	/* The file is cut to TW_ACCOUNT_DAYS_MAX lines when it has so many: not every day. */
	LINES_MAX = TW_ACCOUNT_DAYS_MAX + 100,
};

static const char days_name[] = "days.jsonl";
static const char today_name[] = "today.json";

/* Logs once that the files cannot be written, and once that they can again. */
static void note_result(struct tw_days *days, const char *dir, int r)
{
	if (r < 0 && days->error == 0)
		tw_warn("cannot write the figures of the report to %s: %s; tipwatchd goes on, but "
			"what it counts from now on is lost with a restart",
			dir, strerror(-r));
	else if (r == 0 && days->error < 0)
		tw_info("the figures of the report can be written to %s again", dir);
	days->n_failed += r < 0;
	days->error = r;
}

/* --- reading --- */

/* Takes a day over into the account. 0, -EINVAL or -ENOMEM. */
static int take(struct tw_account *account, const char *line, bool is_kept)
{
	struct tw_account_day *day;
	int r = tw_account_record_parse(line, strlen(line), &day);

	if (r < 0)
		return r;
	day->is_kept = is_kept;
	tw_account_add(account, day);
	return 0;
}

static int load_days(struct tw_days *days, const char *dir, struct tw_account *account)
{
	struct tw_buf text;
	uint32_t n_bad = 0;
	int r;

	tw_buf_init(&text, FILE_MAX);
	r = tw_files_read(dir, days_name, &text);
	if (r < 0 && r != -ENOENT && r != -ENOMEM)
		tw_warn("cannot read all of %s/%s: %s", dir, days_name, strerror(-r));
	r = r == -ENOMEM ? r : 0;
	for (char *rest = text.data, *line; r == 0 && (line = tw_lines_next(&rest)) != NULL;) {
		r = take(account, line, true);
		days->n_lines++;
		if (r == -EINVAL) {
			n_bad++;
			r = 0;
		}
	}
	if (n_bad > 0)
		tw_warn("%s/%s has %u lines that cannot be read: the report is without these days, "
			"and the lines stay there",
			dir, days_name, n_bad);
	tw_buf_finish(&text);
	return r;
}

static int load_today(const char *dir, struct tw_account *account)
{
	struct tw_buf text;
	char *rest, *line;
	int r;

	tw_buf_init(&text, TW_ACCOUNT_RECORD_MAX + 1);
	r = tw_files_read(dir, today_name, &text);
	if (r == 0 || r == -EMSGSIZE) {
		rest = text.data;
		line = tw_lines_next(&rest);
		r = r < 0 || line == NULL ? -EINVAL : take(account, line, false);
	}
	tw_buf_finish(&text);
	if (r == -EINVAL)
		tw_files_set_damaged_aside(dir, today_name, "the figures of the day start anew");
	else if (r < 0 && r != -ENOENT && r != -ENOMEM)
		tw_warn("cannot use %s/%s: %s", dir, today_name, strerror(-r));
	return r == -ENOMEM ? r : 0;
}

/* --- writing --- */

/* Cuts the first lines off, whatever they are. */
static int cut(struct tw_days *days, const char *dir)
{
	uint32_t n = 0;
	struct tw_buf text;
	const char *from;
	int r;

	tw_buf_init(&text, FILE_MAX);
	r = tw_files_read(dir, days_name, &text);
	if (r == 0 && text.len > 0) {
		for (from = text.data + text.len - 1; from > text.data; from--) {
			if (from[-1] == '\n' && ++n == TW_ACCOUNT_DAYS_MAX)
				break;
		}
		r = tw_files_replace(
			dir, days_name, from, text.len - (size_t)(from - text.data), true);
	}
	tw_buf_finish(&text);
	if (r == 0)
		days->n_lines = TW_ACCOUNT_DAYS_MAX;
	return r;
}

static int format(const struct tw_account_day *day, struct tw_buf *line)
{
	tw_buf_clear(line);
	tw_account_record_format(day, line);
	tw_buf_putc(line, '\n');
	return line->error;
}

static int save(struct tw_days *days, const char *dir, struct tw_account *account)
{
	const struct tw_account_day *today = tw_account_today(account);
	struct tw_buf line;
	int r = 0;

	tw_buf_init(&line, TW_ACCOUNT_RECORD_MAX + 1);
	for (uint32_t i = 0; r == 0 && i < tw_account_n_days(account); i++) {
		struct tw_account_day *day = tw_account_day_at(account, i);

		if (day == today || day->is_kept)
			continue;
		r = format(day, &line);
		if (r == 0)
			r = tw_files_append(dir, days_name, line.data, line.len);
		day->is_kept = r == 0;
		days->n_lines += r == 0;
	}
	if (r == 0 && days->n_lines >= LINES_MAX)
		r = cut(days, dir);
	/* Also where nothing is counted yet: to find out whether it can be written. */
	if (r == 0 && today != NULL)
		r = format(today, &line);
	if (r == 0 && today != NULL)
		r = tw_files_replace(dir, today_name, line.data, line.len, false);
	tw_buf_finish(&line);
	return r;
}

int tw_days_load(struct tw_days *days, const char *dir, struct tw_account *account)
{
	int r;

	*days = (struct tw_days){ 0 };
	r = load_days(days, dir, account);
	return r == 0 ? load_today(dir, account) : r;
}

void tw_days_save(struct tw_days *days, const char *dir, struct tw_account *account)
{
	note_result(days, dir, save(days, dir, account));
}
