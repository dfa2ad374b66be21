/* SPDX-License-Identifier: MIT */
/* What JSON needs beside jansson, and beginnings of messages for status. */
#ifndef TSP_WIRE_JSON_H
#define TSP_WIRE_JSON_H

#include <thespian.h>
#include "base/buffer.h"

/* The beginning of a value's JSON, behind its type's name, cut to size: at most so much is looked at.
 * What the type's name holds stands as it is. UTF-8; returns out. */
char *value_excerpt(tsp_value value, char *out, size_t size);
/* Appends bytes as base64url without padding. */
int json_put_base64(struct buffer *buffer, tsp_text bytes);
/* Decodes base64url without padding into out, with room for text.size * 3 / 4 bytes; TSP_EVALUE. */
int json_get_base64(tsp_text text, uint8_t *out, size_t *ret_size);

/*
 * Integers from 2^63 to 2^64 - 1, which jansson does not know: json_hide replaces each in text by a
 * string of the same length that begins with a character which no other string in it begins with.
 * Returns that character, 0 if there is none left.
 */
char json_hide(char *text, size_t size);
/* Whether a string hides a number, and which. */
bool json_unhide(tsp_text string, char mark, uint64_t *ret_number);

/* Line and column, from 1, of the value or key number ordinal in a text of valid JSON, counted from
 * 0 as they stand in it. */
void json_place(tsp_text text, size_t ordinal, int *ret_line, int *ret_column);

#endif
