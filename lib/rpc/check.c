/*
 * See check.h. Each reply moves the check on (progress.h), back to its beginning (once, where the
 * chain moved under it), or to its end.
 */
#include "rpc/check.h"
#include "rpc/detail.h"
#include "rpc/progress.h"
#include "rpc/reply.h"
#include "rpc/template.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

int tw_rpc_check_create(struct tw_rpc_peer *peer, const struct tw_check_order *order,
	const struct tw_chain *const *window, struct tw_rpc_check **ret_check)
{
	struct tw_rpc_check *check = calloc(1, sizeof(*check));

	if (check == NULL)
		return -ENOMEM;
	check->peer = peer;
	check->window = window;
	check->order = *order;
	if (peer->wreck == TW_RPC_WRECK_BY_INFO)
		check->order.wants_info = true;
	if (peer->wreck == TW_RPC_WRECK_BY_TEMPLATE)
		check->order.wants_template = true;
	check->wants_network = check->order.wants_info;
	tw_rpc_plan_init(&check->plan, window, &check->order);
	check->info_height = TW_UNKNOWN;
	check->row = tw_dialect_row(peer->dialect);
	check->step = TW_STEP_TIP;
	check->may_detect = peer->configured == TW_DIALECT_AUTO;
	check->may_restart = true;
	check->may_ask_again = true;
	tw_observation_init(&check->obs, TW_RESULT_OK);
	if (check->row == NULL)
		tw_progress_detect(check);
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

/* --- reading replies --- */

/*
 * Two replies contradict each other: the chain was reorganised meanwhile, or the daemon is broken.
 */
static void contradict(struct tw_rpc_check *check, int64_t height)
{
	char detail[TW_DETAIL_MAX];

	if (check->may_restart) {
		tw_progress_restart(check);
		return;
	}
	tw_detail_say(detail, "%s: the daemon shows two different blocks at height %" PRId64,
		check->row->requests[TW_ASK_HEADER], height);
	tw_progress_end_bad(check, detail);
}

/* Returns false when the header contradicts an earlier one; the check has then moved on. */
static bool add_header(struct tw_rpc_check *check, const struct tw_header *header, bool wants_prev)
{
	int64_t height = tw_rpc_plan_add(&check->obs, header, wants_prev);

	if (height >= 0)
		contradict(check, height);
	return height < 0;
}

/* Returns false when the header made no sense; the check has then ended. */
static bool read_header(struct tw_rpc_check *check, enum tw_ask ask,
	const struct tw_json_node *root, struct tw_header *ret_header)
{
	const struct tw_dialect_row *row = check->row;
	char detail[TW_DETAIL_MAX];

	if (tw_reply_header(ask == TW_ASK_TIP ? &row->tip : &row->header, row->requests[ask], root,
		    ret_header, detail) == TW_REPLY_OK)
		return true;
	tw_progress_end_bad(check, detail);
	return false;
}

/* The same for the info page. */
static bool read_info(struct tw_rpc_check *check, const char *name, const struct tw_json_node *root)
{
	char detail[TW_DETAIL_MAX];
	enum tw_reply reply;

	reply = tw_reply_info(&check->row->info, name, root, &check->obs, check->peer,
		&check->info_height, detail);
	if (reply == TW_REPLY_BORROWED)
		tw_progress_end_failed(check, TW_RESULT_BOOTSTRAPPING, detail);
	else if (reply != TW_REPLY_OK)
		tw_progress_end_bad(check, detail);
	else
		check->has_info = true;
	return reply == TW_REPLY_OK;
}

/* The daemon says elsewhere that it has a block at height, above its newest one: asks for it. */
static void demand_proof(struct tw_rpc_check *check, enum tw_rpc_wreck suspicion, int64_t height)
{
	check->suspicion = suspicion;
	check->asked_height = height;
	check->step = TW_STEP_PROOF;
}

/* There is no such contradiction, or none any more. */
static void clear(struct tw_rpc_check *check, enum tw_rpc_wreck wreck)
{
	if (check->peer->wreck == wreck)
		check->peer->wreck = TW_RPC_WRECK_NONE;
}

/*
 * Goes on when the info page agrees with the newest header. One block more is a block that came
 * between the two requests.
 */
static void go_on_if_sound(struct tw_rpc_check *check)
{
	if (check->info_height > check->obs.chain[0].height + 1) {
		demand_proof(check, TW_RPC_WRECK_BY_INFO, check->info_height);
		return;
	}
	if (check->has_info)
		clear(check, TW_RPC_WRECK_BY_INFO);
	tw_progress_go_on(check);
}

static void on_tip(struct tw_rpc_check *check, const struct tw_json_node *root)
{
	const struct tw_dialect_row *row = check->row;
	struct tw_header header;
	bool is_same;

	if (!read_header(check, TW_ASK_TIP, root, &header))
		return;
	if (row->tip_has_info && !read_info(check, row->requests[TW_ASK_TIP], root))
		return;
	check->obs.rtt_us = check->reply_rtt_us;
	check->obs.header_time_s = header.time_s;
	add_header(check, &header, true); /* it is the first: there is nothing to contradict */
	is_same = (*check->window)->tip == header.point.height &&
		  tw_chain_has(*check->window, &header.point);
	check->wants_template = tw_rpc_peer_has_address(check->peer) &&
				(check->order.wants_template ||
					(check->order.wants_template_on_new_tip && !is_same));
	if (!is_same && row->tip.prev_hash == NULL) {
		check->step = TW_STEP_TIP_HEADER;
		check->asked_height = header.point.height;
		return;
	}
	if (row->may_count_from_1 && !check->peer->has_shown_counting) {
		check->step = TW_STEP_COUNTING;
		check->asked_height = header.point.height;
		return;
	}
	go_on_if_sound(check);
}

/* Asked for the newest block by its height, the daemon shows it, or the one before it. */
static void on_counting(struct tw_rpc_check *check, const struct tw_json_node *root)
{
	const struct tw_point *tip = &check->obs.chain[0];
	const struct tw_hash *below = tw_observation_at(&check->obs, tip->height - 1);
	struct tw_header header;

	if (!read_header(check, TW_ASK_HEADER, root, &header))
		return;
	check->peer->counts_from_1 = below != NULL && tw_hash_equal(&header.point.hash, below);
	if (!check->peer->counts_from_1 && !tw_hash_equal(&header.point.hash, &tip->hash)) {
		contradict(check, tip->height);
		return;
	}
	check->peer->has_shown_counting = true;
	go_on_if_sound(check);
}

static void on_header(struct tw_rpc_check *check, const struct tw_json_node *root)
{
	const char *name = check->row->requests[TW_ASK_HEADER];
	struct tw_header header;
	char detail[TW_DETAIL_MAX];

	if (!read_header(check, TW_ASK_HEADER, root, &header))
		return;
	if (header.point.height != check->asked_height) {
		tw_detail_say(detail, "%s: asked for height %" PRId64 ", got height %" PRId64, name,
			check->asked_height, header.point.height);
		tw_progress_end_bad(check, detail);
		return;
	}
	if (check->step == TW_STEP_TIP_HEADER)
		check->obs.header_time_s = header.time_s;
	/* The observation has little room for points that do not continue the chain. */
	if (add_header(check, &header, check->step != TW_STEP_QUESTION))
		tw_progress_go_on(check);
}

/* Whether to ask once more for a block that the daemon must have: another daemon behind the same
 * address may have answered. */
static bool asks_again(struct tw_rpc_check *check)
{
	bool is_first = check->may_ask_again;

	check->may_ask_again = false;
	return is_first;
}

/* The daemon has no block at the height that was asked for. */
static void on_absent(struct tw_rpc_check *check)
{
	/* It was the newest block a moment ago. */
	if (check->step == TW_STEP_TIP_HEADER || check->step == TW_STEP_COUNTING) {
		if (check->step == TW_STEP_TIP_HEADER && asks_again(check))
			return;
		contradict(check, check->asked_height);
		return;
	}
	check->plan.is_linked = true;
	tw_progress_go_on(check);
}

static void on_template(struct tw_rpc_check *check, const struct tw_json_node *root)
{
	const struct tw_point *tip = &check->obs.chain[0];
	const char *name = check->row->requests[TW_ASK_TEMPLATE];
	struct tw_template_reply *template = &check->template;

	if (tw_reply_template(&check->row->template, name, root, template, check->obs.detail) !=
		TW_REPLY_OK) {
		tw_progress_end_template(check, TW_TEMPLATE_FAILED);
	} else if (!tw_template_settle(template, check->row->template.layout, &check->obs,
			   *check->window, check->peer)) {
		tw_detail_say(check->obs.detail,
			"%s: \"%s\" is not the block that \"%s\" builds on", name,
			check->row->template.prev_hash, check->row->template.blob);
		tw_progress_end_template(check, TW_TEMPLATE_FAILED);
	} else if (template->height > tip->height + 1 && check->row->can_be_wrecked) {
		demand_proof(check, TW_RPC_WRECK_BY_TEMPLATE, template->height - 1);
	} else if (!tw_hash_equal(&template->prev_hash, &tip->hash)) {
		check->step = TW_STEP_TIP_AGAIN;
	} else if (template->height != tip->height + 1) {
		tw_detail_say(check->obs.detail,
			"%s: the template is said to be for height %" PRId64
			", but builds on %" PRId64,
			name, template->height, tip->height);
		tw_progress_end_template(check, TW_TEMPLATE_FAILED);
	} else {
		clear(check, TW_RPC_WRECK_BY_TEMPLATE);
		tw_progress_end_template(check, TW_TEMPLATE_OK);
	}
}

/*
 * The template did not build on the newest block, so that was asked for again. The template is
 * stale unless that is now the block that it builds on, or an older one.
 */
static void on_tip_again(struct tw_rpc_check *check, const struct tw_json_node *root)
{
	const struct tw_template_reply *template = &check->template;
	struct tw_header now;
	bool is_fine;

	if (!read_header(check, TW_ASK_TIP, root, &now))
		return;
	is_fine = tw_hash_equal(&template->prev_hash, &now.point.hash) ||
		  tw_template_is_newer(template, &check->obs, *check->window, &now.point);
	if (!is_fine)
		tw_detail_say(check->obs.detail,
			"%s: the template for height %" PRId64
			" does not build on the daemon's own newest block at %" PRId64,
			check->row->requests[TW_ASK_TEMPLATE], template->height, now.point.height);
	tw_progress_end_template(check, is_fine ? TW_TEMPLATE_OK : TW_TEMPLATE_STALE);
}

static void on_info(struct tw_rpc_check *check, const struct tw_json_node *root)
{
	if (read_info(check, check->row->requests[TW_ASK_INFO], root))
		go_on_if_sound(check);
}

static void on_genesis(struct tw_rpc_check *check, const struct tw_json_node *root)
{
	struct tw_network_id *network = &check->peer->network;
	struct tw_header header;

	if (!read_header(check, TW_ASK_HEADER, root, &header))
		return;
	network->has_genesis = header.point.height == 0;
	if (network->has_genesis)
		network->genesis = header.point.hash;
	tw_progress_go_on(check);
}

/* The daemon cannot show the block. */
static void on_no_proof(struct tw_rpc_check *check)
{
	bool is_info = check->suspicion == TW_RPC_WRECK_BY_INFO;
	char detail[TW_DETAIL_MAX];

	if (asks_again(check))
		return;
	tw_detail_say(detail, "%s: %s block %" PRId64 ", but the newest one is %" PRId64,
		check->row->requests[is_info ? TW_ASK_INFO : TW_ASK_TEMPLATE],
		is_info ? "the chain is said to end with" : "the template follows",
		check->asked_height, check->obs.chain[0].height);
	tw_progress_end_wrecked(check, check->suspicion, detail);
}

/*
 * The daemon can show a block at that height: the chain has grown meanwhile, or the newest header
 * came out of a cache.
 */
static void on_proof(struct tw_rpc_check *check, const struct tw_json_node *root)
{
	struct tw_header header;

	if (!read_header(check, TW_ASK_HEADER, root, &header))
		return;
	if (header.point.height != check->asked_height) {
		on_no_proof(check);
	} else if (check->suspicion == TW_RPC_WRECK_BY_INFO) {
		clear(check, TW_RPC_WRECK_BY_INFO);
		tw_progress_go_on(check);
	} else if (tw_hash_equal(&header.point.hash, &check->template.prev_hash)) {
		clear(check, TW_RPC_WRECK_BY_TEMPLATE);
		tw_progress_end_template(check, TW_TEMPLATE_OK);
	} else {
		check->step = TW_STEP_TIP_AGAIN;
	}
}

/* The words of a wrecked daemon. They count when it says them twice, here or in two checks. */
static void on_wrecked(struct tw_rpc_check *check, const char *detail)
{
	if (check->step == TW_STEP_PROOF)
		on_no_proof(check);
	else if (check->suspicion == TW_RPC_WRECK_BY_INFO ||
		 check->peer->wreck == TW_RPC_WRECK_BY_INFO)
		tw_progress_end_wrecked(check, TW_RPC_WRECK_BY_INFO, detail);
	else
		check->suspicion = TW_RPC_WRECK_BY_INFO;
}

/*
 * The info page is not where it was expected. Where the dialect has another place for it, that one
 * is tried. A check without peer counts is good enough.
 */
static void on_no_info(struct tw_rpc_check *check)
{
	if (check->row->old_info_request != NULL && !check->has_other_info_path) {
		check->has_other_info_path = true;
		check->peer->has_old_info_path = !check->peer->has_old_info_path;
		return;
	}
	check->order.wants_info = false;
	tw_progress_go_on(check);
}

static void on_detect(struct tw_rpc_check *check, const struct tw_json_node *root)
{
	char detail[TW_DETAIL_MAX];

	if (!tw_detect_read(&check->detect, root, check->peer, detail)) {
		tw_progress_end_bad(check, check->missing[0] != '\0' ? check->missing : detail);
		return;
	}
	check->row = tw_dialect_row(check->peer->dialect);
	check->step = TW_STEP_TIP;
	if (check->row->tip_has_info)
		on_tip(check, root);
	else
		(void)read_info(check, check->row->requests[TW_ASK_INFO], root);
}

static void on_nothing_to_detect(struct tw_rpc_check *check)
{
	char detail[TW_DETAIL_MAX];

	if (!tw_detect_next(&check->detect, detail))
		tw_progress_end_bad(check, detail);
}

/*
 * The daemon does not have a method of the dialect that its info page showed just now: it speaks
 * another one with such a page. A dialect that worked in an earlier check is not rejected for it.
 */
static void on_no_method(struct tw_rpc_check *check, const char *detail)
{
	struct tw_rpc_peer *peer = check->peer;

	if (check->may_detect || peer->configured != TW_DIALECT_AUTO ||
		peer->dialect == TW_DIALECT_AUTO) {
		tw_progress_end_bad(check, detail);
		return;
	}
	tw_detail_say(check->missing, "%s", detail);
	peer->rejected |= 1u << peer->dialect;
	check->has_info = false;
	tw_progress_restart(check);
	tw_progress_detect(check);
}

/* The reply is an error, or is not what was asked for. */
static void on_problem(struct tw_rpc_check *check, enum tw_reply reply, const char *detail)
{
	if (reply == TW_REPLY_WRECKED) {
		on_wrecked(check, detail);
	} else if (check->step == TW_STEP_TEMPLATE) {
		tw_detail_say(check->obs.detail, "%s", detail);
		tw_progress_end_template(check,
			reply == TW_REPLY_ADDRESS ? TW_TEMPLATE_ADDRESS : TW_TEMPLATE_FAILED);
	} else if (reply == TW_REPLY_ABSENT && check->step == TW_STEP_DETECT) {
		on_nothing_to_detect(check);
	} else if (reply == TW_REPLY_ABSENT && check->step == TW_STEP_INFO) {
		on_no_info(check);
	} else if (check->step == TW_STEP_GENESIS) {
		tw_progress_go_on(check); /* without it, such as a pruned one */
	} else if (reply == TW_REPLY_ABSENT && check->step == TW_STEP_PROOF) {
		on_no_proof(check);
	} else if (reply == TW_REPLY_ABSENT) {
		on_absent(check);
	} else if (reply == TW_REPLY_NO_METHOD && check->row != NULL) {
		on_no_method(check, detail);
	} else if (reply == TW_REPLY_AUTH) {
		tw_progress_end_failed(check, TW_RESULT_AUTH, detail);
	} else if (reply == TW_REPLY_BUSY) {
		tw_progress_end_failed(check, TW_RESULT_BUSY, detail);
	} else if (reply == TW_REPLY_REFUSED && check->row != NULL) {
		tw_progress_end_failed(check, TW_RESULT_BAD_REPLY, detail);
	} else {
		tw_progress_end_bad(check, detail);
	}
}

/* --- requests and replies --- */

/* For each step: what is asked, and what reads the reply. */
static const struct {
	enum tw_ask ask;
	void (*read)(struct tw_rpc_check *check, const struct tw_json_node *root);
} steps[] = {
	[TW_STEP_DETECT] = { TW_ASK_INFO, on_detect },
	[TW_STEP_TIP] = { TW_ASK_TIP, on_tip },
	[TW_STEP_COUNTING] = { TW_ASK_HEADER, on_counting },
	[TW_STEP_TIP_HEADER] = { TW_ASK_HEADER, on_header },
	[TW_STEP_LINK] = { TW_ASK_HEADER, on_header },
	[TW_STEP_QUESTION] = { TW_ASK_HEADER, on_header },
	[TW_STEP_INFO] = { TW_ASK_INFO, on_info },
	[TW_STEP_GENESIS] = { TW_ASK_HEADER, on_genesis },
	[TW_STEP_TEMPLATE] = { TW_ASK_TEMPLATE, on_template },
	[TW_STEP_PROOF] = { TW_ASK_HEADER, on_proof },
	[TW_STEP_TIP_AGAIN] = { TW_ASK_TIP, on_tip_again },
};

bool tw_rpc_check_next(struct tw_rpc_check *check, struct tw_rpc_request *ret_request)
{
	if (check->step == TW_STEP_DONE)
		return false;
	if (check->step == TW_STEP_DETECT) {
		tw_ask_get(ret_request, tw_detect_request(&check->detect));
		return true;
	}
	if (tw_ask(check->row, steps[check->step].ask, check->asked_height, check->peer,
		    ret_request))
		return true;
	/* Only the wallet address may not fit, and the template is the last question. */
	assert(check->step == TW_STEP_TEMPLATE);
	tw_detail_say(check->obs.detail, "%s: the wallet address is too long to ask with",
		check->row->requests[TW_ASK_TEMPLATE]);
	tw_progress_end_template(check, TW_TEMPLATE_ADDRESS);
	return false;
}

void tw_rpc_check_reply(struct tw_rpc_check *check, const struct tw_rpc_reply *reply)
{
	struct tw_json_doc *doc = NULL;
	char detail[TW_DETAIL_MAX];
	const char *name;
	enum tw_reply kind;
	enum tw_ask ask;

	if (check->step == TW_STEP_DONE)
		return;
	ask = steps[check->step].ask;
	if (check->obs.rtt_us < 0)
		check->obs.rtt_us = reply->rtt_us;
	check->reply_rtt_us = reply->rtt_us;
	name = check->step == TW_STEP_DETECT ? tw_detect_request(&check->detect)
					     : check->row->requests[ask];
	kind = tw_reply_parse(check->row, ask, name, reply, &doc, detail);
	if (kind == TW_REPLY_OK)
		steps[check->step].read(check, tw_json_root(doc));
	else
		on_problem(check, kind, detail);
	tw_json_doc_destroy(doc);
}

void tw_rpc_check_fail(struct tw_rpc_check *check, enum tw_result result, const char *detail)
{
	bool is_template_missing =
		check->step == TW_STEP_TEMPLATE || check->step == TW_STEP_TIP_AGAIN ||
		(check->step == TW_STEP_PROOF && check->suspicion == TW_RPC_WRECK_BY_TEMPLATE);

	if (check->step == TW_STEP_DONE)
		return;
	if (check->obs.n_chain == 0 || (result == TW_RESULT_TIMEOUT && !is_template_missing)) {
		/* The daemon may come back as another version. */
		if (result != TW_RESULT_TIMEOUT && result != TW_RESULT_LIMITED)
			tw_rpc_peer_forget(check->peer);
		tw_progress_end_failed(check, result, detail);
		return;
	}
	if (check->wants_template && result != TW_RESULT_LIMITED)
		tw_progress_end_template(
			check, check->step == TW_STEP_TEMPLATE && result == TW_RESULT_TIMEOUT
				       ? TW_TEMPLATE_LATE
				       : TW_TEMPLATE_FAILED);
	tw_detail_say(check->obs.detail, "%s", detail);
	check->step = TW_STEP_DONE;
}
