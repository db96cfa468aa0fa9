/* See story.h. */
#include "story.h"
#include "follow.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 512 };

/*
 * An act: a fault of one node, and its end. '@' stands for the node, which is picked when the act
 * begins.
 */
struct act {
	int at_s;
	const char *fault; /* command */
	const char *sentence;
	int until_s;
	const char *heal;
	const char *heal_sentence;
	bool is_harmless; /* not for daemons that refuse templates because of the fault */
};

static const struct act acts[] = {
	{ 2, "",
		"All daemons are well and on one chain. "
		"A block comes every few seconds.",
		0, NULL, NULL },
	{ 10, "die @", "@ dies: its port refuses connections.", 45, "restart @ 0 5000",
		"@ is started again: few peers, a block behind, not to be trusted yet." },
	{ 28, "hang @",
		"@ stands still: its port is open, connections are accepted, nothing is "
		"ever answered.",
		64, "recover @", "@ comes to, as if nothing had happened." },
	{ 52, "fork @ 3 4 share 20",
		"@ forks itself off three blocks ago and mines alone. It is taller than the "
		"others: taller is not better.",
		86, "rejoin @", "@ finds back to the network's chain." },
	{ 74, "no-template @ failed",
		"@ answers everything, but block templates: \"failed to create block template\".",
		104, "recover @", "@ makes block templates again." },
	{ 94, "freeze @", "@ gets no new blocks any more, and says so to nobody.", 132, "recover @",
		"@ catches up." },
	{ 116, "lie @ 5000000",
		"A lying peer told @ of height 5000000: it says it is not synchronised, and is "
		"perfectly well. Nothing should happen.",
		150, "recover @", "@ was restarted and has forgotten the lie.", true },
	{ 124, "stale-template @",
		"@ makes templates of the new height on the block before the last.", 150,
		"recover @", "@ builds on its newest block again." },
	{ 140, "slow @ 3000", "@ takes three seconds for every answer.", 165, "recover @",
		"@ is fast again." },
	{ 175, "recover all", "All is well again. That was the story; blocks go on coming.", 0,
		NULL, NULL },
};

enum { ACTS = TW_ARRAY_SIZE(acts) };

struct demo_story {
	struct tw_sim_net *net;
	const char *follow;
	bool has_begun[ACTS];
	bool has_ended[ACTS];
	int32_t victims[ACTS];
	struct demo_step step;
	char command[TEXT_MAX];
	char sentence[TEXT_MAX];
};

int demo_story_create(struct tw_sim_net *net, const char *follow, struct demo_story **ret_story)
{
	struct demo_story *story = calloc(1, sizeof(*story));

	if (story == NULL)
		return -ENOMEM;
	story->net = net;
	story->follow = follow;
	for (size_t i = 0; i < ACTS; i++)
		story->has_ended[i] = acts[i].heal == NULL;
	*ret_story = story;
	return 0;
}

void demo_story_destroy(struct demo_story *story)
{
	free(story);
}

/* Finds the next beginning or end of an act. Returns false when none is left. */
static bool find_next(const struct demo_story *story, size_t *ret_act, int *ret_at_s)
{
	bool is_found = false;

	for (size_t i = 0; i < ACTS; i++) {
		int at_s = story->has_begun[i] ? acts[i].until_s : acts[i].at_s;

		if ((story->has_begun[i] && story->has_ended[i]) || (is_found && at_s >= *ret_at_s))
			continue;
		is_found = true;
		*ret_act = i;
		*ret_at_s = at_s;
	}
	return is_found;
}

int64_t demo_story_next_us(const struct demo_story *story)
{
	size_t act;
	int at_s = 0;

	return find_next(story, &act, &at_s) ? at_s * TW_SEC : TW_NEVER;
}

static bool is_victim(const struct demo_story *story, int32_t node)
{
	for (size_t i = 0; i < ACTS; i++) {
		if (story->has_begun[i] && !story->has_ended[i] && story->victims[i] == node)
			return true;
	}
	return false;
}

static bool may_pick(const struct demo_story *story, const struct act *act, int32_t node)
{
	return !is_victim(story, node) &&
	       !(act->is_harmless && story->net->nodes[node].version->is_template_gated);
}

/* The daemon that tipwatchd uses; where that is unknown, the first one without a fault. */
static int32_t pick(const struct demo_story *story, const struct act *act)
{
	char name[TW_NAME_MAX + 1];
	int32_t node;

	if (story->follow != NULL && demo_follow_ask(story->follow, name) == 0) {
		node = tw_sim_net_find(story->net, name, strlen(name));
		if (node != TW_NODE_NONE && may_pick(story, act, node))
			return node;
	}
	for (node = 0; (uint32_t)node < story->net->n_nodes; node++) {
		if (may_pick(story, act, node))
			return node;
	}
	return TW_NODE_NONE;
}

static void fill(char text[TEXT_MAX], const char *template, const char *name)
{
	size_t len = 0;

	for (const char *c = template; *c != '\0' && len + TW_NAME_MAX < TEXT_MAX; c++) {
		if (*c == '@')
			len += (size_t)snprintf(text + len, TEXT_MAX - len, "%s", name);
		else
			text[len++] = *c;
	}
	text[len] = '\0';
}

const struct demo_step *demo_story_step(struct demo_story *story, int64_t now_us)
{
	size_t act = 0;
	int at_s = 0;
	bool is_heal;
	const char *name;

	if (!find_next(story, &act, &at_s) || at_s * TW_SEC > now_us)
		return NULL;
	is_heal = story->has_begun[act];
	if (is_heal)
		story->has_ended[act] = true;
	else {
		story->victims[act] = pick(story, &acts[act]);
		story->has_begun[act] = true;
		if (story->victims[act] == TW_NODE_NONE) {
			/* No node is left for this act. */
			story->has_ended[act] = true;
			return demo_story_step(story, now_us);
		}
	}
	name = story->net->nodes[story->victims[act]].name;
	fill(story->command, is_heal ? acts[act].heal : acts[act].fault, name);
	fill(story->sentence, is_heal ? acts[act].heal_sentence : acts[act].sentence, name);
	story->step = (struct demo_step){
		.at_us = at_s * TW_SEC, .command = story->command, .sentence = story->sentence
	};
	return &story->step;
}
