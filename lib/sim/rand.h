/*
 * Seeded random numbers for simulations: streams that do not disturb each other, so that a history
 * stays the same whoever looks at it. Not for secrets.
 */
#ifndef TW_SIM_RAND_H
#define TW_SIM_RAND_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct tw_sim_rand {
	uint64_t state;
};

/* The finalizer of MurmurHash3: looks random, good enough for made-up hashes. */
static inline uint64_t tw_sim_rand_mix(uint64_t x)
{
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	x ^= x >> 33;
	return x;
}

static inline struct tw_sim_rand tw_sim_rand_of(uint64_t seed, uint64_t stream)
{
	return (struct tw_sim_rand){ tw_sim_rand_mix(
		tw_sim_rand_mix(seed + UINT64_C(0x9e3779b97f4a7c15)) + stream) };
}

static inline uint64_t tw_sim_rand_draw(struct tw_sim_rand *rand)
{
	rand->state += UINT64_C(0x9e3779b97f4a7c15);
	return tw_sim_rand_mix(rand->state);
}

/* Uniform in (0, 1]. */
static inline double tw_sim_rand_fraction(struct tw_sim_rand *rand)
{
	return (double)((tw_sim_rand_draw(rand) >> 11) + 1) * 0x1p-53;
}

static inline bool tw_sim_rand_chance(struct tw_sim_rand *rand, double probability)
{
	return tw_sim_rand_fraction(rand) <= probability;
}

/* Uniform in low to high, both included. */
static inline int64_t tw_sim_rand_between(struct tw_sim_rand *rand, int64_t low, int64_t high)
{
	return low + (int64_t)(tw_sim_rand_draw(rand) % (uint64_t)(high - low + 1));
}

/* Waiting time of a Poisson process; at least 1. */
static inline int64_t tw_sim_rand_wait(struct tw_sim_rand *rand, int64_t mean)
{
	return 1 + (int64_t)(-log(tw_sim_rand_fraction(rand)) * (double)mean);
}

#endif
