/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/json.h"

#include <string.h>

/* RFC 4648 part 5. */
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#define HIDDEN_DIGITS 11 /* 66 bits */
#define HIDDEN_MOST   "18446744073709551615"
#define HIDDEN_LEAST  "9223372036854775808"

static int digit_value(char digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a' + 26;
	if (digit >= '0' && digit <= '9')
		return digit - '0' + 52;
	return digit == '-' ? 62 : digit == '_' ? 63 : -1;
}

int json_put_base64(struct buffer *buffer, tsp_text bytes)
{
	const uint8_t *at = (const uint8_t *)bytes.data;

	for (size_t left = bytes.size; left > 0;) {
		size_t step = left < 3 ? left : 3;
		uint32_t group = (uint32_t)at[0] << 16;

		if (step > 1)
			group |= (uint32_t)at[1] << 8;
		if (step > 2)
			group |= at[2];

		char four[4];

		for (int i = 0; i < 4; i++)
			four[i] = digits[group >> (18 - 6 * i) & 63];

		int rc = buffer_put(buffer, four, step + 1);

		if (rc < 0)
			return rc;
		at += step;
		left -= step;
	}
	return TSP_OK;
}

int json_get_base64(tsp_text text, uint8_t *out, size_t *ret_size)
{
	uint32_t group = 0;
	unsigned int bits = 0;
	size_t size = 0;

	if (text.size % 4 == 1)
		return TSP_EVALUE;
	for (size_t i = 0; i < text.size; i++) {
		int value = digit_value(text.data[i]);

		if (value < 0)
			return TSP_EVALUE;
		group = (group << 6 | (uint32_t)value) & 0xffffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[size++] = (uint8_t)(group >> bits);
		}
	}
	/* Bits left over must say nothing: one run of bytes has one text. */
	if ((group & ((1U << bits) - 1)) != 0)
		return TSP_EVALUE;
	*ret_size = size;
	return TSP_OK;
}

static bool is_number_part(char c)
{
	return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E';
}

/* Index behind the string that begins at text[at]. */
static size_t string_end(const char *text, size_t size, size_t at)
{
	for (at++; at < size && text[at] != '"'; at++) {
		if (text[at] == '\\')
			at++;
	}
	return at < size ? at + 1 : size;
}

static size_t number_end(const char *text, size_t size, size_t at)
{
	while (at < size && is_number_part(text[at]))
		at++;
	return at;
}

static bool is_hidden_size(const char *token, size_t size)
{
	if (size != strlen(HIDDEN_LEAST) && size != strlen(HIDDEN_MOST))
		return false;
	for (size_t i = 0; i < size; i++) {
		if (token[i] < '0' || token[i] > '9')
			return false;
	}
	if (size == strlen(HIDDEN_LEAST))
		return memcmp(token, HIDDEN_LEAST, size) >= 0;
	return memcmp(token, HIDDEN_MOST, size) <= 0;
}

/* Writes over a token of 19 or 20 digits: "\u00MM, 11 digits of base 64, filling, ". */
static void hide(char *token, size_t size, char mark)
{
	uint64_t number = 0;
	size_t at = 0;

	for (size_t i = 0; i < size; i++)
		number = number * 10 + (uint64_t)(token[i] - '0');
	memcpy(token, "\"\\u00", 5);
	at += 5;
	token[at++] = (char)('0' + mark / 16);
	token[at++] = (char)('0' + mark % 16);
	for (int i = 0; i < HIDDEN_DIGITS; i++) {
		token[at++] = digits[number & 63];
		number >>= 6;
	}
	while (at < size - 1)
		token[at++] = ' ';
	token[at] = '"';
}

/* Marks are control characters, which stand in strings only as \u00MM, with digits 0 to 9 only and
 * without those that have a letter (\b, \t), so that each is written in one way. Returns one that
 * text does not use, 0 if there is none. */
static char find_mark(const char *text, size_t size)
{
	uint32_t used = 0;

	for (size_t i = 0; i + 7 <= size; i++) {
		if (memcmp(text + i, "\"\\u00", 5) == 0 &&
			(text[i + 5] == '0' || text[i + 5] == '1') && text[i + 6] >= '0' &&
			text[i + 6] <= '9')
			used |= UINT32_C(1) << ((text[i + 5] - '0') * 16 + text[i + 6] - '0');
	}
	for (char mark = 1; mark < 0x1a; mark++) {
		if (mark % 16 < 10 && mark != '\b' && mark != '\t' && (used >> mark & 1) == 0)
			return mark;
	}
	return 0;
}

char json_hide(char *text, size_t size)
{
	char mark = find_mark(text, size);

	if (mark == 0)
		return 0;
	for (size_t at = 0; at < size;) {
		if (text[at] == '"') {
			at = string_end(text, size, at);
		} else if (is_number_part(text[at])) {
			size_t end = number_end(text, size, at);

			if (is_hidden_size(text + at, end - at))
				hide(text + at, end - at, mark);
			at = end;
		} else {
			at++;
		}
	}
	return mark;
}

bool json_unhide(tsp_text string, char mark, uint64_t *ret_number)
{
	if (mark == 0 || string.size < 1 + HIDDEN_DIGITS || string.data[0] != mark)
		return false;

	uint64_t number = 0;

	for (int i = HIDDEN_DIGITS; i > 0; i--)
		number = number << 6 | (uint64_t)digit_value(string.data[i]);
	*ret_number = number;
	return true;
}

void json_place(tsp_text text, size_t ordinal, int *ret_line, int *ret_column)
{
	static const char between[] = " \t\r\n,:]}";
	size_t at = 0;
	int line = 1;
	int column = 1;

	while (at < text.size) {
		char c = text.data[at];
		size_t end = at + 1;

		if (strchr(between, c) == NULL) {
			if (ordinal-- == 0)
				break;
			if (c == '"')
				end = string_end(text.data, text.size, at);
			else if (c != '[' && c != '{')
				while (end < text.size && strchr(between, text.data[end]) == NULL)
					end++;
		}
		for (; at < end; at++) {
			/* Characters are counted, not bytes. */
			if (text.data[at] == '\n') {
				line++;
				column = 1;
			} else if ((text.data[at] & 0xc0) != 0x80) {
				column++;
			}
		}
	}
	*ret_line = line;
	*ret_column = column;
}
