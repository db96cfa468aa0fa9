/* See message.h. */
#include "p2p/message.h"
#include "p2p/bytes.h"
#include "p2p/writer.h"
#include <assert.h>
#include <string.h>

enum { FLUFFY_BLOCKS = 1, HOPS = 1, PACKED_LEN = 24 };

/* Appends the head of a frame whose body is not written yet. Returns where it stands. */
static size_t begin(struct tw_buf *out, enum tw_p2p_frame_kind kind, uint32_t command)
{
	const struct tw_p2p_frame frame = {
		.kind = kind,
		.command = command,
		.return_code = kind == TW_P2P_FRAME_RESPONSE ? 1 : 0,
	};
	size_t at = out->len;

	tw_p2p_frame_put(&frame, out);
	return at;
}

/* The body is complete: its length goes into the head. */
static void end(struct tw_buf *out, size_t at)
{
	uint64_t body_len;

	if (out->error < 0)
		return;
	body_len = out->len - at - TW_P2P_FRAME_HEAD;
	for (size_t i = 0; i < sizeof(body_len); i++)
		out->data[at + sizeof(uint64_t) + i] = (char)(uint8_t)(body_len >> 8 * i);
}

static void put_node_data(
	struct tw_buf *out, const struct tw_p2p_coin *coin, const struct tw_p2p_message_self *self)
{
	tw_p2p_writer_section(out, "node_data", coin->has_version ? 5 : 6);
	tw_p2p_writer_string(out, "network_id", self->network_id, sizeof(self->network_id));
	tw_p2p_writer_number(out, "peer_id", TW_P2P_STORAGE_U64, self->peer_id);
	tw_p2p_writer_number(out, "my_port", TW_P2P_STORAGE_U32, 0);
	if (coin->has_version) {
		tw_p2p_writer_number(out, "version", TW_P2P_STORAGE_U8, self->version);
		tw_p2p_writer_number(out, "local_time", TW_P2P_STORAGE_U64, (uint64_t)self->wall_s);
	} else {
		tw_p2p_writer_number(out, "rpc_port", TW_P2P_STORAGE_U16, 0);
		tw_p2p_writer_number(out, "rpc_credits_per_hash", TW_P2P_STORAGE_U32, 0);
		tw_p2p_writer_number(out, "support_flags", TW_P2P_STORAGE_U32, FLUFFY_BLOCKS);
	}
}

static void put_payload(
	struct tw_buf *out, const struct tw_p2p_coin *coin, const struct tw_p2p_message_tip *tip)
{
	uint64_t count = (uint64_t)tip->point.height + 1;

	assert(tip->point.height >= 0);
	tw_p2p_writer_section(out, "payload_data", coin->has_version ? 2 : 6);
	if (coin->has_version) {
		tw_p2p_writer_number(out, "current_height", TW_P2P_STORAGE_U32, (uint32_t)count);
	} else {
		tw_p2p_writer_number(out, "current_height", TW_P2P_STORAGE_U64, count);
		tw_p2p_writer_number(out, "cumulative_difficulty", TW_P2P_STORAGE_U64, 1);
		tw_p2p_writer_number(out, "cumulative_difficulty_top64", TW_P2P_STORAGE_U64, 0);
		tw_p2p_writer_number(out, "top_version", TW_P2P_STORAGE_U8, tip->top_version);
		tw_p2p_writer_number(out, "pruning_seed", TW_P2P_STORAGE_U32, 0);
	}
	tw_p2p_writer_string(out, "top_id", tip->point.hash.bytes, TW_HASH_BYTES);
}

void tw_p2p_message_put_handshake(struct tw_buf *out, const struct tw_p2p_coin *coin,
	enum tw_p2p_frame_kind kind, const struct tw_p2p_message_self *self,
	const struct tw_p2p_message_tip *tip)
{
	size_t at = begin(out, kind, TW_P2P_COIN_HANDSHAKE);

	tw_p2p_writer_begin(out, 2);
	put_node_data(out, coin, self);
	put_payload(out, coin, tip);
	end(out, at);
}

/* As the daemons write it: a list of sections, or one string of packed entries. */
static void put_peers(struct tw_buf *out, const struct tw_p2p_coin *coin,
	const struct tw_p2p_address *peers, uint32_t n)
{
	struct tw_buf packed;

	if (!coin->has_version) {
		tw_p2p_writer_array(out, coin->peer_list, TW_P2P_STORAGE_SECTION, n);
		for (uint32_t i = 0; i < n; i++) {
			tw_p2p_writer_count(out, 2);
			tw_p2p_writer_section(out, "adr", 2);
			tw_p2p_writer_section(out, "addr", 2);
			tw_p2p_writer_number(
				out, "m_ip", TW_P2P_STORAGE_U32, __builtin_bswap32(peers[i].ip));
			tw_p2p_writer_number(out, "m_port", TW_P2P_STORAGE_U16, peers[i].port);
			tw_p2p_writer_number(out, "type", TW_P2P_STORAGE_U8, 1);
			tw_p2p_writer_number(out, "id", TW_P2P_STORAGE_U64, i + 1);
		}
		return;
	}
	tw_buf_init(&packed, TW_P2P_MESSAGE_PEERS_MAX * PACKED_LEN);
	for (uint32_t i = 0; i < n; i++) {
		tw_p2p_bytes_put(&packed, __builtin_bswap32(peers[i].ip), 4);
		tw_p2p_bytes_put(&packed, peers[i].port, 4);
		tw_p2p_bytes_put(&packed, i + 1, 8);
		tw_p2p_bytes_put(&packed, 0, 8);
	}
	tw_p2p_writer_string(out, coin->peer_list, packed.data, packed.len);
	tw_buf_finish(&packed);
}

void tw_p2p_message_put_welcome(struct tw_buf *out, const struct tw_p2p_coin *coin,
	const struct tw_p2p_message_self *self, const struct tw_p2p_message_tip *tip,
	const struct tw_p2p_address *peers, uint32_t n_peers)
{
	size_t at = begin(out, TW_P2P_FRAME_RESPONSE, TW_P2P_COIN_HANDSHAKE);

	/* With nothing in its peer list monerod leaves it out. */
	tw_p2p_writer_begin(out, n_peers > 0 ? 3 : 2);
	put_node_data(out, coin, self);
	put_payload(out, coin, tip);
	if (n_peers > 0)
		put_peers(out, coin, peers, n_peers);
	end(out, at);
}

void tw_p2p_message_put_timed_sync(struct tw_buf *out, const struct tw_p2p_coin *coin,
	enum tw_p2p_frame_kind kind, const struct tw_p2p_message_tip *tip)
{
	size_t at = begin(out, kind, TW_P2P_COIN_TIMED_SYNC);

	tw_p2p_writer_begin(out, 1);
	put_payload(out, coin, tip);
	end(out, at);
}

void tw_p2p_message_put_support_flags(struct tw_buf *out)
{
	size_t at = begin(out, TW_P2P_FRAME_RESPONSE, TW_P2P_COIN_SUPPORT_FLAGS);

	tw_p2p_writer_begin(out, 1);
	tw_p2p_writer_number(out, "support_flags", TW_P2P_STORAGE_U32, FLUFFY_BLOCKS);
	end(out, at);
}

void tw_p2p_message_put_push(struct tw_buf *out, const struct tw_p2p_coin *coin, int64_t height,
	const void *blob, size_t len)
{
	size_t at = begin(out, TW_P2P_FRAME_NOTIFICATION,
		coin->pushes[coin->has_version ? TW_P2P_COIN_PUSHES - 1 : 0]);

	tw_p2p_writer_begin(out, coin->has_version ? 3 : 2);
	if (coin->has_version) {
		tw_p2p_writer_string(out, "block", blob, len);
		tw_p2p_writer_number(out, "hop", TW_P2P_STORAGE_U32, HOPS);
		tw_p2p_writer_number(out, "current_blockchain_height", TW_P2P_STORAGE_U32,
			(uint32_t)(height + 1));
	} else {
		tw_p2p_writer_section(out, "b", 1);
		tw_p2p_writer_string(out, "block", blob, len);
		tw_p2p_writer_number(out, "current_blockchain_height", TW_P2P_STORAGE_U64,
			(uint64_t)(height + 1));
	}
	end(out, at);
}
