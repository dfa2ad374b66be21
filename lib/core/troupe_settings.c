/* SPDX-License-Identifier: MIT */
/* What anybody may ask and tell a leader about its troupe itself. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buffer.h"
#include "base/text.h"
#include "core/troupe.h"

#define PREFIX	     "troupe:"
#define SETTINGS     "UpdateTroupeSettings"
#define STATUS_LIMIT ((size_t)64 * 1024)

static void answer(struct tsp_actor *cell, tsp_address to, tsp_text text)
{
	tsp_builder *builder = stage_builder(cell->stage);

	if (builder == NULL)
		return;
	tsp_put_text(builder, text);
	(void)stage_post_built(cell->stage, cell, to, NULL, false);
}

static void answer_status(struct tsp_actor *cell, tsp_address to)
{
	const struct troupe *troupe = cell->extra->troupe;
	char address[TSP_ADDRESS_TEXT];
	const struct list *at;
	struct buffer out;

	buffer_init(&out, STATUS_LIMIT);
	(void)buffer_printf(&out, "Idle=%zu, Max=%zu, Troupers [%zu, %zu idle, %zu extra]: [",
		troupe->idle_count, troupe->max_count, troupe->count, troupe->states[MEMBER_IDLE],
		troupe->states[MEMBER_EXTRA]);
	for (at = troupe->members.next; at != &troupe->members; at = at->next)
		(void)buffer_printf(&out, "%s%s", at == troupe->members.next ? "" : ", ",
			tsp_address_text(stage_address(cell->stage,
						 list_item(at, struct member, link)->number),
				address));
	(void)buffer_printf(&out, "], Pending=%zu", troupe->pending);
	answer(cell, to, (tsp_text){ (const char *)out.data, out.size });
	buffer_clear(&out);
}

static bool is_setting(int64_t value, bool max)
{
	return value >= (max ? 1 : 0) && value <= TROUPE_LIMIT;
}

/* "N" of a text that need not end; -1: it is no number. */
static int64_t read_number(tsp_text text)
{
	int64_t number = 0;

	if (text.size == 0 || text.size > 9)
		return -1;
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return -1;
		number = number * 10 + (text.data[i] - '0');
	}
	return number;
}

static void set_one(struct tsp_actor *cell, tsp_address to, tsp_text wish, bool max)
{
	struct troupe *troupe = cell->extra->troupe;
	const char *name = max ? "max_count" : "idle_count";
	int64_t number = read_number(wish);
	char shown[80];
	char text[200];

	if (is_setting(number, max)) {
		*(max ? &troupe->max_count : &troupe->idle_count) = (size_t)number;
		snprintf(text, sizeof(text), "Set troupe %s to %d", name, (int)number);
		leader_adjust(cell);
	} else {
		snprintf(text, sizeof(text),
			"cannot set troupe %s to '%s': not a number from %d to %d", name,
			text_quote(wish, shown, sizeof(shown)), max ? 1 : 0, TROUPE_LIMIT);
	}
	answer(cell, to, tsp_text_of(text));
}

static bool cut_prefix(tsp_text *text, const char *prefix)
{
	size_t size = strlen(prefix);

	if (text->size < size || memcmp(text->data, prefix, size) != 0)
		return false;
	text->data += size;
	text->size -= size;
	return true;
}

static bool hear_text(struct tsp_actor *cell, tsp_text text, tsp_address sender)
{
	if (!cut_prefix(&text, PREFIX))
		return false;
	if (tsp_text_is(text, "status?"))
		answer_status(cell, sender);
	else if (cut_prefix(&text, "set_max_count="))
		set_one(cell, sender, text, true);
	else if (cut_prefix(&text, "set_idle_count="))
		set_one(cell, sender, text, false);
	else
		return false; /* work like any other text */
	return true;
}

static void update(struct tsp_actor *cell, const struct tsp_message *message)
{
	struct troupe *troupe = cell->extra->troupe;
	int64_t max = tsp_get_int(message, "max_count", -1);
	int64_t idle = tsp_get_int(message, "idle_count", -1);
	tsp_builder *builder;

	if (is_setting(max, true))
		troupe->max_count = (size_t)max;
	if (is_setting(idle, false))
		troupe->idle_count = (size_t)idle;
	leader_adjust(cell);
	builder = stage_builder(cell->stage);
	if (builder == NULL)
		return;
	tsp_put_format(builder, "{s:u, s:u}", "max_count", (uint64_t)troupe->max_count,
		"idle_count", (uint64_t)troupe->idle_count);
	(void)stage_post_built(cell->stage, cell, message->sender, SETTINGS, false);
}

bool settings_hear(struct tsp_actor *cell, const struct tsp_message *message)
{
	tsp_text text;

	if (tsp_text_is(message->type, SETTINGS)) {
		update(cell, message);
		return true;
	}
	return tsp_value_text(message->body, &text) && hear_text(cell, text, message->sender);
}
