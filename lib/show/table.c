/* See table.h. A column is as wide as its content; the names get the columns that are left. */
#include "show/table.h"
#include "base/ascii.h"
#include "base/num.h"
#include "base/span.h"
#include "show/screen.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MARK_WIDTH = 2, CELL_TEXT_MAX = 128, LINE_MAX_BYTES = 1024 };

/* No time is later, so that a difference of two of them in microseconds does not overflow. */
#define MS_MAX (INT64_MAX / TW_MS / 2)

enum column {
	COLUMN_NAME,
	COLUMN_STATE,
	COLUMN_REASON,
	COLUMN_HEIGHT,
	COLUMN_LAG,
	COLUMN_PEERS,
	COLUMN_LATENCY,
	COLUMN_SINCE,
	COLUMNS,
};

/*
 * max: the most that a column gets; longer content is shortened. Their sum with the marks and the
 * gaps leaves at least 9 of 80 columns for the name. usual: what it gets where there is room, so
 * that the columns of a live table stay where they are when a daemon goes wrong.
 */
static const struct {
	const char *title;
	uint32_t max, usual;
	bool is_right;
} columns[COLUMNS] = {
	[COLUMN_NAME] = { "DAEMON", 63, 0, false },
	[COLUMN_STATE] = { "STATE", 12, 12, false },
	[COLUMN_REASON] = { "REASON", 14, 14, false },
	[COLUMN_HEIGHT] = { "HEIGHT", 10, 0, true },
	[COLUMN_LAG] = { "LAG", 7, 4, true },
	[COLUMN_PEERS] = { "PEERS", 7, 0, true },
	[COLUMN_LATENCY] = { "LATENCY", 7, 0, true },
	[COLUMN_SINCE] = { "SINCE", 5, 0, true },
};

/* tipwatchd's clock, as exactly as the object tells it; -1 where it does not. */
static int64_t server_now_ms(const struct tw_json_node *status)
{
	int64_t started_ms, uptime_s;

	if (tw_json_get_int(status, "started_ms", 0, MS_MAX, &started_ms) < 0 ||
		tw_json_get_int(status, "uptime_s", 0, MS_MAX / 1000, &uptime_s) < 0)
		return -1;
	return started_ms + uptime_s * 1000;
}

/* What all rows are shown against. */
struct moment {
	int64_t now_ms;
	int64_t network; /* the network height; -1 */
};

static struct moment look(const struct tw_json_node *status)
{
	struct moment moment = { .now_ms = server_now_ms(status), .network = -1 };

	(void)tw_json_get_int(status, "consensus.network_height", 0, INT64_MAX, &moment.network);
	return moment;
}

/* How long before now_ms the time at path was, or -1. */
static int64_t age_us(const struct tw_json_node *node, const char *path, int64_t now_ms)
{
	int64_t then_ms;

	if (now_ms < 0 || tw_json_get_int(node, path, 0, MS_MAX, &then_ms) < 0)
		return -1;
	return then_ms > now_ms ? 0 : (now_ms - then_ms) * TW_MS;
}

/* How far it is from the network height, on the same chain: "3" behind, "+2" above. */
static void write_lag(const struct tw_json_node *daemon, int64_t network, char cell[CELL_TEXT_MAX])
{
	char number[TW_SCREEN_NUMBER_MAX];
	int64_t height, fork;

	if (tw_json_get_int(daemon, "fork_height", 0, INT64_MAX, &fork) == 0)
		strcpy(cell, "-");
	else if (network >= 0 && tw_json_get_int(daemon, "height", 0, INT64_MAX, &height) == 0 &&
		 height > network)
		snprintf(cell, CELL_TEXT_MAX, "+%" PRId64, height - network);
	else
		strcpy(cell, tw_screen_number(daemon, "lag", number));
}

static void write_latency(const struct tw_json_node *daemon, char cell[CELL_TEXT_MAX])
{
	int64_t us;

	if (tw_json_get_ms(daemon, "latency_ms", &us) < 0)
		strcpy(cell, "-");
	else if (us < 10 * TW_SEC)
		snprintf(cell, CELL_TEXT_MAX, "%" PRId64 "ms", us / TW_MS);
	else
		snprintf(cell, CELL_TEXT_MAX, "%" PRId64 "s", us / TW_SEC);
}

static void write_cell(const struct tw_json_node *daemon, enum column column,
	const struct moment *moment, char cell[CELL_TEXT_MAX])
{
	char number[TW_SCREEN_NUMBER_MAX], other[TW_SCREEN_NUMBER_MAX];
	int64_t us;

	switch (column) {
	case COLUMN_NAME:
		snprintf(cell, CELL_TEXT_MAX,
			strcmp(tw_screen_text(daemon, "role", ""), "reference") == 0 ? "(%s)"
										     : "%s",
			tw_screen_text(daemon, "name", "-"));
		return;
	case COLUMN_STATE:
		snprintf(cell, CELL_TEXT_MAX, "%s", tw_screen_text(daemon, "state", "-"));
		return;
	case COLUMN_REASON:
		snprintf(cell, CELL_TEXT_MAX, "%s", tw_screen_text(daemon, "reason", "-"));
		return;
	case COLUMN_HEIGHT:
		strcpy(cell, tw_screen_number(daemon, "height", number));
		return;
	case COLUMN_LAG:
		write_lag(daemon, moment->network, cell);
		return;
	case COLUMN_PEERS:
		snprintf(cell, CELL_TEXT_MAX, "%s/%s", tw_screen_number(daemon, "peers_in", number),
			tw_screen_number(daemon, "peers_out", other));
		return;
	case COLUMN_LATENCY:
		write_latency(daemon, cell);
		return;
	case COLUMN_SINCE:
		us = age_us(daemon, "since_ms", moment->now_ms);
		strcpy(cell, "-");
		if (us >= 0)
			tw_span_short(us, cell);
		return;
	case COLUMNS:
		break;
	}
	cell[0] = '\0';
}

/* How wide the column's content is, at most as wide as it may be. */
static uint32_t content_width(
	const struct tw_json_node *daemons, const struct moment *moment, enum column column)
{
	uint32_t width = (uint32_t)strlen(columns[column].title);
	const struct tw_json_node *daemon;
	char cell[CELL_TEXT_MAX], clean[CELL_TEXT_MAX];

	for (daemon = tw_json_first(daemons); daemon != NULL;
		daemon = tw_json_next(daemons, daemon)) {
		write_cell(daemon, column, moment, cell);
		tw_ascii_clean(cell, clean, sizeof(clean));
		width = (uint32_t)tw_max(width, (int64_t)strlen(clean));
	}
	return (uint32_t)tw_min(width, columns[column].max);
}

static void measure(const struct tw_json_node *daemons, const struct moment *moment,
	uint32_t all_columns, uint32_t widths[COLUMNS])
{
	uint32_t used = MARK_WIDTH + COLUMNS - 1, spare;

	for (int column = 0; column < COLUMNS; column++) {
		widths[column] = content_width(daemons, moment, (enum column)column);
		used += column == COLUMN_NAME ? 0 : widths[column];
	}
	if (widths[COLUMN_NAME] > all_columns - used)
		widths[COLUMN_NAME] = all_columns - used;
	spare = all_columns - used - widths[COLUMN_NAME];
	for (int column = 0; column < COLUMNS; column++) {
		uint32_t more = columns[column].usual > widths[column]
					? columns[column].usual - widths[column]
					: 0;

		if (more > spare)
			more = spare;
		widths[column] += more;
		spare -= more;
	}
}

static void write_row(const struct tw_json_node *daemon, const struct moment *moment,
	const uint32_t widths[COLUMNS], const struct tw_text *text)
{
	bool is_chosen = tw_screen_flag(daemon, "chosen");
	char cell[CELL_TEXT_MAX];

	tw_buf_puts(text->out, is_chosen ? "* " : "  ");
	for (int column = 0; column < COLUMNS; column++) {
		enum tw_colour colour = TW_COLOUR_NONE;

		if (column > 0)
			tw_buf_putc(text->out, ' ');
		write_cell(daemon, (enum column)column, moment, cell);
		if (column == COLUMN_NAME && is_chosen)
			colour = TW_COLOUR_BOLD;
		if (column == COLUMN_STATE)
			colour = tw_screen_state_colour(cell);
		tw_text_cell(text, colour, cell, widths[column], columns[column].is_right);
	}
	tw_buf_putc(text->out, '\n');
}

static void write_rows(
	const struct tw_json_node *daemons, const struct moment *moment, const struct tw_text *text)
{
	const struct tw_json_node *daemon;
	uint32_t widths[COLUMNS];

	measure(daemons, moment, text->columns, widths);
	tw_buf_puts(text->out, "\n  ");
	for (int column = 0; column < COLUMNS; column++) {
		if (column > 0)
			tw_buf_putc(text->out, ' ');
		tw_text_cell(text, TW_COLOUR_DIM, columns[column].title, widths[column],
			columns[column].is_right);
	}
	tw_buf_putc(text->out, '\n');
	for (daemon = tw_json_first(daemons); daemon != NULL;
		daemon = tw_json_next(daemons, daemon))
		write_row(daemon, moment, widths, text);
}

/* What is wrong with the nodes that are not healthy, and what the brackets mean. */
static void write_details(const struct tw_json_node *daemons, const struct tw_text *text)
{
	const struct tw_json_node *daemon;
	bool has_reference = false;
	char label[CELL_TEXT_MAX];

	tw_buf_putc(text->out, '\n');
	for (daemon = tw_json_first(daemons); daemon != NULL;
		daemon = tw_json_next(daemons, daemon)) {
		const char *state = tw_screen_text(daemon, "state", "");
		const char *detail = tw_screen_text(daemon, "detail", "");

		if (strcmp(tw_screen_text(daemon, "role", ""), "reference") == 0)
			has_reference = true;
		if (strcmp(state, "healthy") == 0 || detail[0] == '\0')
			continue;
		snprintf(label, sizeof(label), "%s:", tw_screen_text(daemon, "name", "-"));
		tw_text_paragraph(text, tw_screen_state_colour(state), label, detail, 2);
	}
	if (has_reference)
		tw_text_paragraph(text, TW_COLOUR_NONE, "",
			"A name in brackets is a reference: it votes and is never chosen.", 0);
}

static void write_choice(const struct tw_json_node *select, const struct tw_text *text)
{
	const char *mode = tw_screen_text(select, "mode", "-");
	bool is_usable = tw_screen_flag(select, "usable");
	enum tw_colour colour = !is_usable                       ? TW_COLOUR_RED
				: strcmp(mode, "consensus") == 0 ? TW_COLOUR_GREEN
								 : TW_COLOUR_YELLOW;
	char label[CELL_TEXT_MAX], line[LINE_MAX_BYTES];

	snprintf(label, sizeof(label), "%s:", mode);
	tw_text_paragraph(text, colour, label, tw_screen_mode(mode), 2);
	snprintf(line, sizeof(line), "%s %s", tw_screen_text(select, "daemon.name", "none"),
		tw_screen_text(select, "daemon.url", ""));
	tw_text_paragraph(text, TW_COLOUR_BOLD, "in use:", line, 2);
	tw_text_paragraph(text, TW_COLOUR_NONE, "why:", tw_screen_text(select, "text", "-"), 2);
	if (!is_usable)
		tw_text_paragraph(
			text, TW_COLOUR_RED, "not usable:", "the pool should not build on it", 2);
	if (tw_screen_remedy(mode)[0] != '\0')
		tw_text_paragraph(text, TW_COLOUR_YELLOW, "to do:", tw_screen_remedy(mode), 2);
	if (tw_screen_flag(select, "pinned"))
		tw_text_paragraph(text, TW_COLOUR_YELLOW,
			"pinned:", "the choice is an operator's, until tipwatchctl unpin", 2);
}

/* The setting that every daemon fails by. */
static void write_suspect(const struct tw_json_node *status, const struct tw_text *text)
{
	const struct tw_json_node *suspect = tw_json_member(status, "suspect");

	if (tw_json_type_of(suspect) == TW_JSON_MAP)
		tw_text_paragraph(text, TW_COLOUR_YELLOW,
			"setting:", tw_screen_text(suspect, "text", "-"), 2);
}

static void write_network(
	const struct tw_json_node *status, int64_t now_ms, const struct tw_text *text)
{
	const struct tw_json_node *consensus = tw_json_member(status, "consensus");
	int64_t tip_us = age_us(consensus, "tip_since_ms", now_ms);
	int64_t up_s;
	char a[TW_SCREEN_NUMBER_MAX], b[TW_SCREEN_NUMBER_MAX], c[TW_SCREEN_NUMBER_MAX],
		d[TW_SCREEN_NUMBER_MAX], span[TW_SPAN_TEXT_MAX], line[LINE_MAX_BYTES];

	tw_span_age(tip_us, span);
	snprintf(line, sizeof(line), "%s, newest block seen %s%s, anchor %s",
		tw_screen_number(consensus, "network_height", a), tip_us < 0 ? "-" : span,
		tip_us < 0 ? "" : " ago", tw_screen_number(consensus, "anchor.height", b));
	tw_text_paragraph(text, TW_COLOUR_NONE, "network height", line, 2);
	snprintf(line, sizeof(line), "%s of %s answer, %s agree, quorum %s",
		tw_screen_number(consensus, "answering", a),
		tw_screen_number(consensus, "voters", b),
		tw_screen_number(consensus, "agreeing", c),
		tw_screen_number(consensus, "quorum", d));
	tw_text_paragraph(text, TW_COLOUR_NONE, "nodes:", line, 2);
	if (tw_json_get_int(status, "uptime_s", 0, INT64_MAX / TW_SEC, &up_s) == 0) {
		tw_span_age(up_s * TW_SEC, span);
		snprintf(line, sizeof(line), "%s, up %s, epoch %s, chain epoch %s",
			tw_screen_text(status, "version", "-"), span,
			tw_screen_number(status, "select.epoch", a),
			tw_screen_number(status, "select.chain_epoch", b));
		tw_text_paragraph(text, TW_COLOUR_NONE, "tipwatchd", line, 2);
	}
	if (tw_screen_flag(consensus, "stalled"))
		tw_text_paragraph(text, TW_COLOUR_RED,
			"stalled:", "the network has shown no new block for a long time", 2);
	if (tw_screen_flag(consensus, "island"))
		tw_text_paragraph(text, TW_COLOUR_RED,
			"island:", "these nodes seem to be connected only to each other", 2);
	if (tw_screen_text(consensus, "witnesses.alarm", NULL) != NULL)
		tw_text_paragraph(text, TW_COLOUR_RED,
			"witnesses:", tw_screen_text(consensus, "witnesses.alarm", NULL), 2);
}

/* Which node is on which chain, where there are several. */
static void write_branches(const struct tw_json_node *status, const struct tw_text *text)
{
	const struct tw_json_node *branches = tw_json_find(status, "consensus.branches");
	const struct tw_json_node *branch, *member;

	if (tw_json_count(branches) < 2)
		return;
	for (branch = tw_json_first(branches); branch != NULL;
		branch = tw_json_next(branches, branch)) {
		const struct tw_json_node *members = tw_json_member(branch, "members");
		char height[TW_SCREEN_NUMBER_MAX], label[CELL_TEXT_MAX], line[LINE_MAX_BYTES] = "";
		size_t len = 0;
		int64_t fork;

		for (member = tw_json_first(members); member != NULL && len < sizeof(line) - 1;
			member = tw_json_next(members, member)) {
			const char *name = tw_json_str(member);

			snprintf(line + len, sizeof(line) - len, "%s%s", len > 0 ? ", " : "",
				name != NULL ? name : "-");
			len = strlen(line);
		}
		if (tw_json_get_int(branch, "fork_height", 0, INT64_MAX, &fork) == 0)
			snprintf(line + len, sizeof(line) - len, " (left after block %" PRId64 ")",
				fork);
		snprintf(label, sizeof(label),
			"chain %s %.8s:", tw_screen_number(branch, "height", height),
			tw_screen_text(branch, "hash", "-"));
		tw_text_paragraph(text, TW_COLOUR_NONE, label, line, 2);
	}
}

/* False where the switch has no time. */
static bool describe_switch(
	const struct tw_json_node *one, int64_t now_ms, char line[LINE_MAX_BYTES])
{
	int64_t us = age_us(one, "t_ms", now_ms);
	char span[TW_SPAN_TEXT_MAX];

	if (us < 0)
		return false;
	tw_span_age(us, span);
	/* An older tipwatchd has no text. */
	snprintf(line, LINE_MAX_BYTES, "%s ago, %s -> %s: %s", span,
		tw_screen_text(one, "from", "none"), tw_screen_text(one, "to", "none"),
		tw_screen_text(one, "text", tw_screen_text(one, "reason", "-")));
	return true;
}

static void write_last_switch(
	const struct tw_json_node *status, int64_t now_ms, const struct tw_text *text)
{
	char line[LINE_MAX_BYTES];

	if (describe_switch(tw_json_first(tw_json_member(status, "switches")), now_ms, line))
		tw_text_paragraph(text, TW_COLOUR_NONE, "last switch:", line, 2);
}

void tw_table_switches(const struct tw_json_node *status, const struct tw_text *text)
{
	const struct tw_json_node *switches = tw_json_member(status, "switches"), *one;
	int64_t now_ms = server_now_ms(status);
	char line[LINE_MAX_BYTES];

	if (tw_json_count(switches) == 0)
		return;
	tw_buf_putc(text->out, '\n');
	tw_text_put(text, TW_COLOUR_DIM, "SWITCHES");
	tw_buf_putc(text->out, '\n');
	for (one = tw_json_first(switches); one != NULL; one = tw_json_next(switches, one)) {
		if (describe_switch(one, now_ms, line))
			tw_text_paragraph(text, TW_COLOUR_NONE, "", line, 2);
	}
}

void tw_table_status(const struct tw_json_node *status, const struct tw_text *text)
{
	const struct tw_json_node *daemons = tw_json_member(status, "daemons");
	struct moment moment = look(status);

	write_choice(tw_json_member(status, "select"), text);
	write_suspect(status, text);
	write_network(status, moment.now_ms, text);
	write_last_switch(status, moment.now_ms, text);
	write_branches(status, text);
	write_rows(daemons, &moment, text);
	write_details(daemons, text);
}
