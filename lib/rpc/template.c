/* See template.h. */
#include "rpc/template.h"

/* The height of that block on the daemon's chain, as far as it was shown, or TW_UNKNOWN. */
static int64_t height_of(
	const struct tw_hash *hash, const struct tw_observation *obs, const struct tw_chain *window)
{
	int64_t height;

	for (uint32_t i = 0; i < obs->n_chain; i++) {
		if (tw_hash_equal(&obs->chain[i].hash, hash))
			return obs->chain[i].height;
	}
	for (uint32_t i = 0; i < obs->n_at; i++) {
		if (tw_hash_equal(&obs->at[i].hash, hash))
			return obs->at[i].height;
	}
	height = tw_chain_prev_known(window, window->tip);
	while (height >= 0 && !tw_hash_equal(tw_chain_at(window, height), hash))
		height = tw_chain_prev_known(window, height - 1);
	return height;
}

bool tw_template_is_newer(const struct tw_template_reply *template,
	const struct tw_observation *obs, const struct tw_chain *window, const struct tw_point *now)
{
	int64_t known = height_of(&template->prev_hash, obs, window);

	if (known >= 0)
		return known > now->height;
	return template->height - 1 > obs->chain[0].height && template->height - 1 != now->height;
}
