/* See sending.h. */
#include "io/vault/sending.h"
#include "base/log.h"
#include "base/num.h"
#include "core/decide/select.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	CLOCK_STEP_MS = 60000,  /* the wall clock is ahead by so much: the machine was suspended */
	ASK_AGAIN_MS = 1000,    /* between two questions about one block */
	WRITERS_FIRST_MS = 100, /* after it was found; each further look waits twice as long */
};

int64_t tw_sending_now(struct tw_sending *sending)
{
	int64_t now_us = tw_loop_now(sending->loop);
	int64_t wall_ms = tw_loop_to_wall(sending->loop, now_us) / TW_MS;
	int64_t ms = sending->base_ms + (now_us - sending->base_us) / TW_MS;

	if (wall_ms - ms > CLOCK_STEP_MS) {
		sending->base_ms += wall_ms - ms;
		ms = wall_ms;
	}
	sending->now_ms = ms;
	return ms;
}

static const char *name_of(const struct tw_sending *sending, int32_t node)
{
	return sending->config->nodes[node].policy.name;
}

static void keep(struct tw_sending *sending, const struct tw_block *block)
{
	tw_ledger_put(sending->ledger, sending->book, block);
}

static bool is_free(const struct tw_sending *sending, int32_t node)
{
	return sending->courier != NULL && tw_courier_is_free(sending->courier, node);
}

/* Whether it is known how to ask the node. */
static bool can_ask(const struct tw_sending *sending, int32_t node)
{
	return sending->peers[node] != NULL && sending->peers[node]->dialect != TW_DIALECT_AUTO;
}

static void note_job(struct tw_sending *sending, int32_t node, enum tw_sending_kind kind,
	const struct tw_block *block)
{
	struct tw_sending_job *job = &sending->jobs[node];

	*job = (struct tw_sending_job){ .kind = kind, .question = { node, false } };
	memcpy(job->id, block->id, sizeof(job->id));
}

/* --- a block to a daemon --- */

static void log_answer(struct tw_sending *sending, const struct tw_block *block, int32_t node,
	const struct tw_block_peer *peer, const char *detail)
{
	tw_info("block %.8s to %s: %s after %lld ms%s%s", block->id, name_of(sending, node),
		tw_block_answer_word(peer->answer), (long long)(peer->answered_ms - peer->sent_ms),
		detail[0] == '\0' ? "" : ": ", detail);
}

static void conclude(struct tw_sending *sending, struct tw_block *block, int32_t node,
	enum tw_block_answer answer, const char *detail)
{
	struct tw_block_peer *peer = tw_block_add_peer(block, name_of(sending, node));

	if (peer == NULL)
		return;
	tw_block_turn_answered(peer, answer, sending->now_ms);
	keep(sending, block);
	log_answer(sending, block, node, peer, detail);
	if (!tw_block_is_taken(answer) && answer != TW_BLOCK_ANSWER_REFUSED)
		sending->failed(sending->ctx, node);
}

static void send(struct tw_sending *sending, struct tw_block *block, int32_t node)
{
	enum tw_spool_place place = block->is_begun ? TW_SPOOL_SENT : TW_SPOOL_TAKEN;
	struct tw_block_blob blob;
	struct tw_buf data, hex;
	int r;

	/* It may have been restarted since it got its turn, as another version. */
	if (!can_ask(sending, node)) {
		conclude(sending, block, node, TW_BLOCK_ANSWER_FAILED,
			"it is not known now which RPC it speaks");
		return;
	}
	tw_buf_init(&data, TW_SPOOL_FILE_MAX);
	tw_buf_init(&hex, 2 * TW_BLOCK_BLOB_MAX);
	r = tw_spool_read(sending->spool, block->id, place, &data);
	if (r == 0)
		r = tw_block_blob_read(tw_buf_str(&data), data.len, &hex, &blob);
	if (r == 0) {
		note_job(sending, node, TW_SENDING_BLOCK, block);
		tw_courier_send(sending->courier, node, sending->peers[node], hex.data,
			TW_BLOCK_TURN_REPLY_MS * TW_MS);
	} else {
		tw_error("cannot read the found block %s: %s", block->id, strerror(-r));
		block->has_file = false;
		conclude(sending, block, node, TW_BLOCK_ANSWER_FAILED, "its file is gone");
	}
	tw_buf_finish(&hex);
	tw_buf_finish(&data);
}

/* What is going to be done is in the journal before it is done. */
static void give_turn(struct tw_sending *sending, struct tw_block *block, int32_t node,
	struct tw_block_peer *peer)
{
	bool must_look =
		tw_block_turn_must_look(block, peer) && tw_block_height(block) != TW_UNKNOWN;

	tw_block_turn_sent(
		peer, tw_monitor_verdict(sending->monitor, node).reason, sending->now_ms);
	keep(sending, block);
	if (!block->is_begun &&
		tw_spool_move(sending->spool, block->id, TW_SPOOL_TAKEN, TW_SPOOL_SENT) == 0)
		block->is_begun = true;
	if (!must_look) {
		send(sending, block, node);
		return;
	}
	note_job(sending, node, TW_SENDING_LOOK, block);
	tw_courier_look(
		sending->courier, node, sending->peers[node], tw_block_height(block), &block->blob);
}

static void end_look(struct tw_sending *sending, struct tw_block *block, int32_t node,
	const struct tw_courier_result *result)
{
	struct tw_block_peer *peer = tw_block_peer(block, name_of(sending, node));

	if (peer == NULL)
		return;
	if (result->shown == TW_ANSWER_BLOCK_SAME) {
		conclude(sending, block, node, TW_BLOCK_ANSWER_DUPLICATE, "it has it already");
		return;
	}
	if (block->is_over || !block->has_file) {
		conclude(sending, block, node, TW_BLOCK_ANSWER_FAILED, "it is too late");
		return;
	}
	/* The five seconds count from here. */
	peer->sent_ms = sending->now_ms;
	keep(sending, block);
	send(sending, block, node);
}

static void end_writers(struct tw_sending *sending, struct tw_block *block, int32_t node,
	const struct tw_courier_result *result)
{
	const struct tw_block_peer *peer = tw_block_peer(block, name_of(sending, node));

	if (peer != NULL && peer->answer == TW_BLOCK_ANSWER_WAITING &&
		result->shown == TW_ANSWER_BLOCK_SAME)
		conclude(sending, block, node, TW_BLOCK_ANSWER_ACCEPTED, "its writer has sent it");
}

static void on_result(void *ctx, int32_t node, const struct tw_courier_result *result)
{
	struct tw_sending *sending = ctx;
	struct tw_sending_job job = sending->jobs[node];
	struct tw_block *block = tw_block_book_find(sending->book, job.id);

	sending->is_dirty = true;
	(void)tw_sending_now(sending);
	if (block == NULL)
		return;
	if (result->is_look && result->shown != TW_ANSWER_BLOCK_UNREADABLE) {
		tw_block_fate_identify(block, &job.question, result->shown == TW_ANSWER_BLOCK_SAME,
			&result->hash, sending->now_ms);
		keep(sending, block);
	}
	switch (job.kind) {
	case TW_SENDING_LOOK:
		end_look(sending, block, node, result);
		break;
	case TW_SENDING_BLOCK:
		conclude(sending, block, node, result->answer, result->detail);
		break;
	case TW_SENDING_WRITERS:
		end_writers(sending, block, node, result);
		break;
	case TW_SENDING_QUESTION:
		break;
	}
}

/* --- the turns --- */

/* The daemons that the block may be sent to, the chosen one first. Returns how many. */
static uint32_t list_targets(
	struct tw_sending *sending, struct tw_block *block, int32_t *nodes, const char **names)
{
	uint32_t n = 0, n_all = tw_select_targets(sending->monitor, nodes);

	for (uint32_t i = 0; i < n_all && n < TW_BLOCK_PEERS_MAX; i++) {
		const struct tw_block_peer *peer;

		if (!can_ask(sending, nodes[i]))
			continue;
		peer = tw_block_add_peer(block, name_of(sending, nodes[i]));
		/* One that is busy with another block does not hold this one up. */
		if (peer == NULL || (peer->n_sends == 0 && !is_free(sending, nodes[i])))
			continue;
		names[n] = name_of(sending, nodes[i]);
		nodes[n++] = nodes[i];
	}
	return n;
}

/* Looks at what became of the writer's own request. Returns when to look again. */
static int64_t follow_writers(struct tw_sending *sending, struct tw_block *block, int32_t node,
	struct tw_block_peer *peer)
{
	int64_t since_ms = sending->now_ms - peer->sent_ms;
	int64_t due_ms = peer->sent_ms + (WRITERS_FIRST_MS << tw_min(peer->n_looks, 20));

	if (!peer->is_writers || peer->answer != TW_BLOCK_ANSWER_WAITING || peer->n_sends > 1)
		return TW_NEVER;
	if (since_ms >= TW_BLOCK_TURN_REPLY_MS) {
		conclude(
			sending, block, node, TW_BLOCK_ANSWER_SILENT, "it does not show the block");
		return sending->now_ms;
	}
	if (sending->now_ms >= due_ms && is_free(sending, node) && can_ask(sending, node) &&
		tw_block_height(block) != TW_UNKNOWN) {
		peer->n_looks++;
		note_job(sending, node, TW_SENDING_WRITERS, block);
		tw_courier_look(sending->courier, node, sending->peers[node],
			tw_block_height(block), &block->blob);
	}
	return tw_min(tw_max(due_ms, sending->now_ms + WRITERS_FIRST_MS),
		peer->sent_ms + TW_BLOCK_TURN_REPLY_MS);
}

int64_t tw_sending_advance(struct tw_sending *sending, struct tw_block *block)
{
	struct tw_block_timing timing = { sending->config->after_accept_us / TW_MS,
		sending->config->after_silence_us / TW_MS };
	struct tw_block_peer *targets[TW_BLOCK_PEERS_MAX];
	const char *names[TW_BLOCK_PEERS_MAX];
	int32_t nodes[TW_NODES_MAX];
	uint32_t due[TW_BLOCK_PEERS_MAX], n, n_due;
	int64_t until_ms = TW_NEVER, writers_ms = TW_NEVER;

	if (block->is_over || !block->has_file ||
		tw_monitor_decision(sending->monitor)->mode == TW_MODE_STARTING)
		return TW_NEVER;
	n = list_targets(sending, block, nodes, names);
	/* No further daemon is added below, so that the pointers stay. */
	for (uint32_t i = 0; i < n; i++)
		targets[i] = tw_block_peer(block, names[i]);
	for (uint32_t i = 0; i < n; i++)
		writers_ms =
			tw_min(writers_ms, follow_writers(sending, block, nodes[i], targets[i]));
	n_due = tw_block_turn_due(block, targets, n, &timing, sending->now_ms, due, &until_ms);
	for (uint32_t i = 0; i < n_due; i++) {
		if (is_free(sending, nodes[due[i]]))
			give_turn(sending, block, nodes[due[i]], targets[due[i]]);
	}
	if (n_due > 0)
		(void)tw_block_turn_due(
			block, targets, n, &timing, sending->now_ms, due, &until_ms);
	return tw_min(until_ms, writers_ms);
}

void tw_sending_ask(struct tw_sending *sending, struct tw_block *block,
	const struct tw_block_question *question)
{
	if (question->node == TW_NODE_NONE || !is_free(sending, question->node) ||
		!can_ask(sending, question->node) ||
		(block->asked_ms != 0 && sending->now_ms - block->asked_ms < ASK_AGAIN_MS))
		return;
	block->asked_ms = sending->now_ms;
	note_job(sending, question->node, TW_SENDING_QUESTION, block);
	sending->jobs[question->node].question = *question;
	tw_courier_look(sending->courier, question->node, sending->peers[question->node],
		tw_block_height(block), &block->blob);
}

/* --- life --- */

int tw_sending_init(struct tw_sending *sending, const struct tw_config *config)
{
	int r = tw_courier_create(sending->loop, config, on_result, sending, &sending->courier);

	sending->config = config;
	sending->monitor = NULL;
	sending->peers = NULL;
	if (r < 0)
		return r;
	sending->jobs = calloc(config->n_nodes, sizeof(sending->jobs[0]));
	if (sending->jobs != NULL)
		return 0;
	tw_courier_destroy(sending->courier);
	sending->courier = NULL;
	return -ENOMEM;
}

void tw_sending_finish(struct tw_sending *sending)
{
	tw_courier_destroy(sending->courier);
	free(sending->jobs);
	sending->courier = NULL;
	sending->jobs = NULL;
	sending->is_dirty = true;
}
