/* SPDX-License-Identifier: MIT */
/* What callers ask of the morgue, and what hosts bring there of what their actors sent to each other. */
#include "config.h"
#include "core/requests.h"

#include <stdlib.h>
#include "core/actors.h"
#include "core/asks.h"
#include "core/names.h"
#include "core/put.h"
#include "core/route.h"
#include "wire/value.h"

/* The shelf of a request; NULL: there is none of that number, which was answered. */
static struct morgue_shelf *shelf_of(
	struct admin *admin, const struct request *request, int64_t *ret_number)
{
	int64_t number = -1;

	(void)tsp_value_int(tsp_value_get(request->value, "shelf"), &number);
	if (number < 0 || number >= MORGUE_SHELVES) {
		request_failed(admin, request, TSP_EVALUE, "there is no such shelf");
		return NULL;
	}
	*ret_number = number;
	return &admin->morgue.shelves[number];
}

static struct morgue_entry *entry_of(struct admin *admin, const struct request *request,
	struct morgue_shelf **ret_shelf)
{
	struct morgue_entry *entry;
	int64_t number;
	uint64_t id = 0;

	*ret_shelf = shelf_of(admin, request, &number);
	if (*ret_shelf == NULL)
		return NULL;
	(void)tsp_value_uint(tsp_value_get(request->value, "id"), &id);
	entry = morgue_find(*ret_shelf, id);
	if (entry == NULL)
		request_failed(admin, request, TSP_ENOENT, "it is not kept, or not any more");
	return entry;
}

static void put_who(tsp_builder *b, const char *key, tsp_address address)
{
	tsp_put_key(b, key);
	if (tsp_address_is_nobody(address))
		tsp_put_null(b);
	else
		tsp_put_address(b, address);
}

static void put_members(tsp_builder *b, const struct admin *admin, const struct morgue_entry *entry)
{
	put_number(b, "id", entry->id);
	put_number(b, "at_ms",
		(uint64_t)(admin->config.wall_ms + (entry->at - admin->born) / CLOCK_MS));
	put_number(b, "age_ms", (uint64_t)((admin->now - entry->at) / CLOCK_MS));
	put_who(b, "from", entry->from);
	put_who(b, "to", entry->to);
	put_member(b, "name", entry->name[0] != '\0' ? entry->name : name_text(admin, entry->to));
	put_who(b, "actor", entry->actor != 0 ? address_of(admin, entry->actor) : TSP_NOBODY);
	put_text(b, "class", entry->class_name);
	put_text(b, "type", entry->type);
	put_number(b, "size", entry->size);
	put_bool(b, "kept", entry->body.data != NULL);
	put_text(b, "text", entry->text);
	put_member(b, "outcome", entry->outcome);
	tsp_put_key(b, "code");
	tsp_put_int(b, entry->code);
	put_number(b, "tried", entry->tried);
	put_number(b, "sent", entry->sent);
}

void request_morgue_list(struct admin *admin, const struct request *request)
{
	tsp_builder *b = admin->builder;
	int64_t number = 0;
	const struct morgue_shelf *shelf = shelf_of(admin, request, &number);

	if (shelf == NULL)
		return;
	tsp_builder_reset(b);
	tsp_begin_typed(b, system_notice_name(NOTICE_MORGUE));
	tsp_begin_map(b);
	put_number(b, "shelf", (uint64_t)number);
	put_number(b, "bytes", shelf->bytes);
	put_number(b, "fallen", shelf->fallen);
	tsp_put_key(b, "entries");
	tsp_begin_list(b);
	for (const struct list *at = shelf->entries.next; at != &shelf->entries; at = at->next) {
		tsp_begin_map(b);
		put_members(b, admin, list_item(at, struct morgue_entry, link));
		tsp_end(b);
	}
	tsp_end(b);
	tsp_end(b);
	tsp_end(b);
	request_answer(admin, request);
}

void request_morgue_show(struct admin *admin, const struct request *request)
{
	tsp_builder *b = admin->builder;
	struct morgue_shelf *shelf;
	const struct morgue_entry *entry = entry_of(admin, request, &shelf);

	if (entry == NULL)
		return;
	tsp_builder_reset(b);
	tsp_begin_typed(b, system_notice_name(NOTICE_MORGUE_ENTRY));
	tsp_begin_map(b);
	put_members(b, admin, entry);
	tsp_put_key(b, "body");
	if (entry->body.data != NULL)
		tsp_put_encoded(b, entry->body);
	else
		tsp_put_null(b);
	tsp_end(b);
	tsp_end(b);
	request_answer(admin, request);
}

static struct frame frame_of(const struct morgue_entry *entry, tsp_address from, tsp_address to)
{
	return (struct frame){
		.kind = FRAME_ENVELOPE,
		.to = to,
		.from = from,
		.body = entry->body.data,
		.body_size = entry->body.size,
	};
}

/* The admin's own copy of what that sender did send, to the one it was for: nothing that a caller could
 * have made up. Hence to no other target. */
static void send_as_sender(struct admin *admin, const struct request *request,
	struct morgue_shelf *shelf, struct morgue_entry *entry)
{
	struct frame frame = frame_of(entry, entry->from, entry->to);

	if (actor_sender(admin, entry->from) == NULL) {
		request_failed(admin, request, TSP_EDEAD,
			"its sender is no actor that lives: nobody would hear of it");
		return;
	}
	morgue_take(shelf, entry);
	notice_send(admin, request->from, admin->address, NOTICE_MORGUE_SENT, "{s:u}", "id",
		entry->id);
	route_again(admin, request->link, &frame);
	free(entry);
}

/* It stays here until the asker, who hears of its end, drops it: whatever happens meanwhile, it is not lost.
 * Only from an ask's address: of what a caller tells, the dead letters are kept, and would take the place of
 * the entry while it is on its way. */
static void send_as_asker(struct admin *admin, const struct request *request,
	struct morgue_entry *entry, tsp_address to)
{
	struct frame frame = frame_of(entry, request->from, to);

	if (!address_is_of_ask(request->from.number)) {
		request_failed(admin, request, TSP_EPERM,
			"only the address of an ask can ask for it: no other hears of its end");
		return;
	}
	frame.flags = FRAME_NOTED;
	frame.sequence = entry->id;
	entry->again = request->from;
	entry->sent++;
	asks_note(admin, request->link, &frame);
	route_again(admin, request->link, &frame);
}

void request_morgue_send(struct admin *admin, const struct request *request)
{
	struct morgue_shelf *shelf;
	struct morgue_entry *entry = entry_of(admin, request, &shelf);
	tsp_address to = TSP_NOBODY;
	bool as_sender = false;

	if (entry == NULL)
		return;
	(void)tsp_value_address(tsp_value_get(request->value, "to"), &to);
	(void)tsp_value_bool(tsp_value_get(request->value, "as_sender"), &as_sender);
	if (entry->body.data == NULL)
		request_failed(admin, request, TSP_ETOOBIG, "its body was too big to be kept");
	else if (as_sender && !tsp_address_is_nobody(to))
		request_failed(admin, request, TSP_EPERM,
			"as from its sender it goes to the one it was for, and to nobody else");
	else if (as_sender)
		send_as_sender(admin, request, shelf, entry);
	else
		send_as_asker(admin, request, entry, tsp_address_is_nobody(to) ? entry->to : to);
}

void request_morgue_drop(struct admin *admin, const struct request *request)
{
	struct morgue_shelf *shelf;
	struct morgue_entry *entry;
	int64_t number = 0;
	uint64_t count = 0;
	uint64_t id = 0;

	(void)tsp_value_uint(tsp_value_get(request->value, "id"), &id);
	if (id == 0) {
		shelf = shelf_of(admin, request, &number);
		if (shelf == NULL)
			return;
		count = shelf->count;
		morgue_drop_all(shelf);
	} else {
		entry = entry_of(admin, request, &shelf);
		if (entry == NULL)
			return;
		morgue_take(shelf, entry);
		free(entry);
		count = 1;
	}
	notice_send(admin, request->from, admin->address, NOTICE_MORGUE_DROPPED, "{s:u}", "count",
		count);
}

/* The message, or, of one too big to be kept, what there is of it. */
static bool read_message(tsp_value value, struct frame *frame, struct morgue_death *death)
{
	tsp_value body = { NULL, 0 };
	uint64_t size = 0;

	if (!tsp_value_encoded(tsp_value_get(value, "message"), &body)) {
		(void)tsp_value_text(tsp_value_get(value, "type"), &death->type);
		(void)tsp_value_uint(tsp_value_get(value, "size"), &size);
		frame->body_size = (size_t)size;
		return size > MORGUE_BODY;
	}
	frame->body = body.data;
	frame->body_size = body.size;
	return body.data != NULL && tsp_value_check(body.data, body.size) == 0;
}

/* Sender and target are believed only as far as they live in that host. */
void request_poisoned(struct admin *admin, const struct request *request)
{
	const struct host *host = request->link->host;
	struct frame frame = { .kind = FRAME_ENVELOPE };
	struct morgue_death death = { .outcome = "failed", .code = TSP_EFAILED, .tried = 2 };
	const struct actor *sender;
	const struct actor *actor;
	tsp_text outcome = { NULL, 0 };
	int64_t code = 0;

	(void)tsp_value_address(tsp_value_get(request->value, "from"), &frame.from);
	(void)tsp_value_address(tsp_value_get(request->value, "to"), &frame.to);
	(void)tsp_value_int(tsp_value_get(request->value, "code"), &code);
	(void)tsp_value_text(tsp_value_get(request->value, "details"), &death.details);
	(void)tsp_value_text(tsp_value_get(request->value, "outcome"), &outcome);
	sender = actor_sender(admin, frame.from);
	actor = actor_find(admin, frame.to);
	if (actor == NULL || actor->host != host || (sender != NULL && sender->host != host) ||
		(sender == NULL && frame.from.system != admin->config.system) ||
		route_caller(admin, frame.from) != NULL ||
		!read_message(request->value, &frame, &death)) {
		admin->counters.forged++;
		return;
	}
	death.actor = actor->number;
	if (actor->class != NULL)
		death.class_name = tsp_text_of(actor->class->name);
	if (tsp_text_is(outcome, "crashed"))
		death.outcome = "crashed";
	if (code < 0 && code >= INT32_MIN)
		death.code = (int)code;
	morgue_keep_poison(admin, &frame, &death);
}
