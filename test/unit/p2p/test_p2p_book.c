/* p2p/book and p2p/address: which addresses are kept, and which are tried. */
#include "compare.h"
#include "p2p/book.h"
#include <errno.h>
#include <string.h>

static struct tw_p2p_book book;

static struct tw_p2p_address address(const char *text)
{
	struct tw_p2p_address result;

	assert_int_equal(tw_p2p_address_parse(text, strlen(text), &result), 0);
	return result;
}

static void add(uint32_t ip, uint32_t source)
{
	const struct tw_p2p_address one = { ip, 18080 };

	tw_p2p_book_add(&book, &one, 1, source);
}

static void test_addresses(void **state)
{
	static const char *const bad[] = { "", "1.2.3.4", "1.2.3:4", "1.2.3.4:0", "1.2.3.256:5",
		"1.2.3.4:65536", "1.2.3.4.5:6", "1.2.3.4:5 ", "a.2.3.4:5", "1..3.4:5", ":5" };
	static const char *const internal[] = { "0.1.2.3:1", "10.1.2.3:1", "100.64.0.1:1",
		"100.127.255.255:1", "127.0.0.1:1", "169.254.1.1:1", "172.16.0.1:1",
		"172.31.255.255:1", "192.0.0.1:1", "192.168.0.1:1", "198.18.0.1:1", "198.19.0.1:1",
		"224.0.0.1:1", "255.255.255.255:1" };
	static const char *const public[] = { "1.2.3.4:1", "100.63.255.255:1", "100.128.0.0:1",
		"172.15.0.1:1", "172.32.0.1:1", "192.0.1.1:1", "192.167.0.1:1", "198.17.0.1:1",
		"198.20.0.1:1", "223.255.255.255:65535" };
	struct tw_p2p_address result = address("1.2.3.4:18080");

	(void)state;
	assert_int_equal(result.ip, 0x01020304);
	assert_int_equal(result.port, 18080);
	for (size_t i = 0; i < TW_ARRAY_SIZE(bad); i++)
		assert_int_equal(tw_p2p_address_parse(bad[i], strlen(bad[i]), &result), -EINVAL);
	for (size_t i = 0; i < TW_ARRAY_SIZE(internal); i++) {
		result = address(internal[i]);
		assert_false(tw_p2p_address_is_public(&result));
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(public); i++) {
		result = address(public[i]);
		assert_true(tw_p2p_address_is_public(&result));
	}
}

/* One answerer that names thousands cannot fill the book, and what is not public is left out. */
static void test_what_is_kept(void **state)
{
	(void)state;
	tw_p2p_book_init(&book, 1);
	for (uint32_t i = 0; i < 1000; i++)
		add(0x20000000 + (i << 16), 7);
	assert_int_equal(book.n, TW_P2P_BOOK_PER_SOURCE);
	add(0x7f000001, 8);
	add(0x20000000, 8); /* known */
	assert_int_equal(book.n, TW_P2P_BOOK_PER_SOURCE);
	for (uint32_t i = 0; i < 100; i++)
		add(0x30000000 + i, 100 + i);
	assert_int_equal(book.n, TW_P2P_BOOK_PER_SOURCE + TW_P2P_BOOK_PER_NET);
	for (uint32_t i = 0; i < 2000; i++)
		add(0x40000000 + (i << 16), 1000 + i);
	assert_int_equal(book.n, TW_P2P_BOOK_MAX);
}

static void test_what_is_tried(void **state)
{
	uint32_t n_of_7 = 0, n = 0;
	int32_t entry;

	(void)state;
	tw_p2p_book_init(&book, 2);
	assert_int_equal(tw_p2p_book_take(&book, 0, 4), -1);
	for (uint32_t i = 0; i < 30; i++)
		add(0x20000000 + (i << 16), 7);
	for (uint32_t i = 0; i < 4; i++)
		add(0x30000000 + i, 100 + i); /* all in one /16 */
	for (uint32_t i = 0; i < 10; i++)
		add(0x40000000 + (i << 16), 200 + i);
	while ((entry = tw_p2p_book_take(&book, 0, 4)) >= 0) {
		n_of_7 += book.entries[entry].source == 7;
		n++;
	}
	assert_int_equal(n_of_7, 4);
	assert_int_equal(n, 4 + 1 + 10);
	assert_false(tw_p2p_book_has_more(&book, 0, 4));
	assert_true(tw_p2p_book_has_more(&book, 0, 5));
}

static void test_seeds_are_not_limited(void **state)
{
	struct tw_p2p_address seed = address("127.0.0.1:1000");
	uint32_t n = 0;

	(void)state;
	tw_p2p_book_init(&book, 3);
	for (uint32_t i = 0; i < TW_P2P_BOOK_SEEDS; i++) {
		seed.port++;
		assert_true(tw_p2p_book_add_seed(&book, &seed));
	}
	assert_true(tw_p2p_book_add_seed(&book, &seed)); /* known */
	seed.port++;
	assert_false(tw_p2p_book_add_seed(&book, &seed));
	while (tw_p2p_book_take(&book, 0, 1) >= 0)
		n++;
	assert_int_equal(n, TW_P2P_BOOK_SEEDS);
}

/* Addresses that others told of take no seed's place, as long as the book has room. */
static void test_seeds_beside_others(void **state)
{
	struct tw_p2p_address seed = address("127.0.0.1:1000");

	(void)state;
	tw_p2p_book_init(&book, 3);
	for (uint32_t i = 0; i < TW_P2P_BOOK_MAX - TW_P2P_BOOK_SEEDS; i++)
		add(0x40000000 + (i << 16), 1000 + i);
	for (uint32_t i = 0; i < TW_P2P_BOOK_SEEDS; i++) {
		seed.port++;
		assert_true(tw_p2p_book_add_seed(&book, &seed));
	}
	assert_int_equal(book.n, TW_P2P_BOOK_MAX);
	/* Nor are seeds forgotten for others. */
	for (uint32_t i = 0; i < 2000; i++)
		add(0x50000000 + (i << 16), 5000 + i);
	assert_true(tw_p2p_book_add_seed(&book, &seed));
	assert_int_equal(book.n, TW_P2P_BOOK_MAX);
	/* A full book has no room for a seed, whoever filled it. */
	tw_p2p_book_init(&book, 3);
	for (uint32_t i = 0; i < TW_P2P_BOOK_MAX; i++)
		add(0x40000000 + (i << 16), 1000 + i);
	assert_false(tw_p2p_book_add_seed(&book, &seed));
}

/* What failed is left alone for longer and longer, and never for ever. */
static void test_retries(void **state)
{
	int64_t now = 0, waited_us = 0;
	int32_t entry;

	(void)state;
	tw_p2p_book_init(&book, 4);
	add(0x20000000, 7);
	for (int i = 0; i < 20; i++) {
		entry = tw_p2p_book_take(&book, now, 1);
		assert_int_equal(entry, 0);
		tw_p2p_book_give_back(&book, entry, now, false);
		waited_us = i == 0 ? TW_P2P_BOOK_RETRY_MIN_US : 2 * waited_us;
		if (waited_us > TW_P2P_BOOK_RETRY_MAX_US)
			waited_us = TW_P2P_BOOK_RETRY_MAX_US;
		assert_int_equal(book.entries[0].retry_us - now, waited_us);
		assert_int_equal(tw_p2p_book_take(&book, now, 1), -1);
		now = book.entries[0].retry_us;
		assert_int_equal(tw_p2p_book_take(&book, now - 1, 1), -1);
	}
	assert_int_equal(waited_us, TW_P2P_BOOK_RETRY_MAX_US);
	/* However often it fails: the count of failures does not begin anew. */
	for (int i = 0; i < 2 * UINT8_MAX; i++) {
		entry = tw_p2p_book_take(&book, now, 1);
		tw_p2p_book_give_back(&book, entry, now, false);
		assert_int_equal(book.entries[0].retry_us - now, TW_P2P_BOOK_RETRY_MAX_US);
		now = book.entries[0].retry_us;
	}
	entry = tw_p2p_book_take(&book, now, 1);
	tw_p2p_book_give_back(&book, entry, now, true);
	assert_int_equal(book.entries[0].retry_us - now, TW_P2P_BOOK_RETRY_MIN_US);
	/* It begins anew after a good one. */
	now = book.entries[0].retry_us;
	entry = tw_p2p_book_take(&book, now, 1);
	tw_p2p_book_give_back(&book, entry, now, false);
	assert_int_equal(book.entries[0].retry_us - now, TW_P2P_BOOK_RETRY_MIN_US);
}

/* In a full book only what is neither a seed nor in use makes room. */
static void test_what_makes_room(void **state)
{
	struct tw_p2p_address seed = address("127.0.0.1:1000");
	int32_t used, n_kept = 0;
	uint32_t used_ip;

	(void)state;
	tw_p2p_book_init(&book, 5);
	assert_true(tw_p2p_book_add_seed(&book, &seed));
	for (uint32_t i = 0; i < TW_P2P_BOOK_MAX - 1; i++)
		add(0x40000000 + (i << 16), 1000 + i);
	/* The seed, and one other. */
	while ((used = tw_p2p_book_take(&book, 0, 1)) == 0)
		continue;
	assert_that(used, >, 0);
	used_ip = book.entries[used].address.ip;
	for (uint32_t i = 0; i < 5000; i++)
		add(0x50000000 + i * 0x3001, 5000 + i);
	assert_int_equal(book.n, TW_P2P_BOOK_MAX);
	assert_true(tw_p2p_address_equal(&book.entries[0].address, &seed));
	assert_int_equal(book.entries[used].address.ip, used_ip);
	for (uint32_t i = 0; i < TW_P2P_BOOK_MAX; i++)
		n_kept += book.entries[i].address.ip < 0x50000000;
	assert_int_equal(n_kept, 1);
}

/* Every address has its turn, whatever the seed of the choice. */
static void test_choice_by_chance(void **state)
{
	uint32_t counts[8] = { 0 };

	(void)state;
	for (uint64_t seed = 0; seed < 400; seed++) {
		tw_p2p_book_init(&book, seed * UINT64_C(0x9e3779b97f4a7c15));
		for (uint32_t i = 0; i < 8; i++)
			add(0x20000000 + (i << 16), 7);
		counts[tw_p2p_book_take(&book, 0, 1)]++;
	}
	for (int i = 0; i < 8; i++)
		assert_in_range(counts[i], 20, 90);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_what_is_kept),
		cmocka_unit_test(test_what_is_tried),
		cmocka_unit_test(test_seeds_are_not_limited),
		cmocka_unit_test(test_seeds_beside_others),
		cmocka_unit_test(test_retries),
		cmocka_unit_test(test_what_makes_room),
		cmocka_unit_test(test_choice_by_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
