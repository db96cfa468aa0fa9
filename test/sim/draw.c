/*
 * Draws a random history: forks, races, reorganisations, liars, silence, gaps, drains, pins,
 * reloads, mixed intervals, policies at their extremes; and in half of them what is said over P2P.
 */
#include "core/policy.h"
#include "history.h"
#include <stdlib.h>
#include <string.h>

/* --- the world that is drawn from --- */

struct actor {
	int tip;
	int last; /* the tip that it showed last, -1 */
	bool is_frozen;
	bool is_drained;
	int side; /* of the forks; 0 is the honest chain */
	enum tw_result result;
	int64_t peers;
	int64_t claim;
	enum tw_template template;
	int64_t rtt_us;
};

enum { SIDES = 4 };

struct world {
	struct history *history;
	unsigned int *seed;
	int64_t t_us;
	int sides[SIDES]; /* their tips */
	bool has_reloaded;
	struct actor actors[HISTORY_NODES];
	unsigned int *ears_seed; /* so that all else is the same without them */
	uint32_t n_witnesses, n_lying;
	bool has_heard; /* all witnesses have spoken */
};

static unsigned int below(struct world *world, unsigned int n)
{
	return (unsigned int)rand_r(world->seed) % n;
}

static bool is_wrong(const struct world *world, uint32_t i)
{
	return !world->history->is_honest || i >= world->history->n - world->history->n_wrong;
}

static struct history_record *add_record(struct world *world, enum history_kind kind, int32_t node)
{
	struct history *history = world->history;
	struct history_record *record = &history->records[history->n_records];

	if (history->n_records == HISTORY_RECORDS)
		return NULL;
	history->n_records++;
	*record = (struct history_record){ .t_us = world->t_us, .kind = kind, .node = node };
	return record;
}

/* How many blocks a check shows: enough to link it to what was shown, mostly. */
static uint32_t draw_shown(struct world *world, const struct actor *actor)
{
	const struct history_block *blocks = world->history->blocks;
	int64_t low = blocks[actor->tip].point.height - 4;

	if (actor->last == actor->tip && below(world, 4) != 0)
		return 1;
	if (!world->history->is_honest && below(world, 24) == 0)
		return 1 + below(world, 6);
	if (actor->last >= 0) {
		int common = actor->last;

		while (common > 0 && !history_is_ancestor(world->history, common, actor->tip))
			common = blocks[common].parent;
		if (blocks[common].point.height < low)
			low = blocks[common].point.height;
	}
	return (uint32_t)(blocks[actor->tip].point.height - low + 1);
}

static void check(struct world *world, uint32_t i)
{
	struct actor *actor = &world->actors[i];
	struct history_record *record = add_record(world, HISTORY_CHECK, (int32_t)i);

	if (record == NULL)
		return;
	record->result = actor->result;
	record->rtt_us = actor->rtt_us;
	record->peers = actor->peers;
	record->claim = actor->claim;
	record->synced = actor->claim >= 0 ? 0 : -1;
	record->template = actor->template;
	record->block = actor->tip;
	record->shown = actor->result == TW_RESULT_OK ? draw_shown(world, actor) : 0;
	if (actor->result == TW_RESULT_OK)
		actor->last = actor->tip;
}

static void follow(struct world *world)
{
	for (uint32_t i = 0; i < world->history->n; i++) {
		struct actor *actor = &world->actors[i];

		/* Some hear of it later. */
		if (!actor->is_frozen && (below(world, 5) != 0 || !is_wrong(world, i)))
			actor->tip = world->sides[actor->side];
	}
}

static void grow(struct world *world, int side, unsigned int n)
{
	while (n-- > 0)
		world->sides[side] = history_add_block(world->history, world->sides[side],
			(uint8_t)(side == 0 ? 128 : below(world, 256)));
	follow(world);
}

/* Somebody leaves for a new fork, a few blocks down, and perhaps takes others with him. */
static void fork_off(struct world *world, uint32_t i)
{
	int side = 1 + (int)below(world, SIDES - 1), at = world->actors[i].tip;
	unsigned int back = below(world, 2) == 0 ? below(world, 2) : below(world, 12);

	while (back-- > 0 && world->history->blocks[at].parent >= 0)
		at = world->history->blocks[at].parent;
	world->sides[side] = at;
	for (uint32_t k = 0; k < world->history->n; k++) {
		if (is_wrong(world, k) && (k == i || below(world, 3) == 0))
			world->actors[k].side = side;
	}
	grow(world, side, below(world, 5));
}

static void recover(struct world *world, uint32_t i)
{
	struct actor *actor = &world->actors[i];

	actor->result = TW_RESULT_OK;
	actor->is_frozen = false;
	actor->side = 0;
	actor->peers = 8;
	actor->template = TW_TEMPLATE_OK;
	actor->tip = world->sides[0];
}

static void operate(struct world *world, uint32_t i)
{
	struct actor *actor = &world->actors[i];
	struct history_record *record;

	if (world->history->is_honest)
		return;
	record = add_record(world, HISTORY_OPERATE, (int32_t)i);
	if (record == NULL)
		return;
	switch (below(world, 4)) {
	case 0:
		/* A reference cannot be pinned. */
		record->op =
			world->history->nodes[i].role == TW_ROLE_DAEMON ? TW_OP_PIN : TW_OP_UNPIN;
		break;
	case 1:
		record->op = TW_OP_UNPIN;
		break;
	default:
		actor->is_drained = !actor->is_drained;
		record->op = actor->is_drained ? TW_OP_DRAIN : TW_OP_UNDRAIN;
		break;
	}
}

/* What may happen to one node, wrong or not. */
static void befall(struct world *world, uint32_t i)
{
	static const enum tw_result failures[] = { TW_RESULT_REFUSED, TW_RESULT_TIMEOUT,
		TW_RESULT_BAD_REPLY, TW_RESULT_RESET };
	struct actor *actor = &world->actors[i];
	unsigned int what = below(world, 12);

	if (what == 0) {
		struct history_record *record = add_record(world, HISTORY_REPORT, (int32_t)i);

		(void)record;
		return;
	}
	if (what == 1)
		actor->claim = below(world, 1000000);
	if (!is_wrong(world, i))
		return;
	switch (what) {
	case 2:
	case 3:
		actor->result = failures[below(world, 4)];
		break;
	case 4:
		actor->is_frozen = !actor->is_frozen;
		break;
	case 5:
		fork_off(world, i);
		break;
	case 6:
		actor->peers = below(world, 3);
		break;
	case 7:
		actor->template = (enum tw_template)(1 + below(world, 3));
		break;
	case 8:
		operate(world, i);
		break;
	default:
		recover(world, i);
		break;
	}
}

static void reload_or_gap(struct world *world)
{
	struct history_record *record;

	if (below(world, 2) == 0) {
		record = add_record(world, HISTORY_GAP, TW_NODE_NONE);
		if (record != NULL)
			record->gap_us = 3 * TW_SEC;
		if (record != NULL)
			record->t_us = world->t_us += record->gap_us;
	} else if (!world->has_reloaded) {
		world->has_reloaded = true;
		(void)add_record(world, HISTORY_RELOAD, TW_NODE_NONE);
	}
}

static void happen(struct world *world)
{
	unsigned int what = below(world, 16);

	if (what < 5)
		grow(world, 0, 1);
	else if (what < 7)
		grow(world, 1 + (int)below(world, SIDES - 1), 1 + below(world, 2));
	else if (what == 7 && below(world, 4) == 0)
		reload_or_gap(world);
	else
		befall(world, below(world, world->history->n));
}

static void look(struct world *world)
{
	bool is_all = world->history->is_honest || below(world, 3) == 0;

	for (uint32_t i = 0; i < world->history->n; i++) {
		unsigned int one_of = world->history->n > 9 ? 16 : 2;

		if (is_all || below(world, one_of) == 0)
			check(world, i);
	}
}

/* --- what is said over P2P --- */

/* A block that nobody has shown, or will show. */
static struct tw_point invent(struct world *world)
{
	const struct history *history = world->history;
	struct tw_point point = history->blocks[world->sides[0]].point;

	point.height += below(world, 2) == 0 ? 1 : below(world, 2000);
	memset(&point.hash, 0xff, sizeof(point.hash));
	point.hash.bytes[0] = (uint8_t)below(world, 256);
	return point;
}

static struct tw_point lie(struct world *world)
{
	if (below(world, 3) == 0)
		return invent(world);
	return world->history->blocks[world->sides[below(world, SIDES)]].point;
}

static void hear_link(struct world *world, uint32_t i)
{
	static const enum tw_link links[] = { TW_LINK_UP, TW_LINK_CLOSED, TW_LINK_PUSH,
		TW_LINK_PUSH, TW_LINK_TIP, TW_LINK_TIP, TW_LINK_TIP };
	const struct actor *actor = &world->actors[i];
	struct history_record *record = add_record(world, HISTORY_LINK, (int32_t)i);

	if (record == NULL)
		return;
	record->link = links[below(world, TW_ARRAY_SIZE(links))];
	record->tip.height = TW_UNKNOWN;
	if (record->link == TW_LINK_PUSH && below(world, 4) != 0)
		record->tip.height = lie(world).height;
	if (record->link != TW_LINK_TIP)
		return;
	record->tip = actor->last < 0 || below(world, 3) == 0
			      ? lie(world)
			      : world->history->blocks[actor->last].point;
}

/* Where a quorum is honest, so are more than two thirds of the witnesses. */
static void hear_witness(struct world *world, uint32_t slot)
{
	struct history_record *record = add_record(world, HISTORY_WITNESS, TW_NODE_NONE);
	int block = world->sides[0];

	if (record == NULL)
		return;
	record->slot = slot;
	if (slot < world->n_lying) {
		record->tip = lie(world);
	} else {
		if (below(world, 3) == 0)
			block = world->history->blocks[block].parent;
		record->tip = world->history->blocks[block].point;
	}
	if ((slot < world->n_lying || !world->history->is_honest) && below(world, 8) == 0)
		record->tip.height = TW_UNKNOWN;
}

static void hear(struct world *world)
{
	unsigned int *seed = world->seed;

	if (!world->history->has_ears)
		return;
	world->seed = world->ears_seed;
	for (uint32_t i = 0; i < world->history->n; i++) {
		if (below(world, 4) == 0)
			hear_link(world, i);
	}
	for (uint32_t slot = 0; slot < world->n_witnesses; slot++) {
		if (!world->has_heard || below(world, 4) == 0)
			hear_witness(world, slot);
	}
	world->has_heard = true;
	if (below(world, 2) == 0)
		world->t_us += (int64_t)(1 + below(world, 300)) * TW_MS;
	world->seed = seed;
}

static void draw_witnesses(struct world *world)
{
	unsigned int *seed = world->seed;

	world->seed = world->ears_seed;
	world->n_witnesses = below(world, 4) == 0 ? 0 : 1 + below(world, 12);
	world->n_lying = world->history->is_honest ? world->n_witnesses / 3
						   : below(world, world->n_witnesses + 1);
	if (3 * world->n_lying == world->n_witnesses && world->n_lying > 0 &&
		world->history->is_honest)
		world->n_lying--;
	world->seed = seed;
}

/* --- configurations --- */

static int64_t pick(struct world *world, const int64_t *of, unsigned int n)
{
	/* Mostly what is usual, which is first. */
	return below(world, 3) != 0 ? of[0] : of[below(world, n)];
}
#define PICK(world, ...)                                                                           \
	pick(world, (const int64_t[]){ __VA_ARGS__ },                                              \
		sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

static void draw_policy(struct world *world, struct tw_policy *policy)
{
	uint32_t majority = world->history->n / 2 + 1;

	tw_policy_init(policy);
	tw_policy_set_block_target(policy, PICK(world, 30, 10, 120) * TW_SEC);
	policy->rise = (uint32_t)PICK(world, 2, 1, 5);
	policy->fall = (uint32_t)PICK(world, 2, 1, 3);
	policy->max_lead = PICK(world, 2, 0, 20);
	policy->max_lag = PICK(world, 3, 0, 50);
	policy->fork_tolerance = PICK(world, 1, 0, 3);
	policy->min_working = (uint32_t)PICK(world, 3, 1, 64);
	policy->min_peers = PICK(world, 1, 0);
	policy->lag_for_us = PICK(world, 10, 0, 100) * TW_SEC;
	policy->failback_after_us = PICK(world, 20, 0, 600) * TW_SEC;
	policy->min_switch_interval_us = PICK(world, 30, 0, 90) * TW_SEC;
	policy->switch_cost_us = policy->min_switch_interval_us / 3;
	policy->fallback = (enum tw_fallback)PICK(world, 0, 1, 2);
	policy->quorum = below(world, 5) == 0
				 ? majority + below(world, world->history->n - majority + 1)
				 : 0;
	if (world->history->is_honest) {
		policy->quorum = 0;
		policy->max_lag = 3;
		policy->max_lead = 2;
		policy->lag_for_us = 1000 * TW_SEC;
		policy->fork_tolerance = 1;
	}
}

static void draw_nodes(struct world *world)
{
	struct history *history = world->history;

	for (uint32_t i = 0; i < history->n; i++) {
		struct tw_node_policy *node = &history->nodes[i];
		struct actor *actor = &world->actors[i];

		*node = (struct tw_node_policy){ .is_primary = i == 0 };
		snprintf(node->name, sizeof(node->name), "n%u", i);
		if (!history->is_honest) {
			node->role =
				i > 0 && below(world, 6) == 0 ? TW_ROLE_REFERENCE : TW_ROLE_DAEMON;
			node->priority = (int32_t)below(world, 3);
			node->interval_us = PICK(world, 0, TW_SEC / 2, 3 * TW_SEC);
		}
		*actor = (struct actor){ .last = -1, .peers = 8, .claim = TW_UNKNOWN };
		actor->tip = world->sides[0];
		actor->rtt_us = (1 + (int64_t)below(world, 4) * 30) * TW_MS;
	}
}

void history_make(struct history *history, unsigned int seed)
{
	static struct world world;
	static const uint32_t sizes[] = { 1, 2, 3, 3, 4, 5, 5, 6, 7, 9 };
	unsigned int state = seed * 2654435761u + 1, ears_state = ~state, rounds;

	world = (struct world){
		.history = history, .seed = &state, .t_us = 1000 * TW_SEC, .ears_seed = &ears_state
	};
	*history = (struct history){ .seed = seed };
	history->n = sizes[below(&world, 10)];
	history->is_honest = seed % 4 == 3 && history->n >= 3;
	if (history->is_honest)
		history->n_wrong = below(&world, 2) == 0 ? 1 : history->n - (history->n / 2 + 1);
	if (seed % 500 == 0)
		history->n = HISTORY_NODES;
	history->has_ears = seed / 32 % 2 == 1 && history->n < HISTORY_NODES;
	/* History before it all: nobody knows all of it. */
	world.sides[0] = history_add_block(history, -1, 128);
	for (int i = 0; i < 20; i++)
		world.sides[0] = history_add_block(history, world.sides[0], 128);
	for (int i = 1; i < SIDES; i++)
		world.sides[i] = world.sides[0];
	for (int i = 0; i < HISTORY_POLICIES; i++)
		draw_policy(&world, &history->policies[i]);
	draw_nodes(&world);
	draw_witnesses(&world);
	rounds = 20 + below(&world, 30);
	for (unsigned int i = 0; i < rounds; i++) {
		/* Seldom long enough for a lone leader, but then that. */
		world.t_us += history->is_honest || below(&world, 12) != 0
				      ? (int64_t)(1 + below(&world, 2000)) * TW_MS
				      : (int64_t)(1 + below(&world, 90000)) * TW_MS;
		hear(&world);
		if (history->is_honest && i % 10 == 9)
			grow(&world, 0, 1);
		else if (below(&world, 2) == 0)
			happen(&world);
		look(&world);
	}
	history->honest_tip = world.sides[0];
}
