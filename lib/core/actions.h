/*
 * What the core asks its caller to do: the actions of one step, in the order in which they are to
 * be carried out. A step fills the queue, the caller empties it before the next step. The queue has
 * room for the most that one step can ask for, so that a step allocates nothing.
 */
#ifndef TW_CORE_ACTIONS_H
#define TW_CORE_ACTIONS_H

#include "core/types.h"

/* Slot of a check: the regular one, or the one that confirms a failure on a fresh connection. */
enum { TW_SLOT_REGULAR, TW_SLOT_CONFIRM, TW_SLOTS };

/* What a check is to find out beside the newest block. */
struct tw_check_order {
	bool wants_info;                /* peer counts and claims */
	bool wants_template;            /* a block template, whatever the tip */
	bool wants_template_on_new_tip; /* one, if the tip is not the last one shown */
	uint32_t n_questions;
	int64_t questions[TW_QUESTIONS_MAX]; /* heights whose hash is wanted in at */
};

enum tw_action_kind {
	TW_ACTION_START_CHECK,   /* start a check in slot; there is none in it */
	TW_ACTION_SYNC,          /* ask for the tip over the node's P2P link */
	TW_ACTION_CANCEL_CHECKS, /* end the node's checks without a result */
	TW_ACTION_CHECKS_DONE,   /* everything asked for by tw_monitor_request_check() was done */
	TW_ACTION_PUBLISH,       /* the decision that a pool sees changed; seq was raised */
	TW_ACTION_SAVE,          /* the saved state changed; comes before PUBLISH when both do, and
				  * must be on disk before the new epoch is served */
};

struct tw_action {
	enum tw_action_kind kind;
	int32_t node;
	int slot;
	int64_t timeout_us;  /* for the first answer, from when it is asked for: adaptive */
	int64_t deadline_us; /* for the whole check, from now on: as configured */
	struct tw_check_order order;
};

struct tw_actions {
	uint32_t n;
	uint32_t next; /* the first one that was not taken yet */
	uint32_t max;
	struct tw_action *queue;
};

/* Makes an empty queue with room for a step with n_nodes nodes. -ENOMEM. */
int tw_actions_init(struct tw_actions *ret_actions, uint32_t n_nodes);
void tw_actions_finish(struct tw_actions *actions);
/* Begins a step. All actions of the last one must have been taken. */
void tw_actions_begin(struct tw_actions *actions);
void tw_actions_push(struct tw_actions *actions, const struct tw_action *action);
/* Takes the next action. False when there is none. */
bool tw_actions_take(struct tw_actions *actions, struct tw_action *ret_action);

#endif
