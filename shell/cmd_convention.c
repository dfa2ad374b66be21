/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <string.h>

#include "cli/attendees.h"
#include "shell/render.h"
#include "shell/shell.h"

/* Microseconds as people read them: 0.4 ms. */
static void put_round_trip(struct output *output, tsp_value member)
{
	int64_t us = 0;
	char text[32] = "";

	if (!tsp_value_int(tsp_value_get(member, "round_trip_us"), &us))
		return;
	if (us > 0)
		snprintf(text, sizeof(text), "%.1f ms", (double)us / 1000);
	output_int(output, "round_trip_us", NULL, us);
	output_string(output, NULL, "Round trip", text);
}

static void put_key(struct output *output, tsp_value member)
{
	tsp_text key = { NULL, 0 };
	tsp_text head;

	(void)tsp_value_text(tsp_value_get(member, "key"), &key);
	head = (tsp_text){ key.data, key.size < 16 ? key.size : 16 };
	output_text(output, "key", NULL, key);
	output_text(output, NULL, "Key", head);
}

static const char *state_of(tsp_value member)
{
	bool connected = false;
	bool suspected = false;

	(void)tsp_value_bool(tsp_value_get(member, "connected"), &connected);
	(void)tsp_value_bool(tsp_value_get(member, "suspected"), &suspected);
	return suspected ? "silent" : connected ? "linked" : "not linked";
}

static void put_member(struct shell *shell, struct output *output, tsp_value member)
{
	tsp_address admin = TSP_NOBODY;
	bool leader = false;
	int64_t ms = -1;

	(void)tsp_value_address(tsp_value_get(member, "admin"), &admin);
	(void)tsp_value_bool(tsp_value_get(member, "leader"), &leader);
	output_begin(output, NULL, NULL);
	render_address(shell, output, "admin", "System", admin);
	render_member(shell, output, member, "address", "address", "At");
	render_member(shell, output, member, "seen_as", "seen_as", NULL);
	output_string(output, "role", "Role", leader ? "leader" : "member");
	output_string(output, "state", "State", state_of(member));
	put_key(output, member);
	put_round_trip(output, member);
	if (tsp_value_int(tsp_value_get(member, "heard_ms"), &ms))
		output_ms(output, "heard_ms", "Heard", ms);
	if (tsp_value_int(tsp_value_get(member, "age_ms"), &ms))
		output_ms(output, "age_ms", "Age", ms);
	render_member(shell, output, member, "actors", "actors", "Actors");
	render_member(shell, output, member, "version", "version", "Version");
	if (tsp_value_int(tsp_value_get(member, "clock_difference_ms"), &ms))
		output_int(output, "clock_difference_ms", "Clock ms", ms);
	render_member(shell, output, member, "waiting", "waiting", "Waiting");
	output_end(output);
}

/* Whom the system dials in vain. */
static void put_dials(struct shell *shell, struct output *output, tsp_value dials)
{
	tsp_walk at = { 0 };
	tsp_value none, dial;

	output_list(output, "dials", "Dials");
	while (tsp_value_next(dials, &at, &none, &dial)) {
		bool connected = false;

		(void)tsp_value_bool(tsp_value_get(dial, "connected"), &connected);
		if (connected && shell->form != OUTPUT_JSON)
			continue;
		output_begin(output, NULL, NULL);
		render_member(shell, output, dial, "address", "address", "At");
		output_bool(output, "connected", NULL, connected);
		render_member(shell, output, dial, "reason", "reason", "Reason");
		output_end(output);
	}
	output_end(output);
}

/* Members that are none of ours, but were introduced by a leader. */
static void put_between(struct shell *shell, struct output *output, tsp_value between)
{
	tsp_walk at = { 0 };
	tsp_value none, member;

	output_list(output, "between", "Other members");
	while (tsp_value_next(between, &at, &none, &member)) {
		tsp_address admin = TSP_NOBODY;

		(void)tsp_value_address(tsp_value_get(member, "admin"), &admin);
		output_begin(output, NULL, NULL);
		render_address(shell, output, "admin", "System", admin);
		render_member(shell, output, member, "address", "address", "At");
		render_member(shell, output, member, "way", "way", "Way");
		put_round_trip(output, member);
		render_member(shell, output, member, "waiting", "waiting", "Waiting");
		output_end(output);
	}
	output_end(output);
}

static int convention_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	tsp_message *status = NULL;
	struct output *output;
	tsp_walk at = { 0 };
	tsp_value none, member;
	tsp_address leader = TSP_NOBODY;
	int rc = shell_attach(shell, &system, err);

	(void)call;
	if (rc >= 0)
		rc = attendees_ask(system, shell->timeout_ms, &status, err);
	if (rc < 0)
		return rc;
	leader = tsp_get_address(status, "conventionLeader");
	output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	render_address(shell, output, "leader", "Leader", leader);
	output_list(output, "members", "Systems");
	while (tsp_value_next(tsp_get(status, "conventionAttendees"), &at, &none, &member))
		put_member(shell, output, member);
	output_end(output);
	put_between(shell, output, tsp_get(status, "conventionBetween"));
	put_dials(shell, output, tsp_get(status, "conventionDials"));
	output_end(output);
	tsp_message_free(status);
	return render_finish(output, err);
}

const struct command cmd_convention = {
	.name = "convention",
	.synopsis = "",
	.summary = "list the systems of the convention",
	.details = "Of each: address, key, round trip, when it was heard last, version, and how much its clock is\n"
		   "ahead of ours. Below: other members that it talks to, directly or by a leader; leaders that\n"
		   "could not be dialled, with the reason.\n"
		   "example: convention",
	.run = convention_run,
};
