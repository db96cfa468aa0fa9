/* See progress.h. */
#include "rpc/progress.h"
#include "rpc/detail.h"

void tw_progress_detect(struct tw_rpc_check *check)
{
	check->row = NULL;
	check->may_detect = false;
	check->detect = (struct tw_rpc_detect){ 0 };
	check->step = TW_STEP_DETECT;
}

void tw_progress_end_failed(struct tw_rpc_check *check, enum tw_result result, const char *detail)
{
	int64_t rtt_us = check->obs.rtt_us;

	tw_observation_init(&check->obs, result);
	check->obs.rtt_us = rtt_us;
	tw_detail_say(check->obs.detail, "%s", detail);
	check->step = TW_STEP_DONE;
}

void tw_progress_end_bad(struct tw_rpc_check *check, const char *detail)
{
	if (check->step == TW_STEP_TIP && check->may_detect) {
		check->obs.rtt_us = TW_UNKNOWN;
		tw_rpc_peer_forget(check->peer);
		tw_progress_detect(check);
		return;
	}
	tw_rpc_peer_forget(check->peer);
	tw_progress_end_failed(check, TW_RESULT_BAD_REPLY, detail);
}

void tw_progress_end_wrecked(
	struct tw_rpc_check *check, enum tw_rpc_wreck wreck, const char *detail)
{
	check->peer->wreck = wreck;
	tw_progress_end_failed(check, TW_RESULT_WRECKED, detail);
}

void tw_progress_end_template(struct tw_rpc_check *check, enum tw_template template)
{
	check->obs.template = template;
	check->step = TW_STEP_DONE;
}

void tw_progress_go_on(struct tw_rpc_check *check)
{
	struct tw_rpc_peer *peer = check->peer;

	check->asked_height = tw_rpc_plan_next(&check->plan, &check->obs);
	if (check->asked_height >= 0) {
		check->step = check->plan.is_linked ? TW_STEP_QUESTION : TW_STEP_LINK;
	} else if (check->order.wants_info && !check->has_info) {
		check->step = TW_STEP_INFO;
	} else if (check->wants_network && !peer->has_asked_genesis) {
		peer->has_asked_genesis = true;
		check->asked_height = 0;
		check->step = TW_STEP_GENESIS;
	} else {
		if (check->wants_network)
			check->obs.network = peer->network;
		check->step = check->wants_template ? TW_STEP_TEMPLATE : TW_STEP_DONE;
	}
}

void tw_progress_restart(struct tw_rpc_check *check)
{
	check->may_restart = false;
	check->may_ask_again = true;
	check->obs.n_chain = 0;
	check->obs.n_at = 0;
	tw_rpc_plan_init(&check->plan, check->window, &check->order);
	check->step = TW_STEP_TIP;
}
