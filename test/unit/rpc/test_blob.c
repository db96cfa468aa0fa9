/* rpc/blob: the previous hash in block templates of every layout, and what is no block. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_no_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
