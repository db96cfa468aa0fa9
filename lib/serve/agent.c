/* See agent.h. */
#include "serve/agent.h"
#include "core/reason.h"
#include "explain/view.h"
#include <stdio.h>
#include <string.h>

static const char spaces[] = " \t\r";

/* Takes the next word off the line. False when there is none. */
static bool next_word(const char **line, const char *end, const char **ret_word, size_t *ret_len)
{
	const char *p = *line;

	while (p < end && *p != '\0' && strchr(spaces, *p) != NULL)
		p++;
	*ret_word = p;
	while (p < end && (*p == '\0' || strchr(spaces, *p) == NULL))
		p++;
	*ret_len = (size_t)(p - *ret_word);
	*line = p;
	return *ret_len > 0;
}

static void up(char reply[TW_AGENT_REPLY_MAX])
{
	snprintf(reply, TW_AGENT_REPLY_MAX, "ready up\n");
}

static void down(char reply[TW_AGENT_REPLY_MAX], const char *why)
{
	snprintf(reply, TW_AGENT_REPLY_MAX, "ready down #%s\n", why);
}

/* The number of the node of that name, or TW_NODE_NONE. */
static int32_t find(const struct tw_config *config, const char *word, size_t len)
{
	char name[TW_NAME_MAX + 1];

	if (len > TW_NAME_MAX || memchr(word, '\0', len) != NULL)
		return TW_NODE_NONE;
	memcpy(name, word, len);
	name[len] = '\0';
	return tw_config_find(config, name);
}

bool tw_agent_answer(const struct tw_config *config, const struct tw_monitor *monitor,
	const char *line, size_t len, char reply[TW_AGENT_REPLY_MAX])
{
	static const char chosen[] = "chosen";
	const char *end = line + len, *name, *word;
	size_t name_len, word_len;
	bool wants_chosen = false, is_chosen;
	const struct tw_decision *decision;
	struct tw_view_node view;
	int32_t node;

	if (len > TW_AGENT_LINE_MAX || !next_word(&line, end, &name, &name_len)) {
		down(reply, "bad_request");
		return true;
	}
	if (next_word(&line, end, &word, &word_len)) {
		wants_chosen = word_len == strlen(chosen) && memcmp(word, chosen, word_len) == 0;
		if (!wants_chosen || next_word(&line, end, &word, &word_len)) {
			down(reply, "bad_request");
			return true;
		}
	}
	node = find(config, name, name_len);
	if (node == TW_NODE_NONE) {
		down(reply, "unknown");
		return true;
	}
	decision = tw_monitor_decision(monitor);
	is_chosen = decision->chosen == node;
	tw_view_node(monitor, node, &view);
	switch (view.verdict.state) {
	case TW_STATE_UNKNOWN:
		return false;
	case TW_STATE_MAINTENANCE:
		snprintf(reply, TW_AGENT_REPLY_MAX, "drain\n");
		break;
	case TW_STATE_UNHEALTHY:
	case TW_STATE_UNRESPONSIVE:
		/* Nobody is healthy then, and a pool is told to mine on it. */
		if (wants_chosen && is_chosen && decision->is_usable)
			up(reply);
		else
			down(reply, tw_reason_word(view.verdict.reason));
		break;
	case TW_STATE_HEALTHY:
		if (wants_chosen && !is_chosen)
			down(reply, "not_chosen");
		else
			up(reply);
		break;
	}
	return true;
}
