/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define WORDS_VARIABLE "$last"

/* What is still open at the end of a line, 0: nothing. */
struct words_scan {
	const char *next;
	char *out; /* where the word goes; as long as the line, so it always fits */
	char open;
};

void words_init(struct words *words)
{
	*words = (struct words){ .raw = -1 };
}

void words_clear(struct words *words)
{
	for (int i = 0; i < words->count; i++)
		free(words->items[i]);
	free(words->items);
	free(words->starts);
	words_init(words);
}

static bool words_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void words_scan_single(struct words_scan *scan)
{
	scan->next++;
	while (*scan->next != '\0' && *scan->next != '\'')
		*scan->out++ = *scan->next++;
	if (*scan->next == '\0')
		scan->open = '\'';
	else
		scan->next++;
}

static void words_scan_double(struct words_scan *scan)
{
	scan->next++;
	while (*scan->next != '\0' && *scan->next != '"') {
		if (*scan->next == '\\' && (scan->next[1] == '"' || scan->next[1] == '\\'))
			scan->next++;
		*scan->out++ = *scan->next++;
	}
	if (*scan->next == '\0')
		scan->open = '"';
	else
		scan->next++;
}

static void words_scan_plain(struct words_scan *scan)
{
	while (*scan->next != '\0' && !words_blank(*scan->next)) {
		if (*scan->next == '\'') {
			words_scan_single(scan);
		} else if (*scan->next == '"') {
			words_scan_double(scan);
		} else {
			if (*scan->next == '\\' && scan->next[1] != '\0')
				scan->next++;
			*scan->out++ = *scan->next++;
		}
	}
}

bool words_json_feed(struct words_json *json, const char **at)
{
	bool ended = false;
	const char *next = *at;
	while (!ended && *next != '\0') {
		char c = *next++;
		if (json->escape) {
			json->escape = false;
		} else if (json->text) {
			json->escape = c == '\\';
			json->text = c != '"';
			ended = !json->text && json->depth == 0;
		} else if (c == '"') {
			json->text = true;
		} else if (c == '{' || c == '[') {
			if (json->depth < WORDS_DEPTH)
				json->stack[json->depth] = c;
			json->depth++;
		} else if (c == '}' || c == ']') {
			json->depth -= json->depth > 0;
			ended = json->depth == 0;
		}
	}
	*at = next;
	return ended;
}

char words_json_open(const struct words_json *json)
{
	if (json->text || json->depth == 0)
		return '"';
	return json->stack[json->depth <= WORDS_DEPTH ? json->depth - 1 : WORDS_DEPTH - 1];
}

/* What is inside stays as it is. */
static void words_scan_json(struct words_scan *scan)
{
	struct words_json json = { 0 };
	const char *start = scan->next;
	if (!words_json_feed(&json, &scan->next))
		scan->open = words_json_open(&json);
	memcpy(scan->out, start, (size_t)(scan->next - start));
	scan->out += scan->next - start;
}

/* .a."b c" is one, .config/"b c" is a file's name: no '/' before the first quote. */
static bool words_is_path(const char *word)
{
	if (strncmp(word, WORDS_VARIABLE, sizeof(WORDS_VARIABLE) - 1) == 0)
		return true;
	return word[0] == '.' && word[1] != '.' && word[strcspn(word, "/\"' \t\r\n")] != '/';
}

/* A way into the last result, in which a quoted member may hold blanks. */
static void words_scan_path(struct words_scan *scan)
{
	bool text = false;
	while (*scan->next != '\0' && (text || !words_blank(*scan->next))) {
		if (text && *scan->next == '\\' && scan->next[1] != '\0')
			*scan->out++ = *scan->next++;
		else if (*scan->next == '"')
			text = !text;
		*scan->out++ = *scan->next++;
	}
	if (text)
		scan->open = '"';
}

/* The rest of the line but for blanks at its end. */
static void words_scan_raw(struct words_scan *scan)
{
	size_t size = strlen(scan->next);
	while (size > 0 && words_blank(scan->next[size - 1]))
		size--;
	memcpy(scan->out, scan->next, size);
	scan->out += size;
	scan->next += strlen(scan->next);
}

static int words_add(
	struct words *words, const char *word, size_t size, size_t start, tsp_error *err)
{
	size_t count = (size_t)words->count;
	if (count >= WORDS_LIMIT)
		return tsp_fail(
			err, TSP_ELIMIT, "cannot read the line: more than %d words", WORDS_LIMIT);
	char **items = realloc(words->items, (count + 2) * sizeof(*items));
	if (items == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	words->items = items;
	size_t *starts = realloc(words->starts, (count + 1) * sizeof(*starts));
	if (starts == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	words->starts = starts;
	items[count] = strndup(word, size);
	if (items[count] == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	items[count + 1] = NULL;
	starts[count] = start;
	words->count++;
	return TSP_OK;
}

int words_append(struct words *words, const char *word, tsp_error *err)
{
	return words_add(words, word, strlen(word), SIZE_MAX, err);
}

static bool words_is_comment(const char *line)
{
	return line[0] == '#' && (line[1] == '\0' || line[1] == '!' || words_blank(line[1]));
}

static void words_scan_word(struct words_scan *scan, bool raw)
{
	if (raw)
		words_scan_raw(scan);
	else if (*scan->next == '{' || *scan->next == '[')
		words_scan_json(scan);
	else if (words_is_path(scan->next))
		words_scan_path(scan);
	else
		words_scan_plain(scan);
}

int words_split(struct words *words, const char *line, int raw_from, int flags, tsp_error *err)
{
	words_clear(words);
	char *word = malloc(strlen(line) + 1);
	if (word == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	struct words_scan scan = { .next = line };
	int plain = 0; /* words that do not begin with '-' */
	int rc = TSP_OK;
	while (words_blank(*scan.next))
		scan.next++;
	if (words_is_comment(scan.next))
		scan.next = "";
	while (*scan.next != '\0' && rc == TSP_OK) {
		size_t start = (size_t)(scan.next - line);
		scan.out = word;
		bool dash = *scan.next == '-';
		words_scan_word(&scan, raw_from >= 0 && plain >= raw_from);
		if (raw_from >= 0 && plain >= raw_from)
			words->raw = words->count;
		if (!dash)
			plain++;
		if (scan.open != 0 && (flags & WORDS_LENIENT) == 0)
			rc = tsp_fail(err, TSP_EUSAGE, "cannot read the line: %c is not closed",
				scan.open);
		else
			rc = words_add(words, word, (size_t)(scan.out - word), start, err);
		while (words_blank(*scan.next))
			scan.next++;
	}
	free(word);
	if (rc < 0)
		words_clear(words);
	return rc;
}

size_t words_type_size(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	if (strspn(text, letters) == 0)
		return 0;
	size_t size = strcspn(text, " \t\r\n");
	for (size_t i = 0; i < size; i++)
		if (strchr(letters, text[i]) == NULL && strchr(".0123456789-", text[i]) == NULL)
			return 0;
	return text[size] == '\0' || size > WORDS_TYPE_LIMIT ? 0 : size;
}
