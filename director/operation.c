/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "director/actor.h"
#include "director/steps.h"
#include "director/sweep.h"

struct operation *operation_new(enum operation_kind kind, tsp_address asker, const char *subject)
{
	struct operation *operation = calloc(1, sizeof(*operation));

	if (!operation)
		return NULL;
	list_init(&operation->link);
	operation->kind = kind;
	operation->asker = asker;
	operation->loader = TSP_NOBODY;
	operation->subject = strdup(subject ? subject : "");
	operation->results = tsp_builder_new();
	if (!operation->subject || !operation->results) {
		operation_free(operation);
		return NULL;
	}
	(void)snprintf(operation->shown, sizeof(operation->shown), "%s", operation->subject);
	tsp_begin_list(operation->results);
	return operation;
}

void operation_free(struct operation *operation)
{
	if (!operation)
		return;
	if (operation->pending)
		operation->pending->operation = NULL;
	if (operation->is_passing)
		(void)unlink(operation->subject); /* it has been kept, or was refused */
	for (size_t i = 0; i < operation->group_count; i++)
		free(operation->groups[i]);
	free(operation->groups);
	folder_list_clear(&operation->packages);
	free(operation->subject);
	free(operation->hash);
	free(operation->wanted);
	free(operation->output);
	free(operation->check);
	tsp_builder_free(operation->results);
	free(operation);
}

int operation_add_group(struct operation *operation, const char *group)
{
	char **grown;

	for (size_t i = 0; i < operation->group_count; i++)
		if (!strcmp(operation->groups[i], group))
			return TSP_OK;
	grown = realloc(operation->groups, (operation->group_count + 1) * sizeof(*grown));
	if (!grown)
		return TSP_ENOMEM;
	operation->groups = grown;
	grown[operation->group_count] = strdup(group);
	if (!grown[operation->group_count])
		return TSP_ENOMEM;
	operation->group_count++;
	return TSP_OK;
}

struct pending *pending_find(const struct director *director, const tsp_message *message)
{
	tsp_address asker = tsp_message_sender(message);
	tsp_value body = tsp_message_body(message);

	for (struct list *p = director->pendings.next; p != &director->pendings; p = p->next) {
		struct pending *pending = list_item(p, struct pending, link);

		if (tsp_address_equal(pending->asker, asker) && pending->size == body.size &&
			!memcmp(pending->body, body.data, body.size))
			return pending;
	}
	return NULL;
}

struct pending *pending_new(
	struct director *director, struct operation *operation, const tsp_message *message)
{
	tsp_value body = tsp_message_body(message);
	struct pending *pending = malloc(sizeof(*pending) + body.size);

	if (!pending)
		return NULL;
	pending->operation = operation;
	pending->asker = tsp_message_sender(message);
	pending->size = body.size;
	memcpy(pending->body, body.data, body.size);
	list_append(&director->pendings, &pending->link);
	operation->pending = pending;
	return pending;
}

void pending_free(struct pending *pending)
{
	if (!pending)
		return;
	if (pending->operation)
		pending->operation->pending = NULL;
	list_remove(&pending->link);
	free(pending);
}

static bool is_own(const struct operation *operation)
{
	return tsp_address_is_nobody(operation->asker) && tsp_address_is_nobody(operation->loader);
}

int operation_queue(tsp_actor *self, struct operation *operation)
{
	struct director *director = tsp_state(self);

	/* what others ask for is bounded; its own is by the groups that there are */
	if (director->queued >= OPERATION_QUEUE_LIMIT && !is_own(operation)) {
		tsp_error err = { 0 };

		(void)tsp_fail(&err, TSP_EBACKLOG, "too many operations wait already");
		if (!tsp_address_is_nobody(operation->asker))
			answer_error(self, operation->asker, &err, NULL);
		operation_free(operation);
		return TSP_EBACKLOG;
	}
	if (director->queued == 0 && !director->current)
		director->bring_backs = 0;
	list_append(&director->queue, &operation->link);
	director->queued++;
	director->bring_backs += operation->kind == OPERATION_BRING_BACK;
	return TSP_OK;
}

void operation_resume(struct director *director, struct operation *operation)
{
	list_append(director->queue.next, &operation->link); /* in front of the first */
	director->queued++;
}

/* ---- Results -------------------------------------------------------------------------------- */

static const char *verb_of(const struct operation *operation)
{
	switch (operation->kind) {
	case OPERATION_BRING_BACK:
	case OPERATION_STARTED:
		return "bring back";
	case OPERATION_UNLOAD:
	case OPERATION_DRAINED:
		return "unload";
	case OPERATION_ROLLBACK:
		return "roll back";
	default:
		return "load";
	}
}

void operation_fail(tsp_actor *self, const char *subject, const tsp_error *err, const char *hint)
{
	struct director *director = tsp_state(self);
	struct operation *operation = director->current;
	char shown[200];

	text_quote(tsp_text_of(subject), shown, sizeof(shown));
	tsp_log(self, "error", "cannot %s '%s': %s", verb_of(operation), shown, err->text);
	if (operation->err.code < 0)
		return; /* the first failure is the one that is told */
	(void)tsp_fail(&operation->err, err->code, "cannot %s '%s': %s", verb_of(operation), shown,
		err->text);
	if (hint)
		(void)snprintf(operation->hint, sizeof(operation->hint), "%s", hint);
}

void operation_activated(tsp_actor *self, struct release *release, const char *action,
	const tsp_error *err, const char *output)
{
	struct director *director = tsp_state(self);
	struct operation *operation = director->current;
	tsp_error told;

	if (!operation)
		return;
	if (!err) {
		if (operation->kind != OPERATION_STARTED)
			put_result(self, operation->results, release, action);
		return;
	}
	if (operation->kind == OPERATION_BRING_BACK || operation->kind == OPERATION_STARTED)
		group_note_problem(release->group, err, "");
	if (output && !operation->output)
		operation->output = strdup(output);
	if (operation->required[0]) {
		told = *err;
		(void)tsp_wrap(&told, told.code, "it requires '%s'", operation->required);
		err = &told;
	}
	operation_fail(self,
		operation->kind == OPERATION_REFRESH || operation->kind == OPERATION_STARTED ?
			release->group->name :
			operation->shown,
		err, NULL);
}

static int send_answer(tsp_actor *self, tsp_address asker, tsp_builder *answer)
{
	tsp_value value;
	int rc = tsp_builder_value(answer, &value);

	if (rc >= 0)
		rc = tsp_send(self, asker, "DirectorAnswer", value);
	if (rc < 0)
		tsp_log(self, "warning", "an answer could not be sent: %s", tsp_error_sentence(rc));
	return rc;
}

static void put_error(tsp_builder *answer, const tsp_error *err, const char *hint)
{
	tsp_put_key(answer, "code");
	tsp_put_int(answer, err->code);
	if (err->code >= 0)
		return;
	tsp_put_key(answer, "error");
	tsp_put_string(answer, err->text);
	if (hint && *hint) {
		tsp_put_key(answer, "hint");
		tsp_put_string(answer, hint);
	}
}

void answer_error(tsp_actor *self, tsp_address asker, const tsp_error *err, const char *hint)
{
	tsp_builder *answer = tsp_builder_new();

	if (!answer)
		return;
	tsp_begin_map(answer);
	put_error(answer, err, hint);
	tsp_end(answer);
	(void)send_answer(self, asker, answer);
	tsp_builder_free(answer);
}

static void operation_end(tsp_actor *self)
{
	struct director *director = tsp_state(self);
	struct operation *operation = director->current;
	tsp_builder *answer;
	tsp_value results;

	director->current = NULL;
	original_loading(self, operation, NULL, "", &operation->err);
	tsp_end(operation->results);
	answer = tsp_address_is_nobody(operation->asker) ? NULL : tsp_builder_new();
	if (answer) {
		tsp_begin_map(answer);
		put_error(answer, &operation->err, operation->hint);
		if (operation->output) {
			tsp_put_key(answer, "output");
			tsp_put_string(answer, operation->output);
		}
		if (tsp_builder_value(operation->results, &results) >= 0) {
			tsp_put_key(answer, "results");
			tsp_put_value(answer, results);
		}
		tsp_end(answer);
		(void)send_answer(self, operation->asker, answer);
		tsp_builder_free(answer);
	}
	operation_free(operation);
}

/* ---- How far it is ---------------------------------------------------------------------------- */

static const char *step_of(enum phase phase)
{
	static const char *const steps[] = { "", "building", "taking names", "starting", "checking",
		"starting", "giving names", "unloading" };

	return steps[phase];
}

static void put_step(tsp_builder *answer, const struct activation *activation)
{
	tsp_put_key(answer, "group");
	tsp_put_string(answer, activation->target->group->name);
	tsp_put_key(answer, "version");
	tsp_put_string(answer, activation->target->version);
	tsp_put_key(answer, "step");
	tsp_put_string(answer, step_of(activation->phase));
}

/* Groups that are to come back, and are not yet at their end. */
static size_t bring_backs_left(const struct director *director)
{
	size_t left = director->current && director->current->kind == OPERATION_BRING_BACK;

	for (const struct list *o = director->queue.next; o != &director->queue; o = o->next)
		left += list_item(o, struct operation, link)->kind == OPERATION_BRING_BACK;
	return left;
}

void operation_progress(tsp_actor *self, tsp_address asker)
{
	const struct director *director = tsp_state(self);
	const struct operation *current = director->current;
	const struct activation *activation = &director->activation;
	tsp_builder *answer = tsp_builder_new();
	size_t done = 0, total = 0;

	if (!answer)
		return;
	if (current && current->kind == OPERATION_BRING_BACK) {
		total = director->bring_backs;
		done = total - bring_backs_left(director);
	} else if (current && current->group_count > 0) {
		total = current->group_count;
		done = sweep_done(director, current);
	}
	tsp_begin_map(answer);
	tsp_put_key(answer, "code");
	tsp_put_int(answer, 0);
	tsp_put_key(answer, "done");
	tsp_put_int(answer, (int64_t)done);
	tsp_put_key(answer, "total");
	tsp_put_int(answer, (int64_t)total);
	if (activation->phase != PHASE_IDLE)
		put_step(answer, activation);
	tsp_end(answer);
	(void)send_answer(self, asker, answer);
	tsp_builder_free(answer);
}

void operation_pump(tsp_actor *self)
{
	struct director *director = tsp_state(self);

	while (director->ready && director->activation.phase == PHASE_IDLE) {
		if (!director->current) {
			if (list_empty(&director->queue))
				return;
			director->current = list_item(director->queue.next, struct operation, link);
			list_remove(&director->current->link);
			director->queued--;
		}
		if (!operation_step(self, director->current))
			operation_end(self);
	}
}
