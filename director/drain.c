/* SPDX-License-Identifier: MIT */
/*
 * The actors of a version that is to go finish their work: it goes when all of them are idle, or its time is
 * over. Looks are few: the wait between two is doubled, up to a second.
 */
#include "config.h"

#include "director/actor.h"

#define LOOK_FIRST_MS ((int64_t)50)
#define LOOK_LAST_MS  ((int64_t)1000)
#define LOOKS_IDLE    2 /* in a row: what one actor just sent to another is at neither */

static clock_ns time_of(const struct release *release)
{
	return (release->has_rules ? release->rules.drain_s : GROUP_DRAIN_S) * CLOCK_SECOND;
}

/* Who waited for it goes on, before all that is queued, and drops it. */
static void drain_over(tsp_actor *self, struct release *release)
{
	struct director *director = tsp_state(self);
	struct operation *unload = release->drain.unload;
	bool is_empty = !release->loaded && list_empty(&release->members);

	release->drain = (struct drain){ 0 };
	if (unload) {
		operation_resume(director, unload);
		return;
	}
	if (!is_empty && release != group_active(release->group))
		retire_queue(self, release);
	release_drop_if_empty(director, release);
}

static void look(tsp_actor *self, struct release *release)
{
	struct drain *drain = &release->drain;
	clock_ns left = drain->until - clock_read();
	int64_t left_ms = left > 0 ? left / CLOCK_MS + 1 : 0;

	/* also where another has unloaded the source: they live on without */
	if (left_ms == 0 || list_empty(&release->members)) {
		if (!list_empty(&release->members))
			tsp_log(self, "info", "%s %s: its time to finish is over",
				release->group->name, release->version);
		drain_over(self, release);
		return;
	}
	drain->wait_ms = drain->wait_ms == 0 || drain->idle_looks > 0 ? LOOK_FIRST_MS :
		drain->wait_ms * 2 < LOOK_LAST_MS		      ? drain->wait_ms * 2 :
									LOOK_LAST_MS;
	(void)tsp_sendf(self, tsp_my_system(self), "ListActors", "{s:s}", "source",
		release->hash); /* the next look asks again */
	if (director_wake(self, drain->wait_ms < left_ms ? drain->wait_ms : left_ms, "drain",
		    drain->id) < 0)
		drain_over(self, release);
}

void drain_begin(tsp_actor *self, struct release *release, struct operation *unload)
{
	struct director *director = tsp_state(self);
	struct drain *drain = &release->drain;

	if (unload)
		drain->unload = unload;
	if (drain->id != 0)
		return;
	drain->id = ++director->next_id;
	drain->until = clock_read() + time_of(release);
	look(self, release);
}

void drain_end(tsp_actor *self, struct release *release)
{
	if (release->drain.id != 0)
		drain_over(self, release);
}

/* The release whose drain has this id (0: any) and hash (NULL: any). */
static struct release *find(struct director *director, uint64_t id, tsp_text hash)
{
	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		struct group *group = list_item(g, struct group, link);

		for (struct list *r = group->releases.next; r != &group->releases; r = r->next) {
			struct release *release = list_item(r, struct release, link);

			if (release->drain.id != 0 && (id == 0 || release->drain.id == id) &&
				(!hash.data || tsp_text_is(hash, release->hash)))
				return release;
		}
	}
	return NULL;
}

void drain_due(tsp_actor *self, uint64_t id)
{
	struct release *release = find(tsp_state(self), id, (tsp_text){ 0 });

	if (release)
		look(self, release);
}

static bool all_are_idle(tsp_value actors)
{
	tsp_walk at = { 0 };
	tsp_value key, actor;

	while (tsp_value_next(actors, &at, &key, &actor)) {
		bool idle = false;

		if (!tsp_value_bool(tsp_value_get(actor, "idle"), &idle) || !idle)
			return false;
	}
	return true;
}

void drain_seen(tsp_actor *self, const tsp_message *message)
{
	struct release *release = find(tsp_state(self), 0, tsp_get_text(message, "source"));

	if (!release || tsp_get_text(message, "source").size == 0)
		return;
	if (!all_are_idle(tsp_get(message, "actors")))
		release->drain.idle_looks = 0;
	else if (++release->drain.idle_looks >= LOOKS_IDLE)
		drain_over(self, release);
}
