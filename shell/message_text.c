/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/message_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

#define MESSAGE_JSON_LIMIT ((size_t)64 * 1024 * 1024)
#define MESSAGE_BLANKS	   " \t\r\n"

/* Size of the JSON string at text, quotes included; 0: it does not end. */
static size_t message_string_size(const char *text)
{
	size_t size = 1;
	while (text[size] != '\0' && text[size] != '"')
		size += text[size] == '\\' && text[size + 1] != '\0' ? 2 : 1;
	return text[size] == '"' ? size + 1 : 0;
}

/* Size of a "#3" (quotes included) that follows the key "$address" and a colon at text; *ret_at is
 * where it begins. 0: none does. */
static size_t message_find_contact(const char *text, size_t *ret_at)
{
	size_t at = strspn(text, MESSAGE_BLANKS);
	if (text[at] != ':')
		return 0;
	at++;
	at += strspn(text + at, MESSAGE_BLANKS);
	if (text[at] != '"' || text[at + 1] != '#')
		return 0;
	*ret_at = at;
	return message_string_size(text + at);
}

/* Puts the full form of the contact in quotes into the text. */
static int message_put_contact(const char *quoted, size_t size, const struct contacts *contacts,
	struct buffer *into, tsp_error *err)
{
	char full[TSP_ADDRESS_TEXT];
	tsp_address address;
	char *name = strndup(quoted + 1, size - 2);
	if (name == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	int rc = contacts_parse(contacts, name, &address, err);
	free(name);
	if (rc < 0)
		return rc;
	return buffer_printf(into, "\"%s\"", tsp_address_text(address, full));
}

/* Copies JSON, with each {"$address": "#3"} replaced by what it stands for. */
static int message_expand(
	const char *text, const struct contacts *contacts, struct buffer *into, tsp_error *err)
{
	static const char key[] = "\"$address\"";
	int rc = TSP_OK;
	while (*text != '\0' && rc >= 0) {
		size_t size = *text == '"' ? message_string_size(text) : strcspn(text, "\"");
		if (size == 0)
			size = strlen(text);
		rc = buffer_put(into, text, size);
		bool found = size == sizeof(key) - 1 && memcmp(text, key, size) == 0;
		text += size;
		size_t at = 0;
		size_t contact = found && rc >= 0 ? message_find_contact(text, &at) : 0;
		if (contact == 0)
			continue;
		rc = buffer_put(into, text, at);
		if (rc >= 0)
			rc = message_put_contact(text + at, contact, contacts, into, err);
		text += at + contact;
	}
	if (rc == TSP_ELIMIT)
		return tsp_fail(err, TSP_ETOOBIG, "cannot read the message: it is too big");
	return rc;
}

int message_text_parse_json(const char *text, const char *what, const struct contacts *contacts,
	tsp_builder *builder, tsp_error *err)
{
	struct buffer json;
	tsp_error why = { 0 };
	char shown[80];
	buffer_init(&json, MESSAGE_JSON_LIMIT);
	int rc = message_expand(text, contacts, &json, err);
	if (rc >= 0) {
		rc = tsp_value_from_json((const char *)json.data, json.size, builder, &why);
		if (rc < 0)
			rc = tsp_fail(err, TSP_EUSAGE, "cannot read %s '%s': %s", what,
				text_quote(tsp_text_of(text), shown, sizeof(shown)),
				why.text[0] != '\0' ? why.text : "not JSON");
	}
	buffer_clear(&json);
	return rc;
}

static bool message_must_be_json(const char *text)
{
	return text[0] == '{' || text[0] == '[' || text[0] == '"';
}

/* Whether text is JSON; what it holds is then in the builder. */
static bool message_is_json(const char *text, const struct contacts *contacts, tsp_builder *builder)
{
	if (message_text_parse_json(text, "", contacts, builder, NULL) >= 0)
		return true;
	tsp_builder_reset(builder);
	return false;
}

static int message_parse_into(const char *typed, const struct contacts *contacts,
	struct message_text *message, tsp_error *err)
{
	const char *text = typed + strspn(typed, MESSAGE_BLANKS);
	if (message_must_be_json(text))
		return message_text_parse_json(
			text, "the message", contacts, message->builder, err);
	if (message_is_json(text, contacts, message->builder))
		return TSP_OK;
	size_t size = words_type_size(text);
	const char *rest = text + size + strspn(text + size, MESSAGE_BLANKS);
	if (size > 0 && (rest[0] == '{' || rest[0] == '[')) {
		memcpy(message->type, text, size);
		return message_text_parse_json(
			rest, "the message", contacts, message->builder, err);
	}
	if (size > 0 && message_is_json(rest, contacts, message->builder)) {
		memcpy(message->type, text, size);
		return TSP_OK;
	}
	/* Bare words are what they are, blanks in front of them, too (of a file). */
	tsp_put_string(message->builder, typed);
	return TSP_OK;
}

int message_text_parse(const char *text, const struct contacts *contacts,
	struct message_text *ret_message, tsp_error *err)
{
	struct message_text message = { .builder = tsp_builder_new() };
	if (message.builder == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	int rc = message_parse_into(text, contacts, &message, err);
	if (rc >= 0) {
		rc = tsp_builder_value(message.builder, &message.value);
		if (rc < 0) {
			char shown[80];
			rc = tsp_fail(err, rc == TSP_EVALUE ? TSP_EUSAGE : rc,
				"cannot read the message '%s': %s",
				text_quote(tsp_text_of(text), shown, sizeof(shown)),
				tsp_error_sentence(rc));
		}
	}
	if (rc < 0) {
		message_text_clear(&message);
		return rc;
	}
	*ret_message = message;
	return TSP_OK;
}

void message_text_clear(struct message_text *message)
{
	tsp_builder_free(message->builder);
	*message = (struct message_text){ 0 };
}
