/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS_MOST INT64_C(1000000000000)

tsp_text tsp_text_of(const char *text)
{
	return (tsp_text){ text, text != NULL ? strlen(text) : 0 };
}

bool tsp_text_is(tsp_text text, const char *other)
{
	size_t size = strlen(other);

	return text.data != NULL && text.size == size && memcmp(text.data, other, size) == 0;
}

char *tsp_text_copy(tsp_text text)
{
	char *copy = text.size < SIZE_MAX ? malloc(text.size + 1) : NULL;

	if (copy == NULL)
		return NULL;
	if (text.size > 0)
		memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	return copy;
}

static bool is_tail(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

tsp_text text_cut(tsp_text text, size_t limit)
{
	if (text.size <= limit)
		return text;
	text.size = limit;
	while (text.size > 0 && is_tail((uint8_t)text.data[text.size]))
		text.size--;
	return text;
}

/* Size of the UTF-8 character at bytes (its code point in *ret_point), 0 if there is none: no
 * longer forms than needed, no surrogates, nothing above U+10FFFF. */
static size_t character_at(const uint8_t *bytes, size_t size, uint32_t *ret_point)
{
	uint8_t lead = bytes[0];

	if (lead < 0x80) {
		*ret_point = lead;
		return 1;
	}
	if (lead >= 0xc2 && lead <= 0xdf) {
		if (size < 2 || !is_tail(bytes[1]))
			return 0;
		*ret_point = (uint32_t)(lead & 0x1f) << 6 | (bytes[1] & 0x3f);
		return 2;
	}
	if (lead >= 0xe0 && lead <= 0xef) {
		if (size < 3 || !is_tail(bytes[1]) || !is_tail(bytes[2]))
			return 0;
		*ret_point = (uint32_t)(lead & 0x0f) << 12 | (uint32_t)(bytes[1] & 0x3f) << 6 |
			(bytes[2] & 0x3f);
		if (*ret_point < 0x800 || (*ret_point >= 0xd800 && *ret_point <= 0xdfff))
			return 0;
		return 3;
	}
	if (lead >= 0xf0 && lead <= 0xf4) {
		if (size < 4 || !is_tail(bytes[1]) || !is_tail(bytes[2]) || !is_tail(bytes[3]))
			return 0;
		*ret_point = (uint32_t)(lead & 0x07) << 18 | (uint32_t)(bytes[1] & 0x3f) << 12 |
			(uint32_t)(bytes[2] & 0x3f) << 6 | (bytes[3] & 0x3f);
		return *ret_point < 0x10000 || *ret_point > 0x10ffff ? 0 : 4;
	}
	return 0;
}

/* Whether all bytes are below 0x80; most texts are, and are told so a word at a time. */
static bool is_ascii(const uint8_t *at, size_t size)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	uint64_t first, last, all = 0;
	uint32_t front, back;
	size_t i;

	if (size >= 8) {
		for (i = 0; i + 8 <= size; i += 8) {
			memcpy(&first, at + i, 8);
			all |= first;
		}
		memcpy(&last, at + size - 8, 8); /* overlaps */
		return ((all | last) & high) == 0;
	}
	if (size >= 4) {
		memcpy(&front, at, 4);
		memcpy(&back, at + size - 4, 4);
		return ((front | back) & (uint32_t)high) == 0;
	}
	for (i = 0; i < size; i++)
		all |= at[i];
	return all < 0x80;
}

bool text_is_utf8(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;
	const uint8_t *end = size > 0 ? at + size : at;
	uint32_t point;

	if (is_ascii(at, size))
		return true;
	while (at != end) {
		uint64_t eight;

		if (end - at >= 8) {
			memcpy(&eight, at, 8);
			if ((eight & UINT64_C(0x8080808080808080)) == 0) {
				at += 8;
				continue;
			}
		}

		size_t step = character_at(at, (size_t)(end - at), &point);

		if (step == 0)
			return false;
		at += step;
	}
	return true;
}

/* Whether bytes are the beginning of a character whose rest is missing. */
static bool is_cut(const uint8_t *bytes, size_t size)
{
	uint8_t lead = bytes[0];
	size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

	if (lead < 0xc2 || lead > 0xf4 || size >= want)
		return false;
	for (size_t i = 1; i < size; i++) {
		if (!is_tail(bytes[i]))
			return false;
	}
	return true;
}

char *text_mend(char *text)
{
	uint8_t *at = (uint8_t *)text;
	size_t left = strlen(text);
	uint32_t point;

	while (left > 0) {
		size_t step = character_at(at, left, &point);

		if (step == 0 && is_cut(at, left)) {
			*at = '\0';
			break;
		}
		if (step == 0) {
			*at = '?';
			step = 1;
		}
		at += step;
		left -= step;
	}
	return text;
}

/* What a terminal would act on, or what would show text in another order than it stands. */
static bool is_unsafe(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x061c ||
		(point >= 0x200e && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
		(point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

/* The next piece of text in a form that is safe to show, at most 16 bytes; returns how many bytes
 * of text it stands for. */
static size_t safe_piece(tsp_text text, bool keep_lines, char piece[17], size_t *ret_size)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = (const uint8_t *)text.data;
	uint32_t point = 0;
	size_t step = character_at(bytes, text.size, &point);
	bool plain = step > 0 && !is_unsafe(point);

	if (keep_lines && (bytes[0] == '\n' || bytes[0] == '\t'))
		plain = true;
	if (step == 0)
		step = 1;
	if (plain) {
		memcpy(piece, bytes, step);
		*ret_size = step;
		return step;
	}
	*ret_size = 0;
	for (size_t i = 0; i < step; i++) {
		piece[(*ret_size)++] = '\\';
		piece[(*ret_size)++] = 'x';
		piece[(*ret_size)++] = digits[bytes[i] >> 4];
		piece[(*ret_size)++] = digits[bytes[i] & 15];
	}
	return step;
}

char *text_quote(tsp_text text, char *out, size_t size)
{
	size_t used = 0;
	char piece[17];
	size_t count;

	if (size == 0)
		return out;
	while (text.size > 0) {
		size_t step = safe_piece(text, false, piece, &count);

		if (used + count >= size)
			break;
		memcpy(out + used, piece, count);
		used += count;
		text.data += step;
		text.size -= step;
	}
	out[used] = '\0';
	return out;
}

void text_print(FILE *stream, tsp_text text, bool keep_lines)
{
	char piece[17];
	size_t count;

	while (text.size > 0) {
		size_t step = safe_piece(text, keep_lines, piece, &count);

		fwrite(piece, 1, count, stream);
		text.data += step;
		text.size -= step;
	}
}

int text_to_int(const char *text, int64_t min, int64_t max, int64_t *ret_number)
{
	bool negative = *text == '-';
	int64_t number = 0;

	if (negative)
		text++;
	if (*text == '\0')
		return TSP_EVALUE;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return TSP_EVALUE;

		int digit = negative ? -(*text - '0') : *text - '0';

		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, digit, &number))
			return TSP_EVALUE;
	}
	if (number < min || number > max)
		return TSP_EVALUE;
	*ret_number = number;
	return TSP_OK;
}

int text_to_ms(const char *text, int64_t *ret_ms)
{
	int64_t seconds = 0;
	int64_t ms = 0;
	int64_t unit = 100;
	bool more = false;

	if (*text < '0' || *text > '9')
		return TSP_EVALUE;
	for (; *text >= '0' && *text <= '9'; text++) {
		seconds = seconds * 10 + (*text - '0');
		if (seconds > SECONDS_MOST)
			return TSP_EVALUE;
	}
	if (*text == '.') {
		text++;
		if (*text == '\0')
			return TSP_EVALUE;
		for (; *text >= '0' && *text <= '9'; text++) {
			ms += unit * (*text - '0');
			more = more || (unit == 0 && *text != '0');
			unit /= 10;
		}
	}
	if (*text != '\0')
		return TSP_EVALUE;
	/* Rounded up: a deadline that was not zero must not become zero. */
	*ret_ms = seconds * 1000 + ms + (more ? 1 : 0);
	return TSP_OK;
}

char *text_hex(const void *bytes, size_t size, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *from = bytes;

	for (size_t i = 0; i < size; i++) {
		out[2 * i] = digits[from[i] >> 4];
		out[2 * i + 1] = digits[from[i] & 15];
	}
	out[2 * size] = '\0';
	return out;
}

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

int text_unhex(const char *text, size_t count, void *ret_bytes)
{
	uint8_t *to = ret_bytes;

	for (size_t i = 0; i < 2 * count; i++) {
		if (hex_digit(text[i]) < 0)
			return TSP_EVALUE;
	}
	for (size_t i = 0; i < count; i++)
		to[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
	return TSP_OK;
}

char *text_format(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	int size = vasprintf(&text, format, args);
	va_end(args);
	return size < 0 ? NULL : text;
}
