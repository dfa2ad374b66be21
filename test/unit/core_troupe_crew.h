/* SPDX-License-Identifier: MIT */
/* The class of the tests of troupes, in a host of its own (Crew) and in a shared one (Near). */
#ifndef TEST_UNIT_CORE_TROUPE_CREW_H
#define TEST_UNIT_CORE_TROUPE_CREW_H

#include <stdio.h>

#include "core_stage_rig.h"
#include "machine.h"

/* Works in one step, in two, never, or dies of it. */

static int crew_init(tsp_actor *self, tsp_value argument)
{
	int64_t given = 0;

	(void)self;
	if (rig_now == NULL)
		return TSP_OK;
	if (tsp_value_int(argument, &given) && given == 3)
		rig_trace("three ");
	return TSP_OK;
}

static int on_job(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	char word[64];

	snprintf(word, sizeof(word), "job%d,%llu ", (int)tsp_get_int(message, "n", -1),
		(unsigned long long)sender.number);
	if (rig_now != NULL)
		rig_trace(word);
	return tsp_sendf(self, sender, "Result", "{s:v}", "n", tsp_get(message, "n"));
}

static int on_long(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	tsp_troupe_work_in_progress(self, true);
	return TSP_OK;
}

static int on_step(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	tsp_troupe_work_in_progress(self, false);
	return TSP_OK;
}

static int on_bad(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_fail_text(self, TSP_EIO, "no luck");
}

static int on_leave(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_exit(self);
}

static int on_defer(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	bool *seen = tsp_state(self);

	(void)message;
	(void)sender;
	*seen = !*seen;
	return *seen ? TSP_DEFER : TSP_OK;
}

static int on_crash(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	machine_crash = true;
	return TSP_OK;
}

static const tsp_handler handlers[] = { { "Job", on_job }, { "Long", on_long }, { "Step", on_step },
	{ "Bad", on_bad }, { "Leave", on_leave }, { "Defer", on_defer }, { "Crash", on_crash },
	{ 0 } };
static const tsp_troupe three = { .max_count = 3, .idle_count = 1 };
static const tsp_class crew = { .name = "Crew",
	.state_size = sizeof(bool),
	.init = crew_init,
	.handlers = handlers,
	.troupe = &three };
static const tsp_class near = { .name = "Near",
	.state_size = sizeof(bool),
	.init = crew_init,
	.handlers = handlers,
	.host = TSP_HOST_SHARED,
	.troupe = &three };
static const tsp_class *const classes[] = { &crew, &near, NULL };

#endif
