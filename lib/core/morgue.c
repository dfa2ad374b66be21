/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/morgue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "core/names.h"
#include "core/parts.h"
#include "wire/value.h"

void morgue_init(struct morgue *morgue)
{
	memset(morgue, 0, sizeof(*morgue));
	for (size_t i = 0; i < MORGUE_SHELVES; i++)
		list_init(&morgue->shelves[i].entries);
}

void morgue_take(struct morgue_shelf *shelf, struct morgue_entry *entry)
{
	list_remove(&entry->link);
	shelf->count--;
	shelf->bytes -= entry->taken;
}

/* Takes out the oldest until no more are left, and they take no more. Returns how many went. */
static size_t empty_to(struct morgue_shelf *shelf, size_t count, size_t bytes)
{
	size_t gone = 0;

	while (shelf->count > count || shelf->bytes > bytes) {
		struct morgue_entry *entry =
			list_item(shelf->entries.next, struct morgue_entry, link);

		morgue_take(shelf, entry);
		free(entry);
		gone++;
	}
	return gone;
}

void morgue_drop_all(struct morgue_shelf *shelf)
{
	(void)empty_to(shelf, 0, 0);
}

void morgue_clear(struct morgue *morgue)
{
	for (size_t i = 0; i < MORGUE_SHELVES; i++)
		morgue_drop_all(&morgue->shelves[i]);
}

struct morgue_entry *morgue_find(const struct morgue_shelf *shelf, uint64_t id)
{
	for (const struct list *at = shelf->entries.next; at != &shelf->entries; at = at->next) {
		struct morgue_entry *entry = list_item(at, struct morgue_entry, link);

		if (entry->id == id)
			return entry;
	}
	return NULL;
}

/* A copy of text at *at, which moves behind it; what is absent stays absent. */
static tsp_text lay(char **at, tsp_text text)
{
	tsp_text copy = { *at, text.size };

	if (text.data == NULL)
		return text;
	if (text.size > 0)
		memcpy(*at, text.data, text.size);
	*at += text.size;
	return copy;
}

static struct morgue_entry *entry_new(const struct frame *frame, const struct morgue_death *death)
{
	tsp_text body = { (const char *)frame->body, frame->body_size };
	tsp_text class_name = text_cut(death->class_name, MORGUE_TYPE);
	tsp_text text = text_cut(death->details, MORGUE_TEXT);
	tsp_text type = death->type;
	tsp_value value;
	struct morgue_entry *entry;
	size_t size;
	char *at;

	if (frame->body != NULL)
		(void)value_split((tsp_value){ frame->body, frame->body_size }, &type, &value);
	type = text_cut(type, MORGUE_TYPE);
	if (frame->body == NULL || body.size > MORGUE_BODY)
		body = (tsp_text){ NULL, 0 };
	size = sizeof(*entry) + class_name.size + type.size + text.size + body.size;
	entry = calloc(1, size);
	if (entry == NULL)
		return NULL;
	list_init(&entry->link);
	entry->taken = size;
	entry->from = frame->from;
	entry->to = frame->to;
	entry->size = frame->body_size;
	at = entry->rest;
	entry->class_name = lay(&at, class_name);
	entry->type = lay(&at, type);
	entry->text = lay(&at, text);
	body = lay(&at, body);
	entry->body = (tsp_value){ (const uint8_t *)body.data, body.size };
	return entry;
}

/* The entry that was sent once more from that address, taken out; NULL: there is none. Only from an ask's
 * address it can have been: of what actors and callers send on their own no entry is looked through. */
static struct morgue_entry *take_sent_again(struct morgue *morgue, tsp_address from)
{
	if (!address_is_of_ask(from.number))
		return NULL;
	for (size_t i = 0; i < MORGUE_SHELVES; i++) {
		struct morgue_shelf *shelf = &morgue->shelves[i];

		for (struct list *at = shelf->entries.next; at != &shelf->entries; at = at->next) {
			struct morgue_entry *entry = list_item(at, struct morgue_entry, link);

			if (!tsp_address_equal(entry->again, from))
				continue;
			morgue_take(shelf, entry);
			return entry;
		}
	}
	return NULL;
}

/* entry NULL: there was no memory for it, and it is as if it had fallen out. */
static void put(struct admin *admin, enum tsp_morgue kind, struct morgue_entry *entry)
{
	struct morgue_shelf *shelf = &admin->morgue.shelves[kind];
	struct morgue_entry *former;
	const char *name;

	if (entry == NULL) {
		shelf->fallen++;
		return;
	}
	entry->at = admin->now;
	former = take_sent_again(&admin->morgue, entry->from);
	if (former != NULL) {
		entry->id = former->id;
		entry->from = former->from;
		entry->to = former->to; /* who may get it as from its sender is not for the asker to say */
		entry->tried += former->tried;
		entry->sent = former->sent;
		memcpy(entry->name, former->name, sizeof(entry->name));
		free(former);
	} else {
		entry->id = ++admin->morgue.last_id;
	}
	name = name_text(admin, entry->to);
	if (name != NULL)
		snprintf(entry->name, sizeof(entry->name), "%s", name);
	shelf->fallen += empty_to(shelf, MORGUE_ENTRIES - 1, MORGUE_BYTES - entry->taken);
	list_append(&shelf->entries, &entry->link);
	shelf->count++;
	shelf->bytes += entry->taken;
}

void morgue_keep_dead(struct admin *admin, const struct frame *frame, const char *reason)
{
	const struct morgue_death death = { .details = tsp_text_of(reason) };

	put(admin, TSP_MORGUE_DEAD, entry_new(frame, &death));
}

void morgue_keep_poison(
	struct admin *admin, const struct frame *frame, const struct morgue_death *death)
{
	struct morgue_entry *entry = entry_new(frame, death);

	if (entry != NULL) {
		entry->actor = death->actor;
		entry->outcome = death->outcome;
		entry->code = death->code;
		entry->tried = death->tried;
	}
	put(admin, TSP_MORGUE_POISON, entry);
}
