/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "core/troupe.h"

#include <stdlib.h>
#include <string.h>

#define MAX_COUNT  10
#define IDLE_COUNT 2

static size_t setting(int wish, size_t otherwise)
{
	if (wish <= 0)
		return otherwise;
	return wish < TROUPE_LIMIT ? (size_t)wish : TROUPE_LIMIT;
}

struct troupe *troupe_new(const tsp_troupe *order)
{
	struct troupe *troupe = calloc(1, sizeof(*troupe));

	if (troupe == NULL)
		return NULL;
	list_init(&troupe->members);
	troupe->max_count = setting(order->max_count, MAX_COUNT);
	troupe->idle_count = setting(order->idle_count, IDLE_COUNT);
	return troupe;
}

void troupe_free(struct troupe *troupe)
{
	if (troupe == NULL)
		return;
	while (!list_empty(&troupe->members))
		leader_remove(troupe, list_item(troupe->members.next, struct member, link));
	free(troupe->argument);
	free(troupe);
}

int troupe_remember(struct tsp_actor *cell, tsp_value argument)
{
	struct troupe *troupe = cell->extra->troupe;

	if (argument.data == NULL)
		return TSP_OK;
	troupe->argument = malloc(argument.size);
	if (troupe->argument == NULL)
		return TSP_ENOMEM;
	memcpy(troupe->argument, argument.data, argument.size);
	troupe->argument_size = argument.size;
	return TSP_OK;
}

static void ignore(struct tsp_actor *cell)
{
	cell->ignored++;
	page_set(&cell->stage->page->ignored, ++cell->stage->ignored);
}

static void take_work(struct tsp_actor *cell, const struct delivery *delivery,
	enum outcome *ret_outcome, int *ret_code)
{
	struct troupe *troupe = cell->extra->troupe;

	if (troupe->role == TROUPE_LEADER ||
		!tsp_address_equal(delivery->message.sender, cell->parent)) {
		ignore(cell);
		return;
	}
	troupe->role = TROUPE_WORKER;
	free(troupe->argument);
	troupe->argument = NULL;
	*ret_outcome = worker_hear(cell, delivery, ret_code);
}

bool troupe_hear(struct tsp_actor *cell, const struct delivery *delivery, enum outcome *ret_outcome,
	int *ret_code)
{
	struct troupe *troupe = cell->extra->troupe;
	tsp_text type = delivery->message.type;

	*ret_outcome = OUTCOME_FINISHED;
	if ((delivery->flags & FRAME_SYSTEM) &&
		tsp_text_is(type, system_notice_name(NOTICE_TROUPE_WORK))) {
		take_work(cell, delivery, ret_outcome, ret_code);
		return true;
	}
	if (troupe->role == TROUPE_WORKER)
		return false;
	if (delivery->flags & FRAME_SYSTEM) {
		if (!troupe_hear_done(cell, delivery) &&
			!leader_hear_children(cell, &delivery->message))
			ignore(cell); /* a leader handles nothing itself */
		return true;
	}
	if (troupe->role == TROUPE_UNDECIDED)
		leader_begin(cell);
	if (!settings_hear(cell, &delivery->message))
		*ret_outcome = OUTCOME_HELD;
	return true;
}

bool troupe_hear_done(struct tsp_actor *cell, const struct delivery *delivery)
{
	const struct tsp_message *message = &delivery->message;
	int64_t code;

	if (cell->extra == NULL || cell->extra->troupe == NULL ||
		!(delivery->flags & FRAME_SYSTEM) ||
		!tsp_text_is(message->type, system_notice_name(NOTICE_TROUPE_DONE)))
		return false;
	code = tsp_get_int(message, "code", 0);
	leader_done(cell, message->sender.number, code < 0 && code > INT32_MIN ? (int)code : 0,
		tsp_get_text(message, "text"), tsp_get_bool(message, "leaving", false));
	return true;
}

bool troupe_is_busy(const struct tsp_actor *cell)
{
	const struct troupe *troupe = cell->extra->troupe;

	return troupe != NULL &&
		(troupe->at_work || troupe->pending > 0 || troupe->states[MEMBER_BUSY] > 0);
}
