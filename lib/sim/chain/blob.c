/* See blob.h. The layouts are those of CryptoNote's block_header, read off real templates. */
#include "sim/chain/blob.h"
#include <string.h>

enum {
	BLOB_MAX = 4096,
	UNLOCK_TURTLECOIN = 40, /* blocks until a reward can be spent */
	UNLOCK_MONERO = 60,
	TAG_PUBLIC_KEY = 0x01,
	TAG_NONCE = 0x02,
	TAG_MERGE_MINING = 0x03,
	DERIVE_KEY = 1,
	DERIVE_TREE = 2,
};

int tw_sim_blob_turtlecoin_version(int64_t height)
{
	if (height < 2)
		return 1;
	return height == 2 ? 2 : 3;
}

static void put_varint(struct tw_buf *out, uint64_t value)
{
	while (value >= 0x80) {
		tw_buf_putc(out, (char)(uint8_t)(value | 0x80));
		value >>= 7;
	}
	tw_buf_putc(out, (char)(uint8_t)value);
}

static void put_zeros(struct tw_buf *out, size_t n)
{
	while (n-- > 0)
		tw_buf_putc(out, '\0');
}

static void put_hash(struct tw_buf *out, const struct tw_hash *hash)
{
	tw_buf_append(out, hash->bytes, TW_HASH_BYTES);
}

/*
 * TurtleCoin blocks from version 2 on are merge-mined: they have an empty parent block with a tag.
 */
static void put_parent_block(struct tw_buf *out, int64_t timestamp_s)
{
	put_varint(out, 0); /* major and minor version */
	put_varint(out, 0);
	put_varint(out, (uint64_t)timestamp_s);
	put_zeros(out, TW_HASH_BYTES); /* its previous hash */
	put_zeros(out, 4);             /* nonce */
	put_varint(out, 1);            /* transactions */
	put_zeros(out, 4);             /* a base transaction that is empty except for its extra: */
	put_varint(out, 2 + 1 + TW_HASH_BYTES);
	put_varint(out, TAG_MERGE_MINING);
	put_varint(out, 1 + TW_HASH_BYTES);
	put_zeros(out, 1 + TW_HASH_BYTES); /* depth and root */
}

static void put_header(struct tw_buf *out, const struct tw_sim_blob_template *template)
{
	bool is_merged = template->layout == TW_BLOB_TURTLECOIN && template->major_version >= 2;

	put_varint(out, (uint64_t) template->major_version);
	if (template->layout == TW_BLOB_ZANO) {
		put_zeros(out, 8); /* nonce */
		put_hash(out, &template->prev_hash);
		put_varint(out, (uint64_t) template->minor_version);
		put_varint(out, (uint64_t) template->timestamp_s);
		put_zeros(out, 1); /* flags */
		return;
	}
	put_varint(out, (uint64_t) template->minor_version);
	if (!is_merged)
		put_varint(out, (uint64_t) template->timestamp_s);
	put_hash(out, &template->prev_hash);
	if (is_merged)
		put_parent_block(out, template->timestamp_s);
	else
		put_zeros(out, 4); /* nonce */
}

/* Returns the offset of the reserved bytes. */
static size_t put_base_transaction(struct tw_buf *out, const struct tw_sim_chain *chain,
	const struct tw_sim_blob_template *template)
{
	bool is_monero = template->is_monero;
	size_t reserve = template->reserve_size;
	uint64_t key = (uint64_t) template->height;
	unsigned int unlock = is_monero ? UNLOCK_MONERO : UNLOCK_TURTLECOIN;
	size_t extra_len = 1 + TW_HASH_BYTES, offset = 0;
	struct tw_hash hash;

	if (reserve > 0)
		extra_len += (reserve < 0x80 ? 2u : 3u) + reserve; /* tag, length */
	put_varint(out, is_monero ? 2 : 1);
	put_varint(out, key + unlock);
	put_varint(out, 1);           /* one input */
	tw_buf_putc(out, (char)0xff); /* its type: a new coin of this height */
	put_varint(out, (uint64_t) template->height);
	put_varint(out, 1); /* one output */
	put_varint(out, (uint64_t) template->reward);
	put_varint(out, is_monero ? 3 : 2);
	tw_sim_chain_derive(chain, DERIVE_KEY, 2 * key, &hash);
	put_hash(out, &hash);
	if (is_monero)
		tw_buf_putc(out, (char)hash.bytes[0]); /* view tag */
	put_varint(out, extra_len);
	put_varint(out, TAG_PUBLIC_KEY);
	tw_sim_chain_derive(chain, DERIVE_KEY, 2 * key + 1, &hash);
	put_hash(out, &hash);
	if (reserve > 0) {
		put_varint(out, TAG_NONCE);
		put_varint(out, reserve);
		offset = out->len;
		put_zeros(out, reserve);
	}
	if (is_monero)
		put_varint(out, 0); /* no ring signatures */
	return offset;
}

static void put_hex(struct tw_buf *hex, const struct tw_buf *raw)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < raw->len; i++) {
		tw_buf_putc(hex, digits[(uint8_t)raw->data[i] >> 4]);
		tw_buf_putc(hex, digits[raw->data[i] & 15]);
	}
	if (raw->error < 0 && hex->error == 0)
		hex->error = raw->error;
}

void tw_sim_blob_make(const struct tw_sim_chain *chain, const struct tw_sim_blob_template *template,
	struct tw_buf *hex, size_t *ret_reserved_offset)
{
	struct tw_buf raw;

	tw_buf_init(&raw, BLOB_MAX);
	put_header(&raw, template);
	*ret_reserved_offset = put_base_transaction(&raw, chain, template);
	put_varint(&raw, 0); /* no other transactions */
	put_hex(hex, &raw);
	tw_buf_finish(&raw);
}

void tw_sim_blob_make_hashing(const struct tw_sim_chain *chain,
	const struct tw_sim_blob_template *template, struct tw_buf *hex)
{
	struct tw_hash tree;
	struct tw_buf raw;

	tw_buf_init(&raw, BLOB_MAX);
	put_header(&raw, template);
	tw_sim_chain_derive(chain, DERIVE_TREE, (uint64_t) template->height, &tree);
	put_hash(&raw, &tree);
	put_varint(&raw, 1);
	put_hex(hex, &raw);
	tw_buf_finish(&raw);
}

bool tw_sim_blob_is_hex(const char *text, size_t len)
{
	return len >= 2 && len % 2 == 0 && strspn(text, "0123456789abcdefABCDEF") == len;
}
