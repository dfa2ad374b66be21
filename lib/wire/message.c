/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/message.h"

#include <stdlib.h>
#include <string.h>

#include "wire/value.h"

int message_init(struct tsp_message *message, tsp_value body, tsp_address sender, bool system)
{
	tsp_text type;
	tsp_value value;
	int rc = value_split(body, &type, &value);

	if (rc < 0)
		return rc;
	*message = (struct tsp_message){
		.type = type,
		.value = value,
		.body = body,
		.sender = sender,
		.system = system,
	};
	return TSP_OK;
}

struct tsp_message *message_new(tsp_value body, tsp_address sender, tsp_address target, bool system)
{
	struct tsp_message *message = malloc(sizeof(*message));
	uint8_t *copy = body.size > 0 ? malloc(body.size) : NULL;

	if (message == NULL || copy == NULL)
		goto fail;
	memcpy(copy, body.data, body.size);
	if (message_init(message, (tsp_value){ copy, body.size }, sender, system) < 0)
		goto fail;
	message->target = target;
	message->owned = copy;
	return message;
fail:
	free(copy);
	free(message);
	return NULL;
}

void tsp_message_free(tsp_message *message)
{
	if (message == NULL)
		return;
	free(message->owned);
	free(message);
}

tsp_text tsp_message_type(const tsp_message *message)
{
	return message->type;
}

bool tsp_message_is(const tsp_message *message, const char *type)
{
	return tsp_text_is(message->type, type);
}

tsp_value tsp_message_value(const tsp_message *message)
{
	return message->value;
}

tsp_value tsp_message_body(const tsp_message *message)
{
	return message->body;
}

tsp_address tsp_message_sender(const tsp_message *message)
{
	return message->sender;
}

bool tsp_message_is_system(const tsp_message *message)
{
	return message->system;
}

tsp_value tsp_get(const tsp_message *message, const char *key)
{
	return tsp_value_get(message->value, key);
}

tsp_text tsp_get_text(const tsp_message *message, const char *key)
{
	tsp_text text = { 0 };

	tsp_value_text(tsp_get(message, key), &text);
	return text;
}

int64_t tsp_get_int(const tsp_message *message, const char *key, int64_t otherwise)
{
	tsp_value_int(tsp_get(message, key), &otherwise);
	return otherwise;
}

bool tsp_get_bool(const tsp_message *message, const char *key, bool otherwise)
{
	tsp_value_bool(tsp_get(message, key), &otherwise);
	return otherwise;
}

double tsp_get_float(const tsp_message *message, const char *key, double otherwise)
{
	tsp_value_float(tsp_get(message, key), &otherwise);
	return otherwise;
}

tsp_address tsp_get_address(const tsp_message *message, const char *key)
{
	tsp_address address = TSP_NOBODY;

	tsp_value_address(tsp_get(message, key), &address);
	return address;
}
