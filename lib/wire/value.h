/* SPDX-License-Identifier: MIT */
/* Inside of a value: what readers and the builder in thespian.h share with the rest of lib. */
#ifndef TSP_WIRE_VALUE_H
#define TSP_WIRE_VALUE_H

#include <thespian.h>
#include "base/buffer.h"

/* CBOR tags that we use (first come, first served range), and the one of RFC 8949 part 3.4.5.1. */
#define VALUE_TAG_ENCODED 24
#define VALUE_TAG_ADDRESS 55800 /* 16 bytes: system, number, both big-endian */
#define VALUE_TAG_TYPED 55801   /* [type's name, value] */

#define VALUE_SIZE_LIMIT ((size_t)64 * 1024 * 1024) /* one message */
/* What a message may be in a wrapper (messages.md). */
#define VALUE_WRAP_LIMIT (VALUE_SIZE_LIMIT + (size_t)64 * 1024)

/* As tsp_value_check, and says which byte is at fault. */
int value_check(const void *bytes, size_t size, tsp_error *err);
/* Size of the item at the front of bytes (well-formed input only: it was checked at the gate). */
size_t value_span(const uint8_t *bytes);
/* Reads type and value of a message body in one step without checks beyond the bounds; a plain
 * value's type is its kind's name. TSP_EVALUE if the body is not readable. */
int value_split(tsp_value body, tsp_text *ret_type, tsp_value *ret_value);
/* Members of a map, found in one walk: keys must stand in a map's order, by size, then by bytes. What
 * is not there is absent, as is all of it where map is no map. */
void value_pick(tsp_value map, const tsp_text *keys, size_t count, tsp_value *ret_values);

/* Encodes one typed message by format into new memory: free() *ret_bytes. type NULL: plain.
 * TSP_ETOOBIG above VALUE_WRAP_LIMIT: for the system's own, which wrap. */
int value_encode(uint8_t **ret_bytes, size_t *ret_size, const char *type, const char *format, ...);
/* The bytes built so far, handed over: free(); the builder is reset. */
int builder_take(tsp_builder *builder, uint8_t **ret_bytes, size_t *ret_size);
/* Appends an encoded item that is known to be well-formed (checked before), without copying twice. */
void builder_put_raw(tsp_builder *builder, const void *bytes, size_t size);

#endif
