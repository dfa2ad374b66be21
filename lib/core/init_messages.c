/* SPDX-License-Identifier: MIT */
/* Messages that an actor needs before all others: they are kept here, what else comes is held. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include "core/traits.h"

struct init_slot {
	uint8_t *bytes; /* the value without its type; NULL: it has not come yet */
	size_t size;
	tsp_address sender;
};

struct init_hold {
	size_t missing;
	int failure;
	size_t count;
	struct init_slot slots[];
};

struct init_hold *init_hold_new(const tsp_init_messages *order)
{
	struct init_hold *hold;
	size_t count = 0;

	while (order->types != NULL && order->types[count] != NULL)
		count++;
	hold = calloc(1, sizeof(*hold) + count * sizeof(hold->slots[0]));
	if (hold == NULL)
		return NULL;
	hold->count = count;
	hold->missing = count;
	return hold;
}

void init_hold_free(struct init_hold *hold)
{
	if (hold == NULL)
		return;
	for (size_t i = 0; i < hold->count; i++)
		free(hold->slots[i].bytes);
	free(hold);
}

static struct init_slot *find_slot(const struct tsp_actor *cell, tsp_text type)
{
	struct init_hold *hold = cell->extra != NULL ? cell->extra->init : NULL;

	for (size_t i = 0; hold != NULL && i < hold->count; i++)
		if (tsp_text_is(type, cell->class->init_messages->types[i]))
			return &hold->slots[i];
	return NULL;
}

/* The last of a type wins. */
static int put_by(struct init_hold *hold, struct init_slot *slot, const struct tsp_message *message)
{
	uint8_t *bytes = malloc(message->value.size);

	if (bytes == NULL)
		return TSP_ENOMEM;
	memcpy(bytes, message->value.data, message->value.size);
	if (slot->bytes == NULL)
		hold->missing--;
	free(slot->bytes);
	slot->bytes = bytes;
	slot->size = message->value.size;
	slot->sender = message->sender;
	return TSP_OK;
}

/* All is there. */
static int call_done(struct tsp_actor *cell, const struct delivery *delivery)
{
	struct stage *stage = cell->stage;
	int rc;

	if (cell->class->init_messages->done == NULL)
		return TSP_OK;
	stage_begin_work(stage, cell, delivery->sequence, &delivery->message);
	rc = cell->class->init_messages->done(cell);
	stage_end_work(stage);
	return rc < 0 ? rc : TSP_OK;
}

bool init_hear(struct tsp_actor *cell, const struct delivery *delivery, enum outcome *ret_outcome,
	int *ret_code)
{
	struct init_hold *hold = cell->extra->init;
	bool pass_through = cell->class->init_messages->pass_through;
	struct init_slot *slot;
	int rc;

	if (hold->missing == 0 || (delivery->flags & FRAME_SYSTEM))
		return false;
	slot = find_slot(cell, delivery->message.type);
	if (slot == NULL) {
		*ret_outcome = OUTCOME_HELD;
		return !pass_through;
	}
	rc = put_by(hold, slot, &delivery->message);
	if (rc < 0) {
		*ret_code = rc;
		*ret_outcome = OUTCOME_FAILED;
		return true;
	}
	*ret_outcome = OUTCOME_FINISHED;
	if (hold->missing == 0) {
		hold->failure = call_done(cell, delivery);
		if (hold->failure < 0) {
			*ret_outcome = OUTCOME_UNDONE; /* it goes back with all the others */
			return true;
		}
	}
	return !pass_through;
}

bool init_is_complete(const struct tsp_actor *cell)
{
	return cell->extra->init != NULL && cell->extra->init->missing == 0;
}

int init_failure(const struct tsp_actor *cell)
{
	return cell->extra->init != NULL ? cell->extra->init->failure : TSP_OK;
}

tsp_value tsp_init_value(const tsp_actor *self, const char *type)
{
	const struct init_slot *slot = find_slot(self, tsp_text_of(type));

	return slot != NULL ? (tsp_value){ slot->bytes, slot->size } : (tsp_value){ NULL, 0 };
}

tsp_address tsp_init_sender(const tsp_actor *self, const char *type)
{
	const struct init_slot *slot = find_slot(self, tsp_text_of(type));

	return slot != NULL ? slot->sender : TSP_NOBODY;
}
