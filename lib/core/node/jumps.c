/* See jumps.h. */
#include "core/node/jumps.h"

void tw_jumps_init(struct tw_jumps *jumps)
{
	*jumps = (struct tw_jumps){ .mixed_until_us = INT64_MIN, .top = TW_UNKNOWN };
}

/* Whether obs contradicts the chain below its own newest block. */
static bool is_sideways(const struct tw_chain *chain, const struct tw_observation *obs)
{
	for (uint32_t i = 1; i < obs->n_chain; i++) {
		const struct tw_hash *hash = tw_chain_at(chain, obs->chain[i].height);

		if (hash != NULL)
			return !tw_hash_equal(hash, &obs->chain[i].hash);
	}
	return false;
}

static void note_jump(struct tw_jumps *jumps, int64_t now, bool is_aside)
{
	int64_t first_us;

	jumps->when_us[jumps->n++ % TW_JUMPS] = now;
	first_us = jumps->when_us[jumps->n % TW_JUMPS];
	jumps->is_sideways = is_aside || (jumps->is_sideways && now <= jumps->mixed_until_us);
	if (now <= jumps->mixed_until_us || (jumps->n >= TW_JUMPS && now - first_us <= TW_JUMPS_US))
		jumps->mixed_until_us = now + TW_JUMPS_US;
}

void tw_jumps_observe(struct tw_jumps *jumps, int64_t now, const struct tw_chain *chain,
	const struct tw_observation *obs)
{
	int64_t height = obs->chain[0].height;
	bool is_aside = chain->tip >= height && is_sideways(chain, obs);

	if (is_aside || height <= chain->tip - 2)
		note_jump(jumps, now, is_aside);
	if (height >= jumps->top || now - jumps->top_us > TW_JUMPS_US) {
		jumps->top = height;
		jumps->top_us = now;
	}
}
