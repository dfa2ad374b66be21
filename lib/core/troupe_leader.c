/* SPDX-License-Identifier: MIT */
/* A leader and its workers: who has which work, who is idle, who is dismissed. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/text.h"
#include "core/troupe.h"
#include "wire/builder.h"

static void set_state(struct troupe *troupe, struct member *member, enum member_state state)
{
	troupe->states[member->state]--;
	member->state = state;
	troupe->states[state]++;
}

struct member *leader_find(const struct troupe *troupe, uint64_t number)
{
	const struct list *at;

	for (at = troupe->members.next; at != &troupe->members; at = at->next) {
		struct member *member = list_item(at, struct member, link);

		if (member->number == number)
			return member;
	}
	return NULL;
}

static struct member *find_state(const struct troupe *troupe, enum member_state state)
{
	const struct list *at;

	if (troupe->states[state] == 0)
		return NULL;
	for (at = troupe->members.next; at != &troupe->members; at = at->next) {
		struct member *member = list_item(at, struct member, link);

		if (member->state == state)
			return member;
	}
	return NULL;
}

void leader_remove(struct troupe *troupe, struct member *member)
{
	troupe->states[member->state]--;
	troupe->count--;
	list_remove(&member->link);
	free(member);
}

/* One more of the leader's own kind; NULL: none can be made. */
static struct member *recruit(struct tsp_actor *cell)
{
	struct stage *stage = cell->stage;
	struct troupe *troupe = cell->extra->troupe;
	const tsp_create_options options = { .role = cell->extra->role,
		.argument = { troupe->argument, troupe->argument_size },
		.requirements = tsp_my_requirements(cell),
		.host = stage->shared ? TSP_HOST_SHARED : TSP_HOST_OWN };
	struct member *member = calloc(1, sizeof(*member));

	if (member == NULL)
		return NULL;
	member->number = tsp_create(cell, cell->class->name, &options).number;
	if (member->number == 0) {
		free(member);
		return NULL;
	}
	member->state = MEMBER_IDLE;
	troupe->states[MEMBER_IDLE]++;
	troupe->count++;
	list_append(&troupe->members, &member->link);
	return member;
}

/* Says what became of work, to who answers for it. */
static void finish(struct tsp_actor *cell, struct letter *letter, enum outcome outcome, int code)
{
	struct delivery delivery;

	delivery_of(&delivery, letter);
	cell_account(cell, &delivery, outcome, code);
	cell_count_out(cell, letter);
	letter_free(&cell->stage->pool, letter);
}

static void fail(
	struct tsp_actor *cell, struct letter *letter, enum outcome outcome, int code, tsp_text why)
{
	struct stage *stage = cell->stage;
	char *copy = tsp_text_copy(why); /* it may be the detail itself */

	free(stage->detail);
	stage->detail = copy;
	finish(cell, letter, outcome, code);
	free(stage->detail);
	stage->detail = NULL;
}

static int send_work(
	struct tsp_actor *cell, const struct member *member, const struct letter *letter)
{
	struct stage *stage = cell->stage;
	struct draft draft = { .type = tsp_text_of(system_notice_name(NOTICE_TROUPE_WORK)),
		.own = true,
		.ahead = true };
	tsp_builder *builder = stage_builder(stage);
	int rc;

	if (builder == NULL)
		return TSP_ENOMEM;
	builder_set_limit(builder, VALUE_WRAP_LIMIT);
	tsp_put_format(builder, "{s:a, s:e}", "sender", letter->from, "message",
		((tsp_value){ letter->body, letter->size }));
	rc = tsp_builder_value(builder, &draft.value);
	if (rc == TSP_OK)
		rc = stage_post(stage, cell, stage_address(stage, member->number), &draft);
	builder_set_limit(builder, VALUE_SIZE_LIMIT);
	return rc;
}

static void give(struct tsp_actor *cell, struct member *member, struct letter *letter)
{
	int rc = send_work(cell, member, letter);

	cell_redelivers(cell, letter->sequence, true);
	if (rc < 0) {
		fail(cell, letter, OUTCOME_FAILED, rc, tsp_text_of(tsp_error_sentence(rc)));
		return;
	}
	set_state(cell->extra->troupe, member, MEMBER_BUSY);
	member->work = letter;
}

static void tell_to_exit(struct tsp_actor *cell, tsp_address worker)
{
	const struct draft request = { .type = TSP_TEXT(SYSTEM_EXIT_REQUEST),
		.value = { (const uint8_t *)"\xa0", 1 },
		.own = true };

	if (stage_post(cell->stage, cell, worker, &request) < 0)
		cell->stage->outbox.broken = true;
}

static void dismiss(struct tsp_actor *cell, struct member *member)
{
	set_state(cell->extra->troupe, member, MEMBER_LEAVING);
	tell_to_exit(cell, stage_address(cell->stage, member->number));
}

void leader_begin(struct tsp_actor *cell)
{
	cell->extra->troupe->role = TROUPE_LEADER;
	if (cell->extra->name != NULL)
		(void)tsp_list_children(cell);
}

bool leader_hear_children(struct tsp_actor *cell, const struct tsp_message *message)
{
	tsp_value list = tsp_get(message, "children");
	tsp_value child;
	tsp_walk at = { 0 };

	if (!tsp_text_is(message->type, system_notice_name(NOTICE_CHILDREN)))
		return false;
	while (tsp_value_next(list, &at, NULL, &child)) {
		tsp_address address = TSP_NOBODY;
		tsp_text class = { NULL, 0 };

		(void)tsp_value_text(tsp_value_get(child, "class"), &class);
		if (tsp_value_address(tsp_value_get(child, "address"), &address) &&
			tsp_text_is(class, cell->class->name) &&
			leader_find(cell->extra->troupe, address.number) == NULL)
			tell_to_exit(cell, address);
	}
	return true;
}

static void arm(struct tsp_actor *cell, clock_ns at)
{
	if (cell->extra->troupe->armed)
		return;
	cell->extra->troupe->armed = true;
	cell_arm(cell, DUE_TROUPE, at);
}

/* Of those that are idle as many are kept as the settings say. */
static void sort_idle(struct tsp_actor *cell)
{
	struct troupe *troupe = cell->extra->troupe;
	struct member *member;

	while (troupe->states[MEMBER_IDLE] < troupe->idle_count &&
		(member = find_state(troupe, MEMBER_EXTRA)) != NULL)
		set_state(troupe, member, MEMBER_IDLE);
	while (troupe->states[MEMBER_IDLE] > troupe->idle_count) {
		clock_ns now = cell->stage->ops->now(cell->stage->io);

		member = find_state(troupe, MEMBER_IDLE);
		set_state(troupe, member, MEMBER_EXTRA);
		member->since = now;
		arm(cell, clock_after(now, TROUPE_LEAVE_MS));
	}
}

void troupe_due(struct tsp_actor *cell)
{
	struct troupe *troupe = cell->extra->troupe;
	clock_ns now = cell->stage->now;
	clock_ns next = CLOCK_NEVER;
	struct list *at;

	troupe->armed = false;
	for (at = troupe->members.next; at != &troupe->members; at = at->next) {
		struct member *member = list_item(at, struct member, link);
		clock_ns end = clock_after(member->since, TROUPE_LEAVE_MS);

		if (member->state != MEMBER_EXTRA)
			continue;
		if (end <= now)
			dismiss(cell, member);
		else if (end < next)
			next = end;
	}
	if (next != CLOCK_NEVER)
		arm(cell, next);
}

static struct member *find_free(struct tsp_actor *cell)
{
	struct troupe *troupe = cell->extra->troupe;
	struct member *member = find_state(troupe, MEMBER_IDLE);

	if (member == NULL)
		member = find_state(troupe, MEMBER_EXTRA);
	if (member == NULL && troupe->count < troupe->max_count)
		member = recruit(cell);
	return member;
}

/* What waits is given to workers as far as there are any. */
static void assign(struct tsp_actor *cell)
{
	struct troupe *troupe = cell->extra->troupe;
	struct member *member;

	if (cell->state != CELL_ALIVE || cell->exit_wanted)
		return;
	while (troupe->pending > 0 && (member = find_free(cell)) != NULL) {
		troupe->pending--;
		give(cell, member, letter_take(&cell->extra->held));
	}
	while (troupe->pending > 0 && troupe->count == 0) {
		struct letter *letter = letter_take(&cell->extra->held);

		troupe->pending--;
		cell_redelivers(cell, letter->sequence, true);
		fail(cell, letter, OUTCOME_FAILED, TSP_ENOMEM, TSP_TEXT("no worker can be made"));
	}
	sort_idle(cell);
}

void troupe_held(struct tsp_actor *cell)
{
	cell->extra->troupe->pending++;
	assign(cell);
}

void leader_adjust(struct tsp_actor *cell)
{
	struct troupe *troupe = cell->extra->troupe;
	struct member *member;

	while (troupe->count - troupe->states[MEMBER_LEAVING] > troupe->max_count &&
		((member = find_state(troupe, MEMBER_EXTRA)) != NULL ||
			(member = find_state(troupe, MEMBER_IDLE)) != NULL))
		dismiss(cell, member);
	assign(cell);
}

void leader_done(struct tsp_actor *cell, uint64_t number, int code, tsp_text text, bool leaving)
{
	struct troupe *troupe = cell->extra->troupe;
	struct member *member = leader_find(troupe, number);
	struct letter *work;

	if (member == NULL || member->work == NULL)
		return;
	work = member->work;
	member->work = NULL;
	set_state(troupe, member, leaving ? MEMBER_LEAVING : MEMBER_IDLE);
	list_remove(&member->link);
	list_append(&troupe->members, &member->link);
	if (code < 0)
		fail(cell, work, OUTCOME_FAILED, code, text);
	else
		finish(cell, work, OUTCOME_FINISHED, 0);
	if (cell->state == CELL_ALIVE)
		leader_adjust(cell);
}

/* Back to the front: it was sent before what waits now. */
static void hold_again(struct tsp_actor *cell, struct letter *letter)
{
	struct letter_queue *held = &cell->extra->held;

	if (held->first == NULL)
		held->last = letter;
	letter->next = held->first;
	held->first = letter;
	cell_redelivers(cell, letter->sequence, false);
	cell->extra->troupe->pending++;
}

static void work_lost(
	struct tsp_actor *cell, struct letter *letter, const struct tsp_message *exited)
{
	tsp_text reason = tsp_get_text(exited, "reason");
	tsp_text detail = tsp_get_text(exited, "detail");
	bool unborn = tsp_text_is(reason, "failed");
	char why[400];

	if (!(letter->flags & LETTER_LOST)) {
		letter->flags |= LETTER_LOST;
		hold_again(cell, letter);
		return;
	}
	snprintf(why, sizeof(why), "two workers %s, the last: %.*s%s%.*s",
		unborn ? "did not start for it" : "died of it",
		(int)(reason.size < 40 ? reason.size : 40), reason.data != NULL ? reason.data : "",
		detail.size > 0 ? ": " : "", (int)(detail.size < 240 ? detail.size : 240),
		detail.data != NULL ? detail.data : "");
	fail(cell, letter, unborn ? OUTCOME_FAILED : OUTCOME_CRASHED,
		unborn ? TSP_ESTART : TSP_EFAILED, tsp_text_of(text_mend(why)));
}

bool troupe_lost(struct tsp_actor *cell, const struct tsp_message *exited)
{
	struct troupe *troupe = cell->extra != NULL ? cell->extra->troupe : NULL;
	struct member *member;
	struct letter *work;

	if (troupe == NULL)
		return false;
	member = leader_find(troupe, tsp_get_address(exited, "childAddress").number);
	if (member == NULL)
		return false;
	work = member->work;
	leader_remove(troupe, member);
	if (work != NULL && cell->state != CELL_ALIVE)
		hold_again(cell, work);
	else if (work != NULL)
		work_lost(cell, work, exited);
	assign(cell);
	return true;
}

void troupe_gather(struct tsp_actor *cell)
{
	struct troupe *troupe = cell->extra->troupe;
	struct list *at;

	for (at = troupe->members.next; at != &troupe->members; at = at->next) {
		struct member *member = list_item(at, struct member, link);

		if (member->work != NULL)
			hold_again(cell, member->work);
		member->work = NULL;
	}
}
