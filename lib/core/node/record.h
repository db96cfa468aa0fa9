/*
 * The record of one node: in how many of the last blocks that a quorum confirmed (C) it had shown
 * another block at that height before. A node that was wrong too often is not believed for a time,
 * which doubles at each relapse (decision.md, Voting 6).
 */
#ifndef TW_CORE_NODE_RECORD_H
#define TW_CORE_NODE_RECORD_H

#include "core/node/chain.h"

enum {
	TW_RECORD_BLOCKS = 16,  /* confirmed blocks that are looked at; also the first probation */
	TW_RECORD_FALSE = 4,    /* false blocks among them from which on it is not believed */
	TW_RECORD_AGAIN = 2,    /* the same after a probation that is not forgotten */
	TW_RECORD_FORGET = 512, /* confirmed blocks after which one probation is forgotten */
	TW_RECORD_DOUBLED = 8,  /* a probation doubles at most so often */
};

/* The first two blocks that the node showed at one height above C. */
struct tw_early {
	int64_t height; /* TW_UNKNOWN: none */
	uint32_t n;
	struct tw_hash hashes[2];
	int64_t since_us[2];
};

struct tw_record {
	uint64_t revision; /* of the chain, and */
	int64_t c;         /* the height of C when it was noted last; TW_UNKNOWN: never */
	struct tw_early early[TW_RECORD_BLOCKS]; /* by height modulo TW_RECORD_BLOCKS */
	int64_t false_us;            /* when the last false block was shown; TW_UNKNOWN: none */
	struct tw_saved_record kept; /* what survives a restart */
};

void tw_record_init(struct tw_record *record);
/* The chain has blocks above C, which is at height c: remembers when they were first shown. */
void tw_record_note(struct tw_record *record, const struct tw_chain *chain, int64_t c, int64_t now);
/* A block other than confirmed that was shown at its height before before_us; NULL: none. */
const struct tw_hash *tw_record_other(const struct tw_record *record,
	const struct tw_point *confirmed, int64_t before_us, int64_t *ret_since_us);
/* Whether this block was shown before C was there. */
bool tw_record_has(const struct tw_record *record, int64_t height, const struct tw_hash *hash);
/* One more block is confirmed. is_false: the node had shown another one, as few others had. */
void tw_record_judge(struct tw_record *record, bool is_false);
static inline bool tw_record_is_doubted(const struct tw_record *record)
{
	return record->kept.probation > 0;
}
/* How many of the last TW_RECORD_BLOCKS confirmed blocks were false ones of the node. */
uint32_t tw_record_n_false(const struct tw_record *record);

#endif
