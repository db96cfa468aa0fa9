/* What the replies to a check mean for it. See rpc_check.h. */
#include "rpc/check_internal.h"
#include <inttypes.h>

/* Two answers that cannot both be: the chain was reorganised meanwhile, or the daemon is broken. */
static void contradiction(struct tw_rpc_check *check, const char *name, int64_t height)
{
	char detail[TW_DETAIL_MAX];

	if (check->may_restart) {
		tw_rpc_restart(check);
		return;
	}
	tw_detail_say(detail, "%s: the daemon shows two different blocks at height %" PRId64, name,
		height);
	tw_rpc_end_bad(check, detail);
}

/* Adds a header, with the block before it where wanted. False: it contradicted an earlier one. */
static bool add_header(struct tw_rpc_check *check, const struct tw_header *header, bool wants_prev)
{
	struct tw_point points[2] = { header->point,
		{ header->point.height - 1, header->prev_hash } };
	uint32_t n = wants_prev && header->has_prev_hash ? 2 : 1;

	for (uint32_t i = 0; i < n; i++) {
		const struct tw_hash *known = tw_observation_at(&check->obs, points[i].height);

		if (known != NULL && !tw_hash_equal(known, &points[i].hash)) {
			contradiction(check, check->ops->names[TW_ASK_HEADER], points[i].height);
			return false;
		}
		tw_observation_add(&check->obs, &points[i]);
	}
	return true;
}

/* False: it made no sense, and the check has ended. */
static bool read_info(struct tw_rpc_check *check, const char *name, const struct tw_json_node *root)
{
	char detail[TW_DETAIL_MAX];

	if (tw_reply_info(&check->ops->info, name, root, &check->obs, check->peer->version,
		    detail) != TW_REPLY_OK) {
		tw_rpc_end_bad(check, detail);
		return false;
	}
	check->has_info = true;
	return true;
}

static void on_tip(struct tw_rpc_check *check, int64_t rtt_us, const struct tw_json_node *root)
{
	const struct tw_dialect_ops *ops = check->ops;
	const char *name = ops->names[TW_ASK_TIP];
	struct tw_header header;
	char detail[TW_DETAIL_MAX];
	bool is_same;

	if (tw_reply_header(&ops->tip, name, root, &header, detail) != TW_REPLY_OK) {
		tw_rpc_end_bad(check, detail);
		return;
	}
	if (ops->tip_has_info && !read_info(check, name, root))
		return;
	check->obs.rtt_us = rtt_us;
	check->obs.header_time_s = header.time_s;
	(void)add_header(check, &header, true);
	is_same = check->window->tip == header.point.height &&
		  tw_chain_has(check->window, &header.point);
	check->wants_template = check->peer->wallet_address != NULL &&
				check->peer->wallet_address[0] != '\0' &&
				(check->order.wants_template ||
					(check->order.wants_template_on_new_tip && !is_same));
	if (!is_same && ops->tip.prev_hash == NULL) {
		check->step = TW_RPC_STEP_TIP_HEADER;
		check->asked_height = header.point.height;
		return;
	}
	tw_rpc_go_on(check);
}

static void on_header(struct tw_rpc_check *check, const struct tw_json_node *root)
{
	const char *name = check->ops->names[TW_ASK_HEADER];
	struct tw_header header;
	char detail[TW_DETAIL_MAX];

	if (tw_reply_header(&check->ops->header, name, root, &header, detail) != TW_REPLY_OK) {
		tw_rpc_end_bad(check, detail);
		return;
	}
	if (header.point.height != check->asked_height) {
		tw_detail_say(detail, "%s: asked for height %" PRId64 ", got height %" PRId64, name,
			check->asked_height, header.point.height);
		tw_rpc_end_bad(check, detail);
		return;
	}
	if (check->step == TW_RPC_STEP_TIP_HEADER)
		check->obs.header_time_s = header.time_s;
	/* There is little room for points that do not continue the chain. */
	if (add_header(check, &header, check->step != TW_RPC_STEP_QUESTION))
		tw_rpc_go_on(check);
}

/* There is no such block. */
static void on_absent(struct tw_rpc_check *check)
{
	/* The newest block was there a moment ago. */
	if (check->step == TW_RPC_STEP_TIP_HEADER) {
		contradiction(check, check->ops->names[TW_ASK_HEADER], check->asked_height);
		return;
	}
	check->is_linked = true;
	tw_rpc_go_on(check);
}

static void on_template(struct tw_rpc_check *check, const struct tw_json_node *root)
{
	const struct tw_point *tip = &check->obs.chain[0];
	const char *name = check->ops->names[TW_ASK_TEMPLATE];
	struct tw_template_reply *template = &check->template;

	check->step = TW_RPC_STEP_DONE;
	if (tw_reply_template(&check->ops->template, name, root, template, check->obs.detail) !=
		TW_REPLY_OK) {
		tw_rpc_end_template(check, TW_TEMPLATE_FAILED);
	} else if (!tw_hash_equal(&template->prev_hash, &tip->hash)) {
		check->step = TW_RPC_STEP_TIP_AGAIN;
	} else if (template->height != tip->height + 1) {
		tw_detail_say(check->obs.detail,
			"%s: the template is said to be for height %" PRId64
			", but builds on %" PRId64,
			name, template->height, tip->height);
		tw_rpc_end_template(check, TW_TEMPLATE_FAILED);
	} else {
		tw_rpc_end_template(check, TW_TEMPLATE_OK);
	}
}

/*
 * The template does not build on the newest block as it was before. It is stale unless that has
 * changed meanwhile: to the block it builds on, or, with luck, even past it.
 */
static void on_tip_again(struct tw_rpc_check *check, const struct tw_json_node *root)
{
	const struct tw_point *before = &check->obs.chain[0];
	const struct tw_template_reply *template = &check->template;
	struct tw_header now;
	char detail[TW_DETAIL_MAX];
	bool is_fine;

	check->step = TW_RPC_STEP_DONE;
	if (tw_reply_header(&check->ops->tip, check->ops->names[TW_ASK_TIP], root, &now, detail) !=
		TW_REPLY_OK) {
		tw_rpc_end_bad(check, detail);
		return;
	}
	is_fine =
		tw_hash_equal(&template->prev_hash, &now.point.hash) ||
		(template->height - 1 > before->height && template->height - 1 < now.point.height);
	if (!is_fine)
		tw_detail_say(check->obs.detail,
			"%s: the template for height %" PRId64
			" does not build on the daemon's own newest block at %" PRId64,
			check->ops->names[TW_ASK_TEMPLATE], template->height, now.point.height);
	tw_rpc_end_template(check, is_fine ? TW_TEMPLATE_OK : TW_TEMPLATE_STALE);
}

static void on_info(struct tw_rpc_check *check, const struct tw_json_node *root)
{
	if (read_info(check, check->ops->names[TW_ASK_INFO], root))
		tw_rpc_go_on(check);
}

/* The info page is not where it was expected: it has two places, and counts are no duty. */
static void on_no_info(struct tw_rpc_check *check)
{
	if (check->ops->dialect == TW_DIALECT_TURTLECOIN_RPC && !check->has_other_info_path) {
		check->has_other_info_path = true;
		check->peer->has_old_info_path = !check->peer->has_old_info_path;
		return;
	}
	check->order.wants_info = false;
	tw_rpc_go_on(check);
}

static void on_detect(struct tw_rpc_check *check, int64_t rtt_us, const struct tw_json_node *root)
{
	enum tw_dialect dialect = tw_dialect_recognize(root);
	const char *path = tw_rpc_detect_paths[check->n_detect];
	char detail[TW_DETAIL_MAX];

	if (dialect == TW_DIALECT_AUTO) {
		tw_detail_say(detail,
			"GET %s: the reply is not from a daemon of a kind that is known", path);
		tw_rpc_end_bad(check, detail);
		return;
	}
	check->ops = tw_dialect_find(dialect);
	check->peer->dialect = dialect;
	check->peer->has_old_info_path =
		dialect == TW_DIALECT_TURTLECOIN_RPC && strcmp(path, "/getinfo") == 0;
	check->step = TW_RPC_STEP_TIP;
	if (check->ops->tip_has_info)
		on_tip(check, rtt_us, root);
	else
		(void)read_info(check, check->ops->names[TW_ASK_INFO], root);
}

static void on_nothing_to_detect(struct tw_rpc_check *check)
{
	if (++check->n_detect < TW_RPC_DETECT_PATHS)
		return;
	tw_rpc_end_bad(check,
		"GET /info, /getinfo and /get_info: HTTP status 404: is this a daemon's RPC port?");
}

static void on_understood(
	struct tw_rpc_check *check, int64_t rtt_us, const struct tw_json_node *root)
{
	switch (check->step) {
	case TW_RPC_STEP_DETECT:
		on_detect(check, rtt_us, root);
		break;
	case TW_RPC_STEP_TIP:
		on_tip(check, rtt_us, root);
		break;
	case TW_RPC_STEP_TIP_HEADER:
	case TW_RPC_STEP_LINK:
	case TW_RPC_STEP_QUESTION:
		on_header(check, root);
		break;
	case TW_RPC_STEP_INFO:
		on_info(check, root);
		break;
	case TW_RPC_STEP_TEMPLATE:
		on_template(check, root);
		break;
	case TW_RPC_STEP_TIP_AGAIN:
		on_tip_again(check, root);
		break;
	case TW_RPC_STEP_DONE:
		break;
	}
}

/* A reply that is not what was asked for. */
static void on_problem(struct tw_rpc_check *check, enum tw_reply reply, const char *detail)
{
	if (check->step == TW_RPC_STEP_TEMPLATE) {
		tw_detail_say(check->obs.detail, "%s", detail);
		tw_rpc_end_template(check, TW_TEMPLATE_FAILED);
		check->step = TW_RPC_STEP_DONE;
	} else if (reply == TW_REPLY_ABSENT && check->step == TW_RPC_STEP_DETECT) {
		on_nothing_to_detect(check);
	} else if (reply == TW_REPLY_ABSENT && check->step == TW_RPC_STEP_INFO) {
		on_no_info(check);
	} else if (reply == TW_REPLY_ABSENT) {
		on_absent(check);
	} else if (reply == TW_REPLY_AUTH) {
		tw_rpc_end_failed(check, TW_RESULT_AUTH, detail);
	} else if (reply == TW_REPLY_REFUSED && check->ops != NULL) {
		tw_rpc_end_failed(check, TW_RESULT_BAD_REPLY, detail);
	} else {
		tw_rpc_end_bad(check, detail);
	}
}

void tw_rpc_read(struct tw_rpc_check *check, int64_t rtt_us, enum tw_reply reply,
	const struct tw_json_node *root, const char *detail)
{
	if (reply == TW_REPLY_OK)
		on_understood(check, rtt_us, root);
	else
		on_problem(check, reply, detail);
}
