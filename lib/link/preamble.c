/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "link/preamble.h"

#include <string.h>

static const uint8_t magic[8] = { 'T', 'S', 'P', 'L', 'I', 'N', 'K', '\n' };

static void put16(uint8_t *out, unsigned number)
{
	out[0] = (uint8_t)number;
	out[1] = (uint8_t)(number >> 8);
}

static unsigned get16(const uint8_t *bytes)
{
	return bytes[0] | (unsigned)bytes[1] << 8;
}

void preamble_write(uint8_t out[PREAMBLE_SIZE], const uint8_t convention[CONVENTION_SIZE])
{
	memset(out, 0, PREAMBLE_SIZE);
	memcpy(out, magic, sizeof(magic));
	put16(out + 8, PREAMBLE_VERSION);
	put16(out + 10, PREAMBLE_VERSION);
	memcpy(out + 16, convention, CONVENTION_SIZE);
}

static bool begins(const uint8_t *bytes, size_t size, const char *text)
{
	return size >= strlen(text) && memcmp(bytes, text, strlen(text)) == 0;
}

/* Whoever it is, it is none of ours: what most who come by mistake speak is told apart. */
static const char *looks_like(const uint8_t *bytes, size_t size)
{
	static const char *const verbs[] = { "GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "CONNECT ",
		"PRI * HTTP/2" };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (begins(bytes, size, verbs[i]))
			return "it speaks HTTP";
	if (size >= 3 && bytes[0] == 0x16 && bytes[1] == 3)
		return "it speaks TLS";
	if (begins(bytes, size, "SSH-"))
		return "it speaks SSH";
	return "it speaks another protocol";
}

const char *preamble_fault(
	const uint8_t *bytes, size_t size, const uint8_t convention[CONVENTION_SIZE])
{
	static const uint8_t any[CONVENTION_SIZE] = { 0 };

	if (memcmp(bytes, magic, size < sizeof(magic) ? size : sizeof(magic)) != 0)
		return looks_like(bytes, size);
	if (size < PREAMBLE_SIZE)
		return NULL;
	if (get16(bytes + 8) > PREAMBLE_VERSION || get16(bytes + 10) < PREAMBLE_VERSION)
		return "it speaks another version of our protocol";
	if (get16(bytes + 12) != 0 || get16(bytes + 14) != 0)
		return "it speaks another version of our protocol";
	if (memcmp(bytes + 16, convention, CONVENTION_SIZE) != 0 &&
		memcmp(bytes + 16, any, CONVENTION_SIZE) != 0)
		return "it is of another convention";
	return NULL;
}
