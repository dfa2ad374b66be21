/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/state_events.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

static int add(struct state_events *events, const struct state_event *event)
{
	struct state_event *items;

	if (events->count >= STATE_HISTORY_LIMIT) {
		memmove(events->items, events->items + 1,
			(events->count - 1) * sizeof(*events->items));
		events->count--;
	}
	items = reallocarray(events->items, events->count + 1, sizeof(*items));
	if (!items)
		return TSP_ENOMEM;
	events->items = items;
	items[events->count++] = *event;
	return TSP_OK;
}

int state_note(struct state *state, const char *what, const char *why)
{
	struct state_event event = { .time = (int64_t)time(NULL) };

	if (state->history.count > 0)
		event.entry = state->history.items[state->history.count - 1];
	(void)strncat(event.what, what, sizeof(event.what) - 1);
	(void)strncat(event.why, why ? why : "", sizeof(event.why) - 1);
	(void)text_mend(event.why);
	return add(&state->events, &event);
}

static bool read_text(tsp_value map, const char *key, char *out, size_t size)
{
	tsp_text text;

	if (!tsp_value_text(tsp_value_get(map, key), &text) || text.size >= size ||
		memchr(text.data, 0, text.size))
		return false;
	memcpy(out, text.data, text.size);
	out[text.size] = '\0';
	return true;
}

bool state_events_read(tsp_value list, struct state_events *events)
{
	tsp_walk at = { 0 };
	tsp_value none, value;

	if (tsp_value_kind(list) == TSP_KIND_ABSENT)
		return true;
	if (tsp_value_kind(list) != TSP_KIND_LIST)
		return false;
	while (tsp_value_next(list, &at, &none, &value)) {
		struct state_event event = { 0 };

		if (!tsp_value_int(tsp_value_get(value, "time"), &event.time) ||
			!read_text(value, "what", event.what, sizeof(event.what)) ||
			!read_text(value, "hash", event.entry.hash, sizeof(event.entry.hash)) ||
			!read_text(value, "version", event.entry.version,
				sizeof(event.entry.version)) ||
			!read_text(value, "why", event.why, sizeof(event.why)) ||
			add(events, &event) < 0)
			return false;
	}
	return true;
}

void state_events_put(tsp_builder *builder, const struct state_events *events)
{
	tsp_put_key(builder, "events");
	tsp_begin_list(builder);
	for (size_t i = 0; i < events->count; i++) {
		const struct state_event *event = &events->items[i];

		tsp_put_format(builder, "{s:I, s:s, s:s, s:s, s:s}", "time", event->time, "what",
			event->what, "hash", event->entry.hash, "version", event->entry.version,
			"why", event->why);
	}
	tsp_end(builder);
}

int state_events_copy(const struct state_events *from, struct state_events *ret_events)
{
	struct state_events events = { 0 };

	for (size_t i = 0; i < from->count; i++) {
		if (add(&events, &from->items[i]) >= 0)
			continue;
		free(events.items);
		return TSP_ENOMEM;
	}
	*ret_events = events;
	return TSP_OK;
}
