/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/state_events.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

static int add(struct state_events *events, const struct state_event *event)
{
	struct state_event *items =
		state_make_room(events->items, &events->count, sizeof(*items), STATE_HISTORY_LIMIT);

	if (!items)
		return TSP_ENOMEM;
	events->items = items;
	items[events->count++] = *event;
	return TSP_OK;
}

int state_note(struct state *state, const char *what, const char *why)
{
	struct state_event event = { .time = (int64_t)time(NULL) };

	if (state->history.count == 0)
		return TSP_OK; /* nothing is active that it could be about */
	event.entry = state->history.items[state->history.count - 1];
	(void)strncat(event.what, what, sizeof(event.what) - 1);
	(void)strncat(event.why, why ? why : "", sizeof(event.why) - 1);
	(void)text_mend(event.why);
	if (state->events.count > 0 && !strcmp(what, STATE_DEVELOPMENT) &&
		!strcmp(state->events.items[state->events.count - 1].what, what))
		state->events.count--;
	return add(&state->events, &event);
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
			!state_read_text(
				tsp_value_get(value, "what"), event.what, sizeof(event.what)) ||
			!state_read_entry(value, &event.entry) ||
			!state_read_text(
				tsp_value_get(value, "why"), event.why, sizeof(event.why)) ||
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
