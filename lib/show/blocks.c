/* See blocks.h. */
#include "show/blocks.h"
#include "show/screen.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { TIME_WIDTH = 19, HEIGHT_WIDTH = 10, STATE_WIDTH = 8, AFTER_WIDTH = 9, DEPTH_WIDTH = 5 };

static enum tw_colour colour_of(const char *state)
{
	static const struct {
		const char *state;
		enum tw_colour colour;
	} colours[] = { { "buried", TW_COLOUR_GREEN }, { "on-main", TW_COLOUR_GREEN },
		{ "orphaned", TW_COLOUR_RED }, { "refused", TW_COLOUR_RED },
		{ "stale", TW_COLOUR_RED }, { "lost", TW_COLOUR_RED } };

	for (size_t i = 0; i < TW_ARRAY_SIZE(colours); i++) {
		if (strcmp(state, colours[i].state) == 0)
			return colours[i].colour;
	}
	return TW_COLOUR_YELLOW;
}

static void put_gap(const struct tw_text *text)
{
	tw_buf_puts(text->out, "  ");
}

static void put_time(const struct tw_json_node *block, const struct tw_text *text)
{
	char time_text[32] = "-";
	int64_t ms;
	struct tm tm;

	if (tw_json_get_int(block, "found_ms", 0, INT64_MAX / 1000, &ms) == 0) {
		time_t seconds = (time_t)(ms / 1000);

		if (localtime_r(&seconds, &tm) != NULL)
			strftime(time_text, sizeof(time_text), "%Y-%m-%d %H:%M:%S", &tm);
	}
	tw_text_cell(text, TW_COLOUR_NONE, time_text, TIME_WIDTH, false);
}

static void put_after(const struct tw_json_node *block, const struct tw_text *text)
{
	char after[TW_SCREEN_NUMBER_MAX + 4] = "-";
	int64_t ms;

	if (tw_json_get_int(block, "accepted_after_ms", 0, INT64_MAX, &ms) == 0)
		snprintf(after, sizeof(after), "%" PRId64 " ms", ms);
	tw_text_cell(text, TW_COLOUR_NONE, after, AFTER_WIDTH, true);
}

static void put_block(const struct tw_json_node *block, const struct tw_text *text)
{
	const char *state = tw_screen_text(block, "state", "-");
	char number[TW_SCREEN_NUMBER_MAX];

	put_time(block, text);
	put_gap(text);
	tw_text_cell(text, TW_COLOUR_BOLD, tw_screen_number(block, "height", number), HEIGHT_WIDTH,
		true);
	put_gap(text);
	tw_text_cell(text, colour_of(state), state, STATE_WIDTH, false);
	put_gap(text);
	tw_text_cell(
		text, TW_COLOUR_NONE, tw_screen_number(block, "depth", number), DEPTH_WIDTH, true);
	put_gap(text);
	put_after(block, text);
	tw_buf_putc(text->out, '\n');
	tw_text_paragraph(text, TW_COLOUR_NONE, "   ", tw_screen_text(block, "text", "-"), 4);
}

static void put_share(const struct tw_json_node *blocks, const struct tw_text *text)
{
	char recent[TW_SCREEN_NUMBER_MAX], lost[TW_SCREEN_NUMBER_MAX];

	tw_buf_printf(text->out, "%s of the last %s blocks whose fate is known were not kept\n",
		tw_screen_number(blocks, "recent_lost", lost),
		tw_screen_number(blocks, "recent", recent));
}

void tw_show_blocks_table(const struct tw_json_node *blocks, const struct tw_text *text)
{
	const struct tw_json_node *list = tw_json_member(blocks, "blocks");

	if (!tw_screen_flag(blocks, "kept")) {
		tw_text_paragraph(text, TW_COLOUR_NONE, "",
			"tipwatchd keeps no found blocks: blocks.dir is not set", 0);
		return;
	}
	if (tw_json_count(list) == 0) {
		tw_buf_puts(text->out, "no block was found in that time\n");
		return;
	}
	tw_text_cell(text, TW_COLOUR_DIM, "FOUND", TIME_WIDTH, false);
	put_gap(text);
	tw_text_cell(text, TW_COLOUR_DIM, "HEIGHT", HEIGHT_WIDTH, true);
	put_gap(text);
	tw_text_cell(text, TW_COLOUR_DIM, "FATE", STATE_WIDTH, false);
	put_gap(text);
	tw_text_cell(text, TW_COLOUR_DIM, "DEPTH", DEPTH_WIDTH, true);
	put_gap(text);
	tw_text_cell(text, TW_COLOUR_DIM, "TAKEN", AFTER_WIDTH, true);
	tw_buf_putc(text->out, '\n');
	for (const struct tw_json_node *block = tw_json_first(list); block != NULL;
		block = tw_json_next(list, block))
		put_block(block, text);
	put_share(blocks, text);
}
