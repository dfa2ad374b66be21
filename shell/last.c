/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/last.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "shell/path.h"

#define LAST_NAME   "$last"
#define LAST_STATUS "$status"
#define LAST_LIMIT  ((size_t)64 * 1024 * 1024)
#define LAST_BLANKS " \t\r\n"

void last_clear(struct last *last)
{
	free(last->data);
	*last = (struct last){ 0 };
}

void last_keep(void *data, tsp_value document)
{
	struct last *last = data;
	uint8_t *copy = document.size > 0 ? malloc(document.size) : NULL;
	free(last->data);
	last->data = copy;
	last->size = copy != NULL ? document.size : 0;
	if (copy != NULL)
		memcpy(copy, document.data, document.size);
}

tsp_value last_value(const struct last *last)
{
	return (tsp_value){ last->data, last->size };
}

static bool last_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || (unsigned char)c >= 0x80;
}

/* Size of the name that text begins with, path included; 0: none. */
static size_t last_name_size(const char *text)
{
	size_t size = 0;
	if (strncmp(text, LAST_STATUS, strlen(LAST_STATUS)) == 0)
		size = strlen(LAST_STATUS);
	else if (strncmp(text, LAST_NAME, strlen(LAST_NAME)) == 0)
		size = strlen(LAST_NAME);
	if (size == 0 || last_is_letter(text[size]))
		return 0;
	if (size == strlen(LAST_STATUS))
		return size;
	size_t path = path_size(text + size);
	/* A lone dot behind it is no path, but the end of a sentence. */
	return path == 1 && text[size] == '.' ? size : size + path;
}

/* What a name of size bytes stands for; borrowed from last or builder. */
static int last_get(const struct last *last, const char *name, size_t size, tsp_builder *builder,
	tsp_value *ret_value, tsp_error *err)
{
	char shown[80];
	size_t head = strlen(LAST_NAME);
	tsp_value value = { 0 };
	if (name[1] == LAST_STATUS[1]) {
		tsp_builder_reset(builder);
		tsp_put_int(builder, last->status);
		return tsp_builder_value(builder, ret_value);
	}
	text_quote((tsp_text){ name, size }, shown, sizeof(shown));
	if (last->data == NULL)
		return tsp_fail(
			err, TSP_ENOENT, "cannot use '%s': no command said anything yet", shown);
	int rc = path_get(last_value(last), name + head, size - head, builder, &value, err);
	if (rc >= 0 && tsp_value_kind(value) == TSP_KIND_ABSENT)
		return tsp_fail(err, TSP_ENOENT,
			"cannot use '%s': the last result has no such thing", shown);
	if (rc >= 0)
		*ret_value = value;
	return rc;
}

/* As JSON in a text. */
static int last_put_json(
	const struct last *last, const char *name, size_t size, struct buffer *into, tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	char *json = NULL;
	int rc = builder == NULL ? tsp_fail(err, TSP_ENOMEM, "out of memory") : TSP_OK;
	if (rc >= 0)
		rc = last_get(last, name, size, builder, &value, err);
	if (rc >= 0 && tsp_value_to_json(value, TSP_JSON_COMPACT, &json) < 0)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (rc >= 0 && buffer_put(into, json, strlen(json)) < 0)
		rc = tsp_fail(err, TSP_ETOOBIG, "cannot use '$last': the line is too long with it");
	free(json);
	tsp_builder_free(builder);
	return rc;
}

/* What a value is as a word of its own, to be freed. */
static int last_text(tsp_value value, char **ret_text, tsp_error *err)
{
	char address_text[TSP_ADDRESS_TEXT];
	tsp_address address;
	tsp_text text;
	char *word = NULL;
	if (tsp_value_text(value, &text)) {
		if (text.size > 0 && memchr(text.data, '\0', text.size) != NULL)
			return tsp_fail(err, TSP_EUSAGE,
				"cannot use '$last' as an argument: there is a NUL in it");
		word = tsp_text_copy(text);
	} else if (tsp_value_address(value, &address)) {
		word = strdup(tsp_address_text(address, address_text));
	} else {
		(void)tsp_value_to_json(value, TSP_JSON_COMPACT, &word);
	}
	if (word == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	*ret_text = word;
	return TSP_OK;
}

/* A word that is a name and nothing else. An actor's text must not become an option. */
static int last_expand_word(const struct last *last, bool ended, char **word, tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	char *text = NULL;
	char shown[80];
	int rc = builder == NULL ? tsp_fail(err, TSP_ENOMEM, "out of memory") : TSP_OK;
	if (rc >= 0)
		rc = last_get(last, *word, strlen(*word), builder, &value, err);
	if (rc >= 0)
		rc = last_text(value, &text, err);
	tsp_builder_free(builder);
	if (rc >= 0 && text[0] == '-' && !ended)
		rc = tsp_fail(err, TSP_EUSAGE,
			"cannot use '%s' as an argument: it begins with '-' and is not behind '--'",
			text_quote(tsp_text_of(*word), shown, sizeof(shown)));
	if (rc < 0) {
		free(text);
		return rc;
	}
	free(*word);
	*word = text;
	return TSP_OK;
}

/* Copies JSON, the names outside of its strings replaced. */
static int last_copy_json(
	const struct last *last, const char *text, struct buffer *into, tsp_error *err)
{
	int rc = TSP_OK;
	while (*text != '\0' && rc >= 0) {
		struct words_json string = { 0 };
		const char *end = text;
		size_t name = *text == '$' ? last_name_size(text) : 0;
		if (name > 0) {
			rc = last_put_json(last, text, name, into, err);
			text += name;
			continue;
		}
		if (*text == '"')
			(void)words_json_feed(&string, &end);
		else
			end = text + 1 + strcspn(text + 1, "\"$");
		if (buffer_put(into, text, (size_t)(end - text)) < 0)
			rc = tsp_fail(err, TSP_ETOOBIG, "cannot run the line: it is too long");
		text = end;
	}
	return rc;
}

/* Where JSON or a name begins in a message: at its front or behind its type's name; NULL: it is bare words. */
static const char *last_json_at(const char *text)
{
	size_t type = words_type_size(text);
	const char *rest = text + type + strspn(text + type, LAST_BLANKS);
	size_t name = last_name_size(rest);
	if (name > 0 && rest[name] == '\0')
		return rest;
	return *rest == '{' || *rest == '[' ? rest : NULL;
}

static int last_expand_json(const struct last *last, const char *json, char **word, tsp_error *err)
{
	struct buffer text;
	if (strchr(json, '$') == NULL)
		return TSP_OK;
	buffer_init(&text, LAST_LIMIT);
	int rc = buffer_put(&text, *word, (size_t)(json - *word));
	if (rc >= 0)
		rc = last_copy_json(last, json, &text, err);
	if (rc >= 0)
		rc = buffer_put(&text, "", 1);
	if (rc < 0) {
		buffer_clear(&text);
		return err != NULL && err->text[0] != '\0' ?
			rc :
			tsp_fail(err, TSP_ETOOBIG, "cannot run the line: it is too long");
	}
	free(*word);
	*word = (char *)text.data;
	return TSP_OK;
}

int last_expand(const struct last *last, const char *line, bool raw_line, struct words *words,
	tsp_error *err)
{
	bool ended = false;
	int rc = TSP_OK;
	for (int i = 0; i < words->count && rc >= 0; i++) {
		char **word = &words->items[i];
		if (words->starts[i] == SIZE_MAX)
			continue;
		const char *typed = line + words->starts[i];
		size_t size = strlen(*word);
		const char *json = i == words->raw ? last_json_at(*word) : NULL;
		if (i != words->raw && (typed[0] == '{' || typed[0] == '['))
			json = *word;
		if (i == words->raw && raw_line)
			break;
		/* In quotes it would not be typed as it is read. */
		if (json != NULL)
			rc = last_expand_json(last, json, word, err);
		else if (i != words->raw && strncmp(typed, *word, size) == 0 &&
			last_name_size(*word) == size && size > 0)
			rc = last_expand_word(last, ended, word, err);
		ended = ended || strcmp(*word, "--") == 0;
	}
	return rc;
}
