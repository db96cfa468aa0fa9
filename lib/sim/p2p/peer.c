/* See peer.h. */
#include "sim/p2p/peer.h"
#include "p2p/message.h"
#include <string.h>

enum {
	LIE_BLOCKS = 1000,
	LIE_KIND = 77, /* of tw_sim_chain_derive(): hashes that are no block's */
	FLOOD_FRAMES = 64,
	NOISE_LEN = 512,
	TURTLECOIN_POOL = 2008, /* TurtleCoin's request for the pool of transactions */
	TOP_VERSION = 16,       /* of monero's blocks */
};
#define HUGE_LEN (UINT64_C(1) << 40)

static struct tw_sim_node *node_of(const struct tw_sim_p2p_peer *peer)
{
	return &peer->net->nodes[peer->index];
}

static struct tw_p2p_message_tip find_tip(const struct tw_sim_p2p_peer *peer)
{
	struct tw_p2p_message_tip tip = { .top_version = TOP_VERSION };
	struct tw_sim_chain_block block;
	struct tw_sim_view view;

	tw_sim_net_view(peer->net, peer->index, &view);
	tw_sim_chain_block_at(peer->net->chain, node_of(peer)->branch, view.tip, &block);
	tip.point = (struct tw_point){ block.height, block.hash };
	if (node_of(peer)->p2p_fault == TW_SIM_P2P_LIE) {
		tip.point.height += LIE_BLOCKS;
		tw_sim_chain_derive(
			peer->net->chain, LIE_KIND, (uint64_t)tip.point.height, &tip.point.hash);
	}
	return tip;
}

static uint8_t version_of(const struct tw_sim_p2p_peer *peer)
{
	return tw_p2p_coin_version(peer->coin, node_of(peer)->version->claimed);
}

static void put_pool_request(struct tw_buf *out)
{
	static const char body[] = TW_P2P_STORAGE_HEAD; /* with the NUL: no entries */
	const struct tw_p2p_frame frame = { .body_len = sizeof(body), .command = TURTLECOIN_POOL };

	tw_p2p_frame_put(&frame, out);
	tw_buf_append(out, body, sizeof(body));
}

/* The other nodes. Real daemons do not pass on loopback addresses; these are all there are. */
static uint32_t list_peers(const struct tw_sim_p2p_peer *peer,
	struct tw_p2p_address ret_peers[TW_P2P_MESSAGE_PEERS_MAX])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < peer->net->n_nodes && n < TW_P2P_MESSAGE_PEERS_MAX; i++) {
		const char *text = peer->net->nodes[i].p2p;

		if (i != peer->index &&
			tw_p2p_address_parse(text, strlen(text), &ret_peers[n]) == 0)
			n++;
	}
	return n;
}

/* Daemons drop those of another network, and those that are too old for them. */
static bool greet(struct tw_sim_p2p_peer *peer, struct tw_buf *out)
{
	const struct tw_p2p_parser_fields *fields = &peer->parser.fields;
	struct tw_p2p_address peers[TW_P2P_MESSAGE_PEERS_MAX];
	struct tw_p2p_message_tip tip = find_tip(peer);
	struct tw_p2p_message_self self = {
		/* Nodes of two simulated networks are not the same. */
		.peer_id = (peer->net->params.chain.seed << 16) + peer->index + 1,
		.version = version_of(peer),
		.wall_s = (peer->net->params.chain.wall_start_us + peer->net->now_us) / TW_SEC,
	};

	memcpy(self.network_id, peer->coin->network_id, sizeof(self.network_id));
	if (node_of(peer)->p2p_fault == TW_SIM_P2P_WRONG_ID || !fields->has_network_id ||
		memcmp(fields->network_id, self.network_id, sizeof(self.network_id)) != 0 ||
		fields->version + 1 < self.version)
		return false;
	tw_p2p_message_put_welcome(out, peer->coin, &self, &tip, peers, list_peers(peer, peers));
	if (peer->coin->has_version)
		put_pool_request(out);
	if (!peer->is_greeted)
		node_of(peer)->n_links++;
	peer->is_greeted = true;
	return node_of(peer)->p2p_fault != TW_SIM_P2P_DROP;
}

/* False: close. */
static bool answer(struct tw_sim_p2p_peer *peer, struct tw_buf *out)
{
	struct tw_p2p_message_tip tip;

	if (peer->parser.frame.kind != TW_P2P_FRAME_REQUEST)
		return true;
	if (peer->parser.frame.command == TW_P2P_COIN_HANDSHAKE)
		return greet(peer, out);
	if (!peer->is_greeted || peer->parser.frame.command != TW_P2P_COIN_TIMED_SYNC)
		return peer->is_greeted;
	tip = find_tip(peer);
	tw_p2p_message_put_timed_sync(out, peer->coin, TW_P2P_FRAME_RESPONSE, &tip);
	return true;
}

/* What comes in place of the answer that begins at start of out. */
static void spoil(struct tw_sim_p2p_peer *peer, struct tw_buf *out, size_t start)
{
	const struct tw_p2p_frame huge = { .body_len = HUGE_LEN,
		.kind = TW_P2P_FRAME_RESPONSE,
		.command = TW_P2P_COIN_TIMED_SYNC };
	size_t len = out->len - start;

	switch (node_of(peer)->p2p_fault) {
	case TW_SIM_P2P_SILENT:
		tw_buf_truncate(out, start);
		break;
	case TW_SIM_P2P_GARBAGE:
		tw_buf_truncate(out, start);
		for (int i = 0; i < NOISE_LEN; i++)
			tw_buf_putc(out, (char)(uint8_t)(i * 167 + 13));
		break;
	case TW_SIM_P2P_HUGE:
		tw_buf_truncate(out, start);
		tw_p2p_frame_put(&huge, out);
		break;
	case TW_SIM_P2P_PARTIAL:
		tw_buf_truncate(out, start + len / 2);
		peer->is_mute = true;
		break;
	case TW_SIM_P2P_OK:
	case TW_SIM_P2P_CLOSED:
	case TW_SIM_P2P_LIE:
	case TW_SIM_P2P_FLOOD:
	case TW_SIM_P2P_DROP:
	case TW_SIM_P2P_WRONG_ID:
		break;
	}
}

void tw_sim_p2p_peer_init(struct tw_sim_p2p_peer *ret_peer, struct tw_sim_net *net, uint32_t index)
{
	*ret_peer = (struct tw_sim_p2p_peer){
		.net = net,
		.index = index,
		.coin = tw_p2p_coin_of(net->nodes[index].version->dialect),
	};
	tw_p2p_parser_init(&ret_peer->parser, ret_peer->coin);
}

bool tw_sim_p2p_peer_read(
	struct tw_sim_p2p_peer *peer, const uint8_t *data, size_t len, struct tw_buf *out)
{
	/* The P2P of such daemons is not simulated. */
	if (peer->coin == NULL)
		return false;
	for (;;) {
		size_t start = out->len;
		bool stays;

		switch (tw_p2p_parser_read(&peer->parser, &data, &len)) {
		case TW_P2P_PARSER_MORE:
			return true;
		case TW_P2P_PARSER_BAD:
			return false;
		case TW_P2P_PARSER_FRAME:
			break;
		}
		if (peer->is_mute)
			continue;
		stays = answer(peer, out);
		if (out->len > start)
			spoil(peer, out, start);
		if (!stays)
			return false;
	}
}

void tw_sim_p2p_peer_push(struct tw_sim_p2p_peer *peer, struct tw_buf *out)
{
	struct tw_p2p_message_tip tip = find_tip(peer);
	size_t start = out->len;

	if (!peer->is_greeted || peer->is_mute)
		return;
	tw_p2p_message_put_push(
		out, peer->coin, tip.point.height, tip.point.hash.bytes, TW_HASH_BYTES);
	spoil(peer, out, start);
}

bool tw_sim_p2p_peer_flood(struct tw_sim_p2p_peer *peer, struct tw_buf *out)
{
	struct tw_p2p_message_tip tip;

	if (node_of(peer)->p2p_fault != TW_SIM_P2P_FLOOD || !peer->is_greeted)
		return false;
	for (int i = 0; i < FLOOD_FRAMES; i++)
		tw_sim_p2p_peer_push(peer, out);
	tip = find_tip(peer);
	tw_p2p_message_put_timed_sync(out, peer->coin, TW_P2P_FRAME_REQUEST, &tip);
	return true;
}
