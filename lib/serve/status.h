/*
 * The JSON objects select, submit, status and its parts (tipwatch-control(7)). Each function writes
 * one object in one line, without a newline.
 */
#ifndef TW_SERVE_STATUS_H
#define TW_SERVE_STATUS_H

#include "account/account.h"
#include "base/buf.h"
#include "block/book.h"
#include "conf/config.h"
#include "core/monitor.h"
#include "p2p/state.h"
#include "rpc/check.h"
#include "json/emit.h"

/* Longest sentence of explain/explain.h that is shown; a part that does not fit is left out. */
enum { TW_STATUS_SENTENCE_MAX = 2048 };

/* What a status is made of. Borrowed for the call. */
struct tw_status_source {
	const struct tw_monitor *monitor;
	const struct tw_config *config;
	const struct tw_rpc_peer *const *peers; /* n_nodes; NULL or NULL entries: dialect unknown */
	const struct tw_p2p_state *const *links; /* n_nodes; NULL: there are none */
	int64_t now_us;                          /* loop time */
	int64_t wall_us;                         /* Unix time of now_us */
	int64_t started_us;                      /* loop time */
	const struct tw_block_book *blocks;      /* NULL: no found blocks are kept */
	const struct tw_account *account;        /* NULL: nothing is counted */
	int account_error;                       /* negative errno: it cannot be written; 0 */
};

void tw_status_select(const struct tw_status_source *source, struct tw_buf *out);
void tw_status_submit(const struct tw_status_source *source, struct tw_buf *out);
void tw_status_full(const struct tw_status_source *source, struct tw_buf *out);
void tw_status_node(const struct tw_status_source *source, int32_t node, struct tw_buf *out);

/* Writes the count of the votes, for status and why: five keys of the open object. */
void tw_status_put_votes(struct tw_emit *json, const struct tw_decision *decision);

/* How long ago core_us (a time of the monitor's views) was, in microseconds of the loop's clock;
 * TW_UNKNOWN for TW_UNKNOWN. */
int64_t tw_status_age(const struct tw_status_source *source, int64_t core_us);
/* A time of the loop as Unix milliseconds; TW_UNKNOWN for TW_UNKNOWN. */
int64_t tw_status_loop_ms(const struct tw_status_source *source, int64_t loop_us);
/* The P2P link of a node, or NULL: it is not to have one. */
const struct tw_p2p_state *tw_status_link(const struct tw_status_source *source, int32_t node);
/* The primary's number. There always is one. */
int32_t tw_status_primary(const struct tw_status_source *source);

#endif
