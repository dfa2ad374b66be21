/* SPDX-License-Identifier: MIT */
/* What passes the admin, as one sees it from outside: frames in, frames out, pages at a death. */
#include "config.h"
#include "sim/sim.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "core/parts.h"
#include "wire/address.h"
#include "wire/system.h"
#include "wire/value.h"

static uint64_t id_of(tsp_value body)
{
	tsp_text type;
	tsp_value value;
	uint64_t id = 0;

	if (body.size == 0 || value_split(body, &type, &value) < 0)
		return 0;
	(void)tsp_value_uint(tsp_value_get(value, "id"), &id);
	return id;
}

uint64_t body_id(const uint8_t *body, size_t size)
{
	return id_of((tsp_value){ body, size });
}

/* ---- Frames in ---- */

static bool split(const struct frame *frame, tsp_text *ret_type, tsp_value *ret_value)
{
	return frame->body_size > 0 &&
		value_split((tsp_value){ frame->body, frame->body_size }, ret_type, ret_value) == 0;
}

static void see_message(const struct frame *frame)
{
	uint64_t id = (frame->flags & FRAME_NOTED) ? frame->sequence :
						     body_id(frame->body, frame->body_size);
	struct entry *entry = ledger_find(id);
	tsp_text type = { NULL, 0 };
	tsp_value value;

	if (split(frame, &type, &value) &&
		tsp_text_is(type, system_notice_name(NOTICE_ACTOR_STATUS)))
		return;
	sim->ledger.accepted++;
	if (entry == NULL)
		return;
	sim_trace("message %d (%s) for %llx is at the admin", (int)id, work_names[entry->work],
		(unsigned long long)frame->to.number);
	if (++entry->accepted > 1)
		sim_fail("message %d came to the admin twice", (int)id);
	if (entry->finished || entry->failed)
		sim_fail("message %d came to the admin when it was handled", (int)id);
}

/* An actor ends: what it was sent and did not say done of is not delivered. */
static void see_exit(struct sim_host *host, tsp_value value)
{
	uint64_t number = 0;

	(void)tsp_value_uint(tsp_value_get(value, "number"), &number);
	sim_trace("actor %llx has exited", (unsigned long long)number);
	for (size_t i = 0; i < host->sent_count; i++) {
		struct flight *flight = &host->sent[i];
		struct entry *entry = ledger_find(flight->id);

		if (flight->number != number || flight->done)
			continue;
		flight->gone = true;
		if (entry != NULL)
			entry->judged = JUDGED_RETURNED;
	}
}

static void see_request(struct sim_host *host, const struct frame *frame)
{
	uint64_t number = 0;
	tsp_text type;
	tsp_value value;

	if (!split(frame, &type, &value))
		return;
	if (host != NULL && tsp_text_is(type, system_request_name(REQUEST_EXITED)))
		see_exit(host, value);
	if (!tsp_text_is(type, system_request_name(REQUEST_CANCEL)))
		return;
	(void)tsp_value_uint(tsp_value_get(value, "number"), &number);
	for (size_t i = sim->ledger.count; i-- > 0;) {
		if (sim->ledger.entries[i].from.number == number)
			sim->ledger.entries[i].gave_up = true;
	}
}

static void see_done(struct sim_host *host, const struct frame *frame)
{
	struct done done;
	size_t at = 0;

	while (done_get(frame->body, frame->body_size, &at, &done) > 0) {
		for (uint64_t s = done.first; s < done.first + done.count; s++) {
			struct flight *flight;
			struct entry *entry;

			if (s > host->sent_count) {
				sim_fail("host %d says done of what was not sent", (int)host->id);
				return;
			}
			flight = &host->sent[s - 1];
			entry = ledger_find(flight->id);
			if (done.kind == DONE_KEPT) {
				flight->kept = true;
				continue;
			}
			if (flight->done)
				sim_fail("host %d says done of %d twice", (int)host->id, (int)s);
			flight->done = true;
			if (entry == NULL || flight->gone)
				continue;
			entry->done++;
			entry->done_failed = done.kind == DONE_FAILED;
		}
	}
}

/* ---- Giving names ---- */

struct giving {
	size_t count;
	uint64_t numbers[SIM_NAMES];
	uint64_t holders[SIM_NAMES]; /* that the rules say, afterwards */
};

static uint64_t holder_of(uint64_t number)
{
	const struct name *name = table_get(&sim->admin->names, number);

	return name != NULL && name->holder != NULL ? name->holder->number : 0;
}

/* Who that address is after the steps before; 0: nobody who lives. */
static uint64_t resolve(const struct giving *giving, tsp_value target)
{
	tsp_address address = TSP_NOBODY;

	(void)tsp_value_address(target, &address);
	if (address.system != SIM_SYSTEM)
		return 0;
	for (size_t i = giving->count; i-- > 0;) {
		if (giving->numbers[i] == address.number)
			return giving->holders[i];
	}
	if (address.number & ADDRESS_NAME_BIT)
		return holder_of(address.number);
	return table_get(&sim->admin->actors, address.number) != NULL ? address.number : 0;
}

static void expect_giving(struct giving *giving, const struct frame *frame)
{
	bool allowed = true;
	tsp_value names;
	tsp_value value;
	tsp_text type;

	if (!split(frame, &type, &value) || !tsp_text_is(type, "GiveNames"))
		return;
	names = tsp_value_get(value, "names");
	for (size_t i = 0; i < tsp_value_count(names); i++) {
		const struct name *name;
		tsp_text text = { NULL, 0 };
		uint64_t to = resolve(giving, tsp_value_at(tsp_value_get(value, "targets"), i));

		(void)tsp_value_text(tsp_value_at(names, i), &text);
		giving->numbers[giving->count] = address_of_name(SIM_SYSTEM, text);
		name = table_get(&sim->admin->names, giving->numbers[giving->count]);
		allowed = allowed && name != NULL && name->owner == frame->from.number;
		giving->holders[giving->count++] =
			name != NULL && name->born ? holder_of(name->number) : to;
	}
	for (size_t i = 0; !allowed && i < giving->count; i++)
		giving->holders[i] = holder_of(giving->numbers[i]);
}

static void check_giving(const struct giving *giving)
{
	for (size_t i = 0; i < giving->count; i++) {
		if (holder_of(giving->numbers[i]) != giving->holders[i])
			sim_fail("a name is held by %llx, and was given to %llx",
				(unsigned long long)holder_of(giving->numbers[i]),
				(unsigned long long)giving->holders[i]);
	}
}

/* What a caller has sent once more is a message that came, if the admin takes it as one. */
static bool see_again(const struct frame *frame)
{
	const struct morgue_entry *kept;
	struct entry *entry;
	uint64_t shelf = 0;
	uint64_t id = 0;
	tsp_text type;
	tsp_value value;

	if (!split(frame, &type, &value) ||
		!tsp_text_is(type, system_request_name(REQUEST_MORGUE_SEND)))
		return false;
	(void)tsp_value_uint(tsp_value_get(value, "shelf"), &shelf);
	(void)tsp_value_uint(tsp_value_get(value, "id"), &id);
	kept = morgue_find(&sim->admin->morgue.shelves[shelf], id);
	entry = kept != NULL ? ledger_find(id_of(kept->body)) : NULL;
	if (entry != NULL)
		entry->again = true;
	return true;
}

int switch_receive(struct sim_host *host, struct sim_caller *caller, const struct frame *frame)
{
	struct link *link = host != NULL ? host->link : caller->link;
	uint64_t accepted = sim->admin->counters.accepted;
	struct giving giving = { 0 };
	bool again = false;
	int rc;

	if (frame->kind == FRAME_DONE) {
		see_done(host, frame);
	} else if (frame->kind == FRAME_ENVELOPE && frame->to.system == SIM_SYSTEM &&
		frame->to.number == 0) {
		see_request(host, frame);
		expect_giving(&giving, frame);
		again = see_again(frame);
	} else if (frame->kind == FRAME_ENVELOPE) {
		see_message(frame);
	}
	memory_arm(true);
	rc = admin_receive(sim->admin, link, frame, sim->now);
	memory_arm(false);
	if (again)
		sim->ledger.accepted += sim->admin->counters.accepted - accepted;
	check_giving(&giving);
	switch_after();
	return rc;
}

/* ---- Frames out ---- */

static void copy_text(char *out, size_t size, tsp_value value)
{
	tsp_text text = { NULL, 0 };

	if (!tsp_value_text(value, &text) || text.size >= size)
		return;
	memcpy(out, text.data, text.size);
	out[text.size] = '\0';
}

static void see_notice(const struct frame *frame)
{
	tsp_value inner = { NULL, 0 };
	struct entry *entry;
	tsp_text text = { NULL, 0 };
	uint64_t note = 0;
	tsp_text type;
	tsp_value value;

	if (!split(frame, &type, &value))
		return;
	if (tsp_text_is(type, system_notice_name(NOTICE_POISON))) {
		(void)tsp_value_encoded(tsp_value_get(value, "poisonMessage"), &inner);
		entry = ledger_find(id_of(inner));
		if (entry == NULL)
			return;
		entry->poison_sent++;
		copy_text(entry->outcome, sizeof(entry->outcome), tsp_value_get(value, "outcome"));
		(void)tsp_value_text(tsp_value_get(value, "details"), &text);
		entry->dead_unknown = text.size > 15 &&
			memcmp(text.data, "outcome unknown", 15) == 0;
		sim_trace("message %d goes back: %s: %.*s", (int)entry->id, entry->outcome,
			(int)text.size, text.data);
	} else if (tsp_text_is(type, system_notice_name(NOTICE_DEAD))) {
		(void)tsp_value_encoded(tsp_value_get(value, "deadMessage"), &inner);
		entry = ledger_find(id_of(inner));
		if (entry == NULL)
			return;
		entry->dead_sent++;
		(void)tsp_value_text(tsp_value_get(value, "reason"), &text);
		entry->dead_unknown = text.size > 15 &&
			memcmp(text.data, "outcome unknown", 15) == 0;
		sim_trace("message %d is a dead letter: %.*s", (int)entry->id, (int)text.size,
			text.data);
	} else if (tsp_text_is(type, system_notice_name(NOTICE_HANDLED))) {
		(void)tsp_value_uint(tsp_value_get(value, "note"), &note);
		entry = ledger_find(note);
		if (entry != NULL)
			entry->handled_sent++;
	}
}

/* Who holds a name now gets what waits there, nobody else. */
static void check_target(
	const struct sim_host *host, const struct entry *entry, const struct frame *frame)
{
	const struct name *name;

	if (entry->to.number == frame->to.number)
		return;
	name = table_get(&sim->admin->names, entry->to.number);
	if (name == NULL || name->holder == NULL || name->holder->number != frame->to.number ||
		name->holder->host == NULL || name->holder->host->id != host->id)
		sim_fail("message %d for %llx goes to %llx, which does not hold that name",
			(int)entry->id, (unsigned long long)entry->to.number,
			(unsigned long long)frame->to.number);
}

/* An order that its host went without taking is placed once more, with what was sent behind it. */
static bool is_placed_again(const struct sim_host *host, uint64_t number)
{
	for (size_t i = 0; host->status == 0 && i < host->sent_count; i++) {
		const struct flight *flight = &host->sent[i];

		if (flight->number == number && flight->creation)
			return !flight->done && i + 1 > host->shared.dispatched;
	}
	return false;
}

static bool was_placed_again(const struct entry *entry)
{
	const struct sim_host *host = host_by_id(entry->host);

	for (size_t i = 0; i < host->sent_count; i++) {
		if (host->sent[i].id == entry->id)
			return is_placed_again(host, host->sent[i].number);
	}
	return false;
}

void switch_sent_to_host(struct sim_host *host, const struct frame *frame)
{
	struct flight *flight;
	struct entry *entry;
	tsp_text type = { NULL, 0 };
	tsp_value value;

	if (host->released || host->up.ended)
		sim_trace("host %d gets a frame when it has ended", (int)host->id);
	if (frame->kind != FRAME_ENVELOPE || frame->to.number == 0)
		return;
	if (host->sent_count == host->sent_capacity) {
		host->sent_capacity = host->sent_capacity == 0 ? 64 : 2 * host->sent_capacity;
		host->sent = realloc(host->sent, host->sent_capacity * sizeof(*host->sent));
		assert(host->sent != NULL);
	}
	flight = &host->sent[host->sent_count++];
	if (frame->sequence != host->sent_count)
		sim_fail("host %d is sent number %d behind %d", (int)host->id, (int)frame->sequence,
			(int)host->sent_count - 1);
	memset(flight, 0, sizeof(*flight));
	flight->number = frame->to.number;
	if (frame->flags & FRAME_SYSTEM) {
		(void)split(frame, &type, &value);
		flight->creation = tsp_text_is(type, system_notice_name(NOTICE_CREATE_ACTOR));
		flight->system = true;
		see_notice(frame);
		return;
	}
	flight->id = body_id(frame->body, frame->body_size);
	entry = ledger_find(flight->id);
	if (entry == NULL)
		return;
	sim_trace("message %d goes to host %d as %d", (int)entry->id, (int)host->id,
		(int)frame->sequence);
	if (++entry->sent > 1 && !entry->again && !was_placed_again(entry))
		sim_fail("message %d is sent to a host twice", (int)entry->id);
	entry->judged = JUDGED_NOT;
	entry->host = host->id;
	if (!entry->again)
		check_target(host, entry, frame);
}

void switch_sent_to_caller(struct sim_caller *caller, const struct frame *frame)
{
	struct entry *entry;

	(void)caller;
	if (frame->kind != FRAME_ENVELOPE)
		return;
	if (frame->flags & FRAME_SYSTEM) {
		see_notice(frame);
		return;
	}
	entry = ledger_find(body_id(frame->body, frame->body_size));
	if (entry != NULL)
		entry->to_caller++;
}

/* ---- A death ---- */

/* Of what it had deferred it ended some and could not say so: of all it is unknown then. */
static bool ended_unsaid(const struct sim_host *host)
{
	for (size_t i = 0; i < host->sent_count; i++) {
		const struct flight *flight = &host->sent[i];
		const struct entry *entry = ledger_find(flight->id);

		if (flight->done || flight->gone || entry == NULL || !entry->redelivered)
			continue;
		if (entry->finished || entry->failed ||
			(entry->died && !flight->kept && i + 1 == host->shared.dispatched))
			return true;
	}
	return false;
}

void switch_host_released(struct sim_host *host)
{
	bool unsaid = ended_unsaid(host);
	uint64_t dispatched = host->shared.dispatched;
	uint64_t in_work = host->shared.in_work;

	for (size_t i = 0; i < host->sent_count; i++) {
		struct flight *flight = &host->sent[i];
		struct entry *entry = ledger_find(flight->id);
		enum judgement judged = JUDGED_RETURNED;

		if (flight->done || flight->gone || flight->system)
			continue;
		if (host->failed)
			judged = JUDGED_RETURNED;
		else if (is_placed_again(host, flight->number))
			judged = JUDGED_AGAIN;
		else if (i + 1 == in_work)
			judged = JUDGED_CRASHED;
		else if (flight->kept)
			judged = unsaid ? JUDGED_UNKNOWN : JUDGED_RETURNED;
		else if (i + 1 <= dispatched)
			judged = JUDGED_UNKNOWN;
		if (judged == JUDGED_UNKNOWN)
			sim->ledger.unknown++;
		if (entry != NULL && entry->host == host->id && entry->judged == JUDGED_NOT)
			entry->judged = judged;
	}
}

/* ---- Time ---- */

static void tick(void *data, uint64_t argument)
{
	clock_ns next;

	(void)data;
	(void)argument;
	if (sim->now != sim->tick_at)
		return;
	memory_arm(true);
	next = admin_tick(sim->admin, sim->now);
	memory_arm(false);
	sim->tick_at = CLOCK_NEVER;
	check_always();
	if (next != CLOCK_NEVER) {
		if (next <= sim->now)
			next = sim->now + 1;
		sim->tick_at = next + (sim_chance(10) ? (clock_ns)sim_draw(300) * CLOCK_MS : 0);
		sim_at(sim->tick_at, tick, NULL, 0);
	}
}

void switch_after(void)
{
	clock_ns time = sim->now + (sim_chance(5) ? (clock_ns)sim_draw(100) * CLOCK_MS : 1);

	check_always();
	if (time >= sim->tick_at)
		return;
	sim->tick_at = time;
	sim_at(time, tick, NULL, 0);
}
