/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/caller.h"

#define TRACE_REQUEST_MS 10000

static void put_bound(tsp_builder *builder, const char *key, int64_t bound)
{
	if (bound == 0)
		return; /* as the system has it */
	tsp_put_key(builder, key);
	tsp_put_int(builder, bound);
}

static void put_text(tsp_builder *builder, const char *key, const char *text)
{
	if (text == NULL)
		return;
	tsp_put_key(builder, key);
	tsp_put_string(builder, text);
}

struct trace_wish {
	const tsp_trace_options *options;
	const tsp_system *system;
};

static void put_trace(tsp_builder *builder, const void *data)
{
	const struct trace_wish *wish = data;
	const tsp_trace_options *options = wish->options;

	tsp_put_key(builder, "events");
	tsp_put_uint(builder, caller_base(wish->system).number);
	if (!tsp_address_is_nobody(options->actor)) {
		tsp_put_key(builder, "actor");
		tsp_put_address(builder, options->actor);
	}
	put_text(builder, "class", options->class_name);
	put_text(builder, "type", options->type);
	put_bound(builder, "limit", options->limit);
	put_bound(builder, "rate", options->rate);
	put_bound(builder, "duration_ms", options->duration_ms);
	put_bound(builder, "body_limit", options->body_limit);
}

int tsp_trace(tsp_system *system, const tsp_trace_options *options, int *ret_actors, tsp_error *err)
{
	static const tsp_trace_options all = { 0 };
	struct trace_wish wish = { .options = options != NULL ? options : &all, .system = system };
	tsp_message *reply = NULL;
	int rc;

	if (!tsp_address_is_nobody(wish.options->actor) && wish.options->class_name != NULL)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot trace: an actor and a class are given, where one of them can be");
	rc = caller_request_good(
		system, REQUEST_TRACE, NOTICE_TRACE_STARTED, put_trace, &wish, TRACE_REQUEST_MS, &reply, err);
	if (rc == TSP_OK && ret_actors != NULL)
		*ret_actors = (int)tsp_get_int(reply, "actors", 0);
	tsp_message_free(reply);
	return rc < 0 ? tsp_wrap(err, rc, "cannot trace") : TSP_OK;
}

int tsp_trace_end(tsp_system *system, tsp_error *err)
{
	tsp_message *reply = NULL;
	int rc = caller_request_good(
		system, REQUEST_TRACE_END, NOTICE_UPDATED, NULL, NULL, TRACE_REQUEST_MS, &reply, err);

	tsp_message_free(reply);
	return rc < 0 ? tsp_wrap(err, rc, "cannot end a trace") : TSP_OK;
}
