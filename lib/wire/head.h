/* SPDX-License-Identifier: MIT */
/* The first bytes of a CBOR item (RFC 8949 part 3), and short floats: for lib/wire's own files. */
#ifndef TSP_WIRE_HEAD_H
#define TSP_WIRE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum head_major {
	HEAD_UINT,
	HEAD_NEGATIVE,
	HEAD_BYTES,
	HEAD_TEXT,
	HEAD_LIST,
	HEAD_MAP,
	HEAD_TAG,
	HEAD_OTHER,
};

#define HEAD_FALSE   0xf4
#define HEAD_TRUE    0xf5
#define HEAD_NULL    0xf6
#define HEAD_HALF    0xf9
#define HEAD_FLOAT   0xfa
#define HEAD_DOUBLE  0xfb
#define HEAD_BIGGEST 9

struct head {
	uint8_t major;
	uint8_t info; /* low five bits of the first byte */
	uint64_t argument;
};

/* count: 1, 2, 4 or 8; written so that compilers make one load of it. */
static inline uint64_t head_load(const uint8_t *bytes, unsigned int count)
{
	switch (count) {
	case 1:
		return bytes[0];
	case 2:
		return (uint64_t)bytes[0] << 8 | bytes[1];
	case 4:
		return (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 |
			(uint64_t)bytes[2] << 8 | bytes[3];
	default:
		return (uint64_t)bytes[0] << 56 | (uint64_t)bytes[1] << 48 |
			(uint64_t)bytes[2] << 40 | (uint64_t)bytes[3] << 32 |
			(uint64_t)bytes[4] << 24 | (uint64_t)bytes[5] << 16 |
			(uint64_t)bytes[6] << 8 | bytes[7];
	}
}

static inline void head_store(uint8_t *bytes, unsigned int count, uint64_t number)
{
	for (unsigned int i = count; i > 0; i--) {
		bytes[i - 1] = (uint8_t)number;
		number >>= 8;
	}
}

/* Reads a head; returns its size, 0 if it is cut or of a reserved or indefinite form. */
static inline size_t head_read(const uint8_t *bytes, size_t size, struct head *ret_head)
{
	if (size == 0)
		return 0;

	uint8_t info = bytes[0] & 31;

	ret_head->major = bytes[0] >> 5;
	ret_head->info = info;
	if (info < 24) {
		ret_head->argument = info;
		return 1;
	}
	if (info > 27)
		return 0;

	unsigned int count = 1U << (info - 24);

	if (size < 1 + (size_t)count)
		return 0;
	ret_head->argument = head_load(bytes + 1, count);
	return 1 + (size_t)count;
}

/* Writes the shortest head into HEAD_BIGGEST bytes; returns its size. */
static inline size_t head_write(uint8_t *bytes, enum head_major major, uint64_t argument)
{
	uint8_t first = (uint8_t)(major << 5);

	if (argument < 24) {
		bytes[0] = (uint8_t)(first | argument);
		return 1;
	}

	unsigned int power =
		(argument > UINT8_MAX) + (argument > UINT16_MAX) + (argument > UINT32_MAX);

	bytes[0] = (uint8_t)(first | (24 + power));
	head_store(bytes + 1, 1U << power, argument);
	return 1 + (1U << power);
}

/* Size of the item at the front, all that is in it included, without looking at what is no head;
 * 0 if it does not end within size. */
size_t head_skip(const uint8_t *bytes, size_t size);

/* The same, at once where the item is what most are: a small number or a short run. */
static inline size_t head_skip_short(const uint8_t *bytes, size_t size)
{
	if (size > 0 && (bytes[0] & 31) < 24) {
		unsigned int major = bytes[0] >> 5;

		if (major == HEAD_UINT || major == HEAD_NEGATIVE || major == HEAD_OTHER)
			return 1;
		if (major == HEAD_BYTES || major == HEAD_TEXT) {
			size_t whole = 1 + (size_t)(bytes[0] & 31);

			return whole <= size ? whole : 0;
		}
	}
	return head_skip(bytes, size);
}

/* A float of 16 bits; bits may not say infinity or NaN. */
float head_half_decode(uint16_t bits);
/* False where 16 bits do not hold exactly this number. */
bool head_half_encode(float number, uint16_t *ret_bits);

static inline float head_float_of(uint32_t bits)
{
	float number;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

static inline double head_double_of(uint64_t bits)
{
	double number;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

/* False where 32 bits do not hold exactly this finite number. */
static inline bool head_single(double number, float *ret_number)
{
	/* Outside of a float's range the conversion itself would be undefined. */
	if (number > 0x1.fffffep127 || number < -0x1.fffffep127)
		return false;

	float single = (float)number;

	if ((double)single != number)
		return false;
	*ret_number = single;
	return true;
}

#endif
