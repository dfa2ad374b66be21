/* SPDX-License-Identifier: MIT */
/* Numbers of links, little-endian. */
#ifndef TSP_LINK_NUMBER_H
#define TSP_LINK_NUMBER_H

#include <stdint.h>

static inline void put_number(uint8_t *out, uint64_t number, int size)
{
	for (int i = 0; i < size; i++)
		out[i] = (uint8_t)(number >> 8 * i);
}

static inline uint64_t get_number(const uint8_t *bytes, int size)
{
	uint64_t number = 0;

	for (int i = 0; i < size; i++)
		number |= (uint64_t)bytes[i] << 8 * i;
	return number;
}

#endif
