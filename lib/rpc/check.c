/* The order of questions of a check. See rpc.h. */
#include "rpc/check_internal.h"
#include "rpc/rpc.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A reply is JSON of at most this; how many bytes come at all is the caller's limit (max_reply). */
static const struct tw_json_limits reply_limits = { .bytes = 64 << 20, .nodes = 32768 };

const char *const tw_rpc_detect_paths[TW_RPC_DETECT_PATHS] = { "/info", "/getinfo", "/get_info" };

static void start_detecting(struct tw_rpc_check *check)
{
	tw_rpc_peer_forget(check->peer);
	check->ops = NULL;
	check->may_detect = false;
	check->n_detect = 0;
	check->step = TW_RPC_STEP_DETECT;
}

int tw_rpc_check_create(struct tw_rpc_peer *peer, const struct tw_check_order *order,
	const struct tw_chain *window, struct tw_rpc_check **ret_check)
{
	struct tw_rpc_check *check = calloc(1, sizeof(*check));

	if (check == NULL)
		return -ENOMEM;
	check->peer = peer;
	check->window = window;
	check->order = *order;
	check->ops = tw_dialect_find(peer->dialect);
	check->step = TW_RPC_STEP_TIP;
	check->may_detect = peer->configured == TW_DIALECT_AUTO;
	check->may_restart = true;
	tw_observation_init(&check->obs, TW_RESULT_OK);
	if (check->ops == NULL)
		start_detecting(check);
	*ret_check = check;
	return 0;
}

void tw_rpc_check_destroy(struct tw_rpc_check *check)
{
	free(check);
}

const struct tw_observation *tw_rpc_check_observation(const struct tw_rpc_check *check)
{
	return &check->obs;
}

void tw_rpc_end_failed(struct tw_rpc_check *check, enum tw_result result, const char *detail)
{
	int64_t rtt_us = check->obs.rtt_us;

	tw_observation_init(&check->obs, result);
	check->obs.rtt_us = rtt_us;
	tw_detail_say(check->obs.detail, "%s", detail);
	check->step = TW_RPC_STEP_DONE;
}

void tw_rpc_end_bad(struct tw_rpc_check *check, const char *detail)
{
	if (check->step == TW_RPC_STEP_TIP && check->may_detect) {
		check->obs.rtt_us = TW_UNKNOWN;
		start_detecting(check);
		return;
	}
	tw_rpc_peer_forget(check->peer);
	tw_rpc_end_failed(check, TW_RESULT_BAD_REPLY, detail);
}

void tw_rpc_end_template(struct tw_rpc_check *check, enum tw_template template)
{
	check->obs.template = template;
	check->wants_template = false;
}

/* The next height that the core asked for and that this node can and need answer. */
static int64_t take_question(struct tw_rpc_check *check)
{
	while (check->n_questions < check->order.n_questions) {
		int64_t height = check->order.questions[check->n_questions++];

		if (height >= 0 && height < check->obs.chain[0].height &&
			check->obs.n_at < TW_AT_MAX &&
			tw_observation_at(&check->obs, height) == NULL)
			return height;
	}
	return TW_UNKNOWN;
}

void tw_rpc_go_on(struct tw_rpc_check *check)
{
	if (!check->is_linked) {
		check->asked_height = check->n_links < TW_LOOK_BACK_MAX
					      ? tw_chain_next_question(check->window, &check->obs)
					      : TW_UNKNOWN;
		check->step = TW_RPC_STEP_LINK;
		check->n_links++;
		if (check->asked_height >= 0)
			return;
		check->is_linked = true;
	}
	check->step = TW_RPC_STEP_QUESTION;
	check->asked_height = take_question(check);
	if (check->asked_height >= 0)
		return;
	if (check->order.wants_info && !check->has_info)
		check->step = TW_RPC_STEP_INFO;
	else
		check->step = check->wants_template ? TW_RPC_STEP_TEMPLATE : TW_RPC_STEP_DONE;
}

void tw_rpc_restart(struct tw_rpc_check *check)
{
	check->may_restart = false;
	check->obs.n_chain = 0;
	check->obs.n_at = 0;
	check->is_linked = false;
	check->n_links = 0;
	check->n_questions = 0;
	check->step = TW_RPC_STEP_TIP;
}

static enum tw_ask ask_of(enum tw_rpc_step step)
{
	switch (step) {
	case TW_RPC_STEP_TIP:
	case TW_RPC_STEP_TIP_AGAIN:
		return TW_ASK_TIP;
	case TW_RPC_STEP_TIP_HEADER:
	case TW_RPC_STEP_LINK:
	case TW_RPC_STEP_QUESTION:
		return TW_ASK_HEADER;
	case TW_RPC_STEP_TEMPLATE:
		return TW_ASK_TEMPLATE;
	case TW_RPC_STEP_DETECT:
	case TW_RPC_STEP_INFO:
	case TW_RPC_STEP_DONE:
		break;
	}
	return TW_ASK_INFO;
}

bool tw_rpc_check_next(struct tw_rpc_check *check, struct tw_rpc_request *ret_request)
{
	if (check->step == TW_RPC_STEP_DONE)
		return false;
	if (check->step == TW_RPC_STEP_DETECT) {
		tw_ask_get(ret_request, tw_rpc_detect_paths[check->n_detect]);
		return true;
	}
	if (check->ops->ask(ask_of(check->step), check->asked_height, check->peer, ret_request))
		return true;
	/* Only a template has anything in it that may not fit, and it is the last question. */
	assert(check->step == TW_RPC_STEP_TEMPLATE);
	tw_detail_say(check->obs.detail, "%s: the wallet address is too long to ask with",
		check->ops->names[TW_ASK_TEMPLATE]);
	tw_rpc_end_template(check, TW_TEMPLATE_FAILED);
	check->step = TW_RPC_STEP_DONE;
	return false;
}

void tw_rpc_check_reply(
	struct tw_rpc_check *check, int64_t rtt_us, long http_status, const char *body, size_t len)
{
	enum tw_ask ask = ask_of(check->step);
	struct tw_json_doc *doc = NULL;
	char name[TW_RPC_PATH_MAX + 1], detail[TW_DETAIL_MAX];
	enum tw_reply reply;
	int json;

	if (check->step == TW_RPC_STEP_DONE)
		return;
	if (check->obs.rtt_us < 0)
		check->obs.rtt_us = rtt_us;
	if (check->step == TW_RPC_STEP_DETECT)
		snprintf(name, sizeof(name), "GET %s", tw_rpc_detect_paths[check->n_detect]);
	else
		snprintf(name, sizeof(name), "%s", check->ops->names[ask]);
	json = tw_json_parse(body, len, &reply_limits, &doc);
	reply = tw_reply_judge(check->ops, ask, name, http_status, doc, json, body, len, detail);
	tw_rpc_read(check, rtt_us, reply, doc == NULL ? NULL : tw_json_root(doc), detail);
	tw_json_doc_destroy(doc);
}

void tw_rpc_check_fail(struct tw_rpc_check *check, enum tw_result result, const char *detail)
{
	bool is_template_missing =
		check->step == TW_RPC_STEP_TEMPLATE || check->step == TW_RPC_STEP_TIP_AGAIN;

	if (check->step == TW_RPC_STEP_DONE)
		return;
	if (check->obs.n_chain == 0 || (result == TW_RESULT_TIMEOUT && !is_template_missing)) {
		/* Who comes back after having been away may be another version. */
		if (result != TW_RESULT_TIMEOUT)
			tw_rpc_peer_forget(check->peer);
		tw_rpc_end_failed(check, result, detail);
		return;
	}
	if (check->wants_template)
		tw_rpc_end_template(check, TW_TEMPLATE_FAILED);
	tw_detail_say(check->obs.detail, "%s", detail);
	check->step = TW_RPC_STEP_DONE;
}
