/* See record.h. */
#include "record.h"
#include "journal/journal.h"
#include <errno.h>

static void write_line(struct record *record, const struct tw_journal_record *what)
{
	tw_buf_clear(&record->line);
	tw_journal_write(record->config, what, &record->line);
	(void)fwrite(record->line.data, 1, record->line.len, record->file);
}

static void observe(
	void *ctx, int64_t now_us, int32_t node, int slot, const struct tw_observation *obs)
{
	struct tw_journal_record what = {
		.kind = TW_JOURNAL_CHECK,
		.t_us = now_us,
		.node = node,
		.slot = slot,
		.obs = obs,
	};

	write_line(ctx, &what);
}

static void hear(void *ctx, int64_t now_us, uint32_t slot, const struct tw_point *tip)
{
	struct tw_journal_record what = {
		.kind = TW_JOURNAL_WITNESS, .t_us = now_us, .slot = (int)slot, .tip = *tip
	};

	write_line(ctx, &what);
}

static void step(void *ctx, int64_t now_us, bool was_fed, const void *rule)
{
	struct tw_journal_record what = { .kind = TW_JOURNAL_TICK, .t_us = now_us };

	(void)rule;
	if (!was_fed)
		write_line(ctx, &what);
}

static void change(void *ctx, int64_t now_us, int32_t choice, enum tw_sim_standing standing)
{
	(void)ctx;
	(void)now_us;
	(void)choice;
	(void)standing;
}

int record_begin(struct record *record, struct tw_sim_drive_params *params, const char *path)
{
	struct tw_journal_header header = {
		.version = "",
		.config = params->config,
		.wall_ms = TW_UNKNOWN,
		.started_ms = TW_UNKNOWN,
		.has_ticks = true,
	};
	struct tw_journal_record what = { .kind = TW_JOURNAL_HEADER, .header = &header };

	*record = (struct record){
		.config = &params->config,
		.file = fopen(path, "w"),
		.witness = { observe, hear, step, change, record },
	};
	if (record->file == NULL)
		return -errno;
	tw_buf_init(&record->line, TW_JOURNAL_LINE_MAX);
	params->witness = &record->witness;
	write_line(record, &what);
	return 0;
}

int record_end(struct record *record)
{
	int r = ferror(record->file) ? -EIO : 0;

	if (fclose(record->file) != 0 && r == 0)
		r = -errno;
	tw_buf_finish(&record->line);
	return r;
}
