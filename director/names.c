/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "director/actor.h"

bool names_own(const struct director *director, const char *name)
{
	for (size_t i = 0; i < director->owned_count; i++)
		if (!strcmp(director->owned[i], name))
			return true;
	return false;
}

int names_add(struct director *director, const char *name)
{
	char **grown;

	if (names_own(director, name))
		return TSP_OK;
	grown = realloc(director->owned, (director->owned_count + 1) * sizeof(*grown));
	if (!grown)
		return TSP_ENOMEM;
	director->owned = grown;
	grown[director->owned_count] = strdup(name);
	if (!grown[director->owned_count])
		return TSP_ENOMEM;
	director->owned_count++;
	return TSP_OK;
}

/* Whether somebody of ours holds the name, or is started again to hold it. */
static bool name_in_use(const struct director *director, const char *name)
{
	for (const struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		const struct group *group = list_item(g, struct group, link);

		for (const struct list *r = group->releases.next; r != &group->releases;
			r = r->next) {
			const struct release *release = list_item(r, struct release, link);

			for (const struct list *m = release->members.next; m != &release->members;
				m = m->next) {
				const struct member *member = list_item(m, struct member, link);

				if (member->name && member->holds && !strcmp(member->name, name))
					return true;
			}
		}
	}
	return false;
}

void names_free_unused(tsp_actor *self)
{
	struct director *director = tsp_state(self);
	size_t kept = 0;

	if (director->activation.phase != PHASE_IDLE)
		return; /* it may have taken names that nobody holds yet */
	for (size_t i = 0; i < director->owned_count; i++) {
		const char *name = director->owned[i];

		if (name_in_use(director, name)) {
			director->owned[kept++] = director->owned[i];
			continue;
		}
		(void)tsp_free_names(self, &name, 1); /* a refusal changes nothing for us */
		free(director->owned[i]);
	}
	director->owned_count = kept;
}

struct member *names_conflict(
	struct director *director, const struct group *group, const char *name)
{
	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		struct group *other = list_item(g, struct group, link);

		if (other == group)
			continue;
		for (struct list *r = other->releases.next; r != &other->releases; r = r->next) {
			struct release *release = list_item(r, struct release, link);

			for (struct list *m = release->members.next; m != &release->members;
				m = m->next) {
				struct member *member = list_item(m, struct member, link);

				if (member->holds && member->name && !strcmp(member->name, name))
					return member;
			}
		}
	}
	return NULL;
}
