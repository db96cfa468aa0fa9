/* See courier.h. */
#include "io/vault/courier.h"
#include "base/num.h"
#include "io/check/fetch.h"
#include "io/check/multi.h"
#include "io/check/name.h"
#include "rpc/ask.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLY_MAX = 1 << 20 };

enum phase {
	IDLE,
	RESOLVING,
	ASKING,
	ENDED, /* the timer will deliver the result, from the loop */
};

struct errand {
	struct tw_courier *courier;
	const struct tw_node_conf *conf;
	struct tw_fetch *fetch;
	struct tw_name *name; /* NULL: the host needs no lookup */
	struct tw_loop_timer *timer;
	enum phase phase;
	int64_t deadline_us;
	bool is_look;
	int64_t height;
	uint32_t n_heads;
	struct tw_blob_header heads[TW_BLOB_LAYOUTS];
	struct tw_rpc_request request; /* of a look */
	const char *path;              /* of a block that is sent */
	struct tw_buf body;
	struct tw_courier_result result;
	char detail[TW_DETAIL_MAX];
};

struct tw_courier {
	struct tw_loop *loop;
	const struct tw_config *config;
	tw_courier_fn *fn;
	void *ctx;
	struct tw_multi *multi;
	uint32_t n_nodes;
	struct errand errands[];
};

static void stop(struct errand *errand)
{
	errand->phase = IDLE;
	if (errand->timer != NULL)
		tw_loop_arm(errand->timer, TW_NEVER);
	if (errand->fetch != NULL)
		tw_fetch_finish(errand->fetch);
	tw_buf_finish(&errand->body);
}

static void deliver(struct errand *errand)
{
	struct tw_courier *courier = errand->courier;
	struct tw_courier_result result = errand->result;

	stop(errand);
	result.detail = errand->detail;
	courier->fn(courier->ctx, (int32_t)(errand - courier->errands), &result);
}

static void end(struct errand *errand, enum tw_block_answer answer, const char *detail)
{
	errand->result.answer = answer;
	snprintf(errand->detail, sizeof(errand->detail), "%s", detail);
}

static void end_later(struct errand *errand, enum tw_block_answer answer, const char *detail)
{
	end(errand, answer, detail);
	errand->phase = ENDED;
	tw_loop_arm(errand->timer, tw_loop_now(errand->courier->loop));
}

/* --- replies --- */

static enum tw_block_answer answer_of(enum tw_answer answer)
{
	switch (answer) {
	case TW_ANSWER_ACCEPTED:
		return TW_BLOCK_ANSWER_ACCEPTED;
	case TW_ANSWER_DUPLICATE:
		return TW_BLOCK_ANSWER_DUPLICATE;
	case TW_ANSWER_REFUSED:
		return TW_BLOCK_ANSWER_REFUSED;
	case TW_ANSWER_NOT_ABLE:
		return TW_BLOCK_ANSWER_NOT_ABLE;
	case TW_ANSWER_UNKNOWN:
		break;
	case TW_ANSWER_FAILED:
		return TW_BLOCK_ANSWER_FAILED;
	}
	return TW_BLOCK_ANSWER_UNKNOWN;
}

/* Without a connection, or where it broke without a reply, the daemon does not have the block. */
static enum tw_block_answer answer_of_failure(enum tw_result result)
{
	return result == TW_RESULT_REFUSED || result == TW_RESULT_RESOLVE ||
			       result == TW_RESULT_TLS || result == TW_RESULT_RESET
		       ? TW_BLOCK_ANSWER_FAILED
		       : TW_BLOCK_ANSWER_UNKNOWN;
}

static void on_reply(void *ctx, const struct tw_fetch_reply *reply)
{
	struct errand *errand = ctx;
	enum tw_block_answer answer = TW_BLOCK_ANSWER_UNKNOWN;
	char detail[TW_DETAIL_MAX] = "";

	if (reply->result != TW_RESULT_OK) {
		answer = answer_of_failure(reply->result);
		snprintf(detail, sizeof(detail), "%s", reply->detail);
	} else if (errand->is_look) {
		errand->result.shown = tw_answer_header(reply->body, reply->len, errand->height,
			errand->heads, errand->n_heads, &errand->result.hash);
	} else {
		answer = answer_of(tw_answer_submit((int)reply->status, reply->body, reply->len));
		if (!tw_block_is_taken(answer))
			snprintf(detail, sizeof(detail), "HTTP status %ld, %.100s", reply->status,
				reply->body);
	}
	end(errand, answer, detail);
	deliver(errand);
}

static void on_timer(void *ctx)
{
	struct errand *errand = ctx;

	if (errand->phase != ENDED)
		end(errand,
			errand->phase == RESOLVING ||
					tw_fetch_phase(errand->fetch) == TW_FETCH_CONNECTING
				? TW_BLOCK_ANSWER_FAILED
				: TW_BLOCK_ANSWER_SILENT,
			"no reply in time");
	deliver(errand);
}

/* --- requests --- */

/* False: the errand is over. */
static bool ask(struct errand *errand)
{
	const char *addresses = errand->name == NULL ? "" : tw_name_addresses(errand->name);
	int64_t left_us = errand->deadline_us - tw_loop_now(errand->courier->loop);
	int r;

	errand->phase = ASKING;
	left_us = tw_max(left_us, 0);
	r = errand->is_look ? tw_fetch_start(errand->fetch, &errand->request, addresses, left_us)
			    : tw_fetch_post(errand->fetch, errand->path, errand->body.data,
				      errand->body.len, addresses, left_us);
	return r == 0;
}

static void on_name(void *ctx)
{
	struct errand *errand = ctx;

	if (errand->phase != RESOLVING)
		return;
	if (tw_name_addresses(errand->name)[0] == '\0')
		end_later(errand, TW_BLOCK_ANSWER_FAILED, tw_name_error(errand->name));
	else if (!ask(errand))
		end_later(errand, TW_BLOCK_ANSWER_FAILED, "no memory to send a request");
}

/* Made for the first errand: most of the time there is none. */
static int prepare(struct errand *errand)
{
	struct tw_courier *courier = errand->courier;
	int r = 0;

	if (errand->timer == NULL)
		r = tw_loop_add_timer(courier->loop, on_timer, errand, &errand->timer);
	if (r == 0 && errand->fetch == NULL)
		r = tw_fetch_create(courier->multi, errand->conf, REPLY_MAX, true, on_reply, errand,
			&errand->fetch);
	if (r == 0 && errand->name == NULL && tw_name_is_needed_by(errand->conf))
		r = tw_name_create(
			courier->loop, errand->conf->url.host, on_name, errand, &errand->name);
	return r;
}

static void begin(struct errand *errand, int64_t timeout_us)
{
	int r = errand->name == NULL ? TW_NAME_KNOWN : tw_name_want(errand->name);

	errand->detail[0] = '\0';
	errand->deadline_us = tw_loop_now(errand->courier->loop) + timeout_us;
	tw_loop_arm(errand->timer, errand->deadline_us);
	errand->phase = RESOLVING;
	if (r < 0)
		end_later(errand, TW_BLOCK_ANSWER_FAILED, strerror(-r));
	else if (r == TW_NAME_KNOWN && !ask(errand))
		end_later(errand, TW_BLOCK_ANSWER_FAILED, "no memory to send a request");
}

/* The errand of a free node, or NULL: there is no memory, and no timer to say so later. */
static struct errand *find(struct tw_courier *courier, int32_t node)
{
	struct errand *errand = &courier->errands[node];

	assert(node >= 0 && (uint32_t)node < courier->n_nodes);
	assert(errand->phase == IDLE);
	errand->result = (struct tw_courier_result){ .answer = TW_BLOCK_ANSWER_FAILED };
	return prepare(errand) < 0 ? NULL : errand;
}

void tw_courier_look(struct tw_courier *courier, int32_t node, const struct tw_rpc_peer *peer,
	int64_t height, const struct tw_block_blob *blob)
{
	struct tw_courier_result failed = { .is_look = true, .detail = "no memory" };
	struct errand *errand = find(courier, node);

	if (errand == NULL) {
		courier->fn(courier->ctx, node, &failed);
		return;
	}
	errand->result.is_look = errand->is_look = true;
	errand->height = height;
	errand->n_heads = blob->n_heads;
	for (uint32_t i = 0; i < blob->n_heads; i++)
		errand->heads[i] = blob->heads[i].header;
	(void)tw_ask(tw_dialect_row(peer->dialect), TW_ASK_HEADER, height, peer, &errand->request);
	begin(errand, TW_COURIER_LOOK_US);
}

void tw_courier_send(struct tw_courier *courier, int32_t node, const struct tw_rpc_peer *peer,
	const char *hex, int64_t timeout_us)
{
	struct tw_courier_result failed = { .answer = TW_BLOCK_ANSWER_FAILED,
		.detail = "no memory" };
	struct errand *errand = find(courier, node);

	if (errand == NULL) {
		courier->fn(courier->ctx, node, &failed);
		return;
	}
	errand->result.is_look = errand->is_look = false;
	tw_buf_init(&errand->body, 2 * TW_BLOCK_BLOB_MAX + TW_RPC_BODY_MAX);
	errand->path = tw_ask_submit(tw_dialect_row(peer->dialect), hex, &errand->body);
	if (errand->body.error < 0) {
		stop(errand);
		courier->fn(courier->ctx, node, &failed);
		return;
	}
	begin(errand, timeout_us);
}

bool tw_courier_is_free(const struct tw_courier *courier, int32_t node)
{
	return courier->errands[node].phase == IDLE;
}

int tw_courier_create(struct tw_loop *loop, const struct tw_config *config, tw_courier_fn *fn,
	void *ctx, struct tw_courier **ret_courier)
{
	struct tw_courier *courier =
		calloc(1, sizeof(*courier) + config->n_nodes * sizeof(courier->errands[0]));
	int r;

	if (courier == NULL)
		return -ENOMEM;
	courier->loop = loop;
	courier->config = config;
	courier->fn = fn;
	courier->ctx = ctx;
	r = tw_multi_create(loop, tw_fetch_on_done, &courier->multi);
	if (r < 0) {
		tw_courier_destroy(courier);
		return r;
	}
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		courier->errands[i].courier = courier;
		courier->errands[i].conf = &config->nodes[i];
	}
	courier->n_nodes = config->n_nodes;
	*ret_courier = courier;
	return 0;
}

void tw_courier_destroy(struct tw_courier *courier)
{
	if (courier == NULL)
		return;
	for (uint32_t i = 0; i < courier->n_nodes; i++) {
		struct errand *errand = &courier->errands[i];

		stop(errand);
		tw_fetch_destroy(errand->fetch);
		tw_loop_remove_timer(errand->timer);
		tw_name_destroy(errand->name);
	}
	tw_multi_destroy(courier->multi);
	free(courier);
}
