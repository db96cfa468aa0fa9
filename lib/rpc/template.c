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

static bool is_block(const struct tw_template_reply *template, int layout,
	const struct tw_observation *obs, const struct tw_chain *window)
{
	return template->has_prev_hash[layout] &&
	       height_of(&template->prev_hashes[layout], obs, window) >= 0;
}

bool tw_template_settle(struct tw_template_reply *template, enum tw_blob_layout usual,
	const struct tw_observation *obs, const struct tw_chain *window, struct tw_rpc_peer *peer)
{
	int layout = (int)(peer->has_shown_layout ? peer->layout : usual), other = 0;

	if (template->is_said) {
		while (other < TW_BLOB_LAYOUTS &&
			!(template->has_prev_hash[other] &&
				tw_hash_equal(&template->prev_hashes[other], &template->prev_hash)))
			other++;
		return other < TW_BLOB_LAYOUTS;
	}
	if (!is_block(template, layout, obs, window)) {
		while (other < TW_BLOB_LAYOUTS && !is_block(template, other, obs, window))
			other++;
		if (other < TW_BLOB_LAYOUTS)
			layout = other;
		else if (!template->has_prev_hash[layout])
			layout = (int)usual;
	}
	template->prev_hash = template->prev_hashes[layout];
	if (is_block(template, layout, obs, window)) {
		peer->has_shown_layout = true;
		peer->layout = (enum tw_blob_layout)layout;
	}
	return true;
}

bool tw_template_is_newer(const struct tw_template_reply *template,
	const struct tw_observation *obs, const struct tw_chain *window, const struct tw_point *now)
{
	int64_t known = height_of(&template->prev_hash, obs, window);

	if (known >= 0)
		return known > now->height;
	return template->height - 1 > obs->chain[0].height && template->height - 1 != now->height;
}
