/* SPDX-License-Identifier: MIT */
/* Text from elsewhere: checking it, showing it safely, reading numbers from it. */
#ifndef TSP_BASE_TEXT_H
#define TSP_BASE_TEXT_H

#include <stdio.h>
#include <thespian.h>

bool text_is_utf8(const void *bytes, size_t size);
/* Makes a C string UTF-8 that may not be: a character that was cut off at its end goes, any other
 * byte that belongs to none becomes '?'. Returns text. */
char *text_mend(char *text);
/* The first bytes of a text, at most limit: it never ends in the midst of a character. */
tsp_text text_cut(tsp_text text, size_t limit);
/* Writes text into out (cut to size), control characters, escapes, bad UTF-8 and bidi overrides as
 * \xHH; returns out. What came from elsewhere passes through here before a terminal sees it. */
char *text_quote(tsp_text text, char *out, size_t size);
/* The same to a stream; newlines and tabs pass where keep_lines is true. */
void text_print(FILE *stream, tsp_text text, bool keep_lines);
/* A whole decimal number from min to max, nothing before or after; TSP_EVALUE. */
int text_to_int(const char *text, int64_t min, int64_t max, int64_t *ret_number);
/* Seconds such as "1.5" as milliseconds; TSP_EVALUE. */
int text_to_ms(const char *text, int64_t *ret_ms);
/* Lower-case hexadecimal of bytes; out has room for 2 * size + 1. */
char *text_hex(const void *bytes, size_t size, char *out);
int text_unhex(const char *text, size_t count, void *ret_bytes); /* reads 2 * count digits; TSP_EVALUE */
/* printf into new memory, to be freed; NULL: no memory. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
