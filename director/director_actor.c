/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "director/ahead.h"

int director_wake(tsp_actor *self, int64_t delay_ms, const char *kind, uint64_t number)
{
	tsp_builder *payload = tsp_builder_new();
	tsp_value value;
	int rc = TSP_ENOMEM;

	if (!payload)
		return rc;
	tsp_put_format(payload, "{s:u}", kind, number);
	rc = tsp_builder_value(payload, &value);
	if (rc >= 0)
		rc = tsp_wakeup_after(self, delay_ms, value);
	tsp_builder_free(payload);
	return rc;
}

/* ---- What the system says --------------------------------------------------------------------- */

static void on_wakeup(tsp_actor *self, const tsp_message *message)
{
	tsp_value payload = tsp_get(message, "payload");
	uint64_t number;

	if (tsp_value_uint(tsp_value_get(payload, "restart"), &number))
		supervise_due(self, number);
	else if (tsp_value_uint(tsp_value_get(payload, "deadline"), &number))
		replacement_due(self, number, false);
	else if (tsp_value_uint(tsp_value_get(payload, "settled"), &number))
		replacement_due(self, number, true);
	else if (tsp_value_uint(tsp_value_get(payload, "drain"), &number))
		drain_due(self, number);
	else if (tsp_value_uint(tsp_value_get(payload, "check"), &number))
		check_due(self, number);
	else if (tsp_value_uint(tsp_value_get(payload, "confirm"), &number))
		confirm_due(self);
}

/* A source of an earlier life of the Director, by the info that it gave: "GROUP@VERSION". */
static void adopt_source(struct director *director, const char *hash, tsp_text info)
{
	const char *at = memchr(info.data ? info.data : "", '@', info.size);
	char group_name[65], version[65];
	struct release *release;
	struct group *group;
	size_t size = at ? (size_t)(at - info.data) : 0;

	if (size == 0 || size > 64 || info.size - size - 1 > 64)
		return;
	(void)snprintf(group_name, sizeof(group_name), "%.*s", (int)size, info.data);
	(void)snprintf(version, sizeof(version), "%.*s", (int)(info.size - size - 1), at + 1);
	if (!package_group_ok(group_name) || !package_version_ok(version))
		return;
	group = groups_open(director, group_name, NULL);
	release = group ? release_open(group, hash, version, NULL) : NULL;
	if (release)
		release->loaded = true;
}

static void on_loaded(tsp_actor *self, const tsp_message *message)
{
	struct director *director = tsp_state(self);
	char *hash = tsp_text_copy(tsp_get_text(message, "sourceHash"));

	if (!hash || strlen(hash) != PACKAGE_HASH_TEXT - 1) {
		free(hash);
		return;
	}
	if (director->ready) {
		ahead_loaded(self, hash);
		replacement_loaded(self, hash);
	} else {
		adopt_source(director, hash, tsp_get_text(message, "sourceInfo"));
	}
	free(hash);
}

/* By us, or by another: a version that the system no longer has. */
static void on_unloaded(tsp_actor *self, const tsp_message *message)
{
	struct director *director = tsp_state(self);
	char *hash = tsp_text_copy(tsp_get_text(message, "sourceHash"));

	if (!hash)
		return;
	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		struct group *group = list_item(g, struct group, link);
		struct release *release = group_release(group, hash);

		if (!release || !release->loaded || release == director->activation.target)
			continue;
		release->loaded = false;
		ahead_drop(self, release);
		tsp_log(self, "warning", "%s %s was unloaded by another", group->name,
			release->version);
		release_drop_if_empty(director, release);
	}
	retire_unloaded(self, hash);
	free(hash);
}

static void on_child_exited(tsp_actor *self, const tsp_message *message)
{
	struct director *director = tsp_state(self);
	struct member *member = member_find(director, tsp_get_address(message, "childAddress"));
	tsp_text detail = tsp_get_text(message, "detail"), reason = tsp_get_text(message, "reason");
	tsp_text why = detail.size > 0 ? detail : reason;
	char text[200], shown[200];

	if (!member)
		return;
	(void)snprintf(text, sizeof(text), "%.*s", (int)why.size, why.data ? why.data : "");
	text_quote(tsp_text_of(text), shown, sizeof(shown));
	if (!member->made_now) {
		if (member->checking) /* it lived before the load, and ends it all the same */
			replacement_child_failed(self, member, shown);
		supervise_exited(self, member, shown);
		return;
	}
	member->address = TSP_NOBODY;
	member->state = MEMBER_GIVEN_UP;
	(void)snprintf(member->why, sizeof(member->why), "%s", shown);
	replacement_child_failed(self, member, shown);
}

/* A message of ours came back: only that of a start matters. */
static void on_poison(tsp_actor *self, const tsp_message *message)
{
	struct director *director = tsp_state(self);
	struct member *member = member_find(director, tsp_get_address(message, "target"));
	tsp_text details = tsp_get_text(message, "details");
	char text[200], shown[200];

	if (!member ||
		!(member->checking || (member->made_now && member->state == MEMBER_STARTING)))
		return;
	(void)snprintf(
		text, sizeof(text), "%.*s", (int)details.size, details.data ? details.data : "");
	replacement_child_failed(self, member, text_quote(tsp_text_of(text), shown, sizeof(shown)));
}

static void on_handled(tsp_actor *self, const tsp_message *message)
{
	struct director *director = tsp_state(self);
	struct member *member = member_by_id(director, (uint64_t)tsp_get_int(message, "note", 0));
	bool finished = tsp_text_is(tsp_get_text(message, "outcome"), "finished");

	if (!member || member->state != MEMBER_STARTING)
		return;
	if (member->made_now) {
		replacement_handled(self, member, finished);
	} else if (finished) {
		member->state = MEMBER_RUNNING;
		supervise_started(self, member);
	} else if (tsp_text_is(tsp_get_text(message, "outcome"), "failed")) {
		enum member_state before = member->state;

		member_exit(self, member); /* its exit is then counted as any other */
		member->state = before;
	}
}

static void on_source_failed(tsp_actor *self, const tsp_message *message)
{
	ahead_failed(self, message);
	replacement_source_failed(self, message);
}

static void on_system(tsp_actor *self, const tsp_message *message)
{
	if (tsp_message_is(message, "WakeupMessage"))
		on_wakeup(self, message);
	else if (tsp_message_is(message, "Children"))
		adopt_children(self, tsp_get(message, "children"));
	else if (tsp_message_is(message, "ActorList"))
		drain_seen(self, message);
	else if (tsp_message_is(message, "Thespian_SystemStatus"))
		proving_status(self, message);
	else if (tsp_message_is(message, "Resolved"))
		asker_resolved(self, message);
	else if (tsp_message_is(message, "LoadedSource"))
		on_loaded(self, message);
	else if (tsp_message_is(message, "UnloadedSource"))
		on_unloaded(self, message);
	else if (tsp_message_is(message, "SourceFailed"))
		on_source_failed(self, message);
	else if (tsp_message_is(message, "NamesTaken"))
		replacement_names_taken(self);
	else if (tsp_message_is(message, "NamesRefused"))
		replacement_names_refused(self, message);
	else if (tsp_message_is(message, "NamesGiven"))
		replacement_names_given(self);
	else if (tsp_message_is(message, "Handled"))
		on_handled(self, message);
	else if (tsp_message_is(message, "ChildActorExited"))
		on_child_exited(self, message);
	else if (tsp_message_is(message, "PoisonMessage"))
		on_poison(self, message);
}

/* ---- Requests --------------------------------------------------------------------------------- */

/* A request that is meant for another folder's Director is refused. */
static bool folder_fits(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct director *director = tsp_state(self);
	tsp_text folder = tsp_get_text(message, "folder");
	tsp_error err = { 0 };

	if (folder.size == 0 || tsp_text_is(folder, director->folder))
		return true;
	(void)tsp_fail(&err, TSP_EFAILED, "the Director of this system works for folder '%s'",
		director->folder);
	answer_error(
		self, sender, &err, "give that folder with --dir, or another port with --port");
	return false;
}

/* Which member of the request is the operation's subject. */
static struct operation *request_operation(
	const tsp_message *message, tsp_address sender, enum operation_kind kind, const char *key)
{
	char *subject = tsp_text_copy(key ? tsp_get_text(message, key) : TSP_TEXT(""));
	struct operation *operation = operation_new(kind, sender, subject);

	free(subject);
	return operation;
}

/* The message of --check, kept until it is sent. */
static int request_check(struct operation *operation, tsp_value check)
{
	if (!check.data)
		return TSP_OK;
	operation->check = malloc(check.size);
	if (!operation->check)
		return TSP_ENOMEM;
	memcpy(operation->check, check.data, check.size);
	operation->check_size = check.size;
	return TSP_OK;
}

static struct operation *request_load(
	tsp_actor *self, const tsp_message *message, tsp_address sender, tsp_error *err)
{
	bool is_path = tsp_get_text(message, "path").size > 0;
	struct operation *operation =
		request_operation(message, sender, OPERATION_LOAD, is_path ? "path" : "group");
	tsp_text shown = tsp_get_text(message, "subject");

	if (!operation)
		return NULL;
	operation->is_path = is_path;
	if (tsp_value_kind(tsp_get(message, "package")) != TSP_KIND_ABSENT &&
		order_unpack(self, message, operation, err) < 0) {
		operation_free(operation);
		return NULL;
	}
	operation->flag = tsp_get_bool(message, "allow_downgrade", false);
	operation->confirm_ms = tsp_get_int(message, "confirm_ms", 0);
	if (request_check(operation, tsp_get(message, "check")) < 0) {
		operation_free(operation);
		return NULL;
	}
	if (shown.size > 0)
		(void)snprintf(operation->shown, sizeof(operation->shown), "%.*s", (int)shown.size,
			shown.data);
	return operation;
}

/* An operation for the queue, or NULL: not one (*ret_known false), or no memory. */
static struct operation *read_request(tsp_actor *self, const tsp_message *message, tsp_address sender,
	bool *ret_known, tsp_error *err)
{
	struct operation *operation = NULL;
	tsp_text hash = tsp_get_text(message, "hash");

	*ret_known = true;
	if (tsp_message_is(message, "DirectorLoad"))
		return request_load(self, message, sender, err);
	if (tsp_message_is(message, "DirectorUnload")) {
		operation = request_operation(message, sender, OPERATION_UNLOAD, "what");
		if (operation)
			operation->flag = tsp_get_bool(message, "force", false);
		return operation;
	}
	if (tsp_message_is(message, "DirectorStarted"))
		return request_operation(message, sender, OPERATION_STARTED, NULL);
	if (tsp_message_is(message, "DirectorRefresh")) {
		operation = request_operation(message, sender, OPERATION_REFRESH, NULL);
		if (operation)
			operation->flag = tsp_get_bool(message, "release", false);
		return operation;
	}
	if (tsp_message_is(message, "DirectorRollback")) {
		operation = request_operation(message, sender, OPERATION_ROLLBACK, "group");
		if (operation && hash.size > 0)
			operation->hash = tsp_text_copy(hash);
		return operation;
	}
	*ret_known = false;
	return NULL;
}

/* Answers at once, or queues an operation and returns what its message is known by. */
static struct pending *on_request(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct operation *operation;
	tsp_error err = { 0 };
	bool known;

	if (!folder_fits(self, message, sender))
		return NULL;
	if (tsp_message_is(message, "DirectorList")) {
		inventory_list(self, message, sender);
		return NULL;
	}
	if (tsp_message_is(message, "DirectorRole")) {
		inventory_role(self, message, sender);
		return NULL;
	}
	if (tsp_message_is(message, "DirectorStatus")) {
		inventory_status(self, message, sender);
		return NULL;
	}
	if (tsp_message_is(message, "DirectorProgress")) {
		operation_progress(self, sender);
		return NULL;
	}
	if (tsp_message_is(message, "DirectorProve")) {
		proving_request(self, message, sender);
		return NULL;
	}
	if (tsp_message_is(message, "DirectorConfirm")) {
		confirm_group(self, message, sender);
		return NULL;
	}
	operation = read_request(self, message, sender, &known, &err);
	if (operation && operation->kind == OPERATION_STARTED)
		adopt_again(self);
	if (operation) /* a refusal is answered there */
		return operation_queue(self, operation) < 0 ?
			NULL :
			pending_new(tsp_state(self), operation, message);
	if (err.code == 0)
		(void)tsp_fail(&err, known ? TSP_ENOMEM : TSP_EUSAGE,
			known ? "out of memory" : "the Director knows no such request");
	answer_error(self, sender, &err, NULL);
	return NULL;
}

/* Whether who asks may have that: as order_judge. */
static int judge(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	if (sender.system != tsp_my_system(self).system)
		return order_judge(self, message, sender);
	return tsp_message_is(message, "DirectorProve") ? proving_judge(self, sender) : TSP_OK;
}

static int director_receive(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct director *director = tsp_state(self);
	tsp_text type = tsp_message_type(message);
	bool is_request = type.size > 8 && !memcmp(type.data, "Director", 8);
	bool is_original = tsp_text_is(type, "map") && tsp_get_text(message, "DirectorOp").size > 0;
	struct pending *pending = NULL;
	struct member *member;
	int judged = TSP_OK, rc = TSP_OK;

	if (tsp_message_is_system(message)) {
		on_system(self, message);
	} else if (!director->ready) {
		return TSP_DEFER; /* what lives is not known yet */
	} else if (is_request) {
		pending = pending_find(director, message);
		if (!pending)
			judged = judge(self, message, sender);
		if (judged == TSP_DEFER)
			return judged;
		if (!pending && judged == TSP_OK)
			pending = on_request(self, message, sender);
	} else if (is_original) {
		rc = original_request(self, message, sender);
	} else if ((member = member_find(director, sender)) && member->checking) {
		check_answered(self, member);
	}
	operation_pump(self);
	if (rc != TSP_OK)
		return rc;
	if (pending && pending->operation)
		return TSP_DEFER;
	pending_free(pending);
	return TSP_OK;
}

/* ---- Beginning and end ------------------------------------------------------------------------ */

static int director_init(tsp_actor *self, tsp_value argument)
{
	struct director *director = tsp_state(self);
	tsp_error err = { 0 };
	tsp_text folder;
	int rc;

	list_init(&director->groups);
	list_init(&director->queue);
	list_init(&director->pendings);
	list_init(&director->askers);
	list_init(&director->provings);
	if (!tsp_value_text(argument, &folder) || folder.size == 0)
		return tsp_fail_text(self, TSP_EUSAGE,
			"the Director needs its folder: director:Director=FOLDER");
	director->folder = tsp_text_copy(folder);
	if (!director->folder)
		return TSP_ENOMEM;
	rc = keys_init(&err);
	if (rc < 0)
		return tsp_fail_text(self, rc, "%s", err.text);
	/* what is loaded comes before what is alive */
	rc = tsp_notify_on_source_availability(self, true);
	return rc < 0 ? rc : tsp_list_children(self);
}

static void director_fini(tsp_actor *self)
{
	struct director *director = tsp_state(self);

	operation_free(director->current);
	while (!list_empty(&director->queue)) {
		struct operation *operation =
			list_item(director->queue.next, struct operation, link);

		list_remove(&operation->link);
		operation_free(operation);
	}
	while (!list_empty(&director->pendings))
		pending_free(list_item(director->pendings.next, struct pending, link));
	package_file_clear(&director->activation.file);
	free(director->activation.output);
	groups_clear(director);
	for (size_t i = 0; i < director->owned_count; i++)
		free(director->owned[i]);
	free(director->owned);
	free(director->watchers);
	askers_clear(director);
	provings_clear(director);
	free(director->folder);
}

const tsp_class director_class = {
	.name = "Director",
	.state_size = sizeof(struct director),
	.init = director_init,
	.fini = director_fini,
	.receive = director_receive,
	.host = TSP_HOST_OWN,
};
