/* SPDX-License-Identifier: MIT */
/* What a trace sees of messages, and tells of them. */
#include "config.h"
#include "core/trace.h"

#include "core/actors.h"
#include "core/parcel.h"
#include "core/put.h"
#include "core/route.h"
#include "wire/json.h"
#include "wire/value.h"

/* A message that is done with, whatever it was at the last. */
struct sight {
	tsp_address to;
	tsp_address from;
	uint8_t flags;
	uint8_t senders;	   /* traces that are about who sent it, */
	uint8_t receivers;	   /* and about who it went to */
	const struct actor *actor; /* who it went to; NULL: to no actor */
	tsp_value body;
	clock_ns since;
	const char *outcome;
};

/* By its address alone: of who has gone, or of a name that nobody holds. */
static bool is_to(const struct admin *admin, const struct trace *trace, tsp_address to)
{
	return to.system == admin->config.system && to.number != 0 &&
		(to.number == trace->name || to.number == trace->number);
}

/* "in", "out", "" where it is of any; NULL: not about this one. */
static const char *direction_of(
	const struct admin *admin, const struct trace *trace, const struct sight *sight)
{
	if (admin->trace_all & trace->bit)
		return "";
	if ((sight->receivers & trace->bit) || is_to(admin, trace, sight->to))
		return "in";
	return (sight->senders & trace->bit) != 0 && sight->since >= trace->since ? "out" : NULL;
}

static bool is_type(const struct trace *trace, const struct sight *sight)
{
	tsp_text type = { NULL, 0 };
	tsp_value value;

	if (trace->type == NULL)
		return true;
	return value_split(sight->body, &type, &value) == 0 && tsp_text_is(type, trace->type);
}

static void put_body(tsp_builder *b, const struct trace *trace, const struct sight *sight)
{
	char text[STATUS_TEXT + 1];

	if (trace->body_limit == 0)
		return;
	put_bool(b, "cut", sight->body.size > trace->body_limit);
	if (sight->body.size > trace->body_limit) {
		put_member(b, "excerpt", value_excerpt(sight->body, text, sizeof(text)));
		return;
	}
	tsp_put_key(b, "body");
	tsp_put_encoded(b, sight->body);
}

static void put_sight(const struct admin *admin, tsp_builder *b, const struct trace *trace,
	const struct sight *sight, const char *direction)
{
	tsp_text type = { NULL, 0 };
	tsp_value value;

	(void)value_split(sight->body, &type, &value);
	tsp_begin_map(b);
	tsp_put_key(b, "at_us");
	tsp_put_int(b, admin->config.wall_ms * 1000 + (sight->since - admin->born) / 1000);
	put_member(b, "direction", direction);
	tsp_put_key(b, "from");
	tsp_put_address(b, sight->from);
	tsp_put_key(b, "to");
	tsp_put_address(b, sight->to);
	put_member(b, "class",
		sight->actor != NULL && sight->actor->class != NULL ? sight->actor->class->name :
								      NULL);
	tsp_put_key(b, "type");
	tsp_put_text(b, type);
	put_number(b, "size", sight->body.size);
	put_number(b, "latency_us", (uint64_t)(admin->now - sight->since) / 1000);
	put_member(b, "outcome", sight->outcome);
	put_bool(b, "system", (sight->flags & FRAME_SYSTEM) != 0);
	put_body(b, trace, sight);
	tsp_end(b);
}

/* So many a second, and a second's worth at once. */
static bool has_room(struct admin *admin, struct trace *trace)
{
	clock_ns from = admin->now - CLOCK_SECOND;

	if (trace->paid > from)
		from = trace->paid;
	if (from + trace->interval > admin->now ||
		admin->ops->unsent(admin->io, trace->link->peer) > TRACE_UNSENT_MOST)
		return false;
	trace->paid = from + trace->interval;
	return true;
}

static void show(struct admin *admin, struct trace *trace, const struct sight *sight)
{
	const char *direction = direction_of(admin, trace, sight);

	if (direction == NULL || !is_type(trace, sight))
		return;
	trace->seen++;
	if (!has_room(admin, trace)) {
		trace->skipped++;
		return;
	}
	tsp_builder_reset(trace->builder);
	tsp_begin_typed(trace->builder, system_notice_name(NOTICE_TRACED));
	put_sight(admin, trace->builder, trace, sight, direction);
	tsp_end(trace->builder);
	if (!trace_tell(admin, trace)) {
		trace->skipped++;
		return;
	}
	trace->shown++;
	if (trace->shown >= trace->limit)
		trace_close(admin, trace, "limit");
}

/* bits: the traces that may be about it. What the admin says to callers is the answer to what they asked
 * it for, and no message of anybody. */
static void show_all(struct admin *admin, const struct sight *sight, unsigned bits)
{
	if ((sight->flags & FRAME_EMPTY) || (sight->actor == NULL && sight->from.number == 0))
		return;
	for (size_t i = 0; bits != 0; i++, bits >>= 1) {
		if ((bits & 1) && admin->traces[i] != NULL)
			show(admin, admin->traces[i], sight);
	}
}

/* What waits may have been out with an actor that has gone since. */
static const struct actor *receiver_of(const struct admin *admin, const struct parcel *parcel)
{
	return parcel->state != PARCEL_WAITING ? parcel->actor : actor_find(admin, parcel->to);
}

void trace_parcel_now(struct admin *admin, const struct parcel *parcel, const char *outcome)
{
	const struct actor *actor = receiver_of(admin, parcel);
	uint8_t receivers = trace_bits(admin, actor);
	unsigned bits = parcel->traced | receivers | admin->trace_all | admin->trace_names;

	if (parcel->creation || (bits == 0 && actor != NULL))
		return;
	const struct sight sight = {
		.to = parcel->to,
		.from = parcel->from,
		.flags = parcel->flags,
		.senders = parcel->traced,
		.receivers = receivers,
		.actor = actor,
		.body = { parcel_body(parcel), parcel->size },
		.since = parcel->since,
		.outcome = outcome,
	};

	show_all(admin, &sight, actor != NULL ? bits : UINT8_MAX);
}

void trace_frame_now(struct admin *admin, const struct frame *frame, const char *outcome)
{
	bool to_caller = route_caller(admin, frame->to) != NULL;
	const struct actor *actor = to_caller ? NULL : actor_find(admin, frame->to);
	unsigned bits = admin->sending | admin->trace_all;

	if (to_caller && bits == 0)
		return;
	const struct sight sight = {
		.to = frame->to,
		.from = frame->from,
		.flags = frame->flags,
		.senders = admin->sending,
		.receivers = trace_bits(admin, actor),
		.actor = actor,
		.body = { frame->body, frame->body_size },
		.since = admin->now,
		.outcome = outcome,
	};

	/* a number that has gone is known by itself alone */
	show_all(admin, &sight, to_caller ? bits : UINT8_MAX);
}
