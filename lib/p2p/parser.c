/* See parser.h. */
#include "p2p/parser.h"
#include "p2p/bytes.h"
#include <string.h>

/* A count of blocks as the index of the newest one. */
static bool take_count(const struct tw_p2p_reader_value *value, int64_t *ret_height)
{
	uint64_t count;

	if (tw_p2p_reader_number(value, TW_HEIGHT_MAX + 1, &count) < 0 || count == 0)
		return false;
	*ret_height = (int64_t)count - 1;
	return true;
}

static bool take_byte(const struct tw_p2p_reader_value *value, uint8_t *ret_byte)
{
	uint64_t number;

	if (tw_p2p_reader_number(value, UINT8_MAX, &number) < 0)
		return false;
	*ret_byte = (uint8_t)number;
	return true;
}

static bool take_bytes(const struct tw_p2p_reader_value *value, uint8_t *ret_bytes, size_t len)
{
	if (value->type != TW_P2P_STORAGE_STRING || value->len != len)
		return false;
	memcpy(ret_bytes, value->bytes, len);
	return true;
}

/* --- the peer list --- */

/* ip as it is sent: its first byte is the lowest. */
static void take_peer(struct tw_p2p_parser *parser, uint32_t ip, uint64_t port)
{
	struct tw_p2p_parser_fields *fields = &parser->fields;

	if (fields->n_peers == TW_P2P_PARSER_PEERS || port > UINT16_MAX)
		return;
	fields->peers[fields->n_peers++] = (struct tw_p2p_address){
		.ip = __builtin_bswap32(ip),
		.port = (uint16_t)port,
	};
}

/* Of a list of sections, as monero has it. What is no IPv4 address is left out. */
static void take_list_value(struct tw_p2p_parser *parser, const struct tw_p2p_reader_value *value)
{
	const char *name = value->path + strlen(parser->coin->peer_list);
	uint64_t number;

	if (strcmp(name, ".adr.addr.m_ip") == 0) {
		parser->peer_ip =
			tw_p2p_reader_number(value, UINT32_MAX, &number) < 0 ? 0 : (uint32_t)number;
	} else if (strcmp(name, ".adr.addr.m_port") == 0) {
		if (parser->peer_ip != 0 && tw_p2p_reader_number(value, UINT16_MAX, &number) == 0)
			take_peer(parser, parser->peer_ip, number);
		parser->peer_ip = 0;
	}
}

/* Of a list that is one string, as TurtleCoin has it: each has ip, port, id and time. */
static void on_list_bytes(void *ctx, const uint8_t *bytes, size_t len)
{
	struct tw_p2p_parser *parser = ctx;

	for (size_t i = 0; i < len; i++) {
		parser->packed[parser->n_packed++] = bytes[i];
		if (parser->n_packed < TW_P2P_PARSER_PACKED)
			continue;
		parser->n_packed = 0;
		take_peer(parser, (uint32_t)tw_p2p_bytes_get(parser->packed, 4),
			tw_p2p_bytes_get(parser->packed + 4, 4));
	}
}

/* --- fields --- */

static void on_value(void *ctx, const struct tw_p2p_reader_value *value)
{
	struct tw_p2p_parser *parser = ctx;
	struct tw_p2p_parser_fields *fields = &parser->fields;
	bool is_good = true;

	if (strcmp(value->path, "payload_data.current_height") == 0)
		is_good = take_count(value, &fields->height);
	else if (strcmp(value->path, "payload_data.top_id") == 0)
		is_good = fields->has_hash = take_bytes(value, fields->hash.bytes, TW_HASH_BYTES);
	else if (strcmp(value->path, "payload_data.top_version") == 0)
		is_good = take_byte(value, &fields->top_version);
	else if (strcmp(value->path, "node_data.network_id") == 0)
		is_good = fields->has_network_id =
			take_bytes(value, fields->network_id, TW_P2P_COIN_NETWORK_ID);
	else if (strcmp(value->path, "node_data.peer_id") == 0)
		is_good = tw_p2p_reader_number(value, UINT64_MAX, &fields->peer_id) == 0;
	else if (strcmp(value->path, "node_data.version") == 0)
		is_good = take_byte(value, &fields->version);
	else if (strcmp(value->path, "current_blockchain_height") == 0)
		is_good = take_count(value, &fields->pushed);
	else if (strncmp(value->path, parser->coin->peer_list, strlen(parser->coin->peer_list)) ==
		 0)
		take_list_value(parser, value);
	parser->has_nonsense = parser->has_nonsense || !is_good;
}

static bool is_wanted(const struct tw_p2p_parser *parser)
{
	const struct tw_p2p_frame *frame = &parser->frame;

	if (frame->command == TW_P2P_COIN_HANDSHAKE || frame->command == TW_P2P_COIN_TIMED_SYNC)
		return true;
	return frame->kind == TW_P2P_FRAME_NOTIFICATION &&
	       tw_p2p_coin_is_push(parser->coin, frame->command);
}

static enum tw_p2p_parser_outcome fail(struct tw_p2p_parser *parser, const char *error)
{
	parser->error = error;
	return TW_P2P_PARSER_BAD;
}

/* The head has come. */
static enum tw_p2p_parser_outcome begin_body(struct tw_p2p_parser *parser)
{
	if (tw_p2p_frame_read(parser->head, &parser->frame) < 0)
		return fail(parser, "it sent something that is not the P2P protocol");
	parser->is_read = is_wanted(parser);
	parser->has_nonsense = false;
	parser->body_left = parser->frame.body_len;
	parser->fields =
		(struct tw_p2p_parser_fields){ .height = TW_UNKNOWN, .pushed = TW_UNKNOWN };
	if (parser->body_left >
		(uint64_t)(parser->is_read ? TW_P2P_PARSER_READ_MAX : TW_P2P_PARSER_SKIP_MAX))
		return fail(parser, "it sent a frame that is too long");
	parser->peer_ip = 0;
	parser->n_packed = 0;
	if (parser->is_read) {
		tw_p2p_reader_init(&parser->reader, parser->body_left, on_value, parser);
		tw_p2p_reader_tell_list(&parser->reader, parser->coin->peer_list, on_list_bytes);
	}
	return TW_P2P_PARSER_MORE;
}

static enum tw_p2p_parser_outcome end_body(struct tw_p2p_parser *parser)
{
	parser->n_head = 0;
	if (parser->is_read && (parser->has_nonsense || !tw_p2p_reader_is_done(&parser->reader)))
		return fail(parser, "it sent a frame that makes no sense");
	return TW_P2P_PARSER_FRAME;
}

/* Drops n bytes of the input. */
static void drop(const uint8_t **data, size_t *len, size_t n)
{
	*data += n;
	*len -= n;
}

void tw_p2p_parser_init(struct tw_p2p_parser *ret_parser, const struct tw_p2p_coin *coin)
{
	*ret_parser = (struct tw_p2p_parser){ .coin = coin };
}

enum tw_p2p_parser_outcome tw_p2p_parser_read(
	struct tw_p2p_parser *parser, const uint8_t **data, size_t *len)
{
	while (*len > 0) {
		size_t n;

		if (parser->n_head < TW_P2P_FRAME_HEAD) {
			parser->head[parser->n_head++] = **data;
			drop(data, len, 1);
			if (parser->n_head < TW_P2P_FRAME_HEAD)
				continue;
			if (begin_body(parser) == TW_P2P_PARSER_BAD)
				return TW_P2P_PARSER_BAD;
			if (parser->body_left == 0)
				return end_body(parser);
			continue;
		}
		n = parser->body_left < *len ? (size_t)parser->body_left : *len;
		if (parser->is_read && tw_p2p_reader_feed(&parser->reader, *data, n) < 0)
			return fail(parser, "it sent a frame that makes no sense");
		drop(data, len, n);
		parser->body_left -= n;
		if (parser->body_left == 0)
			return end_body(parser);
	}
	return TW_P2P_PARSER_MORE;
}
