/*
 * What one check returned: the result, the blocks that the node showed of its chain, and what it
 * says of itself. Whoever runs the check (or reads it from a journal) fills in an observation and
 * hands it to the core.
 */
#ifndef TW_CORE_NODE_OBSERVATION_H
#define TW_CORE_NODE_OBSERVATION_H

#include "core/types.h"

/*
 * When result is not TW_RESULT_OK only detail and rtt_us mean anything. chain is newest first
 * without holes; at holds points that were asked for, in any order.
 */
struct tw_observation {
	enum tw_result result;
	int64_t rtt_us; /* of the request for the newest header, or TW_UNKNOWN */
	uint32_t n_chain;
	uint32_t n_at;
	int64_t header_time_s;  /* the newest block's own timestamp; shown, decides nothing */
	int64_t peers_in;       /* TW_UNKNOWN: not learned by this check */
	int64_t peers_out;      /* likewise */
	int64_t network_height; /* claimed, as an index; decides nothing */
	int synced;             /* claimed: 0, 1, or -1 not learned; decides nothing */
	enum tw_template template;
	struct tw_network_id network; /* claimed; what is unknown was not learned */
	char detail[TW_DETAIL_MAX];   /* what went wrong, for people; "" when nothing did */
	/* Last, because tw_observation_init() does not clear them. */
	struct tw_point chain[TW_CHAIN_MAX];
	struct tw_point at[TW_AT_MAX];
};

/*
 * An empty observation: everything unknown, result as given. The points are not cleared: they are
 * 6 KiB, n_chain and n_at say how many of them there are, and a check in a replay costs less than
 * clearing them.
 */
void tw_observation_init(struct tw_observation *ret_obs, enum tw_result result);
/*
 * Adds a point: to chain where it continues the chain downwards, else to at. Points already there,
 * and those beyond the limits, are ignored. Points in at that continue the chain then move there.
 */
void tw_observation_add(struct tw_observation *obs, const struct tw_point *point);
/* The hash that obs shows for height, or NULL. Borrowed until the next change of obs. */
const struct tw_hash *tw_observation_at(const struct tw_observation *obs, int64_t height);

#endif
