/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "director/actor.h"

#define FIRST_WAIT_MS	 20 /* doubled with each exit within RESTART_SPAN */
#define GIVEN_UP_KEEP_MS 1
#define FOREVER_MS	 INT64_MAX

void supervise_forget(tsp_actor *self, struct member *member)
{
	struct director *director = tsp_state(self);
	struct release *release = member->release;

	member_free(member);
	release_drop_if_empty(director, release);
	names_free_unused(self);
	retire_check(self, false);
}

/* Counts the exit; how many there were within the span. */
static size_t count_exits(struct member *member, clock_ns now)
{
	size_t recent = 0;

	member->exits[member->exit_count++ % (RESTART_LIMIT + 1)] = now;
	for (size_t i = 0; i <= RESTART_LIMIT && i < member->exit_count; i++)
		if (now - member->exits[i] < RESTART_SPAN)
			recent++;
	return recent;
}

static void give_up(tsp_actor *self, struct member *member)
{
	const char *name = member->name;

	member->state = MEMBER_GIVEN_UP;
	tsp_log(self, "error",
		"%s %s: %s was started again %d times within a minute and is given up: %s",
		member->release->group->name, member->release->version, member->class_name,
		RESTART_LIMIT, member->why);
	if (member->holds && name)
		(void)tsp_keep_names(self, &name, 1, GIVEN_UP_KEEP_MS); /* what waits goes back */
}

static void plan_restart(tsp_actor *self, struct member *member)
{
	clock_ns now = clock_read();
	size_t recent = count_exits(member, now);

	if (recent > RESTART_LIMIT) {
		give_up(self, member);
		return;
	}
	member->state = MEMBER_WAITING;
	if (director_wake(self, FIRST_WAIT_MS << (2 * (recent - 1)), "restart", member->id) < 0)
		give_up(self, member);
}

void supervise_exited(tsp_actor *self, struct member *member, const char *why)
{
	struct group *group = member->release->group;

	(void)snprintf(member->why, sizeof(member->why), "%s", why);
	member->address = TSP_NOBODY;
	if (member->state == MEMBER_ENDING || member->release != group_active(group)) {
		supervise_forget(self, member);
		return;
	}
	tsp_log(self, "warning", "%s %s: %s exited and is started again: %s", group->name,
		member->release->version, member->class_name, why);
	plan_restart(self, member);
}

void supervise_due(tsp_actor *self, uint64_t id)
{
	struct director *director = tsp_state(self);
	struct member *member = member_by_id(director, id);

	if (!member || member->state != MEMBER_WAITING)
		return;
	if (member->release != group_active(member->release->group) || !member->release->loaded) {
		supervise_forget(self, member);
		return;
	}
	member->restarts++;
	if (member_start(self, member) < 0)
		plan_restart(self, member);
}

void supervise_started(tsp_actor *self, struct member *member)
{
	const char *name = member->name;

	if (!name || !member->holds)
		return;
	(void)tsp_give_names(self, &name, &member->address, 1); /* we own it: it cannot fail */
	(void)tsp_keep_names(self, &name, 1, FOREVER_MS);	/* ends with our ownership */
}
