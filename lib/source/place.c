/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/place.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#define DEPTH_LIMIT 2048 /* jansson's own */

struct scanner {
	const char *text;
	size_t size;
	size_t at;
	const char *const *path;
	size_t depth;   /* of path */
	size_t matched; /* how many of its names enclose what is read now */
};

/* The string at scanner->at, with its quotes; moves behind it. */
static size_t string_skip(struct scanner *scanner)
{
	size_t start = scanner->at++;
	while (scanner->at < scanner->size && scanner->text[scanner->at] != '"')
		scanner->at += scanner->text[scanner->at] == '\\' ? 2 : 1;
	scanner->at++;
	if (scanner->at > scanner->size)
		scanner->at = scanner->size;
	return scanner->at - start;
}

/* A key may be written with escapes. */
static bool string_is(const char *text, size_t size, const char *wanted)
{
	json_t *string = json_loadb(text, size, JSON_DECODE_ANY, NULL);
	bool same = json_is_string(string) && strcmp(json_string_value(string), wanted) == 0;
	json_decref(string);
	return same;
}

static bool is_key(const struct scanner *scanner)
{
	size_t at = scanner->at;
	while (at < scanner->size && strchr(" \t\r\n", scanner->text[at]))
		at++;
	return at < scanner->size && scanner->text[at] == ':';
}

static struct place place_of(const struct scanner *scanner, size_t offset)
{
	struct place place = { 1, 1 };
	for (size_t i = 0; i < offset; i++) {
		place.column++;
		if (scanner->text[i] == '\n') {
			place.line++;
			place.column = 1;
		}
	}
	return place;
}

struct place place_find(const char *json, size_t size, const char *const *path, size_t depth)
{
	struct scanner scanner = { .text = json, .size = size, .path = path, .depth = depth };
	size_t level = 0;

	while (scanner.at < size && level <= DEPTH_LIMIT) {
		char c = json[scanner.at];
		if (c == '"') {
			size_t start = scanner.at;
			size_t length = string_skip(&scanner);
			/* A key counts where all names before it enclose it. */
			if (level != scanner.matched + 1 || !is_key(&scanner) ||
				!string_is(json + start, length, path[scanner.matched]))
				continue;
			if (++scanner.matched == depth)
				return place_of(&scanner, start);
			continue;
		}
		if (c == '{' || c == '[')
			level++;
		if ((c == '}' || c == ']') && level > 0)
			level--;
		if (scanner.matched > level)
			scanner.matched = level;
		scanner.at++;
	}
	return (struct place){ 0, 0 };
}
