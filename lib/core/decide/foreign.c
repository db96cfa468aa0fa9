/* See foreign.h. */
#include "core/decide/foreign.h"
#include "core/model.h"

static bool is_known(const struct tw_network_id *id)
{
	return id->has_genesis || id->nettype[0] != '\0';
}

static bool differ(const struct tw_network_id *a, const struct tw_network_id *b)
{
	if (a->nettype[0] != '\0' && b->nettype[0] != '\0' && strcmp(a->nettype, b->nettype) != 0)
		return true;
	return a->has_genesis && b->has_genesis && !tw_hash_equal(&a->genesis, &b->genesis);
}

/* How many nodes are on the network of one of them. */
struct support {
	uint32_t daemons;
	uint32_t nodes;
	bool has_primary;
};

static struct support support_of(const struct tw_monitor *m, const struct tw_network_id *id)
{
	struct support support = { 0 };

	for (uint32_t i = 0; i < m->n; i++) {
		const struct tw_network_id *other = &m->nodes[i].network;

		if (!is_known(other) || differ(id, other))
			continue;
		support.daemons += tw_model_is_daemon(m, (int32_t)i);
		support.nodes++;
		support.has_primary = support.has_primary || (int32_t)i == m->primary;
	}
	return support;
}

static bool is_better(const struct support *a, const struct support *b)
{
	if (a->daemons != b->daemons)
		return a->daemons > b->daemons;
	if (a->nodes != b->nodes)
		return a->nodes > b->nodes;
	return a->has_primary && !b->has_primary;
}

/* The network of most daemons, then of most nodes, then that of the primary, then the first. */
static void find_home(struct tw_monitor *m)
{
	struct support best = { 0 };

	m->home = (struct tw_network_id){ 0 };
	for (uint32_t i = 0; i < m->n; i++) {
		const struct tw_network_id *id = &m->nodes[i].network;
		struct support support;

		/* A network that was looked at already has the same support again. */
		if (!tw_model_is_daemon(m, (int32_t)i) || !is_known(id) ||
			(is_known(&m->home) && !differ(id, &m->home)))
			continue;
		support = support_of(m, id);
		if (!is_known(&m->home) || is_better(&support, &best)) {
			m->home = *id;
			best = support;
		}
	}
}

void tw_foreign_update(struct tw_monitor *monitor)
{
	if (!monitor->has_new_network)
		return;
	monitor->has_new_network = false;
	find_home(monitor);
	for (uint32_t i = 0; i < monitor->n; i++) {
		bool is_foreign = differ(&monitor->nodes[i].network, &monitor->home);

		if (is_foreign != monitor->nodes[i].is_foreign)
			tw_model_touch(monitor, (int32_t)i);
		monitor->nodes[i].is_foreign = is_foreign;
	}
}
