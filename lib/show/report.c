/* See report.h. */
#include "show/report.h"
#include "account/sums.h"
#include "base/lines.h"
#include "base/span.h"
#include "core/reason.h"
#include "show/screen.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	TIME_MAX = 24,
	WORDS_MAX = 1024,
	LABEL_WIDTH = 14,
	SHARE_WIDTH = 9,
	SPAN_WIDTH = 13,
	NAME_WIDTH = 20,
	REASONS_SHOWN = 3, /* of a daemon, those that took longest */
	LOST_SHOWN = 3,    /* blocks */
};

static int64_t get_ms(const struct tw_json_node *node, const char *key)
{
	int64_t ms = 0;

	(void)tw_json_get_int(node, key, 0, INT64_MAX / TW_SEC, &ms);
	return ms;
}

static const char *span_of(int64_t ms, char span[TW_SPAN_TEXT_MAX])
{
	return tw_span_units(ms * TW_MS, span);
}

/* "2026-11-28 03:00" */
static const char *minute_of(int64_t ms, char minute[TIME_MAX])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
		strftime(minute, TIME_MAX, "%Y-%m-%d %H:%M", &tm) == 0)
		return "-";
	return minute;
}

static enum tw_colour colour_of(int64_t part_ms, int64_t whole_ms)
{
	if (part_ms >= whole_ms - whole_ms / 1000)
		return TW_COLOUR_GREEN;
	return part_ms >= whole_ms - whole_ms / 100 ? TW_COLOUR_YELLOW : TW_COLOUR_RED;
}

/* --- the pool --- */

/* "  usable        99.982 %  29 d 22 h    the pool had a daemon to mine on" */
static void put_row(const struct tw_text *text, enum tw_colour colour, const char *label,
	const char *share, int64_t ms, const char *meaning)
{
	char span[TW_SPAN_TEXT_MAX];

	tw_buf_puts(text->out, "  ");
	tw_text_cell(text, TW_COLOUR_NONE, label, LABEL_WIDTH, false);
	tw_text_cell(text, colour, share, SHARE_WIDTH, true);
	tw_buf_puts(text->out, "  ");
	tw_text_cell(text, colour, span_of(ms, span), SPAN_WIDTH, false);
	tw_text_put(text, TW_COLOUR_DIM, meaning);
	tw_buf_putc(text->out, '\n');
}

static void put_pool(const struct tw_json_node *report, const struct tw_text *text)
{
	int64_t watched = get_ms(report, "watched_ms"), usable = get_ms(report, "usable_ms");
	int64_t saved = get_ms(report, "saved_ms"), contested = get_ms(report, "contested_ms");
	char share[TW_ACCOUNT_SHARE_SIZE];

	put_row(text, colour_of(usable, watched), "usable",
		tw_account_sums_share(usable, watched, share), usable,
		"the pool had a daemon to mine on");
	put_row(text, saved > 0 ? TW_COLOUR_GREEN : TW_COLOUR_NONE, "saved", "", saved,
		"the primary failed, another did not");
	put_row(text, usable < watched ? TW_COLOUR_RED : TW_COLOUR_NONE, "not usable",
		tw_account_sums_share(watched - usable, watched, share), watched - usable,
		"there was no such daemon");
	put_row(text, contested > 0 ? TW_COLOUR_RED : TW_COLOUR_NONE, "contested",
		tw_account_sums_share(contested, watched, share), contested,
		"two chains, none with a majority");
	put_row(text, TW_COLOUR_NONE, "not watched", "", get_ms(report, "unwatched_ms"),
		"tipwatchd or the machine was down");
}

/* --- the daemons --- */

/* A reason, or a cause, and how long, or how often. */
struct item {
	const char *word;
	int64_t value;
};

/* The members of a map with the greatest values, in their order. Returns how many. */
static uint32_t pick(const struct tw_json_node *map, bool (*wants)(const char *word),
	struct item items[REASONS_SHOWN], int64_t *ret_sum)
{
	uint32_t n = 0;

	*ret_sum = 0;
	for (const struct tw_json_node *child = tw_json_first(map); child != NULL;
		child = tw_json_next(map, child)) {
		struct item item = { tw_json_key_of(child), get_ms(child, "") };
		uint32_t at;

		if (item.value == 0 || !wants(item.word))
			continue;
		*ret_sum += item.value;
		if (n < REASONS_SHOWN)
			n++;
		else if (items[n - 1].value >= item.value)
			continue;
		for (at = n - 1; at > 0 && items[at - 1].value < item.value; at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
	return n;
}

/* A word that this program does not know is nothing good. */
static bool is_wrong(const char *word)
{
	enum tw_reason reason;

	return tw_reason_parse(word, &reason) < 0 ||
	       tw_reason_state(reason) == TW_STATE_UNHEALTHY ||
	       tw_reason_state(reason) == TW_STATE_UNRESPONSIVE;
}

static bool is_any(const char *word)
{
	(void)word;
	return true;
}

/*
 * What was wrong with a daemon, in pieces that are not torn apart, one a line: "2 h 23 min:",
 * "timeout 2 h 3 min,", "lagging 20 min 4 s;", "left 14 times".
 */
static void write_wrong(const struct tw_json_node *daemon, struct tw_buf *pieces)
{
	struct item items[REASONS_SHOWN];
	char span[TW_SPAN_TEXT_MAX];
	int64_t sum, drained = 0;
	uint32_t n = pick(tw_json_member(daemon, "reasons"), is_wrong, items, &sum);

	if (n == 0)
		tw_buf_puts(pieces, get_ms(daemon, "expected_ms") > 0 ? "nothing" : "not watched");
	if (n > 1)
		tw_buf_printf(pieces, "%s:\n", span_of(sum, span));
	for (uint32_t i = 0; i < n; i++) {
		tw_buf_printf(pieces, "%s%s %s", i > 0 ? ",\n" : "", items[i].word,
			span_of(items[i].value, span));
		sum -= items[i].value;
	}
	if (sum > 0)
		tw_buf_printf(pieces, ",\nothers %s", span_of(sum, span));
	(void)tw_json_get_int(daemon, "reasons.drained", 0, INT64_MAX / TW_SEC, &drained);
	if (drained > 0)
		tw_buf_printf(pieces, ";\ndrained %s", span_of(drained, span));
}

static void write_left(const struct tw_json_node *daemon, struct tw_buf *pieces)
{
	struct item items[REASONS_SHOWN];
	int64_t sum;
	uint32_t n = pick(tw_json_member(daemon, "away"), is_any, items, &sum);

	if (sum == 0)
		return;
	if (sum == 1) {
		tw_buf_printf(pieces, ";\nleft once: %s", items[0].word);
		return;
	}
	tw_buf_printf(pieces, ";\nleft %" PRId64 " times:", sum);
	for (uint32_t i = 0; i < n; i++) {
		tw_buf_printf(
			pieces, "%s\n%s %" PRId64, i > 0 ? "," : "", items[i].word, items[i].value);
		sum -= items[i].value;
	}
	if (sum > 0)
		tw_buf_printf(pieces, ",\nothers %" PRId64, sum);
}

static void put_pieces(struct tw_buf *pieces, uint32_t indent, const struct tw_text *text)
{
	uint32_t column = indent;
	char *rest = pieces->data, *piece;

	while ((piece = tw_lines_next(&rest)) != NULL) {
		uint32_t len = (uint32_t)strlen(piece);

		if (column > indent && column + 1 + len > text->columns) {
			tw_buf_printf(text->out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			tw_buf_putc(text->out, ' ');
			column++;
		}
		tw_text_put(text, TW_COLOUR_NONE, piece);
		column += len;
	}
	tw_buf_putc(text->out, '\n');
}

static void put_daemon(const struct tw_json_node *daemon, const struct tw_text *text)
{
	int64_t expected = get_ms(daemon, "expected_ms"), healthy = get_ms(daemon, "healthy_ms");
	char name[TW_NAME_MAX + 16], share[TW_ACCOUNT_SHARE_SIZE];
	struct tw_buf pieces;

	snprintf(name, sizeof(name), "%s%s", tw_screen_text(daemon, "name", "-"),
		tw_screen_flag(daemon, "primary")      ? " (primary)"
		: tw_screen_flag(daemon, "configured") ? ""
						       : " (gone)");
	tw_buf_puts(text->out, "  ");
	tw_text_cell(text, TW_COLOUR_NONE, name, NAME_WIDTH, false);
	tw_text_cell(text, expected == 0 ? TW_COLOUR_NONE : colour_of(healthy, expected),
		tw_account_sums_share(healthy, expected, share), SHARE_WIDTH, true);
	tw_buf_puts(text->out, "  ");
	tw_buf_init(&pieces, WORDS_MAX);
	write_wrong(daemon, &pieces);
	write_left(daemon, &pieces);
	put_pieces(&pieces, 2 + NAME_WIDTH + SHARE_WIDTH + 2, text);
	tw_buf_finish(&pieces);
}

static void put_daemons(const struct tw_json_node *report, const struct tw_text *text)
{
	const struct tw_json_node *list = tw_json_member(report, "daemons");

	tw_buf_putc(text->out, '\n');
	tw_text_cell(text, TW_COLOUR_BOLD, "DAEMONS", NAME_WIDTH + 2, false);
	tw_text_cell(text, TW_COLOUR_DIM, "AVAILABLE", SHARE_WIDTH, true);
	tw_buf_puts(text->out, "  ");
	tw_text_put(text, TW_COLOUR_DIM, "WHAT WAS WRONG");
	tw_buf_putc(text->out, '\n');
	for (const struct tw_json_node *daemon = tw_json_first(list); daemon != NULL;
		daemon = tw_json_next(list, daemon))
		put_daemon(daemon, text);
}

/* --- the hours --- */

static void put_span_cell(const struct tw_json_node *hour, const char *key, enum tw_colour colour,
	const struct tw_text *text)
{
	int64_t ms = get_ms(hour, key);
	char span[TW_SPAN_TEXT_MAX];

	tw_text_cell(text, ms > 0 ? colour : TW_COLOUR_DIM, ms > 0 ? span_of(ms, span) : "-",
		SPAN_WIDTH, false);
}

static void put_worst(const struct tw_json_node *report, const struct tw_text *text)
{
	const struct tw_json_node *list = tw_json_member(report, "worst_hours");
	char minute[TIME_MAX];

	tw_buf_putc(text->out, '\n');
	if (tw_json_count(list) == 0) {
		tw_text_put(text, TW_COLOUR_BOLD, "WORST HOURS");
		tw_buf_puts(text->out, "  none: nothing was wrong\n");
		return;
	}
	tw_text_cell(text, TW_COLOUR_BOLD, "WORST HOURS", NAME_WIDTH + 2, false);
	tw_text_cell(text, TW_COLOUR_DIM, "NOT USABLE", SPAN_WIDTH, false);
	tw_text_cell(text, TW_COLOUR_DIM, "CONTESTED", SPAN_WIDTH, false);
	tw_text_cell(text, TW_COLOUR_DIM, "SAVED", SPAN_WIDTH, false);
	tw_text_put(text, TW_COLOUR_DIM, "THE PRIMARY WAS");
	tw_buf_putc(text->out, '\n');
	for (const struct tw_json_node *hour = tw_json_first(list); hour != NULL;
		hour = tw_json_next(list, hour)) {
		tw_buf_puts(text->out, "  ");
		tw_text_cell(text, TW_COLOUR_NONE, minute_of(get_ms(hour, "from_ms"), minute),
			NAME_WIDTH, false);
		put_span_cell(hour, "unusable_ms", TW_COLOUR_RED, text);
		put_span_cell(hour, "contested_ms", TW_COLOUR_RED, text);
		put_span_cell(hour, "saved_ms", TW_COLOUR_GREEN, text);
		tw_text_put(text, TW_COLOUR_NONE, tw_screen_text(hour, "primary_reason", "well"));
		tw_buf_putc(text->out, '\n');
	}
}

/* --- the blocks --- */

static void put_lost(const struct tw_json_node *block, const struct tw_text *text)
{
	char label[TIME_MAX + TW_SCREEN_NUMBER_MAX + 4], minute[TIME_MAX];
	char number[TW_SCREEN_NUMBER_MAX];

	snprintf(label, sizeof(label), "  %s  %s", minute_of(get_ms(block, "found_ms"), minute),
		tw_screen_number(block, "height", number));
	tw_text_paragraph(
		text, TW_COLOUR_RED, label, tw_screen_text(block, "text", "-"), NAME_WIDTH);
}

static void put_blocks(const struct tw_json_node *blocks, const struct tw_text *text)
{
	const struct tw_json_node *counts = tw_json_member(blocks, "counts");
	const struct tw_json_node *lost = tw_json_member(blocks, "lost");
	int64_t shown = 0;
	char number[TW_SCREEN_NUMBER_MAX];
	const char *comma = ": ";

	tw_buf_putc(text->out, '\n');
	tw_text_cell(text, TW_COLOUR_BOLD, "BLOCKS", NAME_WIDTH + 2, false);
	if (!tw_screen_flag(blocks, "kept")) {
		tw_buf_puts(text->out, "none are kept: blocks.dir is not set\n");
		return;
	}
	tw_buf_printf(text->out, "%s found", tw_screen_number(blocks, "found", number));
	for (const struct tw_json_node *count = tw_json_first(counts); count != NULL;
		count = tw_json_next(counts, count)) {
		if (get_ms(count, "") == 0)
			continue;
		tw_buf_puts(text->out, comma);
		tw_buf_printf(text->out, "%" PRId64 " ", get_ms(count, ""));
		tw_text_put(text, TW_COLOUR_NONE, tw_json_key_of(count));
		comma = ", ";
	}
	tw_buf_putc(text->out, '\n');
	for (const struct tw_json_node *block = tw_json_first(lost);
		block != NULL && shown < LOST_SHOWN; block = tw_json_next(lost, block), shown++)
		put_lost(block, text);
	if (get_ms(blocks, "not_kept") > shown)
		tw_buf_printf(text->out, "  and %" PRId64 " more that the network did not keep\n",
			get_ms(blocks, "not_kept") - shown);
}

/* --- all of it --- */

static void put_title(const struct tw_json_node *report, const struct tw_text *text)
{
	int64_t days = get_ms(report, "days"), from_ms = 0;
	char minute[TIME_MAX];

	tw_text_put(text, TW_COLOUR_BOLD, "tipwatch report");
	tw_buf_printf(text->out, "  %s to %s (%" PRId64 " day%s, UTC)\n",
		tw_screen_text(report, "first_day", "-"), tw_screen_text(report, "last_day", "-"),
		days, days == 1 ? "" : "s");
	if (tw_json_get_int(report, "from_ms", 0, INT64_MAX / TW_MS, &from_ms) == 0 &&
		from_ms % (TW_DAY / TW_MS) != 0)
		tw_buf_printf(text->out, "  counted since %s, when tipwatchd began to watch\n",
			minute_of(from_ms, minute));
	tw_buf_putc(text->out, '\n');
}

void tw_show_report_screen(const struct tw_json_node *report, const struct tw_text *text)
{
	const struct tw_json_node *explained = tw_json_member(report, "explained");
	const char *problem = tw_screen_text(report, "problem", "");

	put_title(report, text);
	if (problem[0] != '\0') {
		tw_text_paragraph(text, TW_COLOUR_YELLOW, "  Not kept:", problem, 2);
		tw_buf_putc(text->out, '\n');
	}
	if (get_ms(report, "watched_ms") == 0) {
		tw_buf_puts(text->out, "  nothing was watched in these days\n");
	} else {
		tw_text_put(text, TW_COLOUR_BOLD, "POOL");
		tw_buf_putc(text->out, '\n');
		put_pool(report, text);
		put_daemons(report, text);
		put_worst(report, text);
	}
	put_blocks(tw_json_member(report, "blocks"), text);
	tw_buf_putc(text->out, '\n');
	tw_text_put(text, TW_COLOUR_BOLD, "HOW IT IS COUNTED");
	tw_buf_putc(text->out, '\n');
	for (const struct tw_json_node *sentence = tw_json_first(explained); sentence != NULL;
		sentence = tw_json_next(explained, sentence))
		tw_text_paragraph(text, TW_COLOUR_NONE, "  -", tw_screen_text(sentence, "", ""), 4);
}

void tw_show_report_head(const struct tw_json_node *report, struct tw_buf *out)
{
	int64_t watched = get_ms(report, "watched_ms"), usable = get_ms(report, "usable_ms");
	char share[TW_ACCOUNT_SHARE_SIZE], span[TW_SPAN_TEXT_MAX];

	tw_buf_puts(out, "Subject: tipwatch report: ");
	if (watched == 0)
		tw_buf_puts(out, "nothing was watched");
	else
		tw_buf_printf(out, "%s usable, %s saved",
			tw_account_sums_share(usable, watched, share),
			span_of(get_ms(report, "saved_ms"), span));
	tw_buf_printf(out,
		", %.10s to %.10s\nMIME-Version: 1.0\n"
		"Content-Type: text/plain; charset=us-ascii\nAuto-Submitted: auto-generated\n\n",
		tw_screen_text(report, "first_day", "-"), tw_screen_text(report, "last_day", "-"));
}
