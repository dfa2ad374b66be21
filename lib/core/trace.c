/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/actors.h"
#include "core/route.h"

static bool is_about(const struct trace *trace, const struct actor *actor)
{
	if (trace->number != 0 && actor->number == trace->number)
		return true;
	if (trace->class_name == NULL || actor->class == NULL ||
		strcmp(trace->class_name, actor->class->name) != 0)
		return false;
	return trace->module == NULL ||
		(actor->module->name != NULL && strcmp(trace->module, actor->module->name) == 0);
}

/* Compared once in an actor's life, and again when a trace is opened, never for a message. */
void trace_class_now(const struct admin *admin, struct actor *actor)
{
	for (size_t i = 0; i < TRACES; i++) {
		const struct trace *trace = admin->traces[i];

		if (trace == NULL)
			continue;
		actor->traced &= (uint8_t)~trace->bit;
		if (is_about(trace, actor))
			actor->traced |= trace->bit;
	}
}

/* Who holds a name changes while it is traced. */
uint8_t trace_names_of(const struct admin *admin, const struct actor *actor)
{
	uint8_t bits = 0;

	for (size_t i = 0; i < TRACES; i++) {
		const struct trace *trace = admin->traces[i];
		const struct name *name;

		if (trace == NULL || trace->name == 0)
			continue;
		name = table_get(&admin->names, trace->name);
		if (name != NULL && name->holder == actor)
			bits |= trace->bit;
	}
	return bits;
}

/* ---- Its life ---- */

static void trace_free(struct trace *trace)
{
	free(trace->class_name);
	free(trace->module);
	free(trace->type);
	tsp_builder_free(trace->builder);
	free(trace);
}

/* Nothing is left of it that a message would be looked at for. */
static void remove_trace(struct admin *admin, struct trace *trace)
{
	struct actor *actor;
	size_t at = 0;

	while ((actor = table_next(&admin->actors, &at, NULL)) != NULL)
		actor->traced &= (uint8_t)~trace->bit;
	for (size_t i = 0; i < TRACES; i++) {
		if (admin->traces[i] == trace)
			admin->traces[i] = NULL;
	}
	admin->trace_count--;
	admin->trace_names &= (uint8_t)~trace->bit;
	admin->trace_all &= (uint8_t)~trace->bit;
	trace_free(trace);
}

/* Straight to its caller: what is told of messages is none of those that are told of. */
bool trace_tell(struct admin *admin, struct trace *trace)
{
	struct frame frame = {
		.kind = FRAME_ENVELOPE,
		.flags = FRAME_SYSTEM,
		.to = trace->to,
		.from = admin->address,
	};
	tsp_value body;

	if (tsp_builder_value(trace->builder, &body) < 0)
		return false;
	frame.body = body.data;
	frame.body_size = body.size;
	admin->counters.system_messages++;
	admin->ops->send(admin->io, trace->link->peer, &frame);
	return true;
}

void trace_close(struct admin *admin, struct trace *trace, const char *reason)
{
	tsp_builder_reset(trace->builder);
	tsp_begin_typed(trace->builder, system_notice_name(NOTICE_TRACE_ENDED));
	tsp_put_format(trace->builder, "{s:u,s:u,s:u,s:s}", "seen", trace->seen, "shown",
		trace->shown, "skipped", trace->skipped, "reason", reason);
	tsp_end(trace->builder);
	(void)trace_tell(admin, trace); /* without memory its end is known by its silence */
	remove_trace(admin, trace);
}

clock_ns traces_tick(struct admin *admin)
{
	clock_ns next = CLOCK_NEVER;

	for (size_t i = 0; i < TRACES && admin->trace_count > 0; i++) {
		struct trace *trace = admin->traces[i];

		if (trace == NULL)
			continue;
		if (trace->until <= admin->now)
			trace_close(admin, trace, "time");
		else if (trace->until < next)
			next = trace->until;
	}
	return next;
}

static struct trace *trace_of(const struct admin *admin, const struct link *link)
{
	for (size_t i = 0; i < TRACES; i++) {
		if (admin->traces[i] != NULL && admin->traces[i]->link == link)
			return admin->traces[i];
	}
	return NULL;
}

void traces_forget(struct admin *admin, const struct link *link)
{
	struct trace *trace = admin->trace_count > 0 ? trace_of(admin, link) : NULL;

	if (trace != NULL)
		remove_trace(admin, trace);
}

/* ---- Requests ---- */

static bool read_bound(tsp_value from, const char *key, uint64_t otherwise, uint64_t least,
	uint64_t most, uint64_t *ret)
{
	tsp_value value = tsp_value_get(from, key);

	*ret = otherwise;
	if (tsp_value_kind(value) == TSP_KIND_ABSENT)
		return true;
	return tsp_value_uint(value, ret) && *ret >= least && *ret <= most;
}

/* The text in new memory; without one NULL. False: no memory. */
static bool read_text(tsp_value from, const char *key, char **ret_text)
{
	tsp_text text;

	if (!tsp_value_text(tsp_value_get(from, key), &text))
		return true;
	*ret_text = tsp_text_copy(text);
	return *ret_text != NULL;
}

static const char *read_bounds(const struct admin *admin, tsp_value value, struct trace *trace)
{
	uint64_t rate, duration_ms, body_limit;

	if (!read_bound(value, "limit", TRACE_SHOWN, 1, TRACE_SHOWN_MOST, &trace->limit))
		return "its limit is not from 1 to 1000000";
	if (!read_bound(value, "rate", TRACE_RATE, 1, TRACE_RATE_MOST, &rate))
		return "its rate is not from 1 to 100000";
	if (!read_bound(value, "duration_ms", TRACE_MS, 1, TRACE_MS_MOST, &duration_ms))
		return "its duration is not from 1 ms to a day";
	if (!read_bound(value, "body_limit", 0, 0, TRACE_BODY_MOST, &body_limit))
		return "its bound of bodies is more than 1 MiB";
	trace->interval = CLOCK_SECOND / (clock_ns)rate;
	trace->paid = admin->now - CLOCK_SECOND;
	trace->until = clock_after(admin->now, (int64_t)duration_ms);
	trace->body_limit = (size_t)body_limit;
	return NULL;
}

/* "MODULE:CLASS" or "CLASS". False: no memory. */
static bool split_class(struct trace *trace)
{
	char *colon = trace->class_name != NULL ? strrchr(trace->class_name, ':') : NULL;

	if (colon == NULL)
		return true;
	trace->module = trace->class_name;
	*colon = '\0';
	trace->class_name = strdup(colon + 1);
	return trace->class_name != NULL;
}

/* 0, or a code with the reason. */
static int read_subject(
	struct admin *admin, tsp_value value, struct trace *trace, const char **ret_reason)
{
	tsp_address actor = TSP_NOBODY;

	(void)tsp_value_address(tsp_value_get(value, "actor"), &actor);
	if (!read_text(value, "class", &trace->class_name) ||
		!read_text(value, "type", &trace->type) || !split_class(trace)) {
		*ret_reason = "no memory for a trace";
		return TSP_ENOMEM;
	}
	if (tsp_address_is_nobody(actor))
		return 0;
	/* a name may be held later; a number that has gone never comes again */
	if (actor.system == admin->config.system && address_is_name(actor.number)) {
		trace->name = actor.number;
		return 0;
	}
	if (actor_find(admin, actor) == NULL) {
		*ret_reason = "the actor is dead";
		return TSP_EDEAD;
	}
	trace->number = actor.number;
	return 0;
}

static int read_request(struct admin *admin, const struct request *request, struct trace *trace,
	const char **ret_reason)
{
	uint64_t number = 0;

	(void)tsp_value_uint(tsp_value_get(request->value, "events"), &number);
	*ret_reason = "its events would go to an address that is none of the caller's";
	if (address_lease(number) != request->link->lease || !address_is_of_caller(number))
		return TSP_EVALUE;
	trace->to = own_address(admin, number);
	*ret_reason = read_bounds(admin, request->value, trace);
	if (*ret_reason != NULL)
		return TSP_EVALUE;
	return read_subject(admin, request->value, trace, ret_reason);
}

static int open_trace(struct admin *admin, const struct request *request, struct trace *trace,
	const char **ret_reason)
{
	size_t slot = 0;

	trace->link = request->link;
	trace->builder = tsp_builder_new();
	*ret_reason = "no memory for a trace";
	if (trace->builder == NULL)
		return TSP_ENOMEM;
	*ret_reason = "a trace of this connection runs already";
	if (trace_of(admin, request->link) != NULL)
		return TSP_EEXIST;
	while (slot < TRACES && admin->traces[slot] != NULL)
		slot++;
	*ret_reason = "so many traces run already";
	if (slot == TRACES)
		return TSP_ELIMIT;
	trace->bit = (uint8_t)(1u << slot);
	trace->since = admin->now;
	int rc = read_request(admin, request, trace, ret_reason);
	if (rc < 0)
		return rc;
	admin->traces[slot] = trace;
	admin->trace_count++;
	if (trace->name != 0)
		admin->trace_names |= trace->bit;
	else if (trace->number == 0 && trace->class_name == NULL)
		admin->trace_all |= trace->bit;
	admin->tick_at = 0;
	return 0;
}

void trace_start(struct admin *admin, const struct request *request)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	const char *reason = "no memory for a trace";
	int rc = trace != NULL ? open_trace(admin, request, trace, &reason) : TSP_ENOMEM;
	struct actor *actor;
	char text[100];
	size_t about = 0;
	size_t at = 0;

	if (rc < 0) {
		if (trace != NULL)
			trace_free(trace);
		request_failed(admin, request, rc, reason);
		return;
	}
	while ((actor = table_next(&admin->actors, &at, NULL)) != NULL) {
		trace_class_now(admin, actor);
		if (trace_bits(admin, actor) & trace->bit)
			about++;
	}
	snprintf(text, sizeof(text), "the caller with pid %d listens in on %zu actors",
		request->link->pid, about);
	admin->ops->log(admin->io, LOG_LEVEL_INFO, text);
	notice_send(admin, request->from, admin->address, NOTICE_TRACE_STARTED, "{s:u}", "actors",
		(uint64_t)about);
}

void trace_end(struct admin *admin, const struct request *request)
{
	struct trace *trace = trace_of(admin, request->link);

	if (trace == NULL) {
		request_failed(admin, request, TSP_ENOENT, "no trace of this connection runs");
		return;
	}
	trace_close(admin, trace, "asked");
	notice_send(admin, request->from, admin->address, NOTICE_UPDATED, "{}");
}
