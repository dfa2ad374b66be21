/* SPDX-License-Identifier: MIT */
/*
 * What the one who dials says first and in the clear, 32 bytes, the handshake's prologue:
 *
 *    0  8 bytes  "TSPLINK" and 0x0a
 *    8  u16      lowest version of the protocol that it speaks, little-endian, as all numbers
 *   10  u16      highest
 *   12  u32      zero
 *   16  16 bytes what the convention is known by; zeros: any
 */
#ifndef TSP_LINK_PREAMBLE_H
#define TSP_LINK_PREAMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PREAMBLE_SIZE	 32
#define PREAMBLE_VERSION 1
#define CONVENTION_SIZE	 16

void preamble_write(uint8_t out[PREAMBLE_SIZE], const uint8_t convention[CONVENTION_SIZE]);
/* What is wrong with the first bytes of a stream, for the operator's log; NULL: so far nothing. size may be
 * less than PREAMBLE_SIZE. */
const char *preamble_fault(
	const uint8_t *bytes, size_t size, const uint8_t convention[CONVENTION_SIZE]);

#endif
