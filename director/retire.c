/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "director/ahead.h"

void retire_begin(tsp_actor *self, struct release *release, bool wait)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;
	struct list *next;

	*activation = (struct activation){ .number = activation->number + 1, .target = release };
	activation->phase = PHASE_UNLOADING;
	for (struct list *m = release->members.next; m != &release->members; m = next) {
		struct member *member = list_item(m, struct member, link);

		next = m->next;
		if (member_lives(member))
			member_exit(self, member);
		else if (member->state != MEMBER_ENDING)
			member_free(member);
	}
	activation->unloaded = !release->loaded || tsp_unload_source(self, release->hash) < 0;
	release->loaded = false;
	ahead_drop(self, release);
	if (wait && director_wake(self, RETIRE_MS, "deadline", activation->number) < 0)
		wait = false;
	retire_check(self, !wait);
}

void retire_unloaded(tsp_actor *self, const char *hash)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;

	if (activation->phase != PHASE_UNLOADING || strcmp(activation->target->hash, hash) != 0)
		return;
	activation->unloaded = true;
	retire_check(self, false);
}

void retire_check(tsp_actor *self, bool late)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;
	struct release *release = activation->target;

	if (activation->phase != PHASE_UNLOADING)
		return;
	if (!late && (!activation->unloaded || !list_empty(&release->members)))
		return;
	*activation = (struct activation){ .number = activation->number };
	names_free_unused(self);
	original_notify(self);
	operation_activated(self, release, "unloaded", NULL, NULL);
	if (director->current->kind == OPERATION_DRAINED) /* it stayed for its actors only */
		folder_thin_out(self, release->group);
	release_drop_if_empty(director, release);
}

/* ---- AutoUnload ------------------------------------------------------------------------------ */

void retire_queue(tsp_actor *self, const struct release *release)
{
	struct operation *operation =
		operation_new(OPERATION_DRAINED, TSP_NOBODY, release->group->name);
	int rc = TSP_ENOMEM;

	if (operation)
		operation->hash = strdup(release->hash);
	if (operation && operation->hash)
		rc = operation_queue(self, operation);
	else
		operation_free(operation);
	if (rc < 0)
		tsp_log(self, "warning", "%s %s stays loaded: out of memory", release->group->name,
			release->version);
}

void retire_former(tsp_actor *self, struct group *group)
{
	struct release *active = group_active(group);
	int64_t rule = active && active->has_rules ? active->rules.auto_unload : GROUP_UNLOAD_NONE;

	for (struct list *r = group->releases.next, *next; r != &group->releases; r = next) {
		struct release *release = list_item(r, struct release, link);

		next = r->next;
		if (release == active || !release->loaded)
			continue;
		if (rule == GROUP_UNLOAD_FORMER || release->development ||
			(rule != GROUP_UNLOAD_NONE &&
				!state_is_recent(&group->state, release->hash, rule)))
			drain_begin(self, release, NULL);
	}
}

/* ---- TLS_Keep_Limit --------------------------------------------------------------------------- */

static bool may_delete(struct group *group, const struct folder_entry *entry)
{
	const struct state_entry *before = state_before(&group->state);
	const struct release *release = group_release(group, entry->hash);

	return strcmp(entry->hash, group->state.active) != 0 &&
		(!before || strcmp(entry->hash, before->hash) != 0) &&
		(!release || !release->loaded);
}

/* Whether the group has development packages: then they are bounded, whatever its rules say. */
static bool has_development(const struct group *group)
{
	for (struct list *r = group->releases.next; r != &group->releases; r = r->next)
		if (list_item(r, struct release, link)->development)
			return true;
	return false;
}

void folder_thin_out(tsp_actor *self, struct group *group)
{
	struct director *director = tsp_state(self);
	struct release *active = group_active(group);
	int64_t limit = active && active->has_rules ? active->rules.keep_limit : 0;
	struct trust trust = { 0 };
	struct folder_list list = { 0 };
	int64_t kept = 0, kept_development = 0;

	if (limit <= 0 && !has_development(group))
		return;
	if (trust_open(director->folder, &trust, NULL) >= 0 &&
		folder_list(director->folder, group->name, &trust, &list, NULL) >= 0) {
		for (size_t i = 0; i < list.count; i++) {
			const struct folder_entry *entry = &list.items[i];
			int64_t most = entry->development ? DEVELOPMENT_KEEP : limit;
			int64_t *count = entry->development ? &kept_development : &kept;

			if (entry->code < 0 || most <= 0 || ++*count <= most ||
				!may_delete(group, entry))
				continue;
			if (unlink(entry->path) == 0)
				tsp_log(self, "info", "'%s' deleted: %s keeps %d %spackages",
					entry->path, group->name, (int)most,
					entry->development ? "development " : "");
		}
	}
	folder_list_clear(&list);
	trust_clear(&trust);
}
