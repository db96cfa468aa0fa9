/* See journal.h. */
#include "io/daemon/journal.h"
#include "base/log.h"
#include "base/num.h"
#include "core/node/chain.h"
#include "core/saved.h"
#include "explain/view.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How often writing is tried again after a failure. */
#define RETRY_US (1 * TW_SEC)
/* A file may be as large as so many headers, even where max_size is less: a file with little but a
 * header would be of no use. */
enum { HEADERS_MIN = 4 };

static int open_file(
	const struct tw_config *config, struct tw_buf *errors, struct tw_journal_file **ret_file)
{
	char message[TW_JOURNAL_OPEN_MESSAGE_MAX];
	int r = 0;

	if (config->journal_path[0] != '\0')
		r = tw_journal_file_create(config->journal_path, ret_file, message);
	if (r != 0)
		tw_buf_printf(errors, "cannot write the journal: %s", message);
	return r;
}

static int allocate(uint32_t n_nodes, struct tw_buf *errors, bool **ret_has_shown)
{
	*ret_has_shown = calloc(n_nodes, sizeof(**ret_has_shown));
	if (*ret_has_shown != NULL)
		return 0;
	tw_buf_printf(errors, "cannot write the journal: %s", strerror(ENOMEM));
	return -ENOMEM;
}

int tw_daemon_journal_open(
	struct tw_daemon_journal *journal, const struct tw_config *config, int64_t wall_us)
{
	struct tw_buf errors;
	int r;

	journal->max_size = config->journal_max_size;
	journal->started_ms = wall_us / TW_MS;
	journal->record_us = TW_UNKNOWN;
	tw_buf_init(&journal->line, TW_JOURNAL_LINE_MAX);
	tw_buf_init(&errors, 2 * TW_JOURNAL_OPEN_MESSAGE_MAX);
	r = open_file(config, &errors, &journal->file);
	if (r == 0)
		r = allocate(config->n_nodes, &errors, &journal->has_shown);
	if (r != 0)
		tw_error("%s", tw_buf_str(&errors));
	else if (journal->file != NULL)
		tw_info("journal %s", config->journal_path);
	tw_buf_finish(&errors);
	return r;
}

void tw_daemon_journal_close(struct tw_daemon_journal *journal)
{
	tw_journal_file_destroy(journal->file);
	journal->file = NULL;
	tw_buf_finish(&journal->line);
	free(journal->has_shown);
	journal->has_shown = NULL;
}

/* --- headers --- */

/* Writes a header into journal->line. */
static void make_header(struct tw_daemon_journal *journal, const struct tw_monitor *monitor,
	const struct tw_saved *saved, const struct tw_saved_node *nodes, int64_t t_us,
	int64_t wall_us)
{
	struct tw_journal_header header = {
		.version = TW_VERSION,
		.config = *tw_monitor_config(monitor),
		.saved = saved,
		.saved_nodes = nodes,
		.wall_ms = wall_us / TW_MS,
		.started_ms = journal->started_ms,
		.part = journal->part,
		.n_lost = journal->n_lost,
		.has_ticks = true,
	};
	struct tw_journal_record record = {
		.kind = TW_JOURNAL_HEADER, .t_us = t_us, .header = &header
	};

	tw_buf_clear(&journal->line);
	tw_journal_write(&header.config, &record, &journal->line);
}

/* Whether len more bytes make this file too large. */
static bool is_full(const struct tw_daemon_journal *journal, size_t len)
{
	int64_t size = tw_journal_file_size(journal->file);
	int64_t least = (int64_t)(HEADERS_MIN * journal->header_len);
	int64_t most = tw_max(journal->max_size, least);

	return size > 0 && size + (int64_t)len > most;
}

static void append_header(struct tw_daemon_journal *journal)
{
	const struct tw_buf *line = &journal->line;

	journal->header_len = line->len;
	if (is_full(journal, line->len))
		tw_journal_file_rotate(journal->file);
	tw_journal_file_append(journal->file, tw_buf_str(line), line->len);
	journal->has_header = true;
}

void tw_daemon_journal_begin(struct tw_daemon_journal *journal, const struct tw_monitor *monitor,
	const struct tw_saved *saved, const struct tw_saved_node *nodes, int64_t created_us,
	int64_t wall_us)
{
	if (journal->file == NULL)
		return;
	make_header(journal, monitor, saved, nodes, created_us, wall_us);
	append_header(journal);
	/* The windows of the nodes are empty when a run begins. */
	memset(journal->has_shown, true, tw_monitor_config(monitor)->n_nodes);
}

/* What the witnesses have said, for a replay that begins here; one from before learns nothing. */
static void repeat_witnesses(
	struct tw_daemon_journal *journal, const struct tw_monitor *monitor, int64_t t_us)
{
	struct tw_journal_record record = { .kind = TW_JOURNAL_WITNESS, .t_us = t_us };

	for (uint32_t slot = 0; slot < TW_WITNESSES_MAX; slot++) {
		const struct tw_point *tip = tw_monitor_witness_tip(monitor, slot);

		if (tip == NULL)
			continue;
		record.slot = (int)slot;
		record.tip = *tip;
		tw_buf_clear(&journal->line);
		tw_journal_write(tw_monitor_config(monitor), &record, &journal->line);
		tw_journal_file_append(journal->file, journal->line.data, journal->line.len);
	}
}

/*
 * A header in the middle of a run. It holds what would outlive a restart, and the first check of
 * each node after it is recorded with the node's whole window, so that a replay that begins here
 * finds the chains linked. A replay that comes from before it learns nothing new.
 */
static void begin_again(struct tw_daemon_journal *journal, const struct tw_monitor *monitor,
	int64_t t_us, int64_t wall_us)
{
	uint32_t n = tw_monitor_config(monitor)->n_nodes;
	struct tw_saved_node *nodes = calloc(n, sizeof(nodes[0]));
	struct tw_saved saved;

	if (nodes == NULL)
		return;
	tw_saved_take(monitor, t_us, &saved, nodes);
	journal->part++;
	make_header(journal, monitor, &saved, nodes, t_us, wall_us);
	append_header(journal);
	repeat_witnesses(journal, monitor, t_us);
	memset(journal->has_shown, false, n);
	free(nodes);
}

/* --- failures --- */

static void note_state(struct tw_daemon_journal *journal, const struct tw_journal_file_state *state)
{
	journal->n_lost = journal->n_skipped + state->n_lost;
	if (state->error < 0 && journal->error == 0)
		tw_warn("the journal cannot be written: %s; records are lost, and watching goes on",
			state->error == -ENOBUFS ? "the disk is too slow"
						 : strerror(-state->error));
	else if (state->error == 0 && journal->error < 0)
		tw_info("the journal can be written again; %llu records were lost",
			(unsigned long long)journal->n_lost);
	journal->error = state->error;
}

/* Whether records can be appended; if not, this one is lost. */
static bool is_writable(struct tw_daemon_journal *journal, const struct tw_monitor *monitor,
	int64_t t_us, int64_t wall_us)
{
	struct tw_journal_file_state state;

	tw_journal_file_check(journal->file, &state);
	if (state.is_trying)
		return journal->has_header;
	note_state(journal, &state);
	if (state.error < 0 && journal->has_header) {
		journal->has_header = false;
		journal->retry_us = t_us + RETRY_US;
	}
	if (journal->has_header)
		return true;
	if (t_us < journal->retry_us)
		return false;
	journal->retry_us = t_us + RETRY_US;
	tw_journal_file_resume(journal->file);
	begin_again(journal, monitor, t_us, wall_us);
	return journal->has_header;
}

/* --- records --- */

/* The check with everything that is known of the node's chain, now that the core has taken it in.
 */
static const struct tw_observation *show_all(struct tw_daemon_journal *journal,
	const struct tw_monitor *monitor, const struct tw_journal_record *record)
{
	struct tw_observation *shown = &journal->shown;
	const struct tw_chain *chain;
	struct tw_view_node view;

	tw_view_node(monitor, record->node, &view);
	chain = view.chain;
	*shown = *record->obs;
	shown->n_chain = 0;
	for (int64_t h = chain->tip; h >= 0 && shown->n_chain < TW_CHAIN_MAX; h--) {
		const struct tw_hash *hash = tw_chain_at(chain, h);

		if (hash == NULL)
			break;
		shown->chain[shown->n_chain++] = (struct tw_point){ h, *hash };
	}
	for (uint32_t i = 0; i < chain->n_extras; i++)
		tw_observation_add(shown, &chain->extras[i]);
	return shown;
}

/* Writes a record into journal->line. */
static void make_line(struct tw_daemon_journal *journal, const struct tw_monitor *monitor,
	const struct tw_journal_record *record)
{
	struct tw_journal_record all = *record;

	if (record->kind == TW_JOURNAL_CHECK && record->obs->result == TW_RESULT_OK &&
		record->obs->n_chain > 0 && !journal->has_shown[record->node])
		all.obs = show_all(journal, monitor, record);
	tw_buf_clear(&journal->line);
	tw_journal_write(tw_monitor_config(monitor), &all, &journal->line);
}

void tw_daemon_journal_put(struct tw_daemon_journal *journal, const struct tw_monitor *monitor,
	const struct tw_journal_record *record, int64_t wall_us)
{
	if (journal->file == NULL)
		return;
	journal->record_us = record->t_us;
	if (!is_writable(journal, monitor, record->t_us, wall_us)) {
		journal->n_skipped++;
		return;
	}
	make_line(journal, monitor, record);
	if (is_full(journal, journal->line.len)) {
		tw_journal_file_rotate(journal->file);
		begin_again(journal, monitor, record->t_us, wall_us);
		make_line(journal, monitor, record);
	}
	if (journal->line.error < 0) {
		/* The next record needs a header before it, so that the hole is seen. */
		journal->n_skipped++;
		journal->has_header = false;
		return;
	}
	tw_journal_file_append(journal->file, journal->line.data, journal->line.len);
	if (record->kind == TW_JOURNAL_CHECK && record->obs->result == TW_RESULT_OK)
		journal->has_shown[record->node] = true;
}

void tw_daemon_journal_decided(struct tw_daemon_journal *journal, const struct tw_monitor *monitor,
	int64_t now, int64_t wall_us)
{
	struct tw_journal_record record = { .kind = TW_JOURNAL_TICK, .t_us = now };
	struct tw_buf text;

	if (journal->file == NULL)
		return;
	if (journal->record_us != now)
		tw_daemon_journal_put(journal, monitor, &record, wall_us);
	if (!tw_change_note(&journal->change, monitor))
		return;
	tw_buf_init(&text, TW_JOURNAL_LINE_MAX);
	tw_change_write_rest(monitor, &text);
	record.kind = TW_JOURNAL_DECISION;
	record.decision = tw_buf_str(&text);
	record.decision_len = text.len;
	tw_daemon_journal_put(journal, monitor, &record, wall_us);
	tw_buf_finish(&text);
}

void tw_daemon_journal_flush(struct tw_daemon_journal *journal)
{
	if (journal->file != NULL)
		tw_journal_file_flush(journal->file);
}

/* --- reload --- */

int tw_daemon_journal_prepare(const struct tw_config *old, const struct tw_config *config,
	struct tw_buf *errors, struct tw_daemon_journal_change *ret_change)
{
	int r;

	*ret_change = (struct tw_daemon_journal_change){
		.is_changed = strcmp(old->journal_path, config->journal_path) != 0,
	};
	r = allocate(config->n_nodes, errors, &ret_change->has_shown);
	if (r == 0 && ret_change->is_changed)
		r = open_file(config, errors, &ret_change->file);
	if (r != 0)
		tw_buf_putc(errors, '\n');
	return r;
}

void tw_daemon_journal_swap(struct tw_daemon_journal *journal, const struct tw_config *config,
	struct tw_daemon_journal_change *change)
{
	bool *has_shown = journal->has_shown;
	struct tw_journal_file *file = journal->file;

	journal->has_shown = change->has_shown;
	change->has_shown = has_shown;
	journal->max_size = config->journal_max_size;
	journal->change.has_any = false;
	if (!change->is_changed)
		return;
	journal->file = change->file;
	change->file = file;
	journal->has_header = false;
	journal->error = 0;
	journal->retry_us = 0;
	if (journal->file != NULL)
		tw_info("journal %s", config->journal_path);
}

void tw_daemon_journal_discard(struct tw_daemon_journal_change *change)
{
	tw_journal_file_destroy(change->file);
	free(change->has_shown);
}
