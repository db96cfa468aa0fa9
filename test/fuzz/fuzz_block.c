/*
 * lib/block against any file in the spool and any line in the journal of blocks: what is read is
 * possible, and what is written is read back as the same.
 */
#include "block/record.h"
#include "fuzz.h"
#include <string.h>

static void read_file(const char *data, size_t len)
{
	struct tw_block_blob blob;
	struct tw_buf hex;

	tw_buf_init(&hex, 2 * TW_BLOCK_BLOB_MAX);
	if (tw_block_blob_read(data, len, &hex, &blob) == 0) {
		FUZZ_CHECK(blob.n_heads >= 1 && blob.n_heads <= TW_BLOB_LAYOUTS);
		FUZZ_CHECK(hex.len > 0 && hex.len <= 2 * len);
		for (uint32_t i = 0; i < blob.n_heads; i++)
			FUZZ_CHECK(blob.heads[i].height >= TW_UNKNOWN &&
				   blob.heads[i].height <= TW_BLOB_HEIGHT_MAX);
	}
	tw_buf_finish(&hex);
}

static void read_line(const char *data, size_t len)
{
	struct tw_block *block, *again;
	struct tw_buf first, second;

	if (tw_block_record_parse(data, len, &block) != 0)
		return;
	tw_buf_init(&first, TW_BLOCK_RECORD_MAX);
	tw_buf_init(&second, TW_BLOCK_RECORD_MAX);
	tw_block_record_format(block, &first);
	FUZZ_CHECK(first.error == 0);
	FUZZ_CHECK(tw_block_record_parse(first.data, first.len, &again) == 0);
	tw_block_record_format(again, &second);
	FUZZ_CHECK(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	tw_buf_finish(&first);
	tw_buf_finish(&second);
	tw_block_destroy(block);
	tw_block_destroy(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_file((const char *)data, size);
	read_line((const char *)data, size);
	return 0;
}

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddee77"

size_t tw_fuzz_seed(size_t i, uint8_t ret_data[TW_FUZZ_INPUT_MAX])
{
	static const char *const seeds[] = {
		"1010f4d391d806" HASH "0102030402a00101ff64",
		"030102030405060708" HASH "00f4d391d8060002010064",
		"0300" HASH "0000f4d391d806" HASH "010203040100000000230321000"
		"0" HASH "018c0101ff64",
		"{\"id\":\"0011223344556677\",\"found_ms\":1800000000000,\"height\":100,"
		"\"state\":\"accepted\",\"state_ms\":1800000000012,\"depth\":0,\"main\":false,"
		"\"hash\":null,\"prev_hash\":\"" HASH "\",\"timestamp\":1,\"nonce\":2,"
		"\"settled\":true,\"other_hash\":\"" HASH "\",\"other_ms\":1800000000011,"
		"\"other_daemon\":\"beta\",\"over\":false,\"final\":false,\"daemons\":[{\"name\":"
		"\"alpha\",\"answer\":\"accepted\",\"by_writer\":false,\"sends\":1,\"sent_ms\":"
		"1800000000001,\"answered_ms\":1800000000012,\"reason\":\"ok\",\"seen_ms\":null,"
		"\"other_seen_ms\":null}]}",
	};
	size_t len;

	if (i >= sizeof(seeds) / sizeof(seeds[0]))
		return 0;
	len = strlen(seeds[i]);
	memcpy(ret_data, seeds[i], len);
	return len;
}
