/*
 * Writes portable storage (storage.h) into a buffer. The caller says before the entries of a
 * section how many there are.
 */
#ifndef TW_P2P_WRITER_H
#define TW_P2P_WRITER_H

#include "base/buf.h"
#include "p2p/storage.h"

/* Begins a body whose section has n entries. */
void tw_p2p_writer_begin(struct tw_buf *out, uint32_t n);
/* An entry that is a section of n entries, which follow. */
void tw_p2p_writer_section(struct tw_buf *out, const char *name, uint32_t n);
/* type is one of the U types; the value must fit. */
void tw_p2p_writer_number(
	struct tw_buf *out, const char *name, enum tw_p2p_storage_type type, uint64_t value);
/* An entry that is an array of n elements of type, which follow. */
void tw_p2p_writer_array(
	struct tw_buf *out, const char *name, enum tw_p2p_storage_type type, uint32_t n);
/* The number of entries of a section that is the next element of an array. */
void tw_p2p_writer_count(struct tw_buf *out, uint32_t n);
void tw_p2p_writer_string(struct tw_buf *out, const char *name, const void *bytes, size_t len);

#endif
