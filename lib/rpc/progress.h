/*
 * How far a check is: the question that is open, what was learned, and how the check moves on or
 * ends. A check is a state machine, and its step is the question that is open.
 */
#ifndef TW_RPC_PROGRESS_H
#define TW_RPC_PROGRESS_H

#include "rpc/detect.h"
#include "rpc/plan.h"

enum tw_step {
	TW_STEP_DETECT,     /* which dialect is it? */
	TW_STEP_TIP,        /* the newest block */
	TW_STEP_COUNTING,   /* the newest block by its height: are heights counted from 1? */
	TW_STEP_TIP_HEADER, /* its header, where the reply about it has no previous hash */
	TW_STEP_LINK,       /* headers further back, until they meet the known chain */
	TW_STEP_QUESTION,   /* heights that the core asks for */
	TW_STEP_INFO,
	TW_STEP_GENESIS, /* block 0, once: which network this is */
	TW_STEP_TEMPLATE,
	TW_STEP_PROOF,     /* a block that the daemon must have by what it says elsewhere */
	TW_STEP_TIP_AGAIN, /* did the chain move between header and template? */
	TW_STEP_DONE,
};

struct tw_rpc_check {
	struct tw_rpc_peer *peer;
	const struct tw_chain *const *window;
	struct tw_check_order order;
	/* A copy of the peer's: the peer may be told to forget while the check is under way. */
	const struct tw_dialect_row *row; /* NULL while detecting */
	enum tw_step step;
	struct tw_rpc_detect detect;
	char missing[TW_DETAIL_MAX]; /* of the method that rejected the last dialect, or "" */
	bool may_detect;             /* the dialect is only remembered from an earlier check */
	bool may_restart;            /* the chain may move under a check, but once only */
	bool may_ask_again;          /* for a block that it must have, once */
	bool has_info;
	bool has_other_info_path; /* the other place of the info page was tried as well */
	bool wants_template;
	bool wants_network;
	struct tw_rpc_plan plan;
	int64_t asked_height;
	int64_t reply_rtt_us;        /* of the reply that is being read */
	int64_t info_height;         /* the newest block by the info page, or TW_UNKNOWN */
	enum tw_rpc_wreck suspicion; /* a contradiction that is to be confirmed */
	struct tw_template_reply template;
	struct tw_observation obs;
};

/* Finds out from now on which dialect the daemon speaks. */
void tw_progress_detect(struct tw_rpc_check *check);
/* Chooses what to ask next. The newest header is known. */
void tw_progress_go_on(struct tw_rpc_check *check);
/* Asks for everything again, from the newest block on; possible once in a check. */
void tw_progress_restart(struct tw_rpc_check *check);

/* Ends the check as a failure: what it learned is void. detail is a sentence for people. */
void tw_progress_end_failed(struct tw_rpc_check *check, enum tw_result result, const char *detail);
/*
 * Ends the check because the daemon makes no sense. It may not be the daemon that it was, so its
 * dialect is detected again: at once where that can still help, else in the next check.
 */
void tw_progress_end_bad(struct tw_rpc_check *check, const char *detail);
/* Ends the check because the daemon contradicts itself. */
void tw_progress_end_wrecked(
	struct tw_rpc_check *check, enum tw_rpc_wreck wreck, const char *detail);
/* The template is the last question, so this ends the check. */
void tw_progress_end_template(struct tw_rpc_check *check, enum tw_template template);

#endif
