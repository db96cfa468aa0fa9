/* See writer.h. */
#include "p2p/writer.h"
#include "p2p/bytes.h"
#include <assert.h>
#include <string.h>

static void put_varint(struct tw_buf *out, uint64_t value)
{
	static const unsigned int sizes[] = { 1, 2, 4, 8 };

	for (unsigned int i = 0; i < TW_ARRAY_SIZE(sizes); i++) {
		if (i < 3 && value >> (8 * sizes[i] - 2) != 0)
			continue;
		tw_p2p_bytes_put(out, value << 2 | i, sizes[i]);
		return;
	}
}

static void put_entry(struct tw_buf *out, const char *name, unsigned int type)
{
	size_t len = strlen(name);

	assert(len > 0 && len <= UINT8_MAX);
	tw_p2p_bytes_put(out, len, 1);
	tw_buf_append(out, name, len);
	tw_p2p_bytes_put(out, type, 1);
}

void tw_p2p_writer_begin(struct tw_buf *out, uint32_t n)
{
	tw_buf_append(out, TW_P2P_STORAGE_HEAD, TW_P2P_STORAGE_HEAD_LEN);
	put_varint(out, n);
}

void tw_p2p_writer_section(struct tw_buf *out, const char *name, uint32_t n)
{
	put_entry(out, name, TW_P2P_STORAGE_SECTION);
	put_varint(out, n);
}

void tw_p2p_writer_number(
	struct tw_buf *out, const char *name, enum tw_p2p_storage_type type, uint64_t value)
{
	size_t size = (size_t)8 >> (type - TW_P2P_STORAGE_U64);

	assert(type >= TW_P2P_STORAGE_U64 && type <= TW_P2P_STORAGE_U8);
	assert(size == 8 || value >> 8 * size == 0);
	put_entry(out, name, type);
	tw_p2p_bytes_put(out, value, size);
}

void tw_p2p_writer_array(
	struct tw_buf *out, const char *name, enum tw_p2p_storage_type type, uint32_t n)
{
	put_entry(out, name, (unsigned int)TW_P2P_STORAGE_ARRAY | (unsigned int)type);
	put_varint(out, n);
}

void tw_p2p_writer_count(struct tw_buf *out, uint32_t n)
{
	put_varint(out, n);
}

void tw_p2p_writer_string(struct tw_buf *out, const char *name, const void *bytes, size_t len)
{
	put_entry(out, name, TW_P2P_STORAGE_STRING);
	put_varint(out, len);
	tw_buf_append(out, bytes, len);
}
