/* SPDX-License-Identifier: MIT */
/* What Tab can know of the running system: asked within 200 ms, silent when there is no answer. */
#include "config.h"

#include "shell/shell.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define CANDIDATES_WAIT_MS 200

static const char *const candidates_bases[] = {
	"simpleSystemBase",
	"multiprocQueueBase",
	"multiprocTCPBase",
	"multiprocUDPBase",
	NULL,
};

static int64_t candidates_left(clock_ns deadline)
{
	int64_t left = (deadline - clock_read()) / CLOCK_MS;
	return left > 1 ? left : 1;
}

static void candidates_add_text(struct complete *into, tsp_value value)
{
	tsp_text text;
	char *copy = tsp_value_text(value, &text) ? tsp_text_copy(text) : NULL;
	complete_add(into, copy);
	free(copy);
}

/* One member of each map in a list. */
static void candidates_add_members(struct complete *into, tsp_value list, const char *member)
{
	tsp_walk at = { 0 };
	tsp_value none;
	tsp_value entry;
	while (tsp_value_next(list, &at, &none, &entry))
		candidates_add_text(into, tsp_value_get(entry, member));
}

static void candidates_add_contacts(const struct shell *shell, struct complete *into)
{
	char text[24];
	for (size_t i = 0; i < shell->contacts.count && i < COMPLETE_LIMIT; i++) {
		snprintf(text, sizeof(text), "#%zu", i);
		complete_add(into, text);
	}
}

static void candidates_add_status(
	const tsp_message *status, enum complete_kind kind, struct complete *into)
{
	tsp_walk at = { 0 };
	tsp_value key;
	tsp_value value;
	if (kind == COMPLETE_HASH) {
		candidates_add_members(into, tsp_get(status, "loadedSources"), "hash");
	} else if (kind == COMPLETE_ADDRESS) {
		candidates_add_members(into, tsp_get(status, "globalActors"), "name");
	} else if (kind == COMPLETE_CAPABILITY) {
		while (tsp_value_next(tsp_get(status, "capabilities"), &at, &key, &value))
			candidates_add_text(into, key);
	}
}

/* A system that is not there now is not waited for. */
static tsp_system *candidates_attach(struct shell *shell, clock_ns deadline)
{
	tsp_system *system = NULL;
	int64_t timeout_ms = shell->timeout_ms;
	shell->timeout_ms = candidates_left(deadline);
	(void)shell_attach(shell, &system, NULL);
	shell->timeout_ms = timeout_ms;
	return system;
}

void shell_complete(void *context, enum complete_kind kind, struct complete *into)
{
	struct shell *shell = context;
	tsp_message *answer = NULL;
	clock_ns deadline = clock_after(clock_read(), CANDIDATES_WAIT_MS);
	if (kind == COMPLETE_BASE) {
		for (size_t i = 0; candidates_bases[i] != NULL; i++)
			complete_add(into, candidates_bases[i]);
		return;
	}
	tsp_system *system = candidates_attach(shell, deadline);
	if (kind == COMPLETE_ADDRESS)
		candidates_add_contacts(shell, into);
	if (system == NULL)
		return;
	if (kind == COMPLETE_CLASS) {
		if (tsp_actors(system, candidates_left(deadline), &answer, NULL) >= 0)
			candidates_add_members(into, tsp_get(answer, "actors"), "class");
	} else if (tsp_status(system, tsp_admin(system), candidates_left(deadline), &answer,
			   NULL) >= 0) {
		candidates_add_status(answer, kind, into);
	}
	tsp_message_free(answer);
}
