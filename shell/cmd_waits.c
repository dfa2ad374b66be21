/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "shell/render.h"
#include "shell/roll.h"
#include "shell/shell.h"

static int64_t waits_number(tsp_value map, const char *member)
{
	int64_t number = 0;
	(void)tsp_value_int(tsp_value_get(map, member), &number);
	return number;
}

static void waits_who(char *out, size_t size, struct shell *shell, tsp_value wait,
	const char *address_key, const char *class_key, const char *name_key)
{
	char contact[CONTACT_TEXT] = "";
	tsp_address address = TSP_NOBODY;
	tsp_text class_name = { 0 };
	tsp_text name = { 0 };
	(void)tsp_value_text(tsp_value_get(wait, class_key), &class_name);
	(void)tsp_value_text(tsp_value_get(wait, name_key), &name);
	if (tsp_value_address(tsp_value_get(wait, address_key), &address))
		contacts_text(&shell->contacts, address, contact);
	snprintf(out, size, "%s%s%.*s%s%.*s", contact, class_name.size > 0 ? " " : "",
		(int)class_name.size, class_name.size > 0 ? class_name.data : "",
		name.size > 0 ? " " : "", (int)name.size, name.size > 0 ? name.data : "");
}

static void waits_render(struct shell *shell, struct output *output, tsp_value wait)
{
	char who[400];
	tsp_address address = TSP_NOBODY;
	int64_t circle = waits_number(wait, "circle");
	bool inside = tsp_value_address(tsp_value_get(wait, "waiter"), &address);
	render_member(shell, output, wait, "waiter", "waiter", NULL);
	render_member(shell, output, wait, "waiterClass", "waiter_class", NULL);
	render_member(shell, output, wait, "waiterName", "waiter_name", NULL);
	render_member(shell, output, wait, "pid", "pid", NULL);
	if (inside)
		waits_who(who, sizeof(who), shell, wait, "waiter", "waiterClass", "waiterName");
	else
		snprintf(who, sizeof(who), "process %lld", (long long)waits_number(wait, "pid"));
	output_string(output, NULL, "Waits", who);
	render_member(shell, output, wait, "target", "target", NULL);
	render_member(shell, output, wait, "actor", "actor", NULL);
	render_member(shell, output, wait, "class", "class", NULL);
	render_member(shell, output, wait, "name", "name", NULL);
	waits_who(who, sizeof(who), shell, wait,
		tsp_value_address(tsp_value_get(wait, "actor"), &address) ? "actor" : "target",
		"class", "name");
	output_string(output, NULL, "For", who);
	output_int(output, "wait_ms", NULL, waits_number(wait, "wait_ms"));
	output_ms(output, NULL, "Since", waits_number(wait, "wait_ms"));
	render_member(shell, output, wait, "state", "state", "Question");
	output_int(output, "circle", NULL, circle);
	if (circle > 0)
		output_int(output, NULL, "Circle", circle);
}

/* Whether something of it waits for something that does not end: its handler, or what it deferred. */
static bool waits_is_held(tsp_value actor)
{
	bool busy = false;
	(void)tsp_value_bool(tsp_value_get(actor, "busy"), &busy);
	return waits_number(actor, "kept") > 0 ||
		(busy && waits_number(actor, "waiting") + waits_number(actor, "sent") > 1);
}

static void waits_render_held(
	struct shell *shell, struct output *output, const struct roll_entry *entry)
{
	tsp_value actor = entry->actor;
	char *busy = roll_busy(entry);
	int64_t behind = waits_number(actor, "waiting") + waits_number(actor, "sent");
	render_address(shell, output, "address", "Address", entry->address);
	render_member(shell, output, actor, "class", "class", "Class");
	render_member(shell, output, actor, "name", "name", "Name");
	if (busy != NULL && behind > 0)
		behind--; /* what is in work does not wait */
	output_int(output, "behind", "Behind", behind);
	output_int(output, "kept", "Deferred", waits_number(actor, "kept"));
	render_member(shell, output, actor, "oldest_ms", "oldest_ms", NULL);
	output_ms(output, NULL, "Oldest", waits_number(actor, "oldest_ms"));
	render_member(shell, output, actor, "busy_ms", "busy_ms", NULL);
	render_member(shell, output, actor, "in_work", "in_work", NULL);
	output_string(output, NULL, "Busy since", busy);
	free(busy);
}

static int64_t waits_circles(tsp_value list)
{
	tsp_walk at = { 0 };
	tsp_value none;
	tsp_value wait;
	int64_t circles = 0;
	while (tsp_value_next(list, &at, &none, &wait))
		circles = waits_number(wait, "circle") > circles ? waits_number(wait, "circle") :
								   circles;
	return circles;
}

static void waits_say(struct output *output, int64_t count, int64_t circles, bool held)
{
	if (count == 0 && !held)
		output_say(output, "nobody waits in an ask, and nothing is held up");
	if (circles > 0)
		output_say(output,
			"%lld circle%s: each of it waits for the next, and none will get an answer; "
			"'kill' one of them",
			(long long)circles, circles == 1 ? "" : "s");
}

static int waits_show(
	struct shell *shell, const tsp_message *message, const struct roll *roll, tsp_error *err)
{
	struct output *output = output_new(stdout, shell->form);
	tsp_value list = tsp_get(message, "waits");
	int64_t circles = waits_circles(list);
	tsp_walk at = { 0 };
	tsp_value none;
	tsp_value wait;
	bool held = false;
	for (size_t i = 0; i < roll->count; i++)
		held = held || waits_is_held(roll->entries[i].actor);
	output_begin(output, NULL, NULL);
	waits_say(output, (int64_t)tsp_value_count(list), circles, held);
	output_int(output, "wait_count", NULL, tsp_get_int(message, "waitCount", 0));
	output_int(output, "circles", NULL, circles);
	output_list(output, "waits", NULL);
	while (tsp_value_next(list, &at, &none, &wait)) {
		output_begin(output, NULL, NULL);
		waits_render(shell, output, wait);
		output_end(output);
	}
	output_end(output);
	output_list(output, "held", held ? "Held up" : NULL);
	for (size_t i = 0; i < roll->count; i++) {
		if (!waits_is_held(roll->entries[i].actor))
			continue;
		output_begin(output, NULL, NULL);
		waits_render_held(shell, output, &roll->entries[i]);
		output_end(output);
	}
	output_end(output);
	output_end(output);
	return render_finish(output, err);
}

static int waits_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	struct roll roll = { 0 };
	tsp_system *system = NULL;
	tsp_message *message = NULL;
	(void)call;
	int rc = shell_attach(shell, &system, err);
	if (rc >= 0)
		rc = tsp_waits(system, shell->timeout_ms, &message, err);
	if (rc >= 0)
		rc = roll_call(shell, &roll, err);
	if (rc >= 0)
		rc = waits_show(shell, message, &roll, err);
	roll_clear(&roll);
	tsp_message_free(message);
	return rc;
}

const struct command cmd_waits = {
	.name = "waits",
	.synopsis = "",
	.summary = "show who waits in ask for whom, and what goes round in a circle",
	.details = "Who asks from a handler over a connection of its own is shown as the actor that it is,\n"
		   "else as its process. QUESTION: waiting, in work, kept (deferred), or handled without an\n"
		   "answer so far. Held up: messages behind a handler that has not returned, or deferred.\n"
		   "example: waits",
	.run = waits_run,
};
