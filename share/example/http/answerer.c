/* SPDX-License-Identifier: MIT */
#include "http.h"

#include <stdlib.h>

#define SLOW_LIMIT_MS 10000

static int answer(tsp_actor *self, tsp_address who, int64_t ticket, int status, const char *key,
	tsp_value value)
{
	return tsp_sendf(self, who, "Answer", "{s:I, s:i, s:{s:v}}", "ticket", ticket, "status",
		status, "body", key, value);
}

/* The answer to a slow question comes with a wake-up: nobody else waits for it meanwhile. */
static int answer_later(tsp_actor *self, tsp_address who, int64_t ticket, tsp_value query)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value payload;
	tsp_text text;
	int64_t ms = 1000;
	int rc = TSP_ENOMEM;

	if (builder == NULL)
		return rc;
	if (tsp_value_text(tsp_value_get(query, "ms"), &text)) {
		char *copy = tsp_text_copy(text);

		ms = copy != NULL ? strtol(copy, NULL, 10) : 0;
		free(copy);
	}
	ms = ms < 0 ? 0 : ms > SLOW_LIMIT_MS ? SLOW_LIMIT_MS : ms;
	tsp_put_format(builder, "{s:a, s:I, s:I}", "who", who, "ticket", ticket, "ms", ms);
	rc = tsp_builder_value(builder, &payload);
	if (rc == TSP_OK)
		rc = tsp_wakeup_after(self, ms, payload);
	tsp_builder_free(builder);
	return rc;
}

static int on_wakeup(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_value payload = tsp_get(message, "payload");
	tsp_address who = TSP_NOBODY;
	int64_t ticket = 0;

	(void)sender;
	(void)tsp_value_address(tsp_value_get(payload, "who"), &who);
	(void)tsp_value_int(tsp_value_get(payload, "ticket"), &ticket);
	return answer(self, who, ticket, 200, "slept_ms", tsp_value_get(payload, "ms"));
}

static int on_question(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_text path = tsp_get_text(message, "path");
	tsp_value query = tsp_get(message, "query");
	int64_t ticket = tsp_get_int(message, "ticket", 0);
	tsp_text name = TSP_TEXT("world");

	if (tsp_text_is(path, "/hello")) {
		(void)tsp_value_text(tsp_value_get(query, "name"), &name);
		return tsp_sendf(self, sender, "Answer", "{s:I, s:i, s:{s:t}}", "ticket", ticket,
			"status", 200, "body", "hello", name);
	}
	if (tsp_text_is(path, "/query"))
		return answer(self, sender, ticket, 200, "query", query);
	if (tsp_text_is(path, "/slow"))
		return answer_later(self, sender, ticket, query);
	return answer(self, sender, ticket, 404, "nothing_at", tsp_get(message, "path"));
}

static const tsp_handler handlers[] = { { "Question", on_question }, { "WakeupMessage", on_wakeup },
	{ 0 } };

const tsp_class http_answerer = { .name = "Answerer", .handlers = handlers };
