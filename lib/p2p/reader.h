/*
 * Reads portable storage (storage.h) as a stream: bytes in, in pieces of any size, and the values
 * out as they come, each with its path ("payload_data.top_id"). It allocates nothing and keeps only
 * where it is, so that the largest body costs no memory. Depth, counts and lengths are limited: by
 * TW_P2P_READER_DEPTH_MAX, and by the bytes that the body still has.
 *
 * Not told are values in arrays, values below names that do not fit into a path, and the bytes of
 * strings longer than TW_P2P_READER_KEPT, but for one list (tw_p2p_reader_tell_list()): nothing
 * else of that is needed here. Of a name that comes twice both values are told.
 */
#ifndef TW_P2P_READER_H
#define TW_P2P_READER_H

#include "base/result.h"
#include "p2p/storage.h"

enum {
	TW_P2P_READER_DEPTH_MAX = 8, /* sections and arrays in each other; the daemons use 5 */
	TW_P2P_READER_PATH_MAX = 64, /* with the NUL */
	TW_P2P_READER_KEPT = 32,
};

struct tw_p2p_reader_value {
	const char *path;
	enum tw_p2p_storage_type type; /* never of an array or a section */
	uint64_t number;               /* the bits of what is no string; signed ones are extended */
	const uint8_t *bytes;          /* of a string; NULL: longer than TW_P2P_READER_KEPT */
	uint64_t len;
};

typedef void tw_p2p_reader_fn(void *ctx, const struct tw_p2p_reader_value *value);
/* The next bytes of a string. */
typedef void tw_p2p_reader_bytes_fn(void *ctx, const uint8_t *bytes, size_t len);

struct tw_p2p_reader_level {
	uint8_t element; /* the type of the elements; 0: it is a section */
	uint8_t path_len;
	bool is_lost; /* what is in it is not told */
	uint64_t left;
};

struct tw_p2p_reader {
	tw_p2p_reader_fn *on_value;
	void *ctx;
	const char *list; /* told although it is an array or a long string; NULL: none */
	tw_p2p_reader_bytes_fn *on_bytes;
	uint64_t body_left;
	int state;
	uint8_t type;    /* of the value at hand */
	bool is_lost;    /* the value at hand is not told */
	uint64_t needed; /* bytes until the next state */
	uint64_t string_len;
	uint8_t n_kept;
	uint8_t kept[TW_P2P_READER_KEPT];
	uint8_t depth;
	struct tw_p2p_reader_level levels[TW_P2P_READER_DEPTH_MAX];
	char path[TW_P2P_READER_PATH_MAX];
	uint8_t path_len;
};

/* For a body of body_len bytes. */
void tw_p2p_reader_init(
	struct tw_p2p_reader *ret_reader, uint64_t body_len, tw_p2p_reader_fn *on_value, void *ctx);
/*
 * From now on the values in the array called list are told as well, with paths that begin with its
 * name; where it is a string, on_bytes is given its bytes as they come. list is borrowed.
 */
void tw_p2p_reader_tell_list(
	struct tw_p2p_reader *reader, const char *list, tw_p2p_reader_bytes_fn *on_bytes);
/* Takes the next len bytes, at most those that are left. 0, or -EINVAL: this is no storage. */
int tw_p2p_reader_feed(struct tw_p2p_reader *reader, const uint8_t *data, size_t len);
/* Whether the section was read whole. */
bool tw_p2p_reader_is_done(const struct tw_p2p_reader *reader);
/* The number of a value that must be a whole one of at most max. 0 or -EINVAL. */
int tw_p2p_reader_number(
	const struct tw_p2p_reader_value *value, uint64_t max, uint64_t *ret_number);

#endif
