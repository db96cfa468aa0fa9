/* See book.h. */
#include "p2p/book.h"
#include "base/num.h"
#include <assert.h>

static uint64_t draw(struct tw_p2p_book *book)
{
	book->random ^= book->random << 13;
	book->random ^= book->random >> 7;
	book->random ^= book->random << 17;
	return book->random;
}

static uint32_t net_of(const struct tw_p2p_book_entry *entry)
{
	return entry->address.ip >> 16;
}

static bool is_seed(const struct tw_p2p_book_entry *entry)
{
	return entry->source == 0;
}

static const struct tw_p2p_book_entry *find(
	const struct tw_p2p_book *book, const struct tw_p2p_address *address)
{
	for (uint32_t i = 0; i < book->n; i++) {
		if (tw_p2p_address_equal(&book->entries[i].address, address))
			return &book->entries[i];
	}
	return NULL;
}

/* What may be forgotten for a new address: one that is not in use and was never a seed. */
static struct tw_p2p_book_entry *find_room(struct tw_p2p_book *book)
{
	uint32_t start;

	if (book->n < TW_P2P_BOOK_MAX)
		return &book->entries[book->n++];
	start = (uint32_t)(draw(book) % book->n);
	for (uint32_t i = 0; i < book->n; i++) {
		struct tw_p2p_book_entry *entry = &book->entries[(start + i) % book->n];

		if (!entry->is_used && !is_seed(entry))
			return entry;
	}
	return NULL;
}

void tw_p2p_book_init(struct tw_p2p_book *ret_book, uint64_t seed)
{
	*ret_book = (struct tw_p2p_book){ .random = seed | 1 };
}

bool tw_p2p_book_add_seed(struct tw_p2p_book *book, const struct tw_p2p_address *address)
{
	uint32_t n = 0;

	if (find(book, address) != NULL)
		return true;
	for (uint32_t i = 0; i < book->n; i++)
		n += is_seed(&book->entries[i]);
	if (n == TW_P2P_BOOK_SEEDS || book->n == TW_P2P_BOOK_MAX)
		return false;
	book->entries[book->n++] = (struct tw_p2p_book_entry){ .address = *address };
	return true;
}

static void add(struct tw_p2p_book *book, const struct tw_p2p_address *address, uint32_t source)
{
	const struct tw_p2p_book_entry next = { .address = *address, .source = source };
	uint32_t of_source = 0, of_net = 0;
	struct tw_p2p_book_entry *entry;

	if (!tw_p2p_address_is_public(address) || find(book, address) != NULL)
		return;
	for (uint32_t i = 0; i < book->n; i++) {
		if (is_seed(&book->entries[i]))
			continue;
		of_source += book->entries[i].source == source;
		of_net += net_of(&book->entries[i]) == net_of(&next);
	}
	if (of_source >= TW_P2P_BOOK_PER_SOURCE || of_net >= TW_P2P_BOOK_PER_NET)
		return;
	entry = find_room(book);
	if (entry != NULL)
		*entry = next;
}

void tw_p2p_book_add(struct tw_p2p_book *book, const struct tw_p2p_address *addresses, uint32_t n,
	uint32_t source)
{
	assert(source != 0);
	for (uint32_t i = 0; i < n; i++)
		add(book, &addresses[i], source);
}

/* Whether an entry may be tried beside those that are in use. */
static bool is_free(const struct tw_p2p_book *book, const struct tw_p2p_book_entry *entry,
	int64_t now, uint32_t max_per_source)
{
	uint32_t of_source = 0;

	if (entry->is_used || now < entry->retry_us)
		return false;
	if (is_seed(entry))
		return true;
	for (uint32_t i = 0; i < book->n; i++) {
		const struct tw_p2p_book_entry *other = &book->entries[i];

		if (!other->is_used)
			continue;
		if (net_of(other) == net_of(entry))
			return false;
		of_source += other->source == entry->source;
	}
	return of_source < max_per_source;
}

int32_t tw_p2p_book_take(struct tw_p2p_book *book, int64_t now, uint32_t max_per_source)
{
	uint64_t n = 0;
	int32_t taken = -1;

	for (uint32_t i = 0; i < book->n; i++) {
		if (is_free(book, &book->entries[i], now, max_per_source) && draw(book) % ++n == 0)
			taken = (int32_t)i;
	}
	if (taken >= 0)
		book->entries[taken].is_used = true;
	return taken;
}

void tw_p2p_book_give_back(struct tw_p2p_book *book, int32_t entry, int64_t now, bool is_good)
{
	struct tw_p2p_book_entry *e = &book->entries[entry];
	int64_t wait_us = TW_P2P_BOOK_RETRY_MIN_US;

	assert(e->is_used);
	e->is_used = false;
	for (uint8_t i = 0; !is_good && i < e->fails && wait_us < TW_P2P_BOOK_RETRY_MAX_US; i++)
		wait_us *= 2;
	e->retry_us = now + tw_min(wait_us, TW_P2P_BOOK_RETRY_MAX_US);
	if (is_good)
		e->fails = 0;
	else if (e->fails < UINT8_MAX)
		e->fails++;
}

bool tw_p2p_book_has_more(const struct tw_p2p_book *book, int64_t now, uint32_t max_per_source)
{
	for (uint32_t i = 0; i < book->n; i++) {
		if (is_free(book, &book->entries[i], now, max_per_source))
			return true;
	}
	return false;
}
