/* SPDX-License-Identifier: MIT */
/* A worker's side of a troupe: it handles what its leader was sent, as if it had come from the sender. */
#include "config.h"

#include "core/troupe.h"

/* Not to be refused or held up: a leader that is full waits for just this. */
static void tell_leader(struct tsp_actor *cell, int code)
{
	struct stage *stage = cell->stage;
	struct draft draft = { .type = tsp_text_of(system_notice_name(NOTICE_TROUPE_DONE)),
		.own = true,
		.ahead = true };
	bool leaving = cell->exit_wanted || cell->state != CELL_ALIVE;
	tsp_text text = code < 0 ? tsp_text_of(stage_detail(stage, code)) : TSP_TEXT("");
	struct tsp_actor *leader = cell_find(stage, cell->parent.number);
	tsp_builder *builder;

	cell->extra->troupe->at_work = false;
	if (leader != NULL && leader->extra != NULL && leader->extra->troupe != NULL) {
		/* a letter would not be heard any more by one that exits */
		leader_done(leader, cell->number, code, text, leaving);
		return;
	}
	builder = stage_builder(stage);
	if (builder != NULL)
		tsp_put_format(builder, "{s:i, s:t, s:b}", "code", code, "text", text, "leaving",
			(int)leaving);
	if (builder == NULL || tsp_builder_value(builder, &draft.value) < 0 ||
		stage_post(stage, cell, cell->parent, &draft) < 0)
		stage->outbox.broken = true;
}

enum outcome worker_hear(struct tsp_actor *cell, const struct delivery *delivery, int *ret_code)
{
	struct troupe *troupe = cell->extra->troupe;
	struct delivery work = { .sequence = delivery->sequence };
	tsp_value body = { NULL, 0 };
	enum outcome outcome;

	troupe->at_work = true;
	troupe->returned = false;
	if (!tsp_value_encoded(tsp_get(&delivery->message, "message"), &body) ||
		message_init(&work.message, body, tsp_get_address(&delivery->message, "sender"),
			false) < 0) {
		tell_leader(cell, TSP_EVALUE);
		return OUTCOME_FINISHED;
	}
	outcome = cell_handle(cell, &work, ret_code);
	if (outcome == OUTCOME_KEPT)
		return outcome;
	if (outcome == OUTCOME_FAILED) {
		troupe->in_progress = false;
		tell_leader(cell, *ret_code);
		return OUTCOME_FINISHED;
	}
	troupe->returned = true;
	return outcome;
}

void troupe_settle(struct tsp_actor *cell)
{
	const struct troupe *troupe = cell->extra->troupe;

	if (troupe->at_work && troupe->returned && !troupe->in_progress)
		tell_leader(cell, 0);
}

void tsp_troupe_work_in_progress(tsp_actor *self, bool in_progress)
{
	if (self->extra != NULL && self->extra->troupe != NULL)
		self->extra->troupe->in_progress = in_progress;
}
