/* See observation.h. */
#include "core/node/observation.h"
#include <stddef.h>

void tw_observation_init(struct tw_observation *ret_obs, enum tw_result result)
{
	memset(ret_obs, 0, offsetof(struct tw_observation, chain));
	ret_obs->result = result;
	ret_obs->rtt_us = TW_UNKNOWN;
	ret_obs->header_time_s = TW_UNKNOWN;
	ret_obs->peers_in = TW_UNKNOWN;
	ret_obs->peers_out = TW_UNKNOWN;
	ret_obs->network_height = TW_UNKNOWN;
	ret_obs->synced = -1;
}

const struct tw_hash *tw_observation_at(const struct tw_observation *obs, int64_t height)
{
	if (obs->n_chain > 0 && height <= obs->chain[0].height &&
		height > obs->chain[0].height - obs->n_chain)
		return &obs->chain[obs->chain[0].height - height].hash;
	for (uint32_t i = 0; i < obs->n_at; i++) {
		if (obs->at[i].height == height)
			return &obs->at[i].hash;
	}
	return NULL;
}

/* Moves points of at that continue the chain downwards from at to chain. */
static void join(struct tw_observation *obs)
{
	for (uint32_t i = 0; i < obs->n_at;) {
		if (obs->n_chain < TW_CHAIN_MAX &&
			obs->at[i].height == obs->chain[0].height - obs->n_chain) {
			obs->chain[obs->n_chain++] = obs->at[i];
			obs->at[i] = obs->at[--obs->n_at];
			i = 0;
		} else {
			i++;
		}
	}
}

void tw_observation_add(struct tw_observation *obs, const struct tw_point *point)
{
	if (point->height < 0 || tw_observation_at(obs, point->height) != NULL)
		return;
	if (obs->n_chain == 0) {
		obs->chain[obs->n_chain++] = *point;
	} else if (obs->n_at < TW_AT_MAX && point->height < obs->chain[0].height) {
		obs->at[obs->n_at++] = *point;
		join(obs);
	}
}
