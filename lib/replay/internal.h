/* Private to replay*.c: the insides of a replay. */
#ifndef TW_REPLAY_INTERNAL_H
#define TW_REPLAY_INTERNAL_H

#include "journal/change.h"
#include "journal/journal.h"
#include "replay/count.h"
#include "replay/replay.h"
#include "replay/scan.h"

enum { TW_REPLAY_MESSAGE_MAX = TW_JOURNAL_MESSAGE_MAX + 512 };

struct tw_replay {
	struct tw_replay_options options;
	struct tw_journal_reader *reader;
	struct tw_monitor *monitor; /* NULL: the run has not begun */
	struct tw_replay_run run;   /* how the header's run is to be replayed */
	struct tw_change change;
	struct tw_replay_count count;
	struct tw_buf line;
	/* the header, until the first time is known */
	struct tw_journal_header header; /* its pointers are the reader's, and not followed */
	struct tw_core_config config;
	struct tw_node_policy *nodes;
	struct tw_saved saved;
	struct tw_saved_node *saved_nodes;
	bool has_header;
	bool has_saved;
	int64_t now;        /* of the last step or record */
	int64_t created_us; /* TW_UNKNOWN: with the first record */
	/* the instant that is being applied */
	uint32_t n_pending; /* its records */
	bool has_expected;  /* a recorded decision is to be compared */
	struct tw_buf expected;
	/* where we are */
	const char *name;
	uint64_t n_runs;
	uint64_t line_number;
	char message[TW_REPLAY_MESSAGE_MAX];
};

/* Sets the message, with file and line. Returns TW_REPLAY_BAD. */
int tw_replay_complain(struct tw_replay *replay, const char *format, ...) TW_PRINTF(2, 3);
void tw_replay_note(struct tw_replay *replay, const char *format, ...) TW_PRINTF(2, 3);
/* Decides what was applied so far. 0 or a negative errno. */
int tw_replay_settle(struct tw_replay *replay);

/* replay_run.c: all return as tw_replay_text(). */
void tw_replay_forget_header(struct tw_replay *replay);
/* A header; rest is what follows it in the file. */
int tw_replay_take_header(struct tw_replay *replay, const struct tw_journal_record *record,
	const char *rest, size_t rest_len);
/* The run of the last header begins. t_us: of its first record. */
int tw_replay_begin_run(struct tw_replay *replay, int64_t t_us);
int tw_replay_take_config(struct tw_replay *replay, const struct tw_journal_record *record);

#endif
