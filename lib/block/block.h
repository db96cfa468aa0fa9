/*
 * One found block: what it is, at which daemons it is, and what became of it. turn.h and fate.h
 * change it, cause.h says why it came so, record.h writes it down. Times are milliseconds since
 * 1970, TW_UNKNOWN where something has not happened.
 */
#ifndef TW_BLOCK_BLOCK_H
#define TW_BLOCK_BLOCK_H

#include "block/blob.h"
#include "core/types.h"

enum {
	TW_BLOCK_ID_SIZE = 17,   /* with the NUL: 16 hex digits of the SHA-256 of its blob */
	TW_BLOCK_PEERS_MAX = 64, /* nodes that are followed for one block */
	TW_BLOCK_RIVALS_MAX = 4,
	/* A block that is not on the chain counts no more when the chain is so much higher. */
	TW_BLOCK_PASSED = 3,
};

enum tw_block_state {
	TW_BLOCK_FOUND,    /* no daemon was sent it yet */
	TW_BLOCK_SENT,     /* none has accepted it yet */
	TW_BLOCK_ACCEPTED, /* a daemon has it, but it is not on the main chain, or not yet */
	TW_BLOCK_ON_MAIN,
	TW_BLOCK_BURIED,   /* on the main chain, with as many blocks on top as are demanded */
	TW_BLOCK_ORPHANED, /* a daemon accepted it, and the chain went on without it */
	TW_BLOCK_REFUSED,  /* the daemons that answered refused it */
	TW_BLOCK_STALE,    /* the network had another block of its height when it was found */
	TW_BLOCK_LOST,     /* no daemon is known to have taken it, and the chain went on */
};
enum { TW_BLOCK_STATES = TW_BLOCK_LOST + 1 };

/* How a daemon stands to the block. */
enum tw_block_answer {
	TW_BLOCK_ANSWER_NONE,      /* not sent to it */
	TW_BLOCK_ANSWER_WAITING,   /* it is being asked, or sent it */
	TW_BLOCK_ANSWER_ACCEPTED,  /* these up to FAILED are those of rpc/answer.h */
	TW_BLOCK_ANSWER_DUPLICATE, /* also: it showed the block on its chain, so was not sent it */
	TW_BLOCK_ANSWER_REFUSED,
	TW_BLOCK_ANSWER_NOT_ABLE,
	TW_BLOCK_ANSWER_UNKNOWN,
	TW_BLOCK_ANSWER_FAILED,
	TW_BLOCK_ANSWER_SILENT, /* no reply within the time for it: it may have the block */
};
enum { TW_BLOCK_ANSWERS = TW_BLOCK_ANSWER_SILENT + 1 };

struct tw_block_peer {
	char name[TW_NAME_MAX + 1];
	enum tw_block_answer answer;
	bool is_writers; /* whoever wrote the file sends to this daemon itself */
	uint32_t n_sends;
	int64_t sent_ms; /* the last time */
	int64_t answered_ms;
	enum tw_reason reason; /* of its verdict when it was sent the block */
	int64_t seen_ms;       /* since when its chain is known to have the block */
	int64_t other_ms;      /* since when its chain is known to have another one there */
	uint32_t n_looks;      /* at what became of the writer's request; not recorded */
};

struct tw_block {
	char id[TW_BLOCK_ID_SIZE];
	int64_t found_ms;
	struct tw_block_blob blob; /* heads[0] is the right one once is_settled */
	bool is_settled;           /* which head it is, is known */
	bool has_hash;
	struct tw_hash hash;
	enum tw_block_state state;
	int64_t state_ms;
	int64_t depth; /* blocks on top of it, while it is on the main chain */
	bool is_main;  /* by the last look at the chains, or at the header there */
	/* The block of the main chain that is there instead. */
	bool has_other;
	struct tw_hash other;
	int64_t other_ms;                 /* when a daemon first showed it */
	char other_node[TW_NAME_MAX + 1]; /* which one */
	/* Blocks that are known to be others, so that nobody is asked about them again. */
	uint32_t n_rivals; /* kept by their number modulo TW_BLOCK_RIVALS_MAX */
	struct tw_hash rivals[TW_BLOCK_RIVALS_MAX];
	bool is_over;  /* it is sent no more */
	bool is_final; /* it is followed no more */
	uint32_t n_peers;
	struct tw_block_peer *peers;
	/* not recorded */
	bool has_file;    /* its blob can be read */
	bool is_begun;    /* its file is where those are that were sent */
	int64_t asked_ms; /* when a daemon was last asked which block its chain has there */
};

/* "found", "sent", ... "lost". Static. */
const char *tw_block_word(enum tw_block_state state);
int tw_block_parse_word(const char *word, enum tw_block_state *ret_state); /* 0 or -EINVAL */
/* "none", "waiting", "accepted", ... "silent". Static. */
const char *tw_block_answer_word(enum tw_block_answer answer);
int tw_block_parse_answer(const char *word, enum tw_block_answer *ret_answer); /* 0 or -EINVAL */
/* Whether a daemon with this answer has the block. */
static inline bool tw_block_is_taken(enum tw_block_answer answer)
{
	return answer == TW_BLOCK_ANSWER_ACCEPTED || answer == TW_BLOCK_ANSWER_DUPLICATE;
}

/* hex: its blob in len hex digits. Not found yet, no daemons. -ENOMEM. */
int tw_block_create(const char *hex, size_t len, const struct tw_block_blob *blob, int64_t found_ms,
	struct tw_block **ret_block);
/* An empty one, for record.h. -ENOMEM. */
int tw_block_create_empty(struct tw_block **ret_block);
void tw_block_destroy(struct tw_block *block); /* takes NULL */
/* The id that a blob in hex digits has. */
void tw_block_identify(const char *hex, size_t len, char ret_id[TW_BLOCK_ID_SIZE]);

/* The height, TW_UNKNOWN while it is not known. */
static inline int64_t tw_block_height(const struct tw_block *block)
{
	return block->blob.heads[0].height;
}
/* The daemon of that name, or NULL. */
struct tw_block_peer *tw_block_peer(const struct tw_block *block, const char *name);
/* The same; one that is not there is added, unless there are TW_BLOCK_PEERS_MAX or no memory is
 * left: NULL. */
struct tw_block_peer *tw_block_add_peer(struct tw_block *block, const char *name);
/* Whether any daemon was sent it. */
bool tw_block_is_sent(const struct tw_block *block);
/* When the first daemon was known to have the block, TW_UNKNOWN: none is. */
int64_t tw_block_accepted_ms(const struct tw_block *block);

#endif
