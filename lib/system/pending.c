/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/pending.h"

#include <string.h>

int pending_add(struct pending *pending, uint64_t number, tsp_address target, clock_ns deadline)
{
	if (pending->count == TSP_ASK_LIMIT)
		return TSP_ELIMIT;
	pending->asks[pending->count++] =
		(struct pending_ask){ .number = number, .target = target, .deadline = deadline };
	return TSP_OK;
}

static bool is_before(const struct pending_ask *a, const struct pending_ask *b)
{
	if (a->reply != NULL && b->reply != NULL)
		return a->turn < b->turn;
	if (a->reply != NULL || b->reply != NULL)
		return a->reply != NULL;
	return a->deadline < b->deadline;
}

struct pending_ask *pending_find(struct pending *pending, uint64_t number)
{
	struct pending_ask *first = NULL;

	for (size_t i = 0; i < pending->count; i++) {
		struct pending_ask *ask = &pending->asks[i];

		if (ask->number == number)
			return ask;
		if (first == NULL || is_before(ask, first))
			first = ask;
	}
	return number == 0 ? first : NULL;
}

bool pending_reply(struct pending *pending, uint64_t number, tsp_message *message)
{
	struct pending_ask *ask = number != 0 ? pending_find(pending, number) : NULL;

	if (ask == NULL || ask->reply != NULL)
		return false;
	ask->reply = message;
	ask->turn = pending->next_turn++;
	pending->held++;
	return true;
}

tsp_message *pending_end(struct pending *pending, struct pending_ask *ask)
{
	tsp_message *reply = ask->reply;
	size_t at = (size_t)(ask - pending->asks);

	if (reply != NULL)
		pending->held--;
	pending->count--;
	memmove(ask, ask + 1, (pending->count - at) * sizeof(*ask));
	return reply;
}

void pending_clear(struct pending *pending)
{
	while (pending->count > 0)
		tsp_message_free(pending_end(pending, &pending->asks[0]));
}
