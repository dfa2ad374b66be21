/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/base64.h"

#include <sodium.h>
#include <string.h>

#include "base/error.h"

#define TEXT_LIMIT 1024

void base64_encode(const uint8_t *bytes, size_t size, char *out)
{
	sodium_bin2base64(out, BASE64_SIZE(size), bytes, size, sodium_base64_VARIANT_ORIGINAL);
}

int base64_decode(const char *text, size_t text_size, uint8_t *ret_bytes, size_t size)
{
	size_t got;
	if (text_size != BASE64_SIZE(size) - 1 || text_size >= TEXT_LIMIT)
		return TSP_EVALUE;
	if (sodium_base642bin(ret_bytes, size, text, text_size, NULL, &got, NULL,
		sodium_base64_VARIANT_ORIGINAL) != 0 || got != size)
		return TSP_EVALUE;
	/* libsodium takes some bytes above 127 for digits: only what encodes to the same counts. */
	char again[TEXT_LIMIT];
	base64_encode(ret_bytes, size, again);
	int rc = memcmp(again, text, text_size) == 0 ? 0 : TSP_EVALUE;
	sodium_memzero(again, sizeof(again));
	return rc;
}
