/* See anchor.h. */
#include "core/decide/anchor.h"
#include "core/model.h"

/* Sets the block of a chain at height: hash, or none where that is NULL. */
static void put_block(struct tw_chain *chain, int64_t height, const struct tw_hash *hash)
{
	struct tw_point *pair = &chain->pairs[height % TW_WINDOW];

	pair->height = TW_UNKNOWN;
	if (hash != NULL)
		*pair = (struct tw_point){ height, *hash };
}

struct tw_point tw_anchor_block(const struct tw_monitor *monitor)
{
	const struct tw_hash *hash = tw_chain_at(&monitor->anchor, monitor->anchor.tip);
	struct tw_point block = { .height = TW_UNKNOWN };

	if (hash != NULL)
		block = (struct tw_point){ monitor->anchor.tip, *hash };
	return block;
}

void tw_anchor_restore(struct tw_monitor *monitor, const struct tw_point *block)
{
	tw_chain_init(&monitor->anchor);
	if (block->height < 0)
		return;
	monitor->anchor.tip = block->height;
	put_block(&monitor->anchor, block->height, &block->hash);
}

bool tw_anchor_is_denied_by(const struct tw_monitor *monitor, int32_t node)
{
	return monitor->votes.relation[node] == TW_RELATION_CONFLICT &&
	       monitor->votes.share[node] < monitor->anchor.tip &&
	       tw_chain_differs(monitor->nodes[node].chain, &monitor->anchor);
}

int64_t tw_anchor_on_main(const struct tw_monitor *monitor)
{
	const struct tw_votes *votes = &monitor->votes;

	return votes->relation[votes->confirmed] == TW_RELATION_MAIN ? monitor->anchor.tip
								     : TW_UNKNOWN;
}

/* Whether the main chain is known to be another one than C's: only a quorum makes it so. */
static bool is_left_behind(const struct tw_monitor *m)
{
	const struct tw_votes *votes = &m->votes;
	int32_t group;

	if (votes->best < 0 || m->anchor.tip < 0)
		return true;
	group = votes->group[votes->best];
	return votes->relation[votes->confirmed] == TW_RELATION_CONFLICT ||
	       (group != votes->group[votes->confirmed] && votes->groups[group].is_against);
}

/* --- a quorum supports more --- */

/* A quorum has gone on: those on other chains are outvoted. */
static void note_outvoted(struct tw_monitor *m)
{
	for (uint32_t i = 0; i < m->n; i++) {
		struct tw_node *node = &m->nodes[i];

		if (tw_anchor_is_denied_by(m, (int32_t)i) &&
			node->chain->tip - m->votes.share[i] > m->policy.fork_tolerance) {
			node->is_outvoted = m->has_outvoted = true;
			tw_model_mark(m, TW_PART_SAVED, (int32_t)i);
		}
	}
}

/* Writes the main chain up to height into C's chain, from height down to `from`. */
static void copy_main(struct tw_monitor *m, int64_t from, int64_t height)
{
	struct tw_chain *chain = &m->anchor;

	for (int64_t h = height; h > from && h >= 0 && h > height - TW_WINDOW; h--)
		put_block(chain, h, tw_votes_main_at(&m->votes, h));
	chain->tip = height;
}

/* Moves C to what a quorum supports. Returns whether it has left its chain. */
static bool follow_quorum(struct tw_monitor *m, int64_t height)
{
	const struct tw_hash *hash = height < 0 ? NULL : tw_votes_main_at(&m->votes, height);
	bool is_on_main = tw_anchor_on_main(m) >= 0;

	if (hash == NULL)
		return false;
	/* Where nobody knows how they stand to each other, it only rises. */
	if (height <= m->anchor.tip && !is_left_behind(m))
		return false;
	if (height == m->anchor.tip && tw_hash_equal(hash, tw_chain_at(&m->anchor, height)))
		return false;
	copy_main(m, is_on_main ? m->anchor.tip : TW_UNKNOWN, height);
	note_outvoted(m);
	return !is_on_main;
}

/* --- C is given up --- */

/* Voters on node's branch. */
static uint32_t branch_size(const struct tw_monitor *m, int32_t node)
{
	uint32_t size = 0;

	for (uint32_t i = 0; i < m->n; i++)
		size += m->votes.branch[i] == m->votes.branch[node];
	return size;
}

/* Whether the chain of this daemon may take the place of C's, once C's side has stood still. */
static bool is_rival(const struct tw_monitor *m, int32_t i)
{
	const struct tw_node *node = &m->nodes[i];

	/* What costs most to find out comes last. built_us is that of a daemon that may have grown.
	 */
	return m->votes.relation[i] == TW_RELATION_CONFLICT && m->votes.share[i] >= 0 &&
	       m->built_us[i] > m->tip.moved_us && !m->is_doubted[i] &&
	       node->chain->tip > m->tip.tip.height && !node->is_outvoted &&
	       tw_node_peers(node) != 0 && tw_anchor_is_denied_by(m, i) &&
	       branch_size(m, i) >= m->votes.agreeing;
}

/* The highest of the rivals; among equals the one with the lower hash. */
static int32_t find_rival(const struct tw_monitor *m)
{
	const struct tw_chain *best = NULL;
	int32_t rival = TW_NODE_NONE;

	for (uint32_t i = 0; i < m->n; i++) {
		const struct tw_chain *chain = m->nodes[i].chain;

		if (!is_rival(m, (int32_t)i))
			continue;
		if (best == NULL || chain->tip > best->tip ||
			(chain->tip == best->tip && tw_hash_compare(tw_chain_at(chain, chain->tip),
							    tw_chain_at(best, best->tip)) < 0)) {
			best = chain;
			rival = (int32_t)i;
		}
	}
	return rival;
}

/* C becomes the lowest block that the rival has of its own, and T follows the rival from there. */
static void go_to(struct tw_monitor *m, int32_t rival)
{
	const struct tw_chain *chain = m->nodes[rival].chain;
	int64_t height = tw_chain_next_known(chain, m->votes.share[rival] + 1);

	for (int64_t h = height; h >= 0 && h > height - TW_WINDOW; h--)
		put_block(&m->anchor, h, tw_chain_at(chain, h));
	m->anchor.tip = height;
	m->tip.leader = rival;
}

/* A quorum answers, agrees and has lost C: C steps back to what it supports. */
static bool step_back(struct tw_monitor *m, int64_t height)
{
	const struct tw_hash *hash = tw_votes_main_at(&m->votes, height);

	if (hash == NULL)
		return false;
	put_block(&m->anchor, height, hash);
	m->anchor.tip = height;
	return true;
}

/*
 * Whether C moved because its side has stood still for long enough. A quorum supports the main
 * chain up to height.
 */
static bool give_way(struct tw_monitor *m, int64_t height)
{
	int32_t rival;

	if (tw_anchor_on_main(m) < 0)
		return false;
	if (m->votes.agreeing >= m->decision.quorum)
		return height >= 0 && tw_votes_supported_by(&m->votes, 1) < m->anchor.tip &&
		       tw_model_stands(m, TW_STANDS_FOR) && step_back(m, height);
	rival = find_rival(m);
	if (rival < 0 || !tw_model_stands(m, TW_STANDS_FOR) ||
		!tw_model_is_near(m, m->nodes[rival].chain->tip - m->tip.tip.height))
		return false;
	go_to(m, rival);
	return true;
}

bool tw_anchor_update(struct tw_monitor *monitor)
{
	int64_t height = tw_votes_backed_by(&monitor->votes, monitor->decision.quorum);

	return follow_quorum(monitor, height) || give_way(monitor, height);
}

bool tw_anchor_go_on(struct tw_monitor *monitor)
{
	return follow_quorum(
		monitor, tw_votes_backed_by(&monitor->votes, monitor->decision.quorum));
}

void tw_anchor_note_return(struct tw_monitor *monitor)
{
	bool has_outvoted = false;

	if (!monitor->has_counted || !monitor->has_outvoted)
		return;
	for (uint32_t i = 0; i < monitor->n; i++) {
		struct tw_node *node = &monitor->nodes[i];

		if (!node->is_outvoted)
			continue;
		/* A voter that is not believed stands there with a part of its chain only. */
		if (monitor->votes.relation[i] == TW_RELATION_MAIN && !monitor->is_doubted[i]) {
			node->is_outvoted = false;
			tw_model_mark(monitor, TW_PART_SAVED, (int32_t)i);
		}
		has_outvoted = has_outvoted || node->is_outvoted;
	}
	monitor->has_outvoted = has_outvoted;
}
