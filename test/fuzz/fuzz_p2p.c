/*
 * lib/p2p against a daemon that says anything. The input is a byte of configuration and then what
 * the daemon sends, in pieces whose sizes the configuration chooses. Whatever comes, the link goes
 * on or ends with a sentence, and what it learned is possible. The same bytes in one piece give the
 * same events.
 */
#include "fuzz.h"
#include "p2p/link.h"
#include <string.h>

/* The events and what they brought, as one number. */
static uint64_t mix(uint64_t sum, uint64_t value)
{
	return (sum ^ value) * UINT64_C(0x100000001b3);
}

static void verify(const struct tw_p2p_link *link, enum tw_p2p_link_event event)
{
	FUZZ_CHECK(event >= TW_P2P_LINK_NONE && event <= TW_P2P_LINK_BAD);
	FUZZ_CHECK(link->tip.point.height >= 0 && link->tip.point.height <= TW_HEIGHT_MAX);
	FUZZ_CHECK(link->pushed >= TW_UNKNOWN && link->pushed <= TW_HEIGHT_MAX);
	FUZZ_CHECK((event == TW_P2P_LINK_BAD) == (link->error != NULL));
	FUZZ_CHECK(link->parser.fields.n_peers <= TW_P2P_PARSER_PEERS);
}

/* Returns the sum of all events. */
static uint64_t converse(
	const struct tw_p2p_coin *coin, bool asks, const uint8_t *data, size_t size, size_t piece)
{
	struct tw_p2p_message_self self = { .peer_id = 1, .version = 11 };
	struct tw_point tip = { .height = 9 };
	enum tw_p2p_link_event event = TW_P2P_LINK_NONE;
	struct tw_p2p_link link;
	struct tw_buf out;
	uint64_t sum = 1;

	memcpy(self.network_id, coin->network_id, sizeof(self.network_id));
	tw_buf_init(&out, TW_P2P_LINK_OUT_MAX);
	tw_p2p_link_init(&link, coin, &self, &tip, &out);
	while (size > 0 && event != TW_P2P_LINK_BAD) {
		size_t left = size < piece ? size : piece;
		const uint8_t *next = data;

		data += left;
		size -= left;
		do {
			event = tw_p2p_link_read(&link, &next, &left, &out);
			verify(&link, event);
			if (event != TW_P2P_LINK_NONE)
				sum = mix(mix(sum, event), (uint64_t)link.tip.point.height);
			if (asks && event == TW_P2P_LINK_UP)
				FUZZ_CHECK(tw_p2p_link_ask(&link, &out) || out.error < 0);
		} while (event != TW_P2P_LINK_NONE && event != TW_P2P_LINK_BAD);
		FUZZ_CHECK(event == TW_P2P_LINK_BAD || left == 0);
	}
	FUZZ_CHECK(out.len <= TW_P2P_LINK_OUT_MAX);
	tw_buf_finish(&out);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t pieces[] = { 1, 3, 32, 1000 };
	uint8_t flags = size == 0 ? 0 : data[0];
	const struct tw_p2p_coin *coin =
		tw_p2p_coin_of(flags & 1 ? TW_DIALECT_MONERO : TW_DIALECT_TURTLECOIN_RPC);

	if (size == 0)
		return 0;
	FUZZ_CHECK(converse(coin, flags & 2, data + 1, size - 1, pieces[flags >> 2 & 3]) ==
		   converse(coin, flags & 2, data + 1, size - 1, size));
	return 0;
}

/* A good conversation in either coin, with every kind of frame in it. */
size_t tw_fuzz_seed(size_t i, uint8_t ret_data[TW_FUZZ_INPUT_MAX])
{
	const struct tw_p2p_coin *coin =
		tw_p2p_coin_of(i & 1 ? TW_DIALECT_MONERO : TW_DIALECT_TURTLECOIN_RPC);
	const struct tw_p2p_message_tip tip = { .point.height = 9, .top_version = 16 };
	const struct tw_p2p_frame question = { .kind = TW_P2P_FRAME_REQUEST, .command = 1007 };
	static const struct tw_p2p_address peers[] = { { 0x01020304, 18080 }, { 0x7f000001, 5 },
		{ 0x08080808, 65535 } };
	struct tw_p2p_message_self self = { .peer_id = 2, .version = 12 };
	struct tw_buf said;
	size_t len;

	if (i >= 16)
		return 0;
	memcpy(self.network_id, coin->network_id, sizeof(self.network_id));
	tw_buf_init(&said, TW_FUZZ_INPUT_MAX);
	tw_buf_putc(&said, (char)i);
	tw_p2p_message_put_welcome(&said, coin, &self, &tip, peers, (uint32_t)(i / 4));
	tw_p2p_frame_put(&question, &said);
	tw_p2p_message_put_timed_sync(&said, coin, TW_P2P_FRAME_REQUEST, &tip);
	tw_p2p_message_put_push(&said, coin, 10, "block", 5);
	tw_p2p_message_put_timed_sync(&said, coin, TW_P2P_FRAME_RESPONSE, &tip);
	FUZZ_CHECK(said.error == 0);
	len = said.len;
	memcpy(ret_data, said.data, len);
	tw_buf_finish(&said);
	return len;
}
