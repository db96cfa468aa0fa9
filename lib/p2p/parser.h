/*
 * Frames with what is wanted of their bodies: bytes in, in pieces of any size, whole frames out.
 * The bodies of handshakes, timed syncs and pushes are read; others are counted and dropped.
 * Nothing is kept but the fields of one frame, and no length that a peer says is believed beyond
 * the limits.
 */
#ifndef TW_P2P_PARSER_H
#define TW_P2P_PARSER_H

#include "core/types.h"
#include "p2p/address.h"
#include "p2p/coin.h"
#include "p2p/frame.h"
#include "p2p/reader.h"

enum {
	/* A peer list of 250 entries has some 50 kB. */
	TW_P2P_PARSER_READ_MAX = 1 << 20,
	/* Blocks and transactions, whose bodies are dropped. */
	TW_P2P_PARSER_SKIP_MAX = 1 << 24,
	TW_P2P_PARSER_PEERS = 64,  /* addresses kept of a peer list */
	TW_P2P_PARSER_PACKED = 24, /* bytes of one in a list of TurtleCoin */
};

/* What a body said. Absent: 0, TW_UNKNOWN, false. */
struct tw_p2p_parser_fields {
	int64_t height; /* of the top block: payload_data.current_height, less one */
	bool has_hash;
	struct tw_hash hash; /* payload_data.top_id */
	uint8_t top_version; /* payload_data.top_version */
	bool has_network_id;
	uint8_t network_id[TW_P2P_COIN_NETWORK_ID]; /* node_data.network_id */
	uint64_t peer_id;                           /* node_data.peer_id */
	uint8_t version;                            /* node_data.version */
	int64_t pushed; /* of a push: current_blockchain_height, less one */
	uint32_t n_peers;
	struct tw_p2p_address peers[TW_P2P_PARSER_PEERS]; /* IPv4 only */
};

enum tw_p2p_parser_outcome {
	TW_P2P_PARSER_MORE, /* all bytes are used up */
	TW_P2P_PARSER_FRAME,
	TW_P2P_PARSER_BAD, /* error says why; the parser is not to be used again */
};

struct tw_p2p_parser {
	const struct tw_p2p_coin *coin;
	struct tw_p2p_frame frame;
	struct tw_p2p_parser_fields fields;
	const char *error; /* what the peer did: "it …". Static. */
	/* private */
	uint8_t head[TW_P2P_FRAME_HEAD];
	uint8_t n_head;
	uint64_t body_left;
	bool is_read;      /* the body */
	bool has_nonsense; /* a field of the wrong type or out of range */
	uint32_t peer_ip;  /* of the entry of the peer list at hand; 0: not known */
	uint8_t n_packed;
	uint8_t packed[TW_P2P_PARSER_PACKED];
	struct tw_p2p_reader reader;
};

void tw_p2p_parser_init(struct tw_p2p_parser *ret_parser, const struct tw_p2p_coin *coin);
/*
 * Takes bytes from *data on up to the end of a frame; *data and *len then say what is left. After
 * TW_P2P_PARSER_FRAME frame and fields are valid until the next call.
 */
enum tw_p2p_parser_outcome tw_p2p_parser_read(
	struct tw_p2p_parser *parser, const uint8_t **data, size_t *len);

#endif
