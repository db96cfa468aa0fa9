/* See vault.h. */
#include "io/vault/vault.h"
#include "base/log.h"
#include "base/num.h"
#include "block/cause.h"
#include "core/decide/select.h"
#include "io/files.h"
#include "io/vault/sending.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOOK_MS = 1000,   /* between two looks at the directory */
	ACTIVE_MAX = 256, /* blocks that are still sent; further files wait */
	SENTENCE_MAX = 4096,
};

struct tw_vault {
	struct tw_loop *loop;
	const struct tw_config *config;
	const struct tw_vault_ops *ops;
	void *ctx;
	struct tw_block_book book;
	struct tw_ledger ledger;
	struct tw_spool *spool;
	struct tw_sending sending;
	struct tw_loop_timer *timer;
	struct tw_sightings sightings;
	struct tw_hash *shown; /* the newest block of each node, as it was noted */
	struct tw_block_sight *sights;
	int64_t look_ms; /* when the directory is looked at next */
	bool is_lame;    /* there was no memory for a new configuration */
};

static int64_t now_ms(struct tw_vault *vault)
{
	return tw_sending_now(&vault->sending);
}

static void keep(struct tw_vault *vault, const struct tw_block *block)
{
	tw_ledger_put(&vault->ledger, &vault->book, block);
}

static void tell(struct tw_vault *vault, const struct tw_block *block)
{
	struct tw_buf sentence;

	tw_buf_init(&sentence, SENTENCE_MAX);
	tw_block_cause_write(block, &sentence);
	tw_log(tw_block_book_is_lost(block->state) ? TW_LOG_WARN : TW_LOG_INFO,
		"block %.8s of height %" PRId64 " is %s: %s", block->id, tw_block_height(block),
		tw_block_word(block->state), tw_buf_str(&sentence));
	tw_buf_finish(&sentence);
	vault->ops->changed(vault->ctx, block);
}

/* --- files --- */

static uint32_t count_active(const struct tw_vault *vault)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < vault->book.n; i++)
		n += !vault->book.blocks[i]->is_over;
	return n;
}

static bool is_sent(const struct tw_block *block)
{
	for (uint32_t i = 0; i < block->n_peers; i++) {
		if (block->peers[i].n_sends > 0)
			return true;
	}
	return false;
}

/* The file is where it belongs when the caller has moved it. */
static enum tw_spool_verdict accept_file(struct tw_block *block)
{
	block->has_file = true;
	block->is_begun = is_sent(block);
	return block->is_begun ? TW_SPOOL_TAKE_SENT : TW_SPOOL_TAKE;
}

/* Whoever wrote the file sends the block to that daemon. */
static void note_writer(struct tw_vault *vault, struct tw_block *block, const char *writer)
{
	int32_t node = writer[0] == '\0' ? TW_NODE_NONE : tw_config_find(vault->config, writer);
	struct tw_block_peer *peer;

	if (node == TW_NODE_NONE)
		return;
	peer = tw_block_add_peer(block, writer);
	if (peer == NULL)
		return;
	peer->is_writers = true;
	tw_block_turn_sent(peer, TW_REASON_OK, block->found_ms);
}

static enum tw_spool_verdict on_file(
	void *ctx, const char *data, size_t len, const char *writer, char *ret_id)
{
	enum tw_spool_verdict verdict = TW_SPOOL_LEAVE;
	struct tw_vault *vault = ctx;
	struct tw_block_blob blob;
	struct tw_block *block;
	struct tw_buf hex;
	int r;

	tw_buf_init(&hex, 2 * TW_BLOCK_BLOB_MAX);
	r = tw_block_blob_read(data, len, &hex, &blob);
	if (r == -EINVAL || r == -EMSGSIZE) {
		verdict = TW_SPOOL_BAD;
	} else if (r == 0) {
		tw_block_identify(hex.data, hex.len, ret_id);
		block = tw_block_book_find(&vault->book, ret_id);
		if (block != NULL && (block->has_file || block->is_over))
			verdict = TW_SPOOL_KNOWN;
		else if (block != NULL)
			verdict = accept_file(block); /* killed before its file was moved */
		else if (count_active(vault) < ACTIVE_MAX &&
			 tw_block_create(hex.data, hex.len, &blob, now_ms(vault), &block) == 0) {
			note_writer(vault, block, writer);
			(void)tw_block_book_add(&vault->book, block);
			keep(vault, block);
			tell(vault, block);
			verdict = accept_file(block);
		}
	}
	vault->sending.is_dirty = true;
	tw_buf_finish(&hex);
	return verdict;
}

/* A block that was taken or sent in the last run, and whose record may be lost. */
static struct tw_block *find_again(
	struct tw_vault *vault, const char *id, const char *data, size_t len)
{
	struct tw_block *block = tw_block_book_find(&vault->book, id);
	struct tw_block_blob blob;
	struct tw_buf hex;

	if (block == NULL) {
		tw_buf_init(&hex, 2 * TW_BLOCK_BLOB_MAX);
		if (tw_block_blob_read(data, len, &hex, &blob) == 0 &&
			tw_block_create(hex.data, hex.len, &blob, now_ms(vault), &block) == 0) {
			(void)tw_block_book_add(&vault->book, block);
			keep(vault, block);
		}
		tw_buf_finish(&hex);
	}
	if (block != NULL)
		block->has_file = true;
	return block;
}

static void on_taken(void *ctx, const char *id, const char *data, size_t len)
{
	(void)find_again(ctx, id, data, len);
}

/* Nobody knows when it was sent to whom: then it may have been just now, to all. */
static void assume_sent(struct tw_vault *vault, struct tw_block *block)
{
	for (uint32_t i = 0; i < vault->config->n_nodes; i++) {
		const struct tw_node_policy *policy = &vault->config->nodes[i].policy;

		if (policy->role == TW_ROLE_DAEMON)
			(void)tw_block_add_peer(block, policy->name);
	}
	for (uint32_t i = 0; i < block->n_peers; i++) {
		tw_block_turn_sent(&block->peers[i], TW_REASON_OK, now_ms(vault));
		tw_block_turn_answered(&block->peers[i], TW_BLOCK_ANSWER_UNKNOWN, now_ms(vault));
	}
	keep(vault, block);
}

static void on_sent(void *ctx, const char *id, const char *data, size_t len)
{
	struct tw_vault *vault = ctx;
	struct tw_block *block = find_again(vault, id, data, len);

	if (block == NULL)
		return;
	block->is_begun = true;
	if (!is_sent(block))
		assume_sent(vault, block);
}

static void put_away(struct tw_vault *vault, struct tw_block *block)
{
	if (!block->is_over || !block->has_file)
		return;
	(void)tw_spool_move(vault->spool, block->id,
		block->is_begun ? TW_SPOOL_SENT : TW_SPOOL_TAKEN, TW_SPOOL_DONE);
	block->has_file = false;
}

/* --- following --- */

static void note_tips(struct tw_vault *vault, const struct tw_monitor *monitor, int64_t ms)
{
	for (uint32_t i = 0; i < vault->config->n_nodes; i++) {
		const struct tw_chain *chain = tw_monitor_chain(monitor, (int32_t)i);
		const struct tw_hash *tip = chain->tip < 0 ? NULL : tw_chain_at(chain, chain->tip);

		if (tip == NULL || tw_hash_equal(tip, &vault->shown[i]))
			continue;
		vault->shown[i] = *tip;
		tw_sightings_note(&vault->sightings, &(struct tw_point){ chain->tip, *tip },
			vault->config->nodes[i].policy.name, ms);
	}
}

static void fill_look(
	struct tw_vault *vault, const struct tw_monitor *monitor, struct tw_block_look *ret_look)
{
	int32_t targets[TW_NODES_MAX];
	uint32_t n_targets = tw_select_targets(monitor, targets);

	for (uint32_t i = 0; i < vault->config->n_nodes; i++)
		vault->sights[i] = (struct tw_block_sight){
			.name = vault->config->nodes[i].policy.name,
			.chain = tw_monitor_chain(monitor, (int32_t)i),
		};
	for (uint32_t i = 0; i < n_targets; i++)
		vault->sights[targets[i]].is_target = true;
	*ret_look = (struct tw_block_look){
		.nodes = vault->sights,
		.n = vault->config->n_nodes,
		.tip = tw_monitor_decision(monitor)->tip,
		.sightings = &vault->sightings,
		.depth = vault->config->blocks_depth,
		.now_ms = vault->sending.now_ms,
	};
}

/* Returns when the block is to be looked at again. */
static int64_t advance(
	struct tw_vault *vault, struct tw_block *block, const struct tw_block_look *look)
{
	enum tw_block_state old = block->state;
	struct tw_block_question question;

	if (tw_block_fate_follow(block, look, &question))
		keep(vault, block);
	if (block->state != old)
		tell(vault, block);
	tw_sending_ask(&vault->sending, block, &question);
	put_away(vault, block);
	return tw_sending_advance(&vault->sending, block);
}

static bool has_open(const struct tw_block_book *book)
{
	for (uint32_t i = book->n; i-- > 0;) {
		if (!book->blocks[i]->is_final)
			return true;
	}
	return false;
}

static int64_t advance_all(struct tw_vault *vault, const struct tw_monitor *monitor)
{
	struct tw_block_look look;
	int64_t until_ms = TW_NEVER;

	note_tips(vault, monitor, vault->sending.now_ms);
	if (!has_open(&vault->book))
		return TW_NEVER;
	fill_look(vault, monitor, &look);
	for (uint32_t i = 0; i < vault->book.n; i++) {
		if (!vault->book.blocks[i]->is_final)
			until_ms = tw_min(until_ms, advance(vault, vault->book.blocks[i], &look));
	}
	return until_ms;
}

void tw_vault_run(struct tw_vault *vault, const struct tw_monitor *monitor,
	const struct tw_rpc_peer *const *peers)
{
	struct tw_sending *sending = &vault->sending;
	int64_t until_ms = TW_NEVER;

	if (vault->is_lame)
		return;
	sending->monitor = monitor;
	sending->peers = peers;
	(void)now_ms(vault);
	if (sending->now_ms >= vault->look_ms) {
		tw_spool_look(vault->spool);
		vault->look_ms = sending->now_ms + LOOK_MS;
	}
	/* What is sent may end at once: then it is the next one's turn. */
	for (int i = 0; i < TW_BLOCK_PEERS_MAX; i++) {
		sending->is_dirty = false;
		until_ms = advance_all(vault, monitor);
		if (!sending->is_dirty)
			break;
	}
	until_ms = tw_min(until_ms, vault->look_ms);
	tw_loop_arm(vault->timer,
		sending->base_us +
			(tw_max(until_ms, sending->now_ms) + 1 - sending->base_ms) * TW_MS);
}

void tw_vault_note_failure(struct tw_vault *vault, int32_t node)
{
	const char *name;

	if (vault == NULL)
		return;
	name = vault->config->nodes[node].policy.name;
	for (uint32_t i = 0; i < vault->book.n; i++) {
		struct tw_block_peer *peer = tw_block_peer(vault->book.blocks[i], name);

		if (peer == NULL || !peer->is_writers || peer->n_sends != 1 ||
			peer->answer != TW_BLOCK_ANSWER_WAITING)
			continue;
		tw_block_turn_answered(peer, TW_BLOCK_ANSWER_FAILED, now_ms(vault));
		keep(vault, vault->book.blocks[i]);
	}
}

const struct tw_block_book *tw_vault_book(const struct tw_vault *vault)
{
	return vault == NULL ? NULL : &vault->book;
}

/* --- life --- */

/* The wake-up is all that is wanted: tw_vault_run() follows. */
static void on_timer(void *ctx)
{
	struct tw_vault *vault = ctx;

	vault->sending.is_dirty = true;
}

static void on_failed(void *ctx, int32_t node)
{
	struct tw_vault *vault = ctx;

	vault->ops->failed(vault->ctx, node);
}

/* What depends on the nodes of the configuration. */
static int adopt(struct tw_vault *vault, const struct tw_config *config)
{
	struct tw_hash *shown = calloc(config->n_nodes, sizeof(shown[0]));
	struct tw_block_sight *sights = calloc(config->n_nodes, sizeof(sights[0]));
	int r = shown == NULL || sights == NULL ? -ENOMEM : 0;

	if (r == 0)
		r = tw_sending_init(&vault->sending, config);
	if (r < 0) {
		free(shown);
		free(sights);
		return r;
	}
	free(vault->shown);
	free(vault->sights);
	vault->shown = shown;
	vault->sights = sights;
	vault->config = config;
	return 0;
}

/* What was under way when the last run, or the last configuration, ended. */
static void resume(struct tw_vault *vault)
{
	for (uint32_t i = 0; i < vault->book.n; i++) {
		if (!vault->book.blocks[i]->is_final)
			tw_block_turn_resume(vault->book.blocks[i], now_ms(vault));
	}
}

static int open_files(struct tw_vault *vault)
{
	int r = tw_files_prepare(vault->config->state_dir);

	if (r < 0)
		tw_warn("cannot create the state directory %s: %s", vault->config->state_dir,
			strerror(-r));
	r = tw_ledger_open(&vault->ledger, vault->config->state_dir, TW_LEDGER_MAX, &vault->book);
	if (r == 0)
		r = tw_spool_open(vault->loop, vault->config->blocks_dir,
			vault->config->control_group, on_file, vault, &vault->spool);
	if (r < 0)
		return r;
	vault->sending.spool = vault->spool;
	resume(vault);
	tw_spool_list(vault->spool, TW_SPOOL_TAKEN, on_taken);
	tw_spool_list(vault->spool, TW_SPOOL_SENT, on_sent);
	return 0;
}

int tw_vault_open(struct tw_loop *loop, const struct tw_config *config,
	const struct tw_vault_ops *ops, void *ctx, struct tw_vault **ret_vault)
{
	struct tw_vault *vault = calloc(1, sizeof(*vault));
	int r;

	if (vault == NULL)
		return -ENOMEM;
	vault->loop = loop;
	vault->ops = ops;
	vault->ctx = ctx;
	vault->ledger.fd = -1;
	vault->sending = (struct tw_sending){ .loop = loop,
		.book = &vault->book,
		.ledger = &vault->ledger,
		.failed = on_failed,
		.ctx = vault,
		.base_us = tw_loop_now(loop) };
	vault->sending.base_ms = tw_loop_to_wall(loop, vault->sending.base_us) / TW_MS;
	r = adopt(vault, config);
	if (r == 0)
		r = tw_loop_add_timer(loop, on_timer, vault, &vault->timer);
	if (r == 0)
		r = open_files(vault);
	if (r < 0) {
		tw_vault_close(vault);
		return r;
	}
	tw_loop_arm(vault->timer, tw_loop_now(loop));
	*ret_vault = vault;
	return 0;
}

void tw_vault_configure(struct tw_vault *vault, const struct tw_config *config)
{
	int r;

	if (vault == NULL)
		return;
	if (strcmp(config->blocks_dir, vault->config->blocks_dir) != 0)
		tw_warn("blocks.dir stays as it is until tipwatchd is restarted");
	tw_sending_finish(&vault->sending);
	resume(vault);
	r = adopt(vault, config);
	vault->config = config;
	vault->is_lame = r < 0;
	if (r < 0)
		tw_error("cannot prepare to send found blocks: %s; reload once more", strerror(-r));
	vault->sending.spool = vault->spool;
}

void tw_vault_close(struct tw_vault *vault)
{
	if (vault == NULL)
		return;
	tw_sending_finish(&vault->sending);
	tw_loop_remove_timer(vault->timer);
	tw_spool_close(vault->spool);
	tw_ledger_close(&vault->ledger);
	tw_block_book_finish(&vault->book);
	free(vault->shown);
	free(vault->sights);
	free(vault);
}
