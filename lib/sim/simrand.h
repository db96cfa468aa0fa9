/*
 * Seeded random numbers for simulations: streams that do not disturb each other, so that a history
 * stays the same whoever looks at it. Not for secrets.
 */
#ifndef TW_SIM_SIMRAND_H
#define TW_SIM_SIMRAND_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct tw_simrand {
	uint64_t state;
};

/* The finalizer of MurmurHash3: looks random, good enough for made-up hashes. */
static inline uint64_t tw_simrand_mix(uint64_t x)
{
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	x ^= x >> 33;
	return x;
}

static inline struct tw_simrand tw_simrand_of(uint64_t seed, uint64_t stream)
{
	return (struct tw_simrand){ tw_simrand_mix(
		tw_simrand_mix(seed + UINT64_C(0x9e3779b97f4a7c15)) + stream) };
}

static inline uint64_t tw_simrand_draw(struct tw_simrand *rand)
{
	rand->state += UINT64_C(0x9e3779b97f4a7c15);
	return tw_simrand_mix(rand->state);
}

/* Uniform in (0, 1]. */
static inline double tw_simrand_fraction(struct tw_simrand *rand)
{
	return (double)((tw_simrand_draw(rand) >> 11) + 1) * 0x1p-53;
}

static inline bool tw_simrand_chance(struct tw_simrand *rand, double probability)
{
	return tw_simrand_fraction(rand) <= probability;
}

/* Uniform in low to high, both included. */
static inline int64_t tw_simrand_between(struct tw_simrand *rand, int64_t low, int64_t high)
{
	return low + (int64_t)(tw_simrand_draw(rand) % (uint64_t)(high - low + 1));
}

/* Waiting time of a Poisson process; at least 1. */
static inline int64_t tw_simrand_wait(struct tw_simrand *rand, int64_t mean)
{
	return 1 + (int64_t)(-log(tw_simrand_fraction(rand)) * (double)mean);
}

#endif
