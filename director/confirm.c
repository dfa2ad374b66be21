/* SPDX-License-Identifier: MIT */
/*
 * A load with a time to confirm it: the state file says until when, so that neither the Director's death nor
 * the system's end makes a version stay that nobody confirmed.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "director/actor.h"
#include "director/audit.h"

#define CONFIRM_LIMIT_MS \
	((int64_t)100 * 365 * 24 * 3600 * 1000) /* so that no sum of it overflows */
#define AGAIN_MS ((int64_t)1000)

static int64_t now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t confirm_deadline(const struct director *director, const struct state *before)
{
	const struct operation *operation = director->current;
	bool same = !strcmp(before->active, director->activation.target->hash);

	if (same && operation && operation->kind == OPERATION_REFRESH)
		return before->confirm_by; /* a look around confirms nothing */
	if (!operation || operation->kind != OPERATION_LOAD || operation->confirm_ms <= 0 ||
		operation->required[0])
		return 0;
	if (same && before->confirm_by == 0)
		return 0; /* what is confirmed stays so */
	return now_ms() +
		(operation->confirm_ms < CONFIRM_LIMIT_MS ? operation->confirm_ms :
							    CONFIRM_LIMIT_MS);
}

bool confirm_is_over(const struct group *group)
{
	return group->state.confirm_by != 0 && group->state.confirm_by <= now_ms();
}

void confirm_arm(tsp_actor *self, const struct group *group)
{
	int64_t now = now_ms(), by = group->state.confirm_by;

	if (by != 0 && director_wake(self, by > now ? by - now : 0, "confirm", 0) < 0)
		tsp_log(self, "error", "cannot wait for the confirmation of '%s'", group->name);
}

/* Back to the version before; where there is none, the group is left without. */
static int queue_way_back(tsp_actor *self, const struct group *group)
{
	bool before = state_before(&group->state) != NULL;
	struct operation *operation = operation_new(
		before ? OPERATION_ROLLBACK : OPERATION_UNLOAD, TSP_NOBODY, group->name);

	if (!operation)
		return TSP_ENOMEM;
	(void)snprintf(operation->why, sizeof(operation->why),
		"version %s was not confirmed in time",
		group_active((struct group *)group) ? group_active((struct group *)group)->version :
						      "?");
	return operation_queue(self, operation);
}

static bool is_way_back(const struct operation *operation, const struct group *group)
{
	return operation->why[0] && !strcmp(operation->subject, group->name);
}

/* Whether the group's way back waits for its turn, or is under way. */
static bool goes_back(const struct director *director, const struct group *group)
{
	if (director->current && is_way_back(director->current, group))
		return true;
	for (struct list *o = director->queue.next; o != &director->queue; o = o->next)
		if (is_way_back(list_item(o, struct operation, link), group))
			return true;
	return false;
}

void confirm_due(tsp_actor *self)
{
	struct director *director = tsp_state(self);
	struct group *next = NULL; /* whose time is over next */
	bool again = false;

	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		struct group *group = list_item(g, struct group, link);

		if (group->state.confirm_by == 0)
			continue;
		if (!confirm_is_over(group)) { /* another load's time, or a clock put back */
			if (!next || group->state.confirm_by < next->state.confirm_by)
				next = group;
			continue;
		}
		/* the state keeps the time: only the step knows what is active when its turn comes */
		if (!goes_back(director, group) && queue_way_back(self, group) < 0) {
			tsp_log(self, "error", "cannot go back from an unconfirmed version of '%s'",
				group->name);
			again = true;
		}
	}
	if (again && director_wake(self, AGAIN_MS, "confirm", 0) < 0)
		tsp_log(self, "error", "unconfirmed versions stay until the next confirmation");
	if (next)
		confirm_arm(self, next);
}

static int confirm(tsp_actor *self, struct group *group, tsp_error *err)
{
	struct director *director = tsp_state(self);
	struct state state;
	int rc = state_copy(&group->state, &state);

	if (rc < 0)
		return tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	state.confirm_by = 0;
	rc = state_note(&state, "confirmed", NULL);
	if (rc >= 0)
		rc = state_write(director->folder, &state, err);
	else
		(void)tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	if (rc < 0) {
		state_clear(&state);
		return rc;
	}
	state_clear(&group->state);
	group->state = state;
	(void)audit_write(director->folder, "confirmed", NULL, group->state.active, NULL,
		NULL); /* the group's own history has it */
	return TSP_OK;
}

void confirm_group(tsp_actor *self, const tsp_message *message, tsp_address asker)
{
	struct director *director = tsp_state(self);
	char *name = tsp_text_copy(tsp_get_text(message, "group"));
	struct group *group = name ? groups_find(director, name) : NULL;
	tsp_error err = { 0 };
	int rc;

	if (!group)
		rc = tsp_fail(&err, TSP_ENOENT, "cannot confirm it: there is no such group");
	else if (group->state.confirm_by == 0 || confirm_is_over(group))
		rc = tsp_fail(&err, TSP_ENOENT,
			"cannot confirm '%s': no load of it waits to be confirmed", group->name);
	else
		rc = confirm(self, group, &err);
	if (rc < 0)
		answer_error(self, asker, &err, NULL);
	else
		(void)tsp_sendf(self, asker, "DirectorAnswer", "{s:i, s:s, s:s}", "code", 0,
			"version",
			group->state.history.items[group->state.history.count - 1].version, "hash",
			group->state.active); /* who is gone needs no answer */
	free(name);
}
