/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "director/ahead.h"
#include "director/audit.h"
#include "source/builder.h"

#define FOREVER_MS INT64_MAX

static void replacement_fail(tsp_actor *self);
static void replacement_take(tsp_actor *self);
static void replacement_start(tsp_actor *self);

/* ---- The steps ------------------------------------------------------------------------------ */

static void activation_reset(struct director *director)
{
	struct activation *activation = &director->activation;

	package_file_clear(&activation->file);
	free(activation->output);
	*activation = (struct activation){ .number = activation->number };
}

/* As long as the build may take by the system's capabilities, and some more. */
static int64_t find_limit_ms(const tsp_actor *self)
{
	tsp_value capability = tsp_value_get(tsp_my_capabilities(self), BUILD_LIMITS_CAPABILITY);
	struct build_limits limits = build_default_limits;

	(void)build_limits_read(
		capability, &limits, NULL); /* else the builder keeps to these too */
	return (int64_t)limits.wall_s * 1000 + OPERATION_EXTRA_MS;
}

void replacement_begin(tsp_actor *self, struct release *target, enum activation_kind kind,
	struct package_file *file)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;
	const struct package *package = file->path ? &file->package : NULL;
	char info[160];
	int rc = TSP_OK;

	if (package)
		target->development = trust_is_development(package);
	if (target->development && (kind == ACTIVATE_LOAD || kind == ACTIVATE_DOWNGRADE))
		kind = ACTIVATE_DEVELOPMENT;
	*activation = (struct activation){ .number = activation->number + 1,
		.limit_ms = find_limit_ms(self),
		.kind = kind,
		.target = target };
	activation->file = *file;
	activation->file.package.verified_by = NULL; /* its keyring goes before this ends */
	package = package ? &activation->file.package : NULL;
	*file = (struct package_file){ 0 };
	activation->was_active = target == group_active(target->group);
	activation->phase = PHASE_LOADING;
	if (package || !target->has_rules)
		rc = release_read_rules(director, target, package, &activation->err);
	if (rc == TSP_EREJECTED)
		(void)audit_write(director->folder, "refused", package, target->hash,
			activation->err.text, NULL); /* the refusal stands without its record */
	if (rc >= 0)
		rc = director_wake(self, activation->limit_ms, "deadline", activation->number);
	if (rc >= 0)
		rc = ahead_take(activation);
	if (rc > 0)
		return;
	if (rc >= 0 && target->loaded) {
		replacement_take(self);
		return;
	}
	if (rc >= 0 && !package)
		rc = tsp_fail(&activation->err, TSP_ENOENT, "the package is not in the folder");
	if (rc >= 0) {
		(void)snprintf(info, sizeof(info), "%s@%s", target->group->name, target->version);
		activation->loaded_now = true;
		rc = tsp_load_source(
			self, activation->file.bytes.data, activation->file.bytes.size, info);
	}
	if (rc < 0) {
		if (!activation->err.code)
			(void)tsp_fail(&activation->err, rc, "%s", tsp_error_sentence(rc));
		replacement_fail(self);
	}
}

void replacement_loaded(tsp_actor *self, const char *hash)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;

	if (activation->phase != PHASE_LOADING || strcmp(hash, activation->target->hash) != 0)
		return;
	activation->target->loaded = true;
	replacement_take(self);
}

void replacement_source_failed(tsp_actor *self, const tsp_message *message)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;
	tsp_text reason = tsp_get_text(message, "reason"), output = tsp_get_text(message, "output");
	int code = (int)tsp_get_int(message, "code", TSP_EFAILED);

	if (activation->phase != PHASE_LOADING ||
		!tsp_text_is(tsp_get_text(message, "sourceHash"), activation->target->hash))
		return;
	(void)tsp_fail(
		&activation->err, code, "%.*s", (int)reason.size, reason.data ? reason.data : "");
	activation->output = output.size > 0 ? tsp_text_copy(output) : NULL;
	activation->loaded_now = false;
	replacement_fail(self);
}

/* Names of the target's actors; ret_targets may be NULL. Returns how many. */
static size_t collect_names(
	const struct release *release, const char **ret_names, tsp_address *ret_targets)
{
	size_t count = 0;

	for (const struct list *m = release->members.next; m != &release->members; m = m->next) {
		const struct member *member = list_item(m, struct member, link);

		if (!member->name || !ret_targets || !member_lives(member))
			continue;
		ret_names[count] = member->name;
		ret_targets[count++] = member->address;
	}
	for (size_t i = 0; !ret_targets && i < release->rules.count; i++)
		if (release->rules.actors[i].name)
			ret_names[count++] = release->rules.actors[i].name;
	return count;
}

static void replacement_take(tsp_actor *self)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;
	const char *names[GROUP_ACTOR_LIMIT];
	size_t count = collect_names(activation->target, names, NULL);
	int rc;

	for (size_t i = 0; i < count; i++) {
		struct member *other =
			names_conflict(director, activation->target->group, names[i]);

		if (!other)
			continue;
		(void)tsp_fail(&activation->err, TSP_ESTART, "the name '%s' is held by group '%s'",
			names[i], other->release->group->name);
		replacement_fail(self);
		return;
	}
	if (count == 0) {
		replacement_start(self);
		return;
	}
	activation->phase = PHASE_TAKING;
	rc = tsp_take_names(self, names, count);
	if (rc < 0) {
		(void)tsp_fail(
			&activation->err, rc, "cannot take its names: %s", tsp_error_sentence(rc));
		replacement_fail(self);
	}
}

void replacement_names_refused(tsp_actor *self, const tsp_message *message)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;
	tsp_text name = tsp_get_text(message, "name"), reason = tsp_get_text(message, "reason");
	tsp_address holder = tsp_get_address(message, "holder");
	char address[TSP_ADDRESS_TEXT];

	if (activation->phase != PHASE_TAKING)
		return;
	if (tsp_address_is_nobody(holder))
		(void)tsp_fail(&activation->err, TSP_ESTART,
			"the name '%.*s' is not to be had: %.*s", (int)name.size,
			name.data ? name.data : "", (int)reason.size,
			reason.data ? reason.data : "");
	else
		(void)tsp_fail(&activation->err, TSP_ESTART, "the name '%.*s' is held by %s",
			(int)name.size, name.data ? name.data : "",
			tsp_address_text(holder, address));
	replacement_fail(self);
}

void replacement_names_taken(tsp_actor *self)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;

	if (activation->phase != PHASE_TAKING)
		return;
	for (size_t i = 0; i < activation->target->rules.count; i++) {
		const char *name = activation->target->rules.actors[i].name;

		if (name && names_add(director, name) < 0) {
			(void)tsp_fail(&activation->err, TSP_ENOMEM, "out of memory");
			replacement_fail(self);
			return;
		}
	}
	replacement_start(self);
}

/* One of an earlier life of the Director, whose package was not to be read, has its name from here on. */
static int member_name(struct member *member, const struct group_actor *rule)
{
	if (!member->name && rule->name)
		member->name = strdup(rule->name);
	return member->name || !rule->name ? TSP_OK : TSP_ENOMEM;
}

/* Makes and starts the actor of an entry, unless it lives. */
static int start_entry(tsp_actor *self, const struct group_actor *rule)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;
	struct member *member = release_member(activation->target, rule->class_name);

	if (member && member_lives(member))
		return member_name(member, rule);
	if (!member)
		member = member_new(director, activation->target, rule);
	if (!member)
		return TSP_ENOMEM;
	member->made_now = true;
	member->exit_count = 0;
	activation->pending++;
	activation->started++;
	return member_start(self, member);
}

static void replacement_start(tsp_actor *self)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;
	const struct group_file *rules = &activation->target->rules;

	activation->phase = PHASE_STARTING;
	for (size_t i = 0; i < rules->count; i++) {
		int rc = start_entry(self, &rules->actors[i]);

		if (rc < 0) {
			(void)tsp_fail(&activation->err, TSP_ESTART, "actor '%s' did not start: %s",
				rules->actors[i].class_name, tsp_error_sentence(rc));
			replacement_fail(self);
			return;
		}
	}
	if (activation->pending == 0)
		check_begin(self);
}

void replacement_handled(tsp_actor *self, struct member *member, bool finished)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;

	if (!finished) {
		if (activation->phase != PHASE_STARTING)
			return;
		(void)tsp_fail(&activation->err, TSP_ESTART,
			"actor '%s' did not start: its OnLoad message failed", member->class_name);
		activation->phase = PHASE_SETTLING;
		if (director_wake(self, SETTLE_MS, "settled", activation->number) < 0)
			replacement_fail(self);
		return;
	}
	member->state = MEMBER_RUNNING;
	if (activation->phase == PHASE_STARTING && --activation->pending == 0)
		check_begin(self);
}

void replacement_child_failed(tsp_actor *self, struct member *member, const char *why)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;

	if (activation->phase != PHASE_STARTING && activation->phase != PHASE_SETTLING &&
		activation->phase != PHASE_CHECKING)
		return;
	if (member)
		(void)tsp_fail(&activation->err, TSP_ESTART, "actor '%s' did not %s: %s",
			member->class_name,
			activation->phase == PHASE_CHECKING ? "pass the check" : "start", why);
	else
		(void)tsp_fail(&activation->err, TSP_ESTART, "%s", why);
	replacement_fail(self);
}

void replacement_due(tsp_actor *self, uint64_t number, bool settled)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;

	if (number != activation->number || activation->phase == PHASE_IDLE)
		return;
	if (settled && activation->phase != PHASE_SETTLING)
		return;
	if (activation->phase == PHASE_UNLOADING) {
		retire_check(self, true);
		return;
	}
	if (!settled)
		(void)tsp_fail(&activation->err, TSP_ETIMEOUT, "not done within %d s",
			(int)(activation->limit_ms / 1000));
	if (activation->phase == PHASE_LOADING) { /* not yet there: it goes when it comes */
		activation->target->ahead = AHEAD_UNWANTED;
		activation->loaded_now = false;
	}
	replacement_fail(self);
}

/* ---- The two ends ---------------------------------------------------------------------------- */

/* Everything that this activation made goes; nothing else has changed. */
static void replacement_fail(tsp_actor *self)
{
	struct director *director = tsp_state(self);
	struct activation done = director->activation;
	struct release *target = done.target;
	struct list *next;
	bool lives;

	for (struct list *m = target->members.next; m != &target->members; m = next) {
		struct member *member = list_item(m, struct member, link);

		next = m->next;
		member->checking = false;
		if (!member->made_now)
			continue;
		member->made_now = false;
		/* one that could not even be created has nobody's address */
		lives = member_lives(member) && !tsp_address_is_nobody(member->address);
		if (done.was_active && !lives)
			member->state = MEMBER_GIVEN_UP;
		else if (lives)
			member_exit(self, member);
		else
			member_free(member);
	}
	if (done.loaded_now)
		(void)tsp_unload_source(self, target->hash); /* not loaded: as good */
	if (done.loaded_now)
		target->loaded = false;
	director->activation = (struct activation){ .number = done.number };
	names_free_unused(self);
	ahead_drop(self, target);
	operation_activated(self, target, "failed", &done.err, done.output);
	release_drop_if_empty(director, target);
	if (done.former)
		release_drop_if_empty(director, done.former);
	package_file_clear(&done.file);
	free(done.output);
}

/* What the group's state will be. */
static int next_state(const struct director *director, const struct activation *activation,
	struct state *ret_state)
{
	static const char *const events[] = { "loaded", "downgraded", "rolled back",
		STATE_DEVELOPMENT };
	const struct operation *operation = director->current;
	const struct release *target = activation->target;
	const struct release *former = group_active(target->group);
	struct state state;
	int rc = state_copy(&target->group->state, &state);

	if (rc < 0)
		return rc;
	/* a day of saves must not push the releases out of the history */
	if (activation->kind == ACTIVATE_DEVELOPMENT && former && former->development)
		state_deactivate(&state);
	if (strcmp(state.active, target->hash) != 0)
		rc = state_activate(&state, target->hash, target->version,
			activation->kind == ACTIVATE_ROLLBACK);
	if (rc < 0) {
		state_clear(&state);
		return rc;
	}
	if (activation->kind == ACTIVATE_LOAD)
		state_raise(&state, target->hash, target->version);
	if (activation->kind == ACTIVATE_ROLLBACK)
		state.held = true;
	else if (activation->kind != ACTIVATE_BRING_BACK)
		state.held = false;
	if (activation->kind != ACTIVATE_BRING_BACK) {
		state.confirm_by = confirm_deadline(director, &target->group->state);
		if (strcmp(target->group->state.active, target->hash) != 0)
			rc = state_note(&state, events[activation->kind],
				operation ? operation->why : NULL);
	}
	if (rc < 0) {
		state_clear(&state);
		return rc;
	}
	state.exists = true;
	*ret_state = state;
	return TSP_OK;
}

/* It died when all was decided, before the names were given: as one that dies later. */
static void restart_if_dead(tsp_actor *self, struct member *member)
{
	char why[sizeof(member->why)];

	if (!member->made_now || member->state != MEMBER_GIVEN_UP)
		return;
	(void)strcpy(why, member->why); /* as long */
	supervise_exited(self, member, why);
}

static void replacement_finish(tsp_actor *self)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;
	struct release *target = activation->target, *former = activation->former;
	struct list *next;
	const char *action = activation->kind == ACTIVATE_ROLLBACK ? "rolled back" :
		activation->was_active && activation->started == 0 &&
			(activation->kind == ACTIVATE_LOAD ||
				activation->kind == ACTIVATE_DEVELOPMENT) ?
								     "already active" :
								     "loaded";

	for (struct list *m = target->members.next; m != &target->members; m = m->next) {
		struct member *member = list_item(m, struct member, link);
		const struct group_actor *rule = release_rule(target, member->class_name);

		if (!member->made_now && !activation->was_active && rule && member_lives(member))
			member_send(self, member, rule->on_reactivate);
		restart_if_dead(self, member);
		member->made_now = false;
	}
	for (struct list *m = former ? former->members.next : NULL; m && m != &former->members;
		m = next) {
		struct member *member = list_item(m, struct member, link);
		const struct group_actor *rule = release_rule(former, member->class_name);

		next = m->next;
		if (member_lives(member) && rule)
			member_send(self, member, rule->on_deactivate);
		else if (member->state == MEMBER_WAITING || member->state == MEMBER_GIVEN_UP)
			member_free(member);
	}
	target->group->problem_code = 0;
	activation_reset(director);
	if (former)
		release_drop_if_empty(director, former);
	drain_end(self, target);
	names_free_unused(self);
	folder_thin_out(self, target->group);
	retire_former(self, target->group);
	original_notify(self);
	operation_activated(self, target, action, NULL, NULL);
}

void replacement_names_given(tsp_actor *self)
{
	struct director *director = tsp_state(self);

	if (director->activation.phase == PHASE_GIVING)
		replacement_finish(self);
}

/* The names pass in one step; from here on nothing can fail. */
static void replacement_give(tsp_actor *self)
{
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;
	struct group *group = activation->target->group;
	const char *names[GROUP_ACTOR_LIMIT];
	tsp_address targets[GROUP_ACTOR_LIMIT];
	size_t count = collect_names(activation->target, names, targets);

	for (struct list *r = group->releases.next; r != &group->releases; r = r->next) {
		struct release *release = list_item(r, struct release, link);

		for (struct list *m = release->members.next; m != &release->members; m = m->next) {
			struct member *member = list_item(m, struct member, link);

			for (size_t i = 0; member->name && i < count; i++)
				if (!strcmp(member->name, names[i]))
					member->holds =
						tsp_address_equal(member->address, targets[i]);
		}
	}
	activation->phase = PHASE_GIVING;
	if (count == 0 || tsp_give_names(self, names, targets, count) < 0) {
		replacement_finish(self);
		return;
	}
	/* while they are ours, what is sent to a name waits for its next holder */
	(void)tsp_keep_names(self, names, count, FOREVER_MS);
}

void replacement_commit(tsp_actor *self)
{
	static const char *const recorded[] = { "activated", "downgraded", "rolled back",
		STATE_DEVELOPMENT, "brought back" };
	struct director *director = tsp_state(self);
	struct activation *activation = &director->activation;
	struct group *group = activation->target->group;
	struct release *former = group_active(group);
	struct package_file *file = &activation->file;
	struct state state;
	bool made = false;
	int rc = TSP_OK;

	if (file->path)
		rc = folder_keep(director->folder, file, &made, &activation->err);
	if (rc >= 0) {
		rc = next_state(director, activation, &state);
		if (rc < 0)
			(void)tsp_fail(&activation->err, rc, "%s", tsp_error_sentence(rc));
	}
	if (rc >= 0) {
		rc = state_write(director->folder, &state, &activation->err);
		if (rc < 0)
			state_clear(&state);
	}
	if (rc < 0) {
		if (made)
			folder_drop(director->folder, file);
		replacement_fail(self);
		return;
	}
	state_clear(&group->state);
	group->state = state;
	activation->former = former == activation->target ? NULL : former;
	confirm_arm(self, group);
	/* the verdict itself was recorded by the authority */
	if (audit_write(director->folder, recorded[activation->kind],
		    file->path ? &file->package : NULL, activation->target->hash, NULL, NULL) < 0)
		tsp_log(self, "error", "cannot write '%s/audit.log'", director->folder);
	replacement_give(self);
}
