/* See link.h. */
#include "p2p/link.h"
#include <string.h>

/*
 * monerod drops a peer whose top block has not the version that its height should have, which
 * nothing tells before its first answer. The first blocks have version 1 on every network, so the
 * handshake says a height of one block, beside the daemon's own top_id, by which it sees that there
 * is nothing to fetch.
 */
enum { FIRST_HEIGHT = 0, FIRST_VERSION = 1 };

static enum tw_p2p_link_event fail(struct tw_p2p_link *link, const char *error)
{
	link->error = error;
	return TW_P2P_LINK_BAD;
}

static bool take_tip(struct tw_p2p_link *link)
{
	const struct tw_p2p_parser_fields *fields = &link->parser.fields;

	if (fields->height < 0 || !fields->has_hash)
		return false;
	link->tip.point.height = fields->height;
	link->tip.point.hash = fields->hash;
	link->tip.top_version = fields->top_version;
	return true;
}

static enum tw_p2p_link_event on_response(struct tw_p2p_link *link)
{
	const struct tw_p2p_parser_fields *fields = &link->parser.fields;
	const struct tw_p2p_frame *frame = &link->parser.frame;
	bool is_wanted = frame->command == (uint32_t)TW_P2P_COIN_HANDSHAKE    ? !link->is_up
			 : frame->command == (uint32_t)TW_P2P_COIN_TIMED_SYNC ? link->is_asking
									      : false;

	if (!is_wanted)
		return fail(link, "it sent an answer that nobody asked for");
	if (frame->return_code < 0 || !take_tip(link))
		return fail(link, "it sent an answer without a tip");
	if (frame->command == (uint32_t)TW_P2P_COIN_TIMED_SYNC) {
		link->is_asking = false;
		return TW_P2P_LINK_TIP;
	}
	if (!fields->has_network_id ||
		memcmp(fields->network_id, link->self.network_id, TW_P2P_COIN_NETWORK_ID) != 0)
		return fail(link, "it is on a network with another id");
	link->is_up = true;
	link->version = fields->version;
	link->peer_id = fields->peer_id;
	return TW_P2P_LINK_UP;
}

static enum tw_p2p_link_event on_request(struct tw_p2p_link *link, struct tw_buf *out)
{
	uint32_t command = link->parser.frame.command;

	if (command == (uint32_t)TW_P2P_COIN_TIMED_SYNC)
		tw_p2p_message_put_timed_sync(out, link->coin, TW_P2P_FRAME_RESPONSE, &link->tip);
	else if (command == (uint32_t)TW_P2P_COIN_SUPPORT_FLAGS)
		tw_p2p_message_put_support_flags(out);
	return out->error < 0 ? fail(link, "it asks faster than it reads the answers")
			      : TW_P2P_LINK_NONE;
}

static enum tw_p2p_link_event on_frame(struct tw_p2p_link *link, struct tw_buf *out)
{
	switch (link->parser.frame.kind) {
	case TW_P2P_FRAME_RESPONSE:
		return on_response(link);
	case TW_P2P_FRAME_REQUEST:
		return on_request(link, out);
	case TW_P2P_FRAME_NOTIFICATION:
		break;
	}
	if (!link->is_up || !tw_p2p_coin_is_push(link->coin, link->parser.frame.command))
		return TW_P2P_LINK_NONE;
	link->pushed = link->parser.fields.pushed;
	return TW_P2P_LINK_PUSH;
}

void tw_p2p_link_init(struct tw_p2p_link *ret_link, const struct tw_p2p_coin *coin,
	const struct tw_p2p_message_self *self, const struct tw_point *tip, struct tw_buf *out)
{
	struct tw_p2p_message_tip said = { .point = *tip, .top_version = FIRST_VERSION };

	if (!coin->has_version)
		said.point.height = FIRST_HEIGHT;
	*ret_link = (struct tw_p2p_link){
		.coin = coin, .tip = said, .self = *self, .pushed = TW_UNKNOWN
	};
	tw_p2p_parser_init(&ret_link->parser, coin);
	tw_p2p_message_put_handshake(out, coin, TW_P2P_FRAME_REQUEST, self, &said);
}

bool tw_p2p_link_ask(struct tw_p2p_link *link, struct tw_buf *out)
{
	if (!link->is_up || link->is_asking)
		return false;
	link->is_asking = true;
	tw_p2p_message_put_timed_sync(out, link->coin, TW_P2P_FRAME_REQUEST, &link->tip);
	return true;
}

enum tw_p2p_link_event tw_p2p_link_read(
	struct tw_p2p_link *link, const uint8_t **data, size_t *len, struct tw_buf *out)
{
	enum tw_p2p_link_event event = TW_P2P_LINK_NONE;

	while (event == TW_P2P_LINK_NONE) {
		switch (tw_p2p_parser_read(&link->parser, data, len)) {
		case TW_P2P_PARSER_MORE:
			return TW_P2P_LINK_NONE;
		case TW_P2P_PARSER_BAD:
			return fail(link, link->parser.error);
		case TW_P2P_PARSER_FRAME:
			event = on_frame(link, out);
			break;
		}
	}
	return event;
}
