/* See screen.h. */
#include "show/screen.h"
#include "base/span.h"
#include "core/mode.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 1024 };

const char *tw_screen_text(const struct tw_json_node *node, const char *path, const char *instead)
{
	const char *text = tw_json_str(tw_json_find(node, path));

	return text != NULL ? text : instead;
}

const char *tw_screen_number(
	const struct tw_json_node *node, const char *path, char number[TW_SCREEN_NUMBER_MAX])
{
	int64_t value;

	if (tw_json_get_int(node, path, INT64_MIN, INT64_MAX, &value) == 0)
		snprintf(number, TW_SCREEN_NUMBER_MAX, "%" PRId64, value);
	else
		strcpy(number, "-");
	return number;
}

bool tw_screen_flag(const struct tw_json_node *node, const char *path)
{
	bool value;

	return tw_json_get_bool(node, path, &value) == 0 && value;
}

/* TW_MODES for a word that this program does not know. */
static int find_mode(const char *word)
{
	int mode = 0;

	while (mode < TW_MODES && strcmp(word, tw_mode_word((enum tw_mode)mode)) != 0)
		mode++;
	return mode;
}

const char *tw_screen_mode(const char *word)
{
	int mode = find_mode(word);

	return mode < TW_MODES ? tw_mode_meaning((enum tw_mode)mode) : "";
}

const char *tw_screen_remedy(const char *word)
{
	int mode = find_mode(word);

	return mode < TW_MODES ? tw_mode_remedy((enum tw_mode)mode) : "";
}

enum tw_colour tw_screen_state_colour(const char *state)
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

void tw_screen_select(const struct tw_json_node *select, const struct tw_text *text)
{
	char height[TW_SCREEN_NUMBER_MAX], epoch[TW_SCREEN_NUMBER_MAX], chain[TW_SCREEN_NUMBER_MAX],
		line[LINE_BYTES];
	bool is_usable = tw_screen_flag(select, "usable");

	tw_text_put(text, TW_COLOUR_BOLD, tw_screen_text(select, "daemon.name", "none"));
	tw_buf_puts(text->out, "  ");
	tw_text_put(text, TW_COLOUR_NONE, tw_screen_text(select, "daemon.url", ""));
	tw_buf_putc(text->out, '\n');
	snprintf(line, sizeof(line), "%s, mode %s: %s", is_usable ? "usable" : "not usable",
		tw_screen_text(select, "mode", "-"), tw_screen_text(select, "text", "-"));
	tw_text_paragraph(text, TW_COLOUR_NONE, "", line, 2);
	snprintf(line, sizeof(line), "%s %s, epoch %s, chain epoch %s",
		tw_screen_number(select, "height", height), tw_screen_text(select, "hash", "-"),
		tw_screen_number(select, "epoch", epoch),
		tw_screen_number(select, "chain_epoch", chain));
	tw_text_paragraph(text, TW_COLOUR_NONE, "height", line, 2);
}

void tw_screen_submit(const struct tw_json_node *submit, const struct tw_text *text)
{
	const struct tw_json_node *targets = tw_json_member(submit, "targets");
	const struct tw_json_node *target;
	char height[TW_SCREEN_NUMBER_MAX], accept[TW_SCREEN_NUMBER_MAX],
		silence[TW_SCREEN_NUMBER_MAX], line[LINE_BYTES];

	for (target = tw_json_first(targets); target != NULL;
		target = tw_json_next(targets, target)) {
		tw_text_put(text, TW_COLOUR_BOLD, tw_screen_text(target, "name", "-"));
		tw_buf_puts(text->out, "  ");
		tw_text_put(text, TW_COLOUR_NONE, tw_screen_text(target, "url", "-"));
		tw_buf_puts(text->out, "  ");
		tw_text_put(text, tw_screen_state_colour(tw_screen_text(target, "state", "")),
			tw_screen_text(target, "state", "-"));
		tw_buf_puts(text->out, " (");
		tw_text_put(text, TW_COLOUR_NONE, tw_screen_text(target, "reason", "-"));
		tw_buf_printf(text->out, ") at %s\n", tw_screen_number(target, "height", height));
	}
	if (tw_json_count(targets) == 0) {
		tw_buf_puts(text->out, "none\n");
		return;
	}
	snprintf(line, sizeof(line),
		"in this order: the first one gets the block, the others %s ms after it was "
		"accepted, unless they have it by then; the next one at once after a refusal, or "
		"after %s ms without an answer",
		tw_screen_number(submit, "after_accept_ms", accept),
		tw_screen_number(submit, "after_silence_ms", silence));
	tw_text_paragraph(text, TW_COLOUR_NONE, "", line, 2);
}

/* A scalar as its text. */
static const char *scalar(const struct tw_json_node *node, char number[TW_SCREEN_NUMBER_MAX])
{
	switch (tw_json_type_of(node)) {
	case TW_JSON_TEXT:
		return tw_json_str(node);
	case TW_JSON_BOOL:
		return tw_screen_flag(node, "") ? "yes" : "no";
	case TW_JSON_NUMBER:
		return tw_screen_number(node, "", number);
	case TW_JSON_ABSENT:
	case TW_JSON_NULL:
	case TW_JSON_ARRAY:
	case TW_JSON_MAP:
		break;
	}
	return "-";
}

/* A number of milliseconds above this is a time, below it a span. */
static const int64_t times_from_ms = INT64_C(1000000000000);

/* Where the key says that it is a time or a span: as people say it. */
static bool describe_ms(const char *key, const struct tw_json_node *value, int64_t now_ms,
	char words[TW_SPAN_TEXT_MAX + 32])
{
	size_t len = strlen(key);
	char span[TW_SPAN_TEXT_MAX];
	int64_t ms;

	if (len < 3 || strcmp(key + len - 3, "_ms") != 0 ||
		tw_json_get_int(value, "", 0, INT64_MAX / TW_MS, &ms) < 0)
		return false;
	if (ms < times_from_ms)
		snprintf(words, TW_SPAN_TEXT_MAX + 32, "%" PRId64 " ms", ms);
	else
		snprintf(words, TW_SPAN_TEXT_MAX + 32, "%s ago",
			tw_span_age((now_ms - ms) * TW_MS, span));
	return true;
}

/* Shows every key, so that keys of a newer tipwatchd are shown too. */
void tw_screen_node(const struct tw_json_node *node, int64_t now_ms, const struct tw_text *text)
{
	const struct tw_json_node *child;

	for (child = tw_json_first(node); child != NULL; child = tw_json_next(node, child)) {
		char number[TW_SCREEN_NUMBER_MAX], words[TW_SPAN_TEXT_MAX + 32];
		const char *key = tw_json_key_of(child);
		bool is_ms = describe_ms(key, child, now_ms, words);
		char label[TW_SCREEN_NUMBER_MAX];

		snprintf(label, sizeof(label), "%.*s",
			(int)strlen(key) - (is_ms ? (int)strlen("_ms") : 0), key);
		tw_text_cell(text, TW_COLOUR_NONE, label, 20, false);
		tw_buf_putc(text->out, ' ');
		if (is_ms) {
			tw_buf_puts(text->out, words);
			tw_buf_putc(text->out, '\n');
			continue;
		}
		tw_text_put(text,
			strcmp(tw_json_key_of(child), "state") == 0
				? tw_screen_state_colour(scalar(child, number))
				: TW_COLOUR_NONE,
			scalar(child, number));
		tw_buf_putc(text->out, '\n');
	}
}

static void put_vote(const struct tw_json_node *vote, const struct tw_text *text)
{
	char height[TW_SCREEN_NUMBER_MAX], fork[TW_SCREEN_NUMBER_MAX];
	const char *word = tw_screen_text(vote, "vote", "-");
	bool is_voting = tw_screen_flag(vote, "votes");

	tw_text_cell(text, TW_COLOUR_BOLD, tw_screen_text(vote, "name", "-"), 20, false);
	tw_buf_puts(text->out, "  ");
	tw_text_cell(text,
		!is_voting                       ? TW_COLOUR_DIM
		: strcmp(word, "conflicts") == 0 ? TW_COLOUR_RED
						 : TW_COLOUR_NONE,
		word, 10, false);
	tw_text_cell(text, TW_COLOUR_NONE, tw_screen_number(vote, "height", height), 10, true);
	tw_buf_puts(text->out, "  ");
	tw_text_cell(text, TW_COLOUR_NONE, tw_screen_text(vote, "hash", "-"), 16, false);
	(void)tw_screen_number(vote, "fork_height", fork);
	if (strcmp(fork, "-") != 0)
		tw_buf_printf(text->out, "  left after %s", fork);
	tw_buf_putc(text->out, '\n');
}

void tw_screen_why(const struct tw_json_node *why, const struct tw_text *text)
{
	const struct tw_json_node *votes = tw_json_member(why, "votes"), *vote;

	tw_text_paragraph(text, TW_COLOUR_NONE, "", tw_screen_text(why, "text", "-"), 0);
	tw_buf_putc(text->out, '\n');
	for (vote = tw_json_first(votes); vote != NULL; vote = tw_json_next(votes, vote))
		put_vote(vote, text);
}

void tw_screen_watch(
	const struct tw_json_node *select, const char *time_of_day, const struct tw_text *text)
{
	char height[TW_SCREEN_NUMBER_MAX], line[LINE_BYTES];
	bool is_usable = tw_screen_flag(select, "usable");

	snprintf(line, sizeof(line), "%s%s  %s  %s", tw_screen_text(select, "mode", "-"),
		is_usable ? "" : ", not usable", tw_screen_number(select, "height", height),
		tw_screen_text(select, "text", "-"));
	tw_buf_puts(text->out, time_of_day);
	tw_buf_puts(text->out, "  ");
	tw_text_put(text, is_usable ? TW_COLOUR_BOLD : TW_COLOUR_RED,
		tw_screen_text(select, "daemon.name", "none"));
	tw_buf_puts(text->out, "  ");
	tw_text_put(text, TW_COLOUR_NONE, line);
	tw_buf_putc(text->out, '\n');
}

int tw_screen_nagios(const struct tw_json_node *status, const struct tw_text *text)
{
	static const char *const levels[] = { "OK", "WARNING", "CRITICAL" };
	const struct tw_json_node *select = tw_json_member(status, "select");
	const char *mode = tw_screen_text(select, "mode", "-");
	char height[TW_SCREEN_NUMBER_MAX], answering[TW_SCREEN_NUMBER_MAX],
		voters[TW_SCREEN_NUMBER_MAX], line[LINE_BYTES];
	int code = !tw_screen_flag(select, "usable") ? 2 : strcmp(mode, "consensus") == 0 ? 0 : 1;

	/* In a plugin's line a '|' begins the figures. */
	snprintf(line, sizeof(line), "TIPWATCH %s - %s: %s%s at height %s, %s of %s nodes answer",
		levels[code], mode, tw_screen_text(select, "daemon.name", "no daemon"),
		code == 2 ? " (not usable)" : "", tw_screen_number(select, "height", height),
		tw_screen_number(status, "consensus.answering", answering),
		tw_screen_number(status, "consensus.voters", voters));
	for (char *bar = strchr(line, '|'); bar != NULL; bar = strchr(bar, '|'))
		*bar = '/';
	tw_text_put(text, TW_COLOUR_NONE, line);
	tw_buf_puts(text->out, " | ");
	if (strcmp(height, "-") != 0)
		tw_buf_printf(text->out, "height=%s ", height);
	tw_buf_printf(text->out, "answering=%s voters=%s\n",
		strcmp(answering, "-") != 0 ? answering : "U",
		strcmp(voters, "-") != 0 ? voters : "U");
	return code;
}
