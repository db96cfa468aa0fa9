/*
 * The head of a Levin frame, the unit of the daemons' P2P protocol: 33 bytes, little endian:
 *
 *   u64 signature · u64 length of the body · u8 wants an answer · u32 command · i32 return code ·
 *   u32 flags (1: request, 2: response) · u32 version
 *
 * A request that wants no answer is a notification.
 */
#ifndef TW_P2P_FRAME_H
#define TW_P2P_FRAME_H

#include "base/buf.h"

enum { TW_P2P_FRAME_HEAD = 33 };

enum tw_p2p_frame_kind { TW_P2P_FRAME_NOTIFICATION, TW_P2P_FRAME_REQUEST, TW_P2P_FRAME_RESPONSE };

struct tw_p2p_frame {
	uint64_t body_len;
	enum tw_p2p_frame_kind kind;
	uint32_t command;
	int32_t return_code; /* of a response; negative: the command failed */
};

/* Reads a head. Returns 0, or -EINVAL: a wrong signature or version, this is not the protocol. */
int tw_p2p_frame_read(const uint8_t head[TW_P2P_FRAME_HEAD], struct tw_p2p_frame *ret_frame);
/* Appends a head. */
void tw_p2p_frame_put(const struct tw_p2p_frame *frame, struct tw_buf *out);

#endif
