/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/actor.h"

#define CHECK_MS ((int64_t)10000) /* an actor's time to answer */

static int ask(tsp_actor *self, struct member *member, const struct operation *operation)
{
	tsp_value message = { operation->check, operation->check_size };
	int rc = member_tell(self, member, message, false);

	member->checking = rc >= 0;
	return rc;
}

void check_begin(tsp_actor *self)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;
	const struct operation *operation = director->current;
	struct list *members = &activation->target->members;

	if (!operation || !operation->check || operation->required[0]) {
		replacement_commit(self);
		return;
	}
	activation->phase = PHASE_CHECKING;
	activation->pending = 0;
	for (struct list *m = members->next; m != members; m = m->next) {
		struct member *member = list_item(m, struct member, link);
		int rc = member_lives(member) ? ask(self, member, operation) : TSP_OK;

		if (rc < 0) {
			replacement_child_failed(self, member, tsp_error_sentence(rc));
			return;
		}
		activation->pending += member->checking;
	}
	if (activation->pending == 0)
		replacement_commit(self);
	else if (director_wake(self, CHECK_MS, "check", activation->number) < 0)
		check_due(self, activation->number);
}

void check_answered(tsp_actor *self, struct member *member)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;

	member->checking = false;
	if (activation->phase == PHASE_CHECKING && --activation->pending == 0)
		replacement_commit(self);
}

void check_due(tsp_actor *self, uint64_t number)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;
	struct list *members = activation->target ? &activation->target->members : NULL;

	if (activation->phase != PHASE_CHECKING || number != activation->number)
		return;
	for (struct list *m = members->next; m != members; m = m->next) {
		struct member *member = list_item(m, struct member, link);

		if (!member->checking)
			continue;
		replacement_child_failed(self, member, "it did not answer how it is");
		return;
	}
	replacement_child_failed(self, NULL, "an actor went away before it answered how it is");
}
