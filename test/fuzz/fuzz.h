/* SPDX-License-Identifier: MIT */
/* What each harness defines; libFuzzer calls it, and so does replay.c. */
#ifndef TSP_FUZZ_FUZZ_H
#define TSP_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern const char fuzz_corpus[]; /* folder below test/fuzz/corpus */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Ends the process where the fuzzer sees it, whatever NDEBUG says. */
#define FUZZ_CHECK(condition)                                                                   \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

#endif
