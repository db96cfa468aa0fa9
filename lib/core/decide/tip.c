/* See tip.h. */
#include "core/decide/tip.h"
#include "base/num.h"
#include "core/decide/anchor.h"
#include "core/decide/public.h"
#include "core/model.h"
#include "core/reason.h"

/* So long T stays after its last supporter fell silent (decision.md, Voting 4(c)). */
#define HOLD_US (30 * TW_SEC)

void tw_tip_init(struct tw_tip *tip, int64_t now)
{
	*tip = (struct tw_tip){
		.tip.height = TW_UNKNOWN,
		.highest.height = TW_UNKNOWN,
		.moved_us = now,
		.unheard_us = TW_UNKNOWN,
		.budgeted_us = now,
		.leader = TW_NODE_NONE,
		.alone = TW_NODE_NONE,
		.chain_epoch = 1,
	};
	for (size_t i = 0; i < TW_WINDOW; i++)
		tip->served[i].block.height = TW_UNKNOWN;
}

static struct tw_served *served_at(struct tw_tip *tip, int64_t height)
{
	return &tip->served[height % TW_WINDOW];
}

/* --- the budget --- */

/* At most max_lead blocks are saved up; the time since T last moved adds to that. */
static int64_t full_budget(const struct tw_monitor *m)
{
	return m->policy.max_lead * tw_policy_growth_us(&m->policy) + (m->now - m->tip.moved_us);
}

static void save_up(struct tw_monitor *m)
{
	struct tw_tip *tip = &m->tip;

	tip->budget_us = tw_min(tip->budget_us + m->now - tip->budgeted_us, full_budget(m));
	tip->budgeted_us = m->now;
}

/*
 * The highest that T may go to now. What a quorum supports is free, and the budget is full where T
 * is that or goes there now.
 */
static int64_t ceiling(struct tw_monitor *m, int64_t wanted)
{
	int64_t free_height = tw_max(m->tip.tip.height, tw_anchor_on_main(m));
	int64_t growth_us = tw_policy_growth_us(&m->policy);
	int64_t affordable;

	if (free_height == tw_anchor_on_main(m))
		m->tip.budget_us = full_budget(m);
	affordable = free_height + m->tip.budget_us / growth_us;
	if (wanted <= affordable)
		return wanted;
	/* The step runs again when the next block is affordable. */
	(void)tw_model_is_due(m, m->now + growth_us - m->tip.budget_us % growth_us);
	return affordable;
}

static void pay(struct tw_monitor *m, int64_t old_height, int64_t height)
{
	int64_t free_height = tw_max(old_height, tw_anchor_on_main(m));

	if (height > free_height)
		m->tip.budget_us -= (height - free_height) * tw_policy_growth_us(&m->policy);
}

/* --- moving T --- */

/* Whether the main chain's block at height, and so the chain below it, was served already. */
static bool was_served(const struct tw_monitor *m, int64_t height)
{
	const struct tw_served *served = &m->tip.served[height % TW_WINDOW];
	const struct tw_hash *hash = tw_votes_main_at(&m->votes, height);

	return hash != NULL && served->block.height == height &&
	       tw_hash_equal(&served->block.hash, hash);
}

/*
 * Whether block, the new T, is on one chain with the highest tip served: whether the lower one of
 * the two is an ancestor of the other, or the same block. After a restart only the highest tip is
 * known, so that a voter must show both blocks.
 */
static bool is_on_served_chain(const struct tw_monitor *m, const struct tw_point *block)
{
	const struct tw_tip *tip = &m->tip;
	const struct tw_hash *hash;

	if (block->height > tip->highest.height) {
		hash = tw_votes_main_at(&m->votes, tip->highest.height);
		return hash != NULL && tw_hash_equal(hash, &tip->highest.hash);
	}
	if (was_served(m, block->height))
		return true;
	for (uint32_t i = 0; i < m->n; i++) {
		if (m->chains[i] != NULL && tw_chain_has(m->chains[i], block) &&
			tw_chain_has(m->chains[i], &tip->highest))
			return true;
	}
	return false;
}

/* Writes the main chain into the served chain, from height down to where they are the same. */
static void extend_served(struct tw_monitor *m, int64_t height)
{
	for (int64_t h = height; h >= 0 && h > height - TW_WINDOW && !was_served(m, h); h--) {
		const struct tw_hash *hash = tw_votes_main_at(&m->votes, h);
		struct tw_served *served = served_at(&m->tip, h);

		/* In case nobody shows this block: what is kept here is of another chain. */
		served->block.height = TW_UNKNOWN;
		if (hash != NULL)
			*served = (struct tw_served){ { h, *hash }, m->now };
	}
}

static void move_to(struct tw_monitor *m, int64_t height)
{
	struct tw_tip *tip = &m->tip;
	const struct tw_hash *hash = tw_votes_main_at(&m->votes, height);
	struct tw_point block;
	bool is_same_chain;

	/* No window shows the block: T goes to the highest one below it until it was asked for. */
	if (hash == NULL)
		tw_model_ask(m, m->votes.best, height);
	while (hash == NULL && height > 0)
		hash = tw_votes_main_at(&m->votes, --height);
	if (hash == NULL || (tip->tip.height == height && tw_hash_equal(&tip->tip.hash, hash)))
		return;
	block = (struct tw_point){ height, *hash };
	is_same_chain = tip->highest.height < 0 || is_on_served_chain(m, &block);
	/* The first T is not growth. */
	if (tip->tip.height >= 0)
		pay(m, tip->tip.height, height);
	extend_served(m, height);
	tip->tip = block;
	tip->n_moves++;
	tip->moved_us = m->now;
	save_up(m); /* there is less to be full of now */
	tip->unheard_us = TW_UNKNOWN;
	if (!is_same_chain) {
		tip->chain_epoch++;
		/* What was served above belongs to the chain that T has left. */
		for (size_t i = 0; i < TW_WINDOW; i++) {
			if (tip->served[i].block.height > height)
				tip->served[i].block.height = TW_UNKNOWN;
		}
	}
	if (!is_same_chain || height > tip->highest.height)
		tip->highest = tip->tip;
}

/* --- silence (Voting 4(c)) --- */

/* Notes since when no voter supports T. */
static void note_support(struct tw_monitor *m)
{
	struct tw_tip *tip = &m->tip;

	/* Voters that show the same are looked at once. */
	for (uint32_t k = 0; k < m->votes.n_voters; k++) {
		int32_t i = m->votes.voters[k];

		if (i != m->votes.confirmed && tw_chain_has(m->chains[i], &tip->tip)) {
			tip->unheard_us = TW_UNKNOWN;
			return;
		}
	}
	if (tip->unheard_us < 0)
		tip->unheard_us = m->now;
}

/* Whether T stays for the sake of this node, which supported T and has just fallen silent. */
static bool is_missed(struct tw_monitor *m, int32_t i)
{
	const struct tw_node *node = &m->nodes[i];

	return node->is_silent && !node->is_foreign && !m->is_doubted[i] &&
	       !tw_model_has_left(m, i, true) && tw_chain_has(node->chain, &m->tip.tip) &&
	       !(node->health.is_down &&
		       tw_reason_is_distrusted(tw_reason_of_result(node->health.failure))) &&
	       m->tip.unheard_us >= 0 && !tw_model_is_due(m, m->tip.unheard_us + HOLD_US);
}

/*
 * Whether the main chain's block at height, or the next lower one that anybody shows, is an
 * ancestor of T, and a node that shows both still has T: a voter, or one that is missed.
 */
static bool is_only_stepping_back(struct tw_monitor *m, int64_t height)
{
	const struct tw_hash *hash = tw_votes_main_at(&m->votes, height);
	struct tw_point block;

	while (hash == NULL && height > 0)
		hash = tw_votes_main_at(&m->votes, --height);
	if (hash == NULL || height >= m->tip.tip.height)
		return false;
	block = (struct tw_point){ height, *hash };
	for (uint32_t i = 0; i < m->n; i++) {
		const struct tw_chain *chain = m->chains[i];

		if (is_missed(m, (int32_t)i))
			chain = m->nodes[i].chain;
		if (chain != NULL && tw_chain_has(chain, &m->tip.tip) &&
			(was_served(m, height) || tw_chain_has(chain, &block)))
			return true;
	}
	return false;
}

/*
 * The highest main-chain block with two supporters of which one is a daemon: references corroborate
 * what a daemon shows, and move T only as part of a quorum.
 */
static int64_t corroborated(const struct tw_monitor *m)
{
	int64_t shared = tw_votes_supported_by(&m->votes, 2), height = TW_UNKNOWN;

	for (uint32_t i = 0; i < m->n && height < shared; i++) {
		if (m->votes.share[i] > height && m->votes.relation[i] != TW_RELATION_NONE &&
			tw_model_is_daemon(m, (int32_t)i))
			height = m->votes.share[i];
	}
	return tw_min(height, shared);
}

/* Where T would be without a leader: what two show, or C. */
static int64_t backed(const struct tw_monitor *m)
{
	return tw_max(corroborated(m), tw_anchor_on_main(m));
}

/* --- the lone leader (Voting 4(a)) --- */

/*
 * Whether a voter conflicts with the leader. A voter that left the chain below C, or deeper than
 * fork_tolerance below T, is not counted: it contradicts C or T itself, and was outvoted about
 * that. Nor does a voter that got stuck beside the chain keep a leader back for ever that has
 * grown.
 */
static bool is_contradicted(struct tw_monitor *m, int32_t leader)
{
	/* Voters that show the same are looked at once. */
	for (uint32_t k = 0; k < m->votes.n_voters; k++) {
		int32_t i = m->votes.voters[k];

		/* What costs most to find out comes last. */
		if (i != m->votes.confirmed && m->votes.relation[i] == TW_RELATION_CONFLICT &&
			m->votes.share[i] >= m->tip.tip.height - m->policy.fork_tolerance &&
			!tw_anchor_is_denied_by(m, i))
			return !tw_model_has_grown(m, leader) ||
			       !tw_model_stands(m, TW_CONTRADICTED_FOR);
	}
	return false;
}

static bool is_followed(struct tw_monitor *m)
{
	int32_t leader = m->tip.leader;

	if (leader >= 0 && m->chains[leader] == NULL)
		return is_missed(m, leader);
	if (leader < 0 || is_contradicted(m, leader) ||
		m->votes.relation[leader] != TW_RELATION_MAIN ||
		m->votes.share[leader] < m->votes.top)
		return false;
	/* It is followed until another voter supports T, or C is there. */
	return backed(m) < m->tip.tip.height;
}

/* Whether fewer than two voters answer that are believed and do not conflict with C. */
static bool is_one_left(const struct tw_monitor *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->n && n < 2; i++)
		n += m->votes.relation[i] != TW_RELATION_NONE && !m->is_doubted[i] &&
		     !tw_anchor_is_denied_by(m, (int32_t)i);
	return n < 2;
}

/*
 * Whether T has waited for the daemon, so many blocks above T, for as long as it must: not at all
 * where nobody else answers, or the public network knows it.
 */
static bool has_waited(struct tw_monitor *m, int32_t leader, int64_t above)
{
	int64_t since_us = m->tip.moved_us;

	if (is_one_left(m) || tw_public_knows(m, leader))
		return true;
	/* Another voter may bring T up all the time, and stay behind the leader. */
	if (leader == m->tip.alone)
		since_us = tw_min(since_us, m->tip.alone_us);
	if (tw_node_has_grown(&m->nodes[leader], since_us))
		return tw_model_have_passed(m, since_us, TW_GROWN_FOR);
	return above > m->policy.max_lead && tw_model_stands(m, TW_STANDS_FOR);
}

/* Notes since when the same voter alone has blocks above T. */
static void note_alone(struct tw_monitor *m)
{
	struct tw_tip *tip = &m->tip;
	int32_t alone = m->votes.top > tip->tip.height && backed(m) <= tip->tip.height
				? m->votes.best
				: TW_NODE_NONE;

	if (alone != tip->alone)
		tip->alone_us = m->now;
	tip->alone = alone;
}

static void find_leader(struct tw_monitor *m)
{
	struct tw_tip *tip = &m->tip;
	int32_t leader = m->votes.best;
	int64_t above = m->votes.top - tip->tip.height;

	if (is_followed(m))
		return;
	tip->leader = TW_NODE_NONE;
	if (leader >= 0 && above > 0 && backed(m) <= tip->tip.height &&
		tw_model_is_daemon(m, leader) && tw_node_peers(&m->nodes[leader]) != 0 &&
		!is_contradicted(m, leader) && has_waited(m, leader, above) &&
		tw_model_is_near(m, above))
		tip->leader = leader;
}

/* --- one step --- */

/* Where T would be by the votes and the leader, wherever it is now. */
static int64_t candidate(const struct tw_monitor *m)
{
	bool is_led = m->tip.leader >= 0 && m->chains[m->tip.leader] != NULL;

	return is_led ? tw_max(backed(m), m->votes.top) : backed(m);
}

/* The same where T is new, or not on the main chain: where one is left, its tip. */
static int64_t candidate_anew(const struct tw_monitor *m)
{
	return is_one_left(m) ? tw_max(tw_votes_supported_by(&m->votes, 1), tw_anchor_on_main(m))
			      : candidate(m);
}

static bool is_on_main(const struct tw_monitor *m)
{
	return m->tip.tip.height <= m->votes.top && was_served(m, m->tip.tip.height);
}

/* The main chain has another block in the place of T, or ends below it. */
static void leave(struct tw_monitor *m, int64_t wanted)
{
	int64_t height = ceiling(m, wanted);

	if (!is_only_stepping_back(m, height))
		move_to(m, height);
}

/* Moves T up the main chain. Returns whether it moved. */
static bool climb(struct tw_monitor *m)
{
	int64_t from = m->tip.tip.height, height;

	find_leader(m);
	height = candidate(m);
	if (height < 0 || m->votes.answering == 0)
		return false;
	/* T does not step back to its own ancestor. */
	height = ceiling(m, height);
	if (height > from)
		move_to(m, height);
	return m->tip.tip.height > from;
}

static void update(struct tw_monitor *m)
{
	int64_t height;

	note_support(m);
	if (!is_on_main(m)) {
		if (!is_followed(m))
			m->tip.leader = TW_NODE_NONE;
		height = candidate_anew(m);
		if (height >= 0 && m->votes.answering > 0)
			leave(m, height);
	}
	/* Where two have T, one of them may lead alone from there on, and witnesses know it. */
	while (is_on_main(m) && climb(m))
		continue;
}

void tw_tip_update(struct tw_monitor *monitor, bool may_begin)
{
	save_up(monitor);
	if (monitor->tip.tip.height < 0 && may_begin) {
		int64_t height = candidate_anew(monitor);

		if (height >= 0)
			move_to(monitor, height);
	}
	if (monitor->tip.tip.height >= 0)
		update(monitor);
	note_alone(monitor);
}

int64_t tw_tip_accepted(const struct tw_tip *tip, int64_t height)
{
	int64_t oldest = tip->tip.height - TW_WINDOW + 1;

	/* A block that is forgotten or was never shown was accepted no later than the next one. */
	for (int64_t h = tw_max(height, tw_max(oldest, 0)); h <= tip->tip.height; h++) {
		const struct tw_served *served = &tip->served[h % TW_WINDOW];

		if (served->block.height == h)
			return served->accepted_us;
	}
	return TW_UNKNOWN;
}
