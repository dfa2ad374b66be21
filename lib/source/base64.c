/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/base64.h"

#include <sodium.h>

#include "base/error.h"

void base64_encode(const uint8_t *bytes, size_t size, char *out)
{
	sodium_bin2base64(out, BASE64_SIZE(size), bytes, size, sodium_base64_VARIANT_ORIGINAL);
}

int base64_decode(const char *text, size_t text_size, uint8_t *ret_bytes, size_t size)
{
	size_t got;
	const char *end;
	/* The size leaves one text for each run of bytes: libsodium refuses spare bits. */
	if (text_size != BASE64_SIZE(size) - 1)
		return TSP_EVALUE;
	if (sodium_base642bin(ret_bytes, size, text, text_size, NULL, &got, &end,
		    sodium_base64_VARIANT_ORIGINAL) != 0)
		return TSP_EVALUE;
	return got == size && end == text + text_size ? 0 : TSP_EVALUE;
}
