/* See frame.h. */
#include "p2p/frame.h"
#include "p2p/bytes.h"
#include <errno.h>

#define SIGNATURE UINT64_C(0x0101010101012101)

enum {
	AT_BODY_LEN = 8,
	AT_WANTS_ANSWER = 16,
	AT_COMMAND = 17,
	AT_RETURN_CODE = 21,
	AT_FLAGS = 25,
	AT_VERSION = 29,
	FLAG_REQUEST = 1,
	FLAG_RESPONSE = 2,
	VERSION = 1,
};

int tw_p2p_frame_read(const uint8_t head[TW_P2P_FRAME_HEAD], struct tw_p2p_frame *ret_frame)
{
	uint64_t flags = tw_p2p_bytes_get(head + AT_FLAGS, 4);

	if (tw_p2p_bytes_get(head, 8) != SIGNATURE ||
		tw_p2p_bytes_get(head + AT_VERSION, 4) != VERSION)
		return -EINVAL;
	*ret_frame = (struct tw_p2p_frame){
		.body_len = tw_p2p_bytes_get(head + AT_BODY_LEN, 8),
		.command = (uint32_t)tw_p2p_bytes_get(head + AT_COMMAND, 4),
		.return_code = (int32_t)(uint32_t)tw_p2p_bytes_get(head + AT_RETURN_CODE, 4),
	};
	if ((flags & FLAG_RESPONSE) != 0)
		ret_frame->kind = TW_P2P_FRAME_RESPONSE;
	else if (head[AT_WANTS_ANSWER] != 0)
		ret_frame->kind = TW_P2P_FRAME_REQUEST;
	return 0;
}

void tw_p2p_frame_put(const struct tw_p2p_frame *frame, struct tw_buf *out)
{
	bool is_response = frame->kind == TW_P2P_FRAME_RESPONSE;

	tw_p2p_bytes_put(out, SIGNATURE, 8);
	tw_p2p_bytes_put(out, frame->body_len, 8);
	tw_p2p_bytes_put(out, frame->kind == TW_P2P_FRAME_REQUEST, 1);
	tw_p2p_bytes_put(out, frame->command, 4);
	tw_p2p_bytes_put(out, (uint32_t)frame->return_code, 4);
	tw_p2p_bytes_put(out, is_response ? FLAG_RESPONSE : FLAG_REQUEST, 4);
	tw_p2p_bytes_put(out, VERSION, 4);
}
