/*
 * Portable storage, the format of the bodies: a head of 9 bytes and a section. A section is a count
 * and so many entries; an entry is the length of its name (u8), the name, a type (u8) and the
 * value. Counts and the lengths of strings are varints: the low two bits of the first byte say that
 * it has 1, 2, 4 or 8 bytes, the rest is the number.
 */
#ifndef TW_P2P_STORAGE_H
#define TW_P2P_STORAGE_H

enum tw_p2p_storage_type {
	TW_P2P_STORAGE_I64 = 1,
	TW_P2P_STORAGE_I32,
	TW_P2P_STORAGE_I16,
	TW_P2P_STORAGE_I8,
	TW_P2P_STORAGE_U64,
	TW_P2P_STORAGE_U32,
	TW_P2P_STORAGE_U16,
	TW_P2P_STORAGE_U8,
	TW_P2P_STORAGE_DOUBLE,
	TW_P2P_STORAGE_STRING,
	TW_P2P_STORAGE_BOOL,
	TW_P2P_STORAGE_SECTION,
	TW_P2P_STORAGE_ARRAY = 0x80, /* added to the type of the elements */
};

/* The head: two signatures and the version of the format. */
#define TW_P2P_STORAGE_HEAD "\x01\x11\x01\x01\x01\x01\x02\x01\x01"
enum { TW_P2P_STORAGE_HEAD_LEN = 9 };

#endif
