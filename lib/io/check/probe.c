/* See probe.h. */
#include "io/check/probe.h"
#include "base/log.h"
#include "base/num.h"
#include "base/span.h"
#include "core/reason.h"
#include "io/check/fetch.h"
#include "io/check/multi.h"
#include "io/check/name.h"
#include "io/check/quota.h"
#include "io/check/starts.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum phase {
	IDLE,
	QUEUED,    /* waits to be begun */
	RESOLVING, /* waits for the host's address */
	WAITING,   /* until the node may be asked again */
	ASKING,    /* a request is under way */
	ENDED,     /* the timer will deliver the result, from the loop */
};

struct node;

struct slot {
	struct tw_start start; /* first, so that it stands for all of it */
	struct node *node;
	enum phase phase;
	/* Made for the first check: a confirming slot may never have one. */
	struct tw_fetch *fetch;
	struct tw_loop_timer *timer;
	/* What was ordered, and the check that does it; NULL: not begun, or no memory for it. */
	struct tw_check_order order;
	const struct tw_chain *const *window;
	struct tw_rpc_check *check;
	struct tw_rpc_request request;
	bool is_answered; /* this check had a reply */
	bool has_good_answer;
	long limit_status;   /* the HTTP status of the last request that was turned away */
	int64_t timeout_us;  /* for the first reply */
	int64_t whole_us;    /* for the whole check */
	int64_t deadline_us; /* of the check */
	int64_t due_us;      /* what the timer waits for */
};

struct node {
	struct tw_probe *probe;
	const struct tw_node_conf *conf;
	struct tw_name *name; /* NULL: the host needs no lookup */
	struct tw_rpc_peer peer;
	struct tw_quota quota;
	bool is_suspect; /* a check failed: the peer is forgotten once no check uses it */
	struct slot slots[TW_SLOTS];
};

struct tw_probe {
	struct tw_loop *loop;
	const struct tw_config *config;
	tw_probe_done_fn *done;
	tw_probe_dropped_fn *dropped;
	void *ctx;
	struct tw_multi *multi;
	struct tw_starts starts;
	uint32_t n_nodes;
	struct node nodes[];
};

/* Whether the host's name may have another address by now. */
static bool is_unreachable(enum tw_result result)
{
	return result != TW_RESULT_OK &&
	       tw_reason_state(tw_reason_of_result(result)) == TW_STATE_UNRESPONSIVE;
}

/* Whether another daemon may answer the next time. */
static bool is_suspicious(enum tw_result result)
{
	return result == TW_RESULT_BAD_REPLY || is_unreachable(result);
}

static bool is_busy(const struct node *node)
{
	for (int i = 0; i < TW_SLOTS; i++) {
		if (node->slots[i].phase != IDLE)
			return true;
	}
	return false;
}

static bool is_confirming(const struct slot *slot)
{
	return slot == &slot->node->slots[TW_SLOT_CONFIRM];
}

static void forget_suspect(struct node *node)
{
	if (!node->is_suspect || is_busy(node))
		return;
	tw_rpc_peer_forget(&node->peer);
	node->is_suspect = false;
}

/* The peer may be used by the check in the other slot, so it is forgotten when both have ended; and
 * kept when the other one ends well. */
static void judge_peer(struct node *node, enum tw_result result)
{
	if (result == TW_RESULT_OK)
		node->is_suspect = false;
	else if (is_suspicious(result))
		node->is_suspect = true;
	forget_suspect(node);
}

/* Ends the check without a result. */
static void stop(struct slot *slot)
{
	slot->phase = IDLE;
	tw_starts_remove(&slot->node->probe->starts, &slot->start);
	tw_loop_arm(slot->timer, TW_NEVER);
	if (slot->fetch != NULL)
		tw_fetch_finish(slot->fetch);
}

/* To be called from the loop only. */
static void deliver(struct slot *slot)
{
	struct node *node = slot->node;
	struct tw_probe *probe = node->probe;
	struct tw_rpc_check *check = slot->check;
	const struct tw_observation *obs;
	struct tw_observation not_begun;

	tw_observation_init(&not_begun, TW_RESULT_TIMEOUT);
	obs = check == NULL ? &not_begun : tw_rpc_check_observation(check);
	stop(slot);
	slot->check = NULL;
	judge_peer(node, obs->result);
	if (node->name != NULL && is_unreachable(obs->result))
		tw_name_doubt(node->name);
	/* The callback may start a new check in this slot. */
	probe->done(probe->ctx, (int32_t)(node - probe->nodes), (int)(slot - node->slots), obs);
	tw_rpc_check_destroy(check);
}

/* The check is over, but the caller may be outside the loop. */
static void deliver_later(struct slot *slot)
{
	slot->phase = ENDED;
	tw_loop_arm(slot->timer, tw_loop_now(slot->node->probe->loop));
}

/* Waits at most until when_us, or the end of the check. */
static void wait_until(struct slot *slot, int64_t when_us)
{
	slot->due_us = tw_min(when_us, slot->deadline_us);
	tw_loop_arm(slot->timer, slot->due_us);
}

/* Sends the request, or waits until that is allowed. False: the check is over. */
static bool ask(struct slot *slot)
{
	struct node *node = slot->node;
	int64_t now = tw_loop_now(node->probe->loop), left_us;
	int64_t allowed_us = tw_quota_due(&node->quota, now);

	if (allowed_us > now) {
		slot->phase = WAITING;
		if (!slot->is_answered)
			slot->deadline_us = tw_max(slot->deadline_us, allowed_us + slot->whole_us);
		wait_until(slot, allowed_us);
		return true;
	}
	/*
	 * The time-out is for the first reply: every check asks for that one, so it is known how
	 * long it usually takes. The other requests of a check depend on the replies.
	 */
	wait_until(slot, slot->is_answered ? slot->deadline_us : now + slot->timeout_us);
	slot->phase = ASKING;
	left_us = slot->due_us - now;
	tw_quota_note_request(&node->quota, now);
	if (tw_fetch_start(slot->fetch, &slot->request,
		    node->name == NULL ? "" : tw_name_addresses(node->name),
		    left_us > 0 ? left_us : 0) < 0) {
		tw_rpc_check_fail(
			slot->check, TW_RESULT_TIMEOUT, "tipwatch has no memory to send a request");
		return false;
	}
	return true;
}

/* Asks the next question. False: the check is over. */
static bool ask_next(struct slot *slot)
{
	return tw_rpc_check_next(slot->check, &slot->request) && ask(slot);
}

/*
 * Whether the node turned the request away because it was asked too often. Proxies say so with 503
 * as well, which can mean much else: it counts only just after a good answer, or where they say
 * when to come back, and not where the body is JSON. That is from the daemon itself: TurtleCoind
 * from 1.0 on refuses a template so.
 */
static bool is_limit(const struct slot *slot, const struct tw_fetch_reply *reply)
{
	if (reply->status != 503)
		return reply->status == 429;
	return reply->retry_after_us > 0 || (slot->has_good_answer && reply->body[0] != '{');
}

static void say_limit(struct slot *slot)
{
	char detail[TW_DETAIL_MAX], span[TW_SPAN_TEXT_MAX];

	snprintf(detail, sizeof(detail),
		"HTTP status %ld for %.40s; no more than one request in %s", slot->limit_status,
		slot->request.path, tw_span_limit(slot->node->quota.gap_us, span));
	tw_rpc_check_fail(slot->check, TW_RESULT_LIMITED, detail);
}

/* The node turned the request away: sends it again later. */
static void on_limit(struct slot *slot, const struct tw_fetch_reply *reply)
{
	struct node *node = slot->node;

	slot->limit_status = reply->status;
	tw_quota_note_limit(&node->quota, tw_loop_now(node->probe->loop), reply->retry_after_us);
	if (node->quota.due_us >= slot->deadline_us)
		say_limit(slot);
	else if (ask(slot))
		return;
	deliver(slot);
}

static void on_reply(void *ctx, const struct tw_fetch_reply *reply)
{
	struct slot *slot = ctx;

	if (reply->result != TW_RESULT_OK) {
		tw_rpc_check_fail(slot->check, reply->result, reply->detail);
		deliver(slot);
		return;
	}
	if (!slot->is_answered) {
		slot->is_answered = true;
		wait_until(slot, slot->deadline_us);
	}
	if (is_limit(slot, reply)) {
		on_limit(slot, reply);
		return;
	}
	slot->has_good_answer = slot->has_good_answer || reply->status < 300;
	tw_quota_note_answer(&slot->node->quota);
	tw_rpc_check_reply(slot->check, &(struct tw_rpc_reply){ .rtt_us = reply->rtt_us,
						.status = reply->status,
						.body = reply->body,
						.len = reply->len,
						.location = reply->location });
	if (!ask_next(slot))
		deliver(slot);
}

/* The lookup ended: checks that waited for it end or go on. */
static void on_name(void *ctx)
{
	struct node *node = ctx;
	bool has_address = tw_name_addresses(node->name)[0] != '\0';

	for (int i = 0; i < TW_SLOTS; i++) {
		struct slot *slot = &node->slots[i];

		if (slot->phase != RESOLVING)
			continue;
		if (!has_address)
			tw_rpc_check_fail(
				slot->check, TW_RESULT_RESOLVE, tw_name_error(node->name));
		if (!has_address || !ask_next(slot))
			deliver_later(slot);
	}
}

static const char *what_is_missing(const struct slot *slot)
{
	if (slot->phase == RESOLVING)
		return "host name not resolved";
	switch (tw_fetch_phase(slot->fetch)) {
	case TW_FETCH_CONNECTING:
		return "no connection";
	case TW_FETCH_WAITING:
		return "no answer";
	case TW_FETCH_READING:
		break;
	}
	return "answer not complete";
}

static void on_timer(void *ctx)
{
	struct slot *slot = ctx;
	int64_t now = tw_loop_now(slot->node->probe->loop);

	/* When the timer is this late, tipwatch was slow, and the reply may be waiting to be read.
	 */
	if (slot->phase == ASKING && slot->due_us < slot->deadline_us &&
		now - slot->due_us > slot->timeout_us / 4) {
		wait_until(slot, now + slot->timeout_us);
		return;
	}
	if (slot->phase == WAITING && slot->due_us < slot->deadline_us) {
		if (ask(slot))
			return;
	} else if (slot->phase == WAITING) {
		say_limit(slot);
	} else if (slot->phase != ENDED) {
		char span[TW_SPAN_TEXT_MAX], detail[TW_DETAIL_MAX];

		snprintf(detail, sizeof(detail), "%s within %s", what_is_missing(slot),
			tw_span_limit(slot->phase == ASKING && !slot->is_answered ? slot->timeout_us
										  : slot->whole_us,
				span));
		tw_rpc_check_fail(slot->check, TW_RESULT_TIMEOUT, detail);
	}
	deliver(slot);
}

static void on_dropped(void *ctx)
{
	struct slot *slot = ctx;
	struct tw_probe *probe = slot->node->probe;

	/* A check that is to begin anyhow needs no reason. */
	if (slot->phase == IDLE)
		probe->dropped(probe->ctx, (int32_t)(slot->node - probe->nodes));
}

/* What the first check of the slot makes for all of them. */
static int prepare(struct slot *slot)
{
	struct node *node = slot->node;
	struct tw_probe *probe = node->probe;
	int r = 0;

	if (slot->fetch == NULL)
		r = tw_fetch_create(probe->multi, node->conf, probe->config->max_reply,
			is_confirming(slot), on_reply, slot, &slot->fetch);
	if (r == 0)
		tw_fetch_tell_dropped(slot->fetch, on_dropped);
	if (r == 0 && node->name == NULL && tw_name_is_needed_by(node->conf))
		r = tw_name_create(probe->loop, node->conf->url.host, on_name, node, &node->name);
	return r;
}

/* All that costs time is done here, not when the check is ordered: so is what it takes in memory.
 */
static void begin(struct tw_start *start)
{
	struct slot *slot = (struct slot *)start;
	struct node *node = slot->node;
	int r = prepare(slot);

	if (r == 0)
		r = tw_rpc_check_create(&node->peer, &slot->order, slot->window, &slot->check);
	if (r < 0) {
		tw_error("cannot check %s: %s", node->conf->policy.name, strerror(-r));
		deliver_later(slot);
		return;
	}
	slot->deadline_us = tw_loop_now(node->probe->loop) + slot->whole_us;
	wait_until(slot, slot->deadline_us);
	slot->phase = RESOLVING;
	r = node->name == NULL ? TW_NAME_KNOWN : tw_name_want(node->name);
	if (r < 0) {
		char detail[TW_DETAIL_MAX];

		snprintf(detail, sizeof(detail),
			"tipwatch cannot start to look up the host name: %s", strerror(-r));
		tw_rpc_check_fail(slot->check, TW_RESULT_RESOLVE, detail);
		deliver_later(slot);
	} else if (r == TW_NAME_KNOWN && !ask_next(slot)) {
		deliver_later(slot);
	}
}

void tw_probe_start(struct tw_probe *probe, const struct tw_action *action,
	const struct tw_chain *const *window)
{
	struct slot *slot = &probe->nodes[action->node].slots[action->slot];

	assert(action->kind == TW_ACTION_START_CHECK);
	assert(action->node >= 0 && (uint32_t)action->node < probe->n_nodes);
	assert(action->slot >= 0 && action->slot < TW_SLOTS);
	assert(slot->phase == IDLE);
	slot->is_answered = false;
	slot->has_good_answer = false;
	slot->timeout_us = action->timeout_us;
	slot->whole_us = action->deadline_us;
	slot->order = action->order;
	slot->window = window;
	slot->phase = QUEUED;
	/* A confirming check may be what a switch waits for. */
	tw_starts_add(&probe->starts, &slot->start, is_confirming(slot));
}

void tw_probe_cancel(struct tw_probe *probe, int32_t node_number)
{
	struct node *node = &probe->nodes[node_number];

	assert(node_number >= 0 && (uint32_t)node_number < probe->n_nodes);
	for (int i = 0; i < TW_SLOTS; i++) {
		struct slot *slot = &node->slots[i];

		if (slot->phase == IDLE)
			continue;
		stop(slot);
		tw_rpc_check_destroy(slot->check);
		slot->check = NULL;
	}
	forget_suspect(node);
}

const struct tw_rpc_peer *tw_probe_peer(const struct tw_probe *probe, int32_t node)
{
	assert(node >= 0 && (uint32_t)node < probe->n_nodes);
	return &probe->nodes[node].peer;
}

int tw_probe_create(struct tw_loop *loop, const struct tw_config *config, tw_probe_done_fn *done,
	tw_probe_dropped_fn *dropped, void *ctx, struct tw_probe **ret_probe)
{
	struct tw_probe *probe =
		calloc(1, sizeof(*probe) + config->n_nodes * sizeof(probe->nodes[0]));
	int r;

	if (probe == NULL)
		return -ENOMEM;
	probe->loop = loop;
	probe->config = config;
	probe->done = done;
	probe->dropped = dropped;
	probe->ctx = ctx;
	r = tw_multi_create(loop, tw_fetch_on_done, &probe->multi);
	if (r == 0)
		r = tw_starts_init(&probe->starts, loop, begin);
	probe->n_nodes = config->n_nodes;
	for (uint32_t i = 0; r == 0 && i < config->n_nodes; i++) {
		struct node *node = &probe->nodes[i];

		node->probe = probe;
		node->conf = &config->nodes[i];
		tw_rpc_peer_init(&node->peer, node->conf->dialect, config->wallet_address,
			config->reserve_size);
		for (int s = 0; r == 0 && s < TW_SLOTS; s++) {
			node->slots[s].node = node;
			r = tw_loop_add_timer(
				loop, on_timer, &node->slots[s], &node->slots[s].timer);
		}
	}
	if (r < 0) {
		tw_probe_destroy(probe);
		return r;
	}
	*ret_probe = probe;
	return 0;
}

void tw_probe_destroy(struct tw_probe *probe)
{
	if (probe == NULL)
		return;
	for (uint32_t i = 0; i < probe->n_nodes; i++) {
		struct node *node = &probe->nodes[i];

		tw_probe_cancel(probe, (int32_t)i);
		for (int s = 0; s < TW_SLOTS; s++) {
			tw_fetch_destroy(node->slots[s].fetch);
			tw_loop_remove_timer(node->slots[s].timer);
		}
		tw_name_destroy(node->name);
	}
	tw_starts_finish(&probe->starts);
	tw_multi_destroy(probe->multi);
	free(probe);
}
