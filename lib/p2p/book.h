/*
 * The addresses of nodes of the public network, from which witnesses are chosen. Whoever answers a
 * peer list may have made it up, and many addresses may be one machine's. So few addresses are kept
 * of each answerer and of each /16, and of those in use at one time no two are in one /16 and only
 * some are from one answerer. Seeds, which the operator or the coin names, are not limited so.
 *
 * Fixed in size; the choice is by chance, from a state that the caller seeds. Times are the
 * caller's, in microseconds.
 */
#ifndef TW_P2P_BOOK_H
#define TW_P2P_BOOK_H

#include "base/time.h"
#include "p2p/address.h"

enum {
	TW_P2P_BOOK_MAX = 512,
	TW_P2P_BOOK_PER_SOURCE = 32, /* kept of one answerer */
	TW_P2P_BOOK_PER_NET = 4,     /* kept of one /16 */
	TW_P2P_BOOK_SEEDS = 64,
};
#define TW_P2P_BOOK_RETRY_MIN_US TW_MIN /* a failed address is not tried again sooner */
#define TW_P2P_BOOK_RETRY_MAX_US (4 * TW_HOUR)

struct tw_p2p_book_entry {
	struct tw_p2p_address address;
	uint32_t source; /* the ip of who told of it; 0: a seed */
	bool is_used;
	uint8_t fails; /* in a row */
	int64_t retry_us;
};

struct tw_p2p_book {
	uint64_t random;
	uint32_t n;
	struct tw_p2p_book_entry entries[TW_P2P_BOOK_MAX];
};

void tw_p2p_book_init(struct tw_p2p_book *ret_book, uint64_t seed);
/* Adds an address that the operator or the coin names. False: there is no room. */
bool tw_p2p_book_add_seed(struct tw_p2p_book *book, const struct tw_p2p_address *address);
/* Adds what the node with the ip source tells of, as far as it is public and the limits allow. */
void tw_p2p_book_add(struct tw_p2p_book *book, const struct tw_p2p_address *addresses, uint32_t n,
	uint32_t source);
/*
 * Chooses an address to try now, and marks it as used. max_per_source: so many of one answerer may
 * be in use. Returns its number, or -1: there is none.
 */
int32_t tw_p2p_book_take(struct tw_p2p_book *book, int64_t now, uint32_t max_per_source);
/* It is not used any more. is_good: it was a node as it should be. */
void tw_p2p_book_give_back(struct tw_p2p_book *book, int32_t entry, int64_t now, bool is_good);
/* Whether another address than those in use could be tried now. */
bool tw_p2p_book_has_more(const struct tw_p2p_book *book, int64_t now, uint32_t max_per_source);

#endif
