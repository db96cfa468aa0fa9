/* See group.h. */
#include "core/vote/group.h"
#include "core/vote/growth.h"
#include "core/vote/union.h"

/* Voters whose blocks are looked at to find one that most voters show. */
enum { SAMPLES = 8 };

/* --- who is linked --- */

/* The block of voter i that most voters show, or best where none has more than that. */
static uint32_t most_common_of(const struct tw_index *index, uint32_t i, uint32_t best)
{
	const struct tw_index_place *places = tw_index_places(index, (int32_t)i);

	for (uint32_t slot = 0; slot < TW_INDEX_SLOTS; slot++) {
		if (index->blocks[places[slot].block].n > index->blocks[best].n)
			best = places[slot].block;
	}
	return best;
}

/* A block that many voters show: the most common one of the first few voters. */
static uint32_t find_common_block(const struct tw_votes *votes, uint32_t n_voters)
{
	uint32_t best = 0, samples = 0;

	for (uint32_t i = 0; i < votes->n_voters && samples < SAMPLES; i++) {
		samples++;
		best = most_common_of(&votes->index, (uint32_t)votes->voters[i], best);
		if (votes->index.blocks[best].n > n_voters / 2)
			break;
	}
	return best;
}

/* Whether a voter that shows the block is joined already. Each block is looked at once. */
static bool reaches_joined(struct tw_votes *votes, const int32_t *is_joined, uint32_t block)
{
	uint32_t at = votes->index.blocks[block].first;

	if (tw_index_noted(&votes->index, block) >= 0)
		return false;
	tw_index_note(&votes->index, block, 0);
	for (uint32_t k = 0; k < votes->index.blocks[block].n; k++) {
		if (is_joined[tw_index_voter(&votes->index, at)])
			return true;
		at = votes->index.places[at].next;
	}
	return false;
}

/* Joins all voters that show the block. Returns how many parts fewer there are. */
static uint32_t join_all(struct tw_votes *votes, int32_t *is_joined, uint32_t block)
{
	uint32_t at = votes->index.blocks[block].first, n_joined = 0;
	int32_t first = tw_index_voter(&votes->index, at);

	for (uint32_t k = 0; k < votes->index.blocks[block].n; k++) {
		int32_t voter = tw_index_voter(&votes->index, at);

		n_joined += tw_union_join(votes->parent, first, voter);
		is_joined[voter] = true;
		at = votes->index.places[at].next;
	}
	return n_joined;
}

/*
 * Joins a voter with its neighbours in the ring of each of its blocks. Returns how many parts fewer
 * there are.
 */
static uint32_t join_neighbours(struct tw_votes *votes, uint32_t i)
{
	const struct tw_index *index = &votes->index;
	const struct tw_index_place *places = tw_index_places(index, (int32_t)i);
	uint32_t n_joined = 0;

	for (uint32_t slot = 0; slot < TW_INDEX_SLOTS; slot++) {
		if (places[slot].block == 0)
			continue;
		n_joined += tw_union_join(
			votes->parent, (int32_t)i, tw_index_voter(index, places[slot].next));
		n_joined += tw_union_join(
			votes->parent, (int32_t)i, tw_index_voter(index, places[slot].prev));
	}
	return n_joined;
}

/*
 * Joins in votes->parent the voters that share blocks, directly or through others. Those that are
 * joined as a whole, first through a common block, then through others that reach them, are one
 * part. Each of the rest is joined with its neighbours in all its rings, so that no two neighbours
 * in a ring stay apart.
 */
static void link_voters(struct tw_votes *votes)
{
	uint32_t common = find_common_block(votes, votes->n_voters);
	int32_t *is_joined = votes->number;
	uint32_t n_parts = votes->n_voters;

	tw_index_begin(&votes->index);
	for (uint32_t k = 0; k < votes->n_voters; k++) {
		int32_t i = votes->voters[k];

		votes->parent[i] = i;
		is_joined[i] = false;
	}
	n_parts -= join_all(votes, is_joined, common);
	for (uint32_t k = 0; k < votes->n_voters && n_parts > 1; k++) {
		uint32_t i = (uint32_t)votes->voters[k];

		if (is_joined[i] || tw_index_window(&votes->index, (int32_t)i)->n_shared == 0)
			continue;
		common = most_common_of(&votes->index, i, 0);
		n_parts -= reaches_joined(votes, is_joined, common)
				   ? join_all(votes, is_joined, common)
				   : join_neighbours(votes, i);
	}
}

/* --- which group is counted --- */

static void describe(struct tw_votes *votes, const struct tw_ballot *ballot, int32_t node)
{
	const struct tw_chain *chain = ballot->chains[node];
	const struct tw_chain *confirmed = ballot->chains[votes->confirmed];
	const struct tw_hash *tip = tw_chain_at(chain, chain->tip);
	struct tw_group *group = &votes->groups[votes->group[node]];

	if (node == votes->confirmed)
		return;
	if (group->size == 0 || tw_hash_compare(tip, &group->lowest) < 0)
		group->lowest = *tip;
	group->size += tw_votes_weight(votes, node);
	group->is_against =
		group->is_against || (confirmed != NULL && tw_chain_differs(chain, confirmed));
	group->has_primary = group->has_primary || node == votes->primary;
	group->has_served = group->has_served || votes->has_served[node];
}

static bool beats(const struct tw_group *a, const struct tw_group *b)
{
	if (a->size != b->size || a->size == 0)
		return a->size > b->size;
	if (a->has_served != b->has_served)
		return a->has_served;
	if (a->has_primary != b->has_primary)
		return a->has_primary;
	return tw_hash_compare(&a->lowest, &b->lowest) < 0;
}

/*
 * Brings the index up to date, and finds what has changed. The confirmed chain and the voters that
 * are not believed stand for themselves.
 */
static void take_windows(struct tw_votes *votes, const struct tw_ballot *ballot)
{
	votes->is_alike = true;
	votes->grown = TW_NODE_NONE;
	for (uint32_t i = 0; i < votes->n_nodes; i++) {
		bool is_confirmed = (int32_t)i == votes->confirmed, is_single;
		enum tw_index_change change;

		if (!is_confirmed && ballot->may_differ != NULL && !ballot->may_differ[i])
			continue;
		is_single = is_confirmed || (ballot->is_doubted != NULL && ballot->is_doubted[i]);
		change =
			tw_index_take(&votes->index, i, ballot->chains[i], is_confirmed, is_single);
		if (change == TW_INDEX_SAME)
			continue;
		votes->is_alike = votes->is_alike && change == TW_INDEX_GROWN && !is_single &&
				  votes->grown < 0;
		votes->grown = (int32_t)i;
	}
}

/* Finds who shows T. */
static void note_served(struct tw_votes *votes, const struct tw_point *served)
{
	uint32_t block = tw_index_find(&votes->index, served),
		 at = votes->index.blocks[block].first;

	memset(votes->has_served, 0, votes->n_nodes * sizeof(votes->has_served[0]));
	for (uint32_t k = 0; block != 0 && k < votes->index.blocks[block].n; k++) {
		votes->has_served[tw_index_voter(&votes->index, at)] = true;
		at = votes->index.places[at].next;
	}
}

/* Finds which of those that stand for others stand for the primary, and for one that has grown. */
static void note_stand_ins(struct tw_votes *votes, const struct tw_ballot *ballot)
{
	votes->primary =
		ballot->primary < 0 ? -1 : tw_index_stands_for(&votes->index, ballot->primary);
	memset(votes->has_grown, 0, votes->n_nodes * sizeof(votes->has_grown[0]));
	for (int32_t i = 0; ballot->has_grown != NULL && i < votes->confirmed; i++) {
		if (ballot->has_grown[i] && ballot->chains[i] != NULL)
			votes->has_grown[tw_index_stands_for(&votes->index, i)] = true;
	}
}

/* Numbers the groups by their first voters. */
static void number_groups(struct tw_votes *votes)
{
	votes->n_groups = 0;
	for (uint32_t k = 0; k < votes->n_voters; k++)
		votes->number[votes->voters[k]] = -1;
	for (uint32_t k = 0; k < votes->n_voters; k++) {
		int32_t i = votes->voters[k], root = tw_union_find(votes->parent, i);

		if (votes->number[root] < 0) {
			votes->number[root] = (int32_t)votes->n_groups;
			votes->groups[votes->n_groups++] = (struct tw_group){ 0 };
		}
		votes->group[i] = votes->number[root];
		votes->groups[votes->group[i]].n_windows++;
	}
}

static void clear_group(struct tw_votes *votes, int32_t g)
{
	votes->groups[g] = (struct tw_group){ .n_windows = votes->groups[g].n_windows };
}

/* Finds what groups are compared by: where they are the same, only of a stranger that has grown. */
static void describe_groups(struct tw_votes *votes, const struct tw_ballot *ballot, bool is_laid)
{
	const struct tw_point *served = &ballot->served;
	int32_t grown = votes->grown;
	bool is_known = is_laid && votes->group_primary == votes->primary &&
			votes->group_served.height == served->height &&
			tw_hash_equal(&votes->group_served.hash, &served->hash) &&
			(grown < 0 || votes->groups[votes->group[grown]].n_windows == 1);

	if (is_known) {
		if (grown < 0)
			return;
		clear_group(votes, votes->group[grown]);
		describe(votes, ballot, grown);
		return;
	}
	for (uint32_t g = 0; g < votes->n_groups; g++)
		clear_group(votes, (int32_t)g);
	for (uint32_t k = 0; k < votes->n_voters; k++)
		describe(votes, ballot, votes->voters[k]);
	votes->group_primary = votes->primary;
	votes->group_served = *served;
}

/* The group that is counted. */
static int32_t find_best(struct tw_votes *votes, const struct tw_ballot *ballot, bool is_laid)
{
	uint32_t best = 0;

	/* Nothing is compared with the only one. */
	if (votes->n_groups == 1)
		return 0;
	describe_groups(votes, ballot, is_laid);
	for (uint32_t g = 1; g < votes->n_groups; g++) {
		if (beats(&votes->groups[g], &votes->groups[best]))
			best = g;
	}
	/* A group without a quorum that is known to be apart from what is confirmed. */
	if (ballot->chains[votes->confirmed] != NULL && votes->groups[best].is_against &&
		votes->groups[best].size < ballot->quorum)
		return votes->group[votes->confirmed];
	return (int32_t)best;
}

/* Finds the groups anew. */
static void find_groups(struct tw_votes *votes)
{
	votes->n_voters = tw_index_settle(&votes->index, votes->voters);
	votes->n_groups = 0;
	if (votes->n_voters == 0)
		return;
	link_voters(votes);
	number_groups(votes);
}

bool tw_group_voters(struct tw_votes *votes, const struct tw_ballot *ballot)
{
	int32_t best;
	bool is_laid;

	take_windows(votes, ballot);
	is_laid = votes->is_laid && votes->is_alike &&
		  (votes->grown < 0 || tw_growth_fits(votes, votes->grown));
	if (!is_laid)
		find_groups(votes);
	note_stand_ins(votes, ballot);
	note_served(votes, &ballot->served);
	if (votes->n_groups == 0)
		return false;
	best = find_best(votes, ballot, is_laid);
	if (is_laid && best == votes->counted) {
		tw_growth_raise(votes, votes->grown);
		return true;
	}
	votes->counted = best;
	votes->n_order = 0;
	for (uint32_t k = 0; k < votes->n_voters; k++) {
		if (votes->group[votes->voters[k]] == best)
			votes->order[votes->n_order++] = votes->voters[k];
	}
	return false;
}
