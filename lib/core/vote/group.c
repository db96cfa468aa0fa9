/* See group.h. */
#include "core/vote/group.h"
#include "core/vote/sweep.h"
#include "core/vote/union.h"

/* How many groups a voter is compared with before all points of all voters are compared. */
enum { FEW_GROUPS = 4 };

/* --- who is linked --- */

static bool are_linked(const struct tw_chain *a, const struct tw_chain *b)
{
	for (int64_t h = tw_chain_prev_known(a, b->tip); h >= 0;
		h = tw_chain_prev_known(a, h - 1)) {
		const struct tw_hash *hash = tw_chain_at(b, h);

		if (hash != NULL && tw_hash_equal(hash, tw_chain_at(a, h)))
			return true;
	}
	return false;
}

/*
 * The quick way, which is enough when every voter shares a block with the first one. Returns false
 * when it does not show whether all are linked.
 */
static bool link_directly(struct tw_votes *votes, const struct tw_ballot *ballot)
{
	int32_t firsts[FEW_GROUPS];
	uint32_t n = 0;

	for (uint32_t i = 0; i < votes->n_nodes; i++) {
		uint32_t g = 0;

		if (ballot->chains[i] == NULL)
			continue;
		while (g < n && !are_linked(ballot->chains[i], ballot->chains[firsts[g]]))
			g++;
		if (g == FEW_GROUPS)
			return false;
		if (g == n)
			firsts[n++] = (int32_t)i;
		else
			(void)tw_union_join(votes->parent, firsts[g], (int32_t)i);
	}
	/* Two groups may be linked through others than their first voters. */
	return n <= 1;
}

static void link_by_all_points(struct tw_votes *votes, const struct tw_ballot *ballot)
{
	struct tw_sweep sweep = { .cursors = votes->cursors, .floor = TW_UNKNOWN };
	struct tw_cursor point, last = { .node = TW_NODE_NONE };

	for (uint32_t i = 0; i < votes->n_nodes; i++) {
		if (ballot->chains[i] != NULL)
			tw_sweep_add(&sweep, ballot->chains[i], (int32_t)i);
	}
	for (; tw_sweep_next(&sweep, &point); last = point) {
		if (last.node >= 0 && last.height == point.height &&
			tw_hash_equal(last.hash, point.hash))
			(void)tw_union_join(votes->parent, last.node, point.node);
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
	group->size++;
	group->is_against =
		group->is_against || (confirmed != NULL && tw_chain_differs(chain, confirmed));
	group->has_primary = group->has_primary || node == ballot->primary;
	group->has_served = group->has_served ||
			    (ballot->served.height >= 0 && tw_chain_has(chain, &ballot->served));
	if (group->lowest == NULL || tw_hash_compare(tip, group->lowest) < 0)
		group->lowest = tip;
}

static bool beats(const struct tw_group *a, const struct tw_group *b)
{
	if (a->size != b->size || a->size == 0)
		return a->size > b->size;
	if (a->has_served != b->has_served)
		return a->has_served;
	if (a->has_primary != b->has_primary)
		return a->has_primary;
	return tw_hash_compare(a->lowest, b->lowest) < 0;
}

void tw_group_voters(struct tw_votes *votes, const struct tw_ballot *ballot)
{
	uint32_t best = 0;

	tw_union_clear(votes->parent, votes->n_nodes);
	if (!link_directly(votes, ballot))
		link_by_all_points(votes, ballot);
	votes->n_groups = 0;
	for (uint32_t i = 0; i < votes->n_nodes; i++)
		votes->number[i] = -1;
	for (uint32_t i = 0; i < votes->n_nodes; i++) {
		int32_t root;

		if (ballot->chains[i] == NULL)
			continue;
		root = tw_union_find(votes->parent, (int32_t)i);
		if (votes->number[root] < 0) {
			votes->number[root] = (int32_t)votes->n_groups;
			votes->groups[votes->n_groups++] = (struct tw_group){ 0 };
		}
		votes->group[i] = votes->number[root];
		describe(votes, ballot, (int32_t)i);
	}
	for (uint32_t g = 1; g < votes->n_groups; g++) {
		if (beats(&votes->groups[g], &votes->groups[best]))
			best = g;
	}
	/* A group without a quorum that is known to be apart from what is confirmed. */
	if (ballot->chains[votes->confirmed] != NULL && votes->groups[best].is_against &&
		votes->groups[best].size < ballot->quorum)
		best = (uint32_t)votes->group[votes->confirmed];
	for (uint32_t i = 0; i < votes->n_nodes; i++) {
		if (ballot->chains[i] != NULL && votes->group[i] == (int32_t)best)
			votes->order[votes->n_order++] = (int32_t)i;
	}
}
