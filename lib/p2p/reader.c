/* See reader.h. */
#include "p2p/reader.h"
#include "p2p/bytes.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

/* What the next bytes are. */
enum state {
	HEAD,
	COUNT_SIZE, /* the first byte of a varint, and then the rest of it */
	COUNT,
	NAME_SIZE,
	NAME,
	TYPE,
	NUMBER,
	STRING,
	DONE, /* bytes after the section mean nothing */
};

static const uint8_t number_sizes[] = {
	[TW_P2P_STORAGE_I64] = 8,
	[TW_P2P_STORAGE_I32] = 4,
	[TW_P2P_STORAGE_I16] = 2,
	[TW_P2P_STORAGE_I8] = 1,
	[TW_P2P_STORAGE_U64] = 8,
	[TW_P2P_STORAGE_U32] = 4,
	[TW_P2P_STORAGE_U16] = 2,
	[TW_P2P_STORAGE_U8] = 1,
	[TW_P2P_STORAGE_DOUBLE] = 8,
	[TW_P2P_STORAGE_STRING] = 0,
	[TW_P2P_STORAGE_BOOL] = 1,
	[TW_P2P_STORAGE_SECTION] = 0,
};

static void enter(struct tw_p2p_reader *reader, enum state state, uint64_t needed)
{
	reader->state = (int)state;
	reader->needed = needed;
	reader->n_kept = 0;
}

/* A value of type begins. */
static void begin_value(struct tw_p2p_reader *reader, uint8_t type)
{
	reader->type = type;
	if (number_sizes[type & ~TW_P2P_STORAGE_ARRAY] == 0 || (type & TW_P2P_STORAGE_ARRAY) != 0)
		enter(reader, COUNT_SIZE, 1);
	else
		enter(reader, NUMBER, number_sizes[type]);
}

/* A value has ended: goes on to the next one, in this section or array or in one around it. */
static void next(struct tw_p2p_reader *reader)
{
	while (reader->depth > 0) {
		struct tw_p2p_reader_level *level = &reader->levels[reader->depth - 1];

		if (level->left == 0) {
			reader->depth--;
			continue;
		}
		level->left--;
		reader->path_len = level->path_len;
		reader->is_lost = level->is_lost;
		if (level->element == 0)
			enter(reader, NAME_SIZE, 1);
		else
			begin_value(reader, level->element);
		return;
	}
	enter(reader, DONE, UINT64_MAX);
}

/* Whether the value at hand is the list that is told. */
static bool is_list(struct tw_p2p_reader *reader)
{
	if (reader->list == NULL || reader->is_lost)
		return false;
	reader->path[reader->path_len] = '\0';
	return strcmp(reader->path, reader->list) == 0;
}

/* A section or an array of n begins. Each of them takes at least one byte. */
static int push(struct tw_p2p_reader *reader, uint8_t element, uint64_t n)
{
	if (reader->depth == TW_P2P_READER_DEPTH_MAX || n > reader->body_left)
		return -EINVAL;
	reader->levels[reader->depth++] = (struct tw_p2p_reader_level){
		.element = element,
		.path_len = reader->path_len,
		.is_lost = reader->is_lost || (element != 0 && !is_list(reader)),
		.left = n,
	};
	next(reader);
	return 0;
}

static void tell(struct tw_p2p_reader *reader, uint64_t number, const uint8_t *bytes, uint64_t len)
{
	const struct tw_p2p_reader_value value = {
		.path = reader->path,
		.type = (enum tw_p2p_storage_type)reader->type,
		.number = number,
		.bytes = bytes,
		.len = len,
	};

	if (reader->is_lost)
		return;
	reader->path[reader->path_len] = '\0';
	reader->on_value(reader->ctx, &value);
}

static void end_string(struct tw_p2p_reader *reader)
{
	tell(reader, 0, reader->string_len <= TW_P2P_READER_KEPT ? reader->kept : NULL,
		reader->string_len);
	next(reader);
}

static int end_count(struct tw_p2p_reader *reader)
{
	uint64_t count = tw_p2p_bytes_get(reader->kept, reader->n_kept) >> 2;

	if ((reader->type & TW_P2P_STORAGE_ARRAY) != 0)
		return push(reader, reader->type & (uint8_t)~TW_P2P_STORAGE_ARRAY, count);
	if (reader->type == TW_P2P_STORAGE_SECTION)
		return push(reader, 0, count);
	if (count > reader->body_left)
		return -EINVAL;
	reader->string_len = count;
	enter(reader, STRING, count);
	if (count == 0)
		end_string(reader);
	return 0;
}

static int end_type(struct tw_p2p_reader *reader)
{
	uint8_t type = reader->kept[0], element = type & (uint8_t)~TW_P2P_STORAGE_ARRAY;

	if (element < TW_P2P_STORAGE_I64 || element > TW_P2P_STORAGE_SECTION)
		return -EINVAL;
	begin_value(reader, type);
	return 0;
}

/* The name begins behind what its section is called. */
static int end_name_size(struct tw_p2p_reader *reader)
{
	uint8_t size = reader->kept[0];

	if (size == 0)
		return -EINVAL;
	if (reader->path_len > 0 && !reader->is_lost)
		reader->path[reader->path_len++] = '.';
	if (reader->path_len + size >= TW_P2P_READER_PATH_MAX)
		reader->is_lost = true;
	enter(reader, NAME, size);
	return 0;
}

static void end_number(struct tw_p2p_reader *reader)
{
	unsigned int bits = 8u * reader->n_kept;
	uint64_t number = tw_p2p_bytes_get(reader->kept, reader->n_kept);

	if (reader->type <= TW_P2P_STORAGE_I8 && number >> (bits - 1) != 0 && bits < 64)
		number |= UINT64_MAX << bits;
	tell(reader, number, NULL, 0);
	next(reader);
}

/* All bytes of the state have come. */
static int end_state(struct tw_p2p_reader *reader)
{
	switch ((enum state)reader->state) {
	case HEAD:
		if (memcmp(reader->kept, TW_P2P_STORAGE_HEAD, TW_P2P_STORAGE_HEAD_LEN) != 0)
			return -EINVAL;
		begin_value(reader, TW_P2P_STORAGE_SECTION);
		return 0;
	case COUNT_SIZE:
		reader->state = COUNT;
		reader->needed = (UINT64_C(1) << (reader->kept[0] & 3)) - 1;
		return reader->needed == 0 ? end_count(reader) : 0;
	case COUNT:
		return end_count(reader);
	case NAME_SIZE:
		return end_name_size(reader);
	case NAME:
		enter(reader, TYPE, 1);
		return 0;
	case TYPE:
		return end_type(reader);
	case NUMBER:
		end_number(reader);
		return 0;
	case STRING:
		end_string(reader);
		return 0;
	case DONE:
		break;
	}
	return 0;
}

/* Keeps what the state needs of the next n bytes. */
static void keep(struct tw_p2p_reader *reader, const uint8_t *data, size_t n)
{
	size_t room = (size_t)TW_P2P_READER_KEPT - reader->n_kept;

	if (reader->state == NAME) {
		if (!reader->is_lost) {
			memcpy(reader->path + reader->path_len, data, n);
			reader->path_len = (uint8_t)(reader->path_len + n);
		}
		return;
	}
	if (reader->state == STRING && is_list(reader))
		reader->on_bytes(reader->ctx, data, n);
	n = n < room ? n : room;
	memcpy(reader->kept + reader->n_kept, data, n);
	reader->n_kept = (uint8_t)(reader->n_kept + n);
}

void tw_p2p_reader_init(
	struct tw_p2p_reader *ret_reader, uint64_t body_len, tw_p2p_reader_fn *on_value, void *ctx)
{
	*ret_reader =
		(struct tw_p2p_reader){ .on_value = on_value, .ctx = ctx, .body_left = body_len };
	enter(ret_reader, HEAD, TW_P2P_STORAGE_HEAD_LEN);
}

void tw_p2p_reader_tell_list(
	struct tw_p2p_reader *reader, const char *list, tw_p2p_reader_bytes_fn *on_bytes)
{
	reader->list = list;
	reader->on_bytes = on_bytes;
}

int tw_p2p_reader_feed(struct tw_p2p_reader *reader, const uint8_t *data, size_t len)
{
	assert(len <= reader->body_left);
	while (len > 0 && reader->state != DONE) {
		size_t n = reader->needed < len ? (size_t)reader->needed : len;
		int r = 0;

		keep(reader, data, n);
		data += n;
		len -= n;
		reader->body_left -= n;
		reader->needed -= n;
		if (reader->needed == 0)
			r = end_state(reader);
		if (r < 0)
			return r;
	}
	reader->body_left -= len;
	return 0;
}

bool tw_p2p_reader_is_done(const struct tw_p2p_reader *reader)
{
	return reader->state == DONE;
}

int tw_p2p_reader_number(
	const struct tw_p2p_reader_value *value, uint64_t max, uint64_t *ret_number)
{
	if (value->type < TW_P2P_STORAGE_I64 || value->type > TW_P2P_STORAGE_U8 ||
		value->number > max)
		return -EINVAL;
	*ret_number = value->number;
	return 0;
}
