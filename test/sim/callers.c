/* SPDX-License-Identifier: MIT */
/* Outside callers, as share/doc/wire.md has them: a hello, a lease, and a reply address for each ask. */
#include "config.h"
#include "sim/sim.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "core/parts.h"
#include "wire/value.h"

#define ASK_MS 8000 /* an ask lasts, at most */

static void caller_frame(struct sim_caller *caller, const struct frame *frame);

static void caller_take(void *owner, const uint8_t *bytes, size_t size)
{
	struct sim_caller *caller = owner;
	struct frame frame;
	size_t at = 0;
	long whole;

	if (caller->gone)
		return;
	assert(buffer_put(&caller->in, bytes, size) == 0);
	while ((whole = frame_get(caller->in.data + at, caller->in.size - at, FRAME_LIMIT, &frame,
			NULL)) > 0) {
		caller_frame(caller, &frame);
		at += (size_t)whole;
	}
	buffer_drop(&caller->in, at);
}

static void caller_ended(void *owner)
{
	((struct sim_caller *)owner)->gone = true;
}

static void admin_ended(void *owner)
{
	struct sim_caller *caller = owner;

	if (caller->told)
		return;
	caller->told = true;
	memory_arm(true);
	admin_link_ended(sim->admin, caller->link, sim->now);
	memory_arm(false);
	switch_after();
}

static void admin_take(void *owner, const uint8_t *bytes, size_t size)
{
	struct sim_caller *caller = owner;
	struct frame frame;
	size_t at = 0;
	long whole;

	if (caller->told)
		return;
	assert(buffer_put(&caller->at_admin, bytes, size) == 0);
	while ((whole = frame_get(caller->at_admin.data + at, caller->at_admin.size - at,
			FRAME_LIMIT, &frame, NULL)) > 0) {
		at += (size_t)whole;
		if (switch_receive(NULL, caller, &frame) < 0) {
			if (!sim->profile->memory)
				sim_fail("the admin does not take a frame of caller %d",
					caller->index);
			admin_ended(caller);
			stream_end(&caller->down);
			break;
		}
	}
	buffer_drop(&caller->at_admin, at);
}

void caller_open(void)
{
	struct frame hello = { .kind = FRAME_HELLO };
	struct sim_caller *caller;
	uint8_t *body;

	if (sim->caller_count == SIM_CALLERS)
		return;
	caller = &sim->callers[sim->caller_count];
	caller->index = (int)sim->caller_count++;
	buffer_init(&caller->in, 8 * FRAME_LIMIT);
	buffer_init(&caller->at_admin, 8 * FRAME_LIMIT);
	stream_open(&caller->up, caller, admin_take, admin_ended);
	stream_open(&caller->down, caller, caller_take, caller_ended);
	caller->down.to_caller = true;
	caller->counter = ADDRESS_CALLER_ACTORS;
	caller->children = 1;
	caller->link = admin_caller_opened(sim->admin, &caller->down, false, sim->now, NULL);
	assert(caller->link != NULL);
	assert(value_encode(&body, &hello.body_size, NULL, "{s:i, s:i}", "protocol", FRAME_PROTOCOL,
		       "pid", 1) == 0);
	hello.body = body;
	stream_put(&caller->up, &hello);
	free(body);
	sim_trace("caller %d comes", caller->index);
}

/* What it has written goes its way, or a part of it. */
void caller_vanish(struct sim_caller *caller)
{
	sim_trace("caller %d vanishes", caller->index);
	caller->gone = true;
	caller->up.bytes.size -= sim_chance(50) ? sim_draw(caller->up.bytes.size + 1) : 0;
	stream_end(&caller->up);
}

struct sim_caller *caller_any(void)
{
	size_t first = sim_draw(sim->caller_count);

	for (size_t i = 0; i < sim->caller_count; i++) {
		struct sim_caller *caller = &sim->callers[(first + i) % sim->caller_count];

		if (!caller->gone && caller->lease != 0)
			return caller;
	}
	return NULL;
}

static tsp_address caller_address(const struct sim_caller *caller, uint64_t counter)
{
	return (tsp_address){ SIM_SYSTEM, caller->lease << ADDRESS_LEASE_SHIFT | counter };
}

static void send_body(struct sim_caller *caller, tsp_address to, uint64_t reply, const char *type,
	const char *format, va_list args)
{
	struct frame frame = { .kind = FRAME_ENVELOPE, .to = to, .from = { SIM_SYSTEM, reply } };
	tsp_builder *b = tsp_builder_new();
	tsp_value body;

	tsp_begin_typed(b, type);
	tsp_put_vformat(b, format, args);
	tsp_end(b);
	assert(tsp_builder_value(b, &body) == 0);
	frame.body = body.data;
	frame.body_size = body.size;
	stream_put(&caller->up, &frame);
	tsp_builder_free(b);
}

static void send_format(struct sim_caller *caller, tsp_address to, uint64_t reply, const char *type,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	send_body(caller, to, reply, type, format, args);
	va_end(args);
}

/* ---- Asks ---- */

static void deadline(void *data, uint64_t index)
{
	struct sim_caller *caller = data;
	struct ask *ask = &caller->asks[index];

	if (ask->ended || caller->gone)
		return;
	ask->ended = true;
	if (ask->sure && !sim->profile->memory && !sim->stopped)
		sim_fail("caller %d has no answer to its request %llx", caller->index,
			(unsigned long long)ask->reply);
	sim_trace("caller %d gives message %d up", caller->index, (int)ask->id);
	send_format(caller, (tsp_address){ SIM_SYSTEM, 0 }, caller_address(caller, 1).number,
		"CancelAsk", "{s:u}", "number", ask->reply);
}

/* lasts 0: nobody gives it up. */
static struct ask *ask_new(struct sim_caller *caller, enum ask_kind kind, clock_ns lasts)
{
	struct ask *ask;

	if (caller->ask_count == SIM_ASKS)
		return NULL;
	ask = &caller->asks[caller->ask_count++];
	ask->reply = caller_address(caller, ++caller->counter).number;
	ask->kind = kind;
	if (lasts > 0)
		sim_at(sim->now + lasts, deadline, caller, caller->ask_count - 1);
	return ask;
}

void caller_request(struct sim_caller *caller, const char *type, bool sure, const char *format, ...)
{
	struct ask *ask = ask_new(caller, ASK_REQUEST, ASK_MS * CLOCK_MS);
	va_list args;

	if (ask == NULL)
		return;
	ask->sure = sure;
	sim_trace("caller %d asks for %s", caller->index, type);
	va_start(args, format);
	send_body(caller, (tsp_address){ SIM_SYSTEM, 0 }, ask->reply, type, format, args);
	va_end(args);
}

void caller_create(struct sim_caller *caller)
{
	struct ask *ask = ask_new(caller, ASK_CREATE, 200 * CLOCK_SECOND);
	tsp_address address;
	const char *class_name = class_draw();
	const char *module = sim_chance(80) ? "one" : sim_chance(90) ? "two" : "none";
	const char *name = sim_chance(5 + sim->profile->names) ? name_draw() : NULL;

	if (ask == NULL)
		return;
	address = caller_address(caller, ++caller->children);
	ask->number = address.number;
	sim_trace("caller %d creates %s %llx as %s", caller->index, class_name,
		(unsigned long long)address.number, name != NULL ? name : "-");
	if (name != NULL)
		send_format(caller, (tsp_address){ SIM_SYSTEM, 0 }, ask->reply, "Create",
			"{s:u, s:s, s:s, s:s, s:i}", "number", address.number, "class", class_name,
			"module", module, "name", name, "host", host_draw());
	else
		send_format(caller, (tsp_address){ SIM_SYSTEM, 0 }, ask->reply, "Create",
			"{s:u, s:s, s:s, s:i}", "number", address.number, "class", class_name,
			"module", module, "host", host_draw());
	book_add(address);
}

void caller_restart(struct sim_caller *caller)
{
	struct ask *ask = ask_new(caller, ASK_RESTART, 0);
	tsp_address address = book_draw();

	if (ask == NULL)
		return;
	sim_trace("caller %d restarts %llx", caller->index, (unsigned long long)address.number);
	send_format(caller, (tsp_address){ SIM_SYSTEM, 0 }, ask->reply, "Restart",
		"{s:a, s:i, s:b}", "address", address, "grace_ms", (int)sim_draw(3) * 500, "others",
		sim_chance(50));
}

void caller_send_again(struct sim_caller *caller)
{
	uint64_t last = sim->admin->morgue.last_id;
	uint64_t from = caller_address(caller, 1).number;
	int shelf = (int)sim_draw(MORGUE_SHELVES);
	struct ask *ask = NULL;
	uint64_t id;

	if (last == 0)
		return;
	id = last - sim_draw(last < 12 ? last : 12);
	if (sim_chance(90)) {
		ask = ask_new(caller, ASK_MORGUE, 0);
		if (ask == NULL)
			return;
		ask->reply |= sim_chance(95) ? ADDRESS_CALLER_ASKS : 0;
		from = ask->reply;
	}
	sim_trace("caller %d has %llu of shelf %d sent again", caller->index,
		(unsigned long long)id, shelf);
	if (sim_chance(30))
		send_format(caller, (tsp_address){ SIM_SYSTEM, 0 }, from, "SendMorgue",
			"{s:i, s:u, s:a}", "shelf", shelf, "id", id, "to", book_draw());
	else
		send_format(caller, (tsp_address){ SIM_SYSTEM, 0 }, from, "SendMorgue",
			"{s:i, s:u, s:b}", "shelf", shelf, "id", id, "as_sender", sim_chance(40));
}

static void send_work(struct sim_caller *caller, tsp_address to, uint64_t from, enum work work,
	int fuel, struct ask *ask)
{
	struct entry *entry =
		ledger_new(-1 - caller->index, (tsp_address){ SIM_SYSTEM, from }, to, work);
	static const char *const types[] = { "Work", "Work.More" };
	uint64_t id = entry->id;

	if (ask != NULL)
		ask->id = id;
	sim_trace("caller %d sends message %d (%s) to %llx", caller->index, (int)id,
		work_names[work], (unsigned long long)to.number);
	if (work == WORK_EXIT_REQUEST)
		send_format(caller, to, from, "ActorExitRequest", "{s:u, s:b}", "id", id,
			"recursive", sim_chance(80));
	else if (work == WORK_STATUS_REQUEST)
		send_format(caller, to, from, "Thespian_StatusReq", "{s:u}", "id", id);
	else
		send_format(caller, to, from, types[sim_draw(2)], "{s:u, s:i, s:i}", "id", id, "do",
			(int)work, "fuel", fuel);
}

void caller_ask(struct sim_caller *caller, tsp_address to, enum work work, int fuel)
{
	struct ask *ask = ask_new(caller, ASK_WORK,
		(clock_ns)(1 + sim_draw(sim_chance(30) ? 30 : ASK_MS)) * CLOCK_MS);

	if (ask != NULL)
		send_work(caller, to, ask->reply, work, fuel, ask);
}

void caller_tell(struct sim_caller *caller, tsp_address to, enum work work, int fuel)
{
	send_work(caller, to, caller_address(caller, 1).number, work, fuel, NULL);
}

/* ---- What comes ---- */

static struct ask *ask_find(struct sim_caller *caller, uint64_t reply)
{
	for (size_t i = 0; i < caller->ask_count; i++) {
		if (caller->asks[i].reply == reply)
			return &caller->asks[i];
	}
	return NULL;
}

static bool is_answer(enum ask_kind kind, tsp_text type)
{
	if (tsp_text_is(type, "Created") || tsp_text_is(type, "CreateFailed"))
		return true;
	return kind == ASK_RESTART &&
		(tsp_text_is(type, "Killed") || tsp_text_is(type, "RequestFailed"));
}

static void see_answer(struct sim_caller *caller, struct ask *ask, const struct frame *frame)
{
	bool creates = ask->kind == ASK_CREATE || ask->kind == ASK_RESTART;
	tsp_value inner = { NULL, 0 };
	struct entry *entry = ledger_find(ask->id);
	uint64_t about = 0;
	tsp_text type;
	tsp_value value;

	assert(value_split((tsp_value){ frame->body, frame->body_size }, &type, &value) == 0);
	if (ask->kind == ASK_MORGUE) {
		/* which message it was the admin knows alone */
	} else if (frame->flags & FRAME_SYSTEM) {
		if (tsp_text_is(type, "PoisonMessage")) {
			(void)tsp_value_encoded(tsp_value_get(value, "poisonMessage"), &inner);
			about = body_id(inner.data, inner.size);
			if (about != ask->id)
				sim_fail("an ask for %d hears of %d", (int)ask->id, (int)about);
			else if (entry != NULL && ++entry->poisons > 1 && !entry->again)
				sim_fail("message %d goes back twice", (int)ask->id);
		} else if (creates && !is_answer(ask->kind, type)) {
			sim_fail("a creation is answered with %.*s", (int)type.size, type.data);
		}
	} else if (tsp_value_uint(tsp_value_get(value, "re"), &about) && about != ask->id) {
		sim_fail("an ask for %d is answered for %d", (int)ask->id, (int)about);
	}
	if (ask->ended && creates)
		sim_fail("a creation is answered twice");
	ask->ended = true;
	sim_trace("caller %d has its answer to %d: %.*s", caller->index, (int)ask->id,
		(int)type.size, type.data);
}

static void caller_frame(struct sim_caller *caller, const struct frame *frame)
{
	struct ask *ask;

	if (frame->kind == FRAME_HELLO) {
		assert(tsp_value_uint(
			tsp_value_get((tsp_value){ frame->body, frame->body_size }, "lease"),
			&caller->lease));
		return;
	}
	if (frame->kind != FRAME_ENVELOPE || address_lease(frame->to.number) != caller->lease) {
		sim_fail("caller %d gets what is not for it", caller->index);
		return;
	}
	ask = ask_find(caller, frame->to.number);
	if (ask != NULL)
		see_answer(caller, ask, frame);
}

void callers_clear(void)
{
	for (size_t i = 0; i < sim->caller_count; i++) {
		struct sim_caller *caller = &sim->callers[i];

		buffer_clear(&caller->in);
		buffer_clear(&caller->at_admin);
		buffer_clear(&caller->up.bytes);
		buffer_clear(&caller->down.bytes);
	}
}
