/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <thespian.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "wire/json.h"
#include "wire/value.h"

#define JSON_LIMIT (16 * VALUE_SIZE_LIMIT)
#define CHUNK	   ((size_t)64 * 1024) /* of a text, looked through at once */
/* Values lie in values as bytes, whose depth begins anew: a bound for all together. */
#define JSON_DEPTH (4 * TSP_DEPTH_LIMIT)

struct print {
	struct buffer buffer;
	bool pretty;
	bool excerpt; /* what does not fit is cut, not refused */
	int depth;  /* how far to indent */
	int nested; /* values around this one */
	int rc;	    /* the first failure; sticks */
};

static void print_value(struct print *print, tsp_value value);

static void put(struct print *print, const void *bytes, size_t size)
{
	size_t room = print->buffer.limit - print->buffer.size;

	if (print->rc == TSP_OK && print->excerpt && size > room) {
		print->rc = buffer_put(&print->buffer, bytes, room);
		print->rc = print->rc < 0 ? print->rc : TSP_ELIMIT;
	} else if (print->rc == TSP_OK) {
		print->rc = buffer_put(&print->buffer, bytes, size);
	}
}

static void put_string(struct print *print, const char *text)
{
	put(print, text, strlen(text));
}

static void new_line(struct print *print)
{
	static const char spaces[] = "                ";

	if (!print->pretty)
		return;
	put(print, "\n", 1);
	for (int left = 2 * print->depth; left > 0; left -= (int)sizeof(spaces) - 1)
		put(print, spaces,
			(size_t)left < sizeof(spaces) - 1 ? (size_t)left : sizeof(spaces) - 1);
}

/* Size of the character at text that stands as it is, 0 if it must be escaped; *ret_point is then
 * the code point, and *ret_size its size. Beside what JSON forbids these are the C1 controls and
 * those that turn the order of text about: JSON is shown to people, too. */
static size_t plain_size(tsp_text text, unsigned int *ret_point, size_t *ret_size)
{
	const uint8_t *at = (const uint8_t *)text.data;

	*ret_point = at[0];
	*ret_size = 1;
	if (at[0] < 0x20 || at[0] == 0x7f || at[0] == '"' || at[0] == '\\')
		return 0;
	if (at[0] == 0xc2 && text.size > 1 && at[1] < 0xa0) {
		*ret_point = at[1];
		*ret_size = 2;
		return 0;
	}
	if (at[0] == 0xd8 && text.size > 1 && at[1] == 0x9c) {
		*ret_point = 0x61c;
		*ret_size = 2;
		return 0;
	}
	if (at[0] == 0xe2 && text.size > 2) {
		unsigned int point = 0x2000U | (at[1] & 0x3fU) << 6 | (at[2] & 0x3fU);

		if (point == 0x200e || point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
			(point >= 0x2066 && point <= 0x2069)) {
			*ret_point = point;
			*ret_size = 3;
			return 0;
		}
	}
	return 1;
}

static void print_escape(struct print *print, unsigned int point)
{
	static const char letters[] = "\"\\\b\f\n\r\t";
	static const char escapes[] = "\"\\bfnrt";
	const char *letter = point != 0 && point < 0x80 ? strchr(letters, (int)point) : NULL;
	char text[8];

	if (letter != NULL)
		snprintf(text, sizeof(text), "\\%c", escapes[letter - letters]);
	else
		snprintf(text, sizeof(text), "\\u%04x", point & 0xffff);
	put_string(print, text);
}

static void print_quoted(struct print *print, tsp_text text, const char *open)
{
	unsigned int point;
	size_t size;

	put_string(print, open);
	while (text.size > 0 && print->rc == TSP_OK) {
		size_t plain = 0;

		while (plain < text.size && plain < CHUNK &&
			plain_size((tsp_text){ text.data + plain, text.size - plain }, &point,
				&size) > 0)
			plain++;
		put(print, text.data, plain);
		text.data += plain;
		text.size -= plain;
		if (text.size > 0 && plain < CHUNK) {
			print_escape(print, point);
			text.data += size;
			text.size -= size;
		}
	}
	put(print, "\"", 1);
}

static void print_text(struct print *print, tsp_text text)
{
	print_quoted(print, text, "\"");
}

static void print_int(struct print *print, tsp_value value)
{
	char text[32];
	int64_t number = 0;
	uint64_t big = 0;

	if (tsp_value_uint(value, &big)) {
		snprintf(text, sizeof(text), "%" PRIu64, big);
	} else {
		tsp_value_int(value, &number);
		snprintf(text, sizeof(text), "%" PRId64, number);
	}
	put_string(print, text);
}

/* The shortest of the usual precisions that reads back as the same number, with a point. */
static void print_float(struct print *print, tsp_value value)
{
	double number = 0;
	char text[48];

	tsp_value_float(value, &number);
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(text, sizeof(text), "%.*g", precision, number);
		if (strtod(text, NULL) == number)
			break;
	}
	/* A program may have set a locale whose point is a comma. */
	size_t digits = strspn(text, "-+0123456789");

	if (text[digits] == '\0')
		memcpy(text + digits, ".0", 3);
	else if (text[digits] != 'e')
		text[digits] = '.';
	put_string(print, text);
}

/* {"$NAME": and }, round what stands for a kind that JSON does not have. */
static void open_special(struct print *print, const char *name)
{
	put_string(print, "{\"$");
	put_string(print, name);
	put_string(print, print->pretty ? "\": " : "\":");
}

static void print_bytes(struct print *print, tsp_text bytes)
{
	open_special(print, "bytes");
	put(print, "\"", 1);
	if (print->rc == TSP_OK)
		print->rc = json_put_base64(&print->buffer, bytes);
	put_string(print, "\"}");
}

static void print_address(struct print *print, tsp_value value)
{
	tsp_address address = TSP_NOBODY;
	char text[TSP_ADDRESS_TEXT];

	tsp_value_address(value, &address);
	open_special(print, "address");
	print_text(print, tsp_text_of(tsp_address_text(address, text)));
	put(print, "}", 1);
}

static void print_typed(struct print *print, tsp_value value)
{
	tsp_text type = { 0 };
	tsp_value inner = { 0 };

	tsp_value_typed(value, &type, &inner);
	open_special(print, "type");
	print_text(print, type);
	put_string(print, print->pretty ? ", \"value\": " : ",\"value\":");
	print_value(print, inner);
	put(print, "}", 1);
}

static void print_encoded(struct print *print, tsp_value value)
{
	tsp_value inner;

	if (!tsp_value_encoded(value, &inner)) {
		print->rc = TSP_EVALUE;
		return;
	}
	open_special(print, "encoded");
	print_value(print, inner);
	put(print, "}", 1);
}

static void print_key(struct print *print, tsp_value key)
{
	tsp_text text = { 0 };

	tsp_value_text(key, &text);
	print_quoted(print, text, text.size > 0 && text.data[0] == '$' ? "\"$" : "\"");
}

static void print_entries(struct print *print, tsp_value value, bool map)
{
	tsp_walk at = { 0 };
	tsp_value key;
	tsp_value item;
	bool first = true;

	put(print, map ? "{" : "[", 1);
	print->depth++;
	while (print->rc == TSP_OK && tsp_value_next(value, &at, &key, &item)) {
		if (!first)
			put(print, ",", 1);
		first = false;
		new_line(print);
		if (map) {
			print_key(print, key);
			put_string(print, print->pretty ? ": " : ":");
		}
		print_value(print, item);
	}
	print->depth--;
	if (!first)
		new_line(print);
	put(print, map ? "}" : "]", 1);
}

static void print_value(struct print *print, tsp_value value)
{
	bool truth = false;
	tsp_text text = { 0 };

	if (print->nested++ == JSON_DEPTH)
		print->rc = TSP_EVALUE;
	if (print->rc < 0)
		return;
	switch (tsp_value_kind(value)) {
	case TSP_KIND_NULL:
		put_string(print, "null");
		break;
	case TSP_KIND_BOOL:
		tsp_value_bool(value, &truth);
		put_string(print, truth ? "true" : "false");
		break;
	case TSP_KIND_INT:
		print_int(print, value);
		break;
	case TSP_KIND_FLOAT:
		print_float(print, value);
		break;
	case TSP_KIND_TEXT:
		tsp_value_text(value, &text);
		print_text(print, text);
		break;
	case TSP_KIND_BYTES:
		tsp_value_bytes(value, &text);
		print_bytes(print, text);
		break;
	case TSP_KIND_LIST:
		print_entries(print, value, false);
		break;
	case TSP_KIND_MAP:
		print_entries(print, value, true);
		break;
	case TSP_KIND_ADDRESS:
		print_address(print, value);
		break;
	case TSP_KIND_TYPED:
		print_typed(print, value);
		break;
	case TSP_KIND_ENCODED:
		print_encoded(print, value);
		break;
	default:
		print->rc = TSP_EVALUE;
	}
	print->nested--;
}

int tsp_value_to_json(tsp_value value, enum tsp_json style, char **ret_text)
{
	struct print print = { .pretty = style == TSP_JSON_PRETTY };

	if (tsp_value_check(value.data, value.size) < 0)
		return TSP_EVALUE;
	buffer_init(&print.buffer, JSON_LIMIT);
	print_value(&print, value);
	put(&print, "", 1);
	if (print.rc < 0) {
		buffer_clear(&print.buffer);
		return print.rc == TSP_ELIMIT ? TSP_ETOOBIG : print.rc;
	}
	*ret_text = (char *)print.buffer.data;
	return TSP_OK;
}

char *value_excerpt(tsp_value value, char *out, size_t size)
{
	struct print print = { .excerpt = true };
	tsp_text type;
	tsp_value inner;

	if (size == 0)
		return out;
	buffer_init(&print.buffer, size - 1);
	if (tsp_value_typed(value, &type, &inner)) {
		put(&print, type.data, type.size);
		put(&print, " ", 1);
		value = inner;
	}
	print_value(&print, value);
	if (print.buffer.size > 0)
		memcpy(out, print.buffer.data, print.buffer.size);
	out[print.buffer.size] = '\0';
	buffer_clear(&print.buffer);
	return text_mend(out);
}
