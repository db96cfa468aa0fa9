/* See line.h. */
#include "sim/cmd/line.h"
#include "base/num.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 256 };

void tw_sim_line_say(struct tw_sim_line *line, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(line->outcome->text, TW_SIM_LINE_TEXT_MAX, format, ap);
	va_end(ap);
}

void tw_sim_line_say_members(struct tw_sim_line *line, const char *format, ...)
{
	char names[NAMES_MAX], text[TW_SIM_LINE_TEXT_MAX - NAMES_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	tw_sim_line_say(line, "%s: %s", tw_sim_line_names(line, names, sizeof(names)), text);
}

bool tw_sim_line_fail(struct tw_sim_line *line, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(line->outcome->text, TW_SIM_LINE_TEXT_MAX, format, ap);
	va_end(ap);
	line->outcome->is_ok = false;
	return false;
}

const char *tw_sim_line_peek(const struct tw_sim_line *line)
{
	return line->next < line->n_words ? line->words[line->next] : NULL;
}

const char *tw_sim_line_word(struct tw_sim_line *line)
{
	return line->next < line->n_words ? line->words[line->next++] : NULL;
}

static bool mark(struct tw_sim_line *line, const char *name, size_t len)
{
	int32_t node;

	if (len == 3 && strncmp(name, "all", 3) == 0) {
		for (uint32_t i = 0; i < line->net->n_nodes; i++)
			line->is_member[i] = true;
		return true;
	}
	node = tw_sim_net_find(line->net, name, len);
	if (node == TW_NODE_NONE)
		return tw_sim_line_fail(line,
			"there is no node called '%.*s'; `list` shows the names, 'all' means every "
			"one",
			(int)(len > 64 ? 64 : len), name);
	line->is_member[node] = true;
	return true;
}

static bool mark_all(struct tw_sim_line *line, const char *word)
{
	while (true) {
		size_t len = strcspn(word, ",");

		if (!mark(line, word, len))
			return false;
		if (word[len] == '\0')
			break;
		word += len + 1;
	}
	line->n_members = 0;
	for (uint32_t i = 0; i < line->net->n_nodes; i++)
		line->n_members += line->is_member[i];
	return true;
}

bool tw_sim_line_takes(struct tw_sim_line *line, const char *word)
{
	if (line->next == line->n_words || strcmp(line->words[line->next], word) != 0)
		return false;
	line->next++;
	return true;
}

bool tw_sim_line_nodes(struct tw_sim_line *line)
{
	const char *word = tw_sim_line_word(line);

	if (word == NULL)
		return tw_sim_line_fail(line, "`%s` needs a node; usage: %s %s",
			line->command->name, line->command->name, line->command->usage);
	return mark_all(line, word);
}

bool tw_sim_line_node(struct tw_sim_line *line, uint32_t *ret_node)
{
	if (!tw_sim_line_nodes(line))
		return false;
	if (line->n_members != 1)
		return tw_sim_line_fail(line, "`%s` takes one node", line->command->name);
	for (uint32_t i = 0; i < line->net->n_nodes; i++) {
		if (line->is_member[i])
			*ret_node = i;
	}
	return true;
}

bool tw_sim_line_int(
	struct tw_sim_line *line, const char *what, int64_t min, int64_t max, int64_t *ret_value)
{
	const char *word = tw_sim_line_word(line);

	if (word == NULL)
		return tw_sim_line_fail(line, "`%s` needs %s; usage: %s %s", line->command->name,
			what, line->command->name, line->command->usage);
	if (word[0] == '+')
		word++;
	if (tw_num_parse(word, strlen(word), min, max, ret_value) < 0)
		return tw_sim_line_fail(line,
			"'%.64s' is not %s: a whole number from %lld to %lld is wanted", word, what,
			(long long)min, (long long)max);
	return true;
}

bool tw_sim_line_end(struct tw_sim_line *line)
{
	if (line->next < line->n_words)
		return tw_sim_line_fail(line, "'%.64s' is too much; usage: %s %s",
			line->words[line->next], line->command->name, line->command->usage);
	return true;
}

const char *tw_sim_line_names(const struct tw_sim_line *line, char *text, size_t size)
{
	uint32_t left = line->n_members;
	size_t len = 0;

	if (left == line->net->n_nodes && left > 1) {
		snprintf(text, size, "all %u nodes", left);
		return text;
	}
	text[0] = '\0';
	for (uint32_t i = 0; i < line->net->n_nodes && len + 1 < size; i++) {
		int n;

		if (!line->is_member[i])
			continue;
		left--;
		n = snprintf(text + len, size - len, "%s%s", line->net->nodes[i].name,
			left == 0   ? ""
			: left == 1 ? " and "
				    : ", ");
		len += n > 0 ? (size_t)n : 0;
	}
	return text;
}

struct tw_sim_node *tw_sim_line_next_member(const struct tw_sim_line *line, uint32_t *i)
{
	for (; *i < line->net->n_nodes; (*i)++) {
		if (line->is_member[*i])
			return &line->net->nodes[(*i)++];
	}
	return NULL;
}
