/* SPDX-License-Identifier: MIT */
/* Base64 of the usual alphabet, padded, in its one canonical form; what decodes encodes to the
 * same. */
#ifndef TSP_SOURCE_BASE64_H
#define TSP_SOURCE_BASE64_H

#include <stddef.h>
#include <stdint.h>

#define BASE64_SIZE(size) (((size_t)(size) + 2) / 3 * 4 + 1) /* the NUL included */

/* out has room for BASE64_SIZE(size). */
void base64_encode(const uint8_t *bytes, size_t size, char *out);
/* The text must decode to exactly size bytes, 700 at most; TSP_EVALUE. */
int base64_decode(const char *text, size_t text_size, uint8_t *ret_bytes, size_t size);

#endif
