/* See views.h. */
#include "wire/view.h"
#include "core/explain.h"
#include "core/words.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 1024 };

const char *tw_view_text(const struct tw_json_node *node, const char *path, const char *instead)
{
	const char *text = tw_json_str(tw_json_find(node, path));

	return text != NULL ? text : instead;
}

const char *tw_view_number(
	const struct tw_json_node *node, const char *path, char number[TW_VIEW_NUMBER_MAX])
{
	int64_t value;

	if (tw_json_get_int(node, path, INT64_MIN, INT64_MAX, &value) == 0)
		(void)snprintf(number, TW_VIEW_NUMBER_MAX, "%" PRId64, value);
	else
		strcpy(number, "-");
	return number;
}

bool tw_view_flag(const struct tw_json_node *node, const char *path)
{
	bool value;

	return tw_json_get_bool(node, path, &value) == 0 && value;
}

const char *tw_view_mode(const char *word)
{
	for (int mode = 0; mode < TW_MODES; mode++) {
		if (strcmp(word, tw_mode_word((enum tw_mode)mode)) == 0)
			return tw_explain_mode((enum tw_mode)mode);
	}
	return "";
}

enum tw_colour tw_view_state_colour(const char *state)
{
	static const struct {
		const char *state;
		enum tw_colour colour;
	} colours[] = { { "healthy", TW_COLOUR_GREEN }, { "unhealthy", TW_COLOUR_YELLOW },
		{ "unresponsive", TW_COLOUR_RED }, { "maintenance", TW_COLOUR_CYAN } };

	for (size_t i = 0; i < TW_ARRAY_SIZE(colours); i++) {
		if (strcmp(state, colours[i].state) == 0)
			return colours[i].colour;
	}
	return TW_COLOUR_DIM;
}

void tw_view_select(const struct tw_json_node *select, const struct tw_text *text)
{
	char height[TW_VIEW_NUMBER_MAX], epoch[TW_VIEW_NUMBER_MAX], chain[TW_VIEW_NUMBER_MAX],
		line[LINE_BYTES];
	bool is_usable = tw_view_flag(select, "usable");

	tw_text_put(text, TW_COLOUR_BOLD, tw_view_text(select, "daemon.name", "none"));
	(void)tw_buf_puts(text->out, "  ");
	tw_text_put(text, TW_COLOUR_NONE, tw_view_text(select, "daemon.url", ""));
	(void)tw_buf_putc(text->out, '\n');
	(void)snprintf(line, sizeof(line), "%s, mode %s: %s", is_usable ? "usable" : "not usable",
		tw_view_text(select, "mode", "-"), tw_view_text(select, "text", "-"));
	tw_text_paragraph(text, TW_COLOUR_NONE, "", line, 2);
	(void)snprintf(line, sizeof(line), "%s %s, epoch %s, chain epoch %s",
		tw_view_number(select, "height", height), tw_view_text(select, "hash", "-"),
		tw_view_number(select, "epoch", epoch),
		tw_view_number(select, "chain_epoch", chain));
	tw_text_paragraph(text, TW_COLOUR_NONE, "height", line, 2);
}

void tw_view_submit(const struct tw_json_node *submit, const struct tw_text *text)
{
	const struct tw_json_node *targets = tw_json_member(submit, "targets");
	const struct tw_json_node *target;
	char height[TW_VIEW_NUMBER_MAX], accept[TW_VIEW_NUMBER_MAX], silence[TW_VIEW_NUMBER_MAX],
		line[LINE_BYTES];

	for (target = tw_json_first(targets); target != NULL;
		target = tw_json_next(targets, target)) {
		tw_text_put(text, TW_COLOUR_BOLD, tw_view_text(target, "name", "-"));
		(void)tw_buf_puts(text->out, "  ");
		tw_text_put(text, TW_COLOUR_NONE, tw_view_text(target, "url", "-"));
		(void)tw_buf_puts(text->out, "  ");
		tw_text_put(text, tw_view_state_colour(tw_view_text(target, "state", "")),
			tw_view_text(target, "state", "-"));
		(void)tw_buf_puts(text->out, " (");
		tw_text_put(text, TW_COLOUR_NONE, tw_view_text(target, "reason", "-"));
		(void)tw_buf_printf(
			text->out, ") at %s\n", tw_view_number(target, "height", height));
	}
	if (tw_json_count(targets) == 0) {
		(void)tw_buf_puts(text->out, "none\n");
		return;
	}
	(void)snprintf(line, sizeof(line),
		"in this order: the first one gets the block, the others %s ms after it was "
		"accepted, unless they have it by then; the next one at once after a refusal, or "
		"after %s ms without an answer",
		tw_view_number(submit, "after_accept_ms", accept),
		tw_view_number(submit, "after_silence_ms", silence));
	tw_text_paragraph(text, TW_COLOUR_NONE, "", line, 2);
}

/* A scalar as its text. */
static const char *scalar(const struct tw_json_node *node, char number[TW_VIEW_NUMBER_MAX])
{
	switch (tw_json_type_of(node)) {
	case TW_JSON_TEXT:
		return tw_json_str(node);
	case TW_JSON_BOOL:
		return tw_view_flag(node, "") ? "yes" : "no";
	case TW_JSON_NUMBER:
		return tw_view_number(node, "", number);
	case TW_JSON_ABSENT:
	case TW_JSON_NULL:
	case TW_JSON_ARRAY:
	case TW_JSON_MAP:
		break;
	}
	return "-";
}

/* Every key there is, so that nothing which a newer server tells is lost. */
void tw_view_node(const struct tw_json_node *node, const struct tw_text *text)
{
	const struct tw_json_node *child;

	for (child = tw_json_first(node); child != NULL; child = tw_json_next(node, child)) {
		char number[TW_VIEW_NUMBER_MAX];

		tw_text_cell(text, TW_COLOUR_NONE, tw_json_key_of(child), 20, false);
		(void)tw_buf_putc(text->out, ' ');
		tw_text_put(text,
			strcmp(tw_json_key_of(child), "state") == 0
				? tw_view_state_colour(scalar(child, number))
				: TW_COLOUR_NONE,
			scalar(child, number));
		(void)tw_buf_putc(text->out, '\n');
	}
}

static void put_vote(const struct tw_json_node *vote, const struct tw_text *text)
{
	char height[TW_VIEW_NUMBER_MAX], fork[TW_VIEW_NUMBER_MAX];
	const char *word = tw_view_text(vote, "vote", "-");
	bool is_voting = tw_view_flag(vote, "votes");

	tw_text_cell(text, TW_COLOUR_BOLD, tw_view_text(vote, "name", "-"), 20, false);
	(void)tw_buf_puts(text->out, "  ");
	tw_text_cell(text,
		!is_voting                       ? TW_COLOUR_DIM
		: strcmp(word, "conflicts") == 0 ? TW_COLOUR_RED
						 : TW_COLOUR_NONE,
		word, 10, false);
	tw_text_cell(text, TW_COLOUR_NONE, tw_view_number(vote, "height", height), 10, true);
	(void)tw_buf_puts(text->out, "  ");
	tw_text_cell(text, TW_COLOUR_NONE, tw_view_text(vote, "hash", "-"), 16, false);
	(void)tw_view_number(vote, "fork_height", fork);
	if (strcmp(fork, "-") != 0)
		(void)tw_buf_printf(text->out, "  left after %s", fork);
	(void)tw_buf_putc(text->out, '\n');
}

void tw_view_why(const struct tw_json_node *why, const struct tw_text *text)
{
	const struct tw_json_node *votes = tw_json_member(why, "votes"), *vote;

	tw_text_paragraph(text, TW_COLOUR_NONE, "", tw_view_text(why, "text", "-"), 0);
	(void)tw_buf_putc(text->out, '\n');
	for (vote = tw_json_first(votes); vote != NULL; vote = tw_json_next(votes, vote))
		put_vote(vote, text);
}

void tw_view_watch(
	const struct tw_json_node *select, const char *time_of_day, const struct tw_text *text)
{
	char height[TW_VIEW_NUMBER_MAX], line[LINE_BYTES];
	bool is_usable = tw_view_flag(select, "usable");

	(void)snprintf(line, sizeof(line), "%s%s  %s  %s", tw_view_text(select, "mode", "-"),
		is_usable ? "" : ", not usable", tw_view_number(select, "height", height),
		tw_view_text(select, "text", "-"));
	(void)tw_buf_puts(text->out, time_of_day);
	(void)tw_buf_puts(text->out, "  ");
	tw_text_put(text, is_usable ? TW_COLOUR_BOLD : TW_COLOUR_RED,
		tw_view_text(select, "daemon.name", "none"));
	(void)tw_buf_puts(text->out, "  ");
	tw_text_put(text, TW_COLOUR_NONE, line);
	(void)tw_buf_putc(text->out, '\n');
}

int tw_view_nagios(const struct tw_json_node *status, const struct tw_text *text)
{
	static const char *const levels[] = { "OK", "WARNING", "CRITICAL" };
	const struct tw_json_node *select = tw_json_member(status, "select");
	const char *mode = tw_view_text(select, "mode", "-");
	char height[TW_VIEW_NUMBER_MAX], answering[TW_VIEW_NUMBER_MAX], voters[TW_VIEW_NUMBER_MAX],
		line[LINE_BYTES];
	int code = !tw_view_flag(select, "usable") ? 2 : strcmp(mode, "consensus") == 0 ? 0 : 1;

	/* A plugin's line may not have a '|' before the figures. */
	(void)snprintf(line, sizeof(line),
		"TIPWATCH %s - %s: %s%s at height %s, %s of %s nodes answer", levels[code], mode,
		tw_view_text(select, "daemon.name", "no daemon"), code == 2 ? " (not usable)" : "",
		tw_view_number(select, "height", height),
		tw_view_number(status, "consensus.answering", answering),
		tw_view_number(status, "consensus.voters", voters));
	for (char *bar = strchr(line, '|'); bar != NULL; bar = strchr(bar, '|'))
		*bar = '/';
	tw_text_put(text, TW_COLOUR_NONE, line);
	(void)tw_buf_puts(text->out, " | ");
	if (strcmp(height, "-") != 0)
		(void)tw_buf_printf(text->out, "height=%s ", height);
	(void)tw_buf_printf(text->out, "answering=%s voters=%s\n",
		strcmp(answering, "-") != 0 ? answering : "U",
		strcmp(voters, "-") != 0 ? voters : "U");
	return code;
}
