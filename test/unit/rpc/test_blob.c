/* rpc/blob: the previous hash and the height in blocks of every layout, and what is no block. */
#include "rpc/blob.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddee77"

/* Parses from a block of exactly the text's size. */
static int parse(const char *hex, enum tw_blob_layout layout, struct tw_hash *ret_hash)
{
	size_t len = strlen(hex);
	char *copy = malloc(len == 0 ? 1 : len);
	int r;

	assert_non_null(copy);
	memcpy(copy, hex, len);
	r = tw_blob_prev_hash(copy, len, layout, ret_hash);
	free(copy);
	return r;
}

static void test_layouts(void **state)
{
	static const struct {
		const char *hex;
		enum tw_blob_layout layout;
	} cases[] = {
		/* Block versions 2, 3 and, as two-byte varints, 128 and 300: no timestamp. */
		{ "0200" HASH "00", TW_BLOB_TURTLECOIN },
		{ "0300" HASH "0000f4d391d80600", TW_BLOB_TURTLECOIN },
		{ "800100" HASH "00", TW_BLOB_TURTLECOIN },
		{ "AC0205" HASH, TW_BLOB_TURTLECOIN },
		/* Version 1: a timestamp of five bytes, of one, of ten. */
		{ "0100bcd391d806" HASH "00000000", TW_BLOB_TURTLECOIN },
		{ "010000" HASH, TW_BLOB_TURTLECOIN },
		{ "0100ffffffffffffffffff01" HASH, TW_BLOB_TURTLECOIN },
		/* Monero has one at every version. */
		{ "1010fab092d806" HASH "00000000", TW_BLOB_MONERO },
		{ "0100bcd391d806" HASH, TW_BLOB_MONERO },
		/* Zano's begins with a nonce of eight bytes. */
		{ "030102030405060708" HASH "00bcd391d80600", TW_BLOB_ZANO },
	};
	struct tw_hash hash, wanted;

	(void)state;
	assert_int_equal(tw_hash_parse(HASH, TW_HASH_HEX, &wanted), 0);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		if (parse(cases[i].hex, cases[i].layout, &hash) != 0 ||
			!tw_hash_equal(&hash, &wanted))
			fail_msg("%s", cases[i].hex);
	}
}

static void test_no_blocks(void **state)
{
	static const struct {
		const char *hex;
		enum tw_blob_layout layout;
	} cases[] = {
		{ "", TW_BLOB_TURTLECOIN },
		{ "03", TW_BLOB_TURTLECOIN },
		{ "0300", TW_BLOB_TURTLECOIN },
		{ "0", TW_BLOB_TURTLECOIN },
		/* An odd number of digits, one digit short, not hex. */
		{ "0300" HASH "0", TW_BLOB_TURTLECOIN },
		{ "030" HASH, TW_BLOB_TURTLECOIN },
		{ "03000011223344556677", TW_BLOB_TURTLECOIN },
		{ "03g0" HASH, TW_BLOB_TURTLECOIN },
		{ "0300x" HASH "0", TW_BLOB_TURTLECOIN },
		{ "0300"
		  "zz112233445566778899aabbccddeeff00112233445566778899aabbccddee77",
			TW_BLOB_TURTLECOIN },
		/* Version 0; a varint that never ends; one of more than 64 bits. */
		{ "0000" HASH "0000000000", TW_BLOB_TURTLECOIN },
		{ "ffffffff", TW_BLOB_TURTLECOIN },
		{ "0100ffffffffffffffffff02" HASH, TW_BLOB_TURTLECOIN },
		{ "0100ffffffffffffffffffff01" HASH, TW_BLOB_TURTLECOIN },
		{ "0100", TW_BLOB_TURTLECOIN },
		{ "1010", TW_BLOB_MONERO },
		/* A version that is none, a nonce that is none or too short, a digit too many. */
		{ "", TW_BLOB_ZANO },
		{ "0", TW_BLOB_ZANO },
		{ "03", TW_BLOB_ZANO },
		{ "g30102030405060708" HASH, TW_BLOB_ZANO },
		{ "3g0102030405060708" HASH, TW_BLOB_ZANO },
		{ "03g102030405060708" HASH, TW_BLOB_ZANO },
		{ "030102030405060g08" HASH, TW_BLOB_ZANO },
		{ "0301020304050607", TW_BLOB_ZANO },
		{ "030102030405060708" HASH "0", TW_BLOB_ZANO },
		{ "03010203040506070800112233", TW_BLOB_ZANO },
	};
	struct tw_hash hash;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		if (parse(cases[i].hex, cases[i].layout, &hash) != -EINVAL)
			fail_msg("%s", cases[i].hex);
	}
}

/* --- the height --- */

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
/* A block of TurtleCoin's version 3 up to the nonce of its parent block; then follow the number of
 * the parent's transactions, its branch of hashes, and its first transaction. */
#define V3 "0300" HASH "0000f4d391d806" ZEROS "01020304"
/* The first transaction of the block itself: of height 100. */
#define OWN "018c0101ff64"
/* The parent's first transaction: its version and unlock time, one input, no outputs; one output.
 */
#define NO_OUTPUTS "010001ff0500"
#define ONE_OUTPUT "010001ff0501c80102" HASH

static void test_heights(void **state)
{
	static const struct {
		const char *hex;
		enum tw_blob_layout layout;
	} cases[] = {
		{ "1010f4d391d806" HASH "01020304" OWN, TW_BLOB_MONERO },
		{ "030102030405060708" HASH "00f4d391d806"
		  "00"
		  "02010064",
			TW_BLOB_ZANO },
		/* The parent is empty, in version 2 with a number at its end. */
		{ V3 "01"
		     "00000000"
		     "00" OWN,
			TW_BLOB_TURTLECOIN },
		{ V3 "01"
		     "02000000"
		     "00"
		     "00" OWN,
			TW_BLOB_TURTLECOIN },
		/* It has 2, 3, 4 transactions: one hash more whenever their number has doubled. */
		{ V3 "02" HASH "00000000"
		     "00" OWN,
			TW_BLOB_TURTLECOIN },
		{ V3 "03" HASH "00000000"
		     "00" OWN,
			TW_BLOB_TURTLECOIN },
		{ V3 "04" HASH HASH "00000000"
		     "00" OWN,
			TW_BLOB_TURTLECOIN },
		{ V3 "01" NO_OUTPUTS "00" OWN, TW_BLOB_TURTLECOIN },
		{ V3 "01" ONE_OUTPUT "00" OWN, TW_BLOB_TURTLECOIN },
		/* Its extra: padding, a public key, a nonce of two bytes, a depth of the tree. */
		{ V3 "01" NO_OUTPUTS "020000" OWN, TW_BLOB_TURTLECOIN },
		{ V3 "01" NO_OUTPUTS "2101" HASH OWN, TW_BLOB_TURTLECOIN },
		{ V3 "01" NO_OUTPUTS "0402020303" OWN, TW_BLOB_TURTLECOIN },
		{ V3 "01" NO_OUTPUTS "23032100" HASH OWN, TW_BLOB_TURTLECOIN },
		{ V3 "01" NO_OUTPUTS "23032101" HASH ZEROS OWN, TW_BLOB_TURTLECOIN },
		{ V3 "01" NO_OUTPUTS "23032102" HASH ZEROS ZEROS OWN, TW_BLOB_TURTLECOIN },
		{ V3 "01" ONE_OUTPUT "48"
		     "01" HASH "02020303"
		     "03"
		     "2101" HASH ZEROS OWN,
			TW_BLOB_TURTLECOIN },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		const char *hex = cases[i].hex;
		size_t len = strlen(hex);
		int64_t height = -1;

		assert_int_equal(tw_blob_height(hex, len, cases[i].layout, &height), 0);
		assert_int_equal(height, 100);
		/* The height is the last byte: cut off anywhere before it, it has none. */
		while (len > 0) {
			height = -1;
			if (tw_blob_height(hex, --len, cases[i].layout, &height) != -EINVAL)
				fail_msg("%s, %zu digits of it", hex, len);
			assert_int_equal(height, -1);
		}
	}
}

static void test_no_heights(void **state)
{
	static const char *const blocks[] = {
		/* The first transaction has no input, two, one that makes no coins. */
		"1010f4d391d806" HASH "01020304"
		"018c0100",
		"1010f4d391d806" HASH "01020304"
		"018c0102ff64ff64",
		"1010f4d391d806" HASH "01020304"
		"018c01010264",
		/* One more than the highest height. */
		"1010f4d391d806" HASH "01020304"
		"018c0101ff818080808020",
	};
	static const char *const merged[] = {
		/* The parent's input makes no coins, its output is to no key. */
		V3 "01"
		   "0100010205"
		   "00"
		   "00" OWN,
		V3 "01"
		   "010001ff0501c80103" HASH "00" OWN,
		/* Its extra is longer than the block, has a tag that is not known, a key or a nonce
		 * that is longer than the extra. */
		V3 "01" NO_OUTPUTS "7f00" OWN,
		V3 "01" NO_OUTPUTS "0105" OWN,
		V3 "01" NO_OUTPUTS "2001" HASH OWN,
		V3 "01" NO_OUTPUTS "03020203" OWN,
		/* Its tree is deeper than the block is long; so deep that its bytes overflow. */
		V3 "01" NO_OUTPUTS "23032109" HASH OWN,
		V3 "01" NO_OUTPUTS "2b0329808080808080808008" HASH OWN,
	};
	int64_t height;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(blocks); i++) {
		if (tw_blob_height(blocks[i], strlen(blocks[i]), TW_BLOB_MONERO, &height) !=
			-EINVAL)
			fail_msg("%s", blocks[i]);
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(merged); i++) {
		if (tw_blob_height(merged[i], strlen(merged[i]), TW_BLOB_TURTLECOIN, &height) !=
			-EINVAL)
			fail_msg("%s", merged[i]);
	}
	/* The highest one. */
	assert_int_equal(tw_blob_height("1010f4d391d806" HASH "01020304"
					"018c0101ff808080808020",
				 16 + 64 - 2 + 8 + 22, TW_BLOB_MONERO, &height),
		0);
	assert_int_equal(height, TW_BLOB_HEIGHT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_no_blocks),
		cmocka_unit_test(test_heights),
		cmocka_unit_test(test_no_heights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
