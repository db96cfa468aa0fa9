/*
 * A fuzzer is a file with one function that must survive every input (ASan, UBSan, and its own
 * checks), and a few inputs to start from. It runs under libFuzzer (-Dfuzz=true, clang) and, with
 * any compiler, under driver.c.
 */
#ifndef TW_TEST_FUZZ_H
#define TW_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { TW_FUZZ_INPUT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Writes input number i to start from; returns its length, 0 when there are no more. */
size_t tw_fuzz_seed(size_t i, uint8_t ret_data[TW_FUZZ_INPUT_MAX]);

/* Unlike assert(), in every build. */
#define FUZZ_CHECK(condition)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
