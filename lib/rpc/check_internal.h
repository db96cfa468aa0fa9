/*
 * Private to rpc.c, which asks, and rpc_read.c, which reads: a check under way.
 */
#ifndef TW_RPC_CHECK_INTERNAL_H
#define TW_RPC_CHECK_INTERNAL_H

#include "rpc/detail.h"
#include "rpc/reply.h"
#include "rpc/rpc.h"

enum tw_rpc_step {
	TW_RPC_STEP_DETECT,     /* is there anything at detect_paths[n_detect]? */
	TW_RPC_STEP_TIP,        /* the newest block */
	TW_RPC_STEP_TIP_HEADER, /* its header, where the newest block comes without the previous
				   hash */
	TW_RPC_STEP_LINK,       /* headers further back, until the chain hangs together */
	TW_RPC_STEP_QUESTION,   /* heights that the core asks for */
	TW_RPC_STEP_INFO,
	TW_RPC_STEP_TEMPLATE,
	TW_RPC_STEP_TIP_AGAIN, /* did the chain move between header and template? */
	TW_RPC_STEP_DONE,
};

/* monerod knows the second too, and has no other way to be told from an old TurtleCoind. */
enum { TW_RPC_DETECT_PATHS = 3 };
extern const char *const tw_rpc_detect_paths[TW_RPC_DETECT_PATHS];

struct tw_rpc_check {
	struct tw_rpc_peer *peer;
	const struct tw_chain *window;
	struct tw_check_order order;
	/* The dialect as of now: peer may be told to forget while a check is under way. */
	const struct tw_dialect_ops *ops; /* NULL while detecting */
	enum tw_rpc_step step;
	uint32_t n_detect;
	bool may_detect;  /* the dialect is only remembered from an earlier check */
	bool may_restart; /* the chain may move under a check, but once only */
	bool is_linked;
	bool has_info;
	bool has_other_info_path; /* the other spelling of the info path was tried as well */
	bool wants_template;
	uint32_t n_links;
	uint32_t n_questions;
	int64_t asked_height;
	struct tw_template_reply template;
	struct tw_observation obs;
};

/* Reads the reply to the present step. root is there when reply is TW_REPLY_OK, else detail. */
void tw_rpc_read(struct tw_rpc_check *check, int64_t rtt_us, enum tw_reply reply,
	const struct tw_json_node *root, const char *detail);

/* Chooses what to ask next; the newest header is known. */
void tw_rpc_go_on(struct tw_rpc_check *check);
/* Asks for everything anew, from the newest block on. */
void tw_rpc_restart(struct tw_rpc_check *check);
/* Ends the check: everything it learned is void. */
void tw_rpc_end_failed(struct tw_rpc_check *check, enum tw_result result, const char *detail);
/* The same for a daemon that makes no sense: it may not be the one that it was. So what it is will
 * be detected again, where that can still help at once. */
void tw_rpc_end_bad(struct tw_rpc_check *check, const char *detail);
/* Ends the question about the template. */
void tw_rpc_end_template(struct tw_rpc_check *check, enum tw_template template);

#endif
