/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/asks.h"

#include <stdlib.h>

#define ASKS_A_LINK 16

struct asks {
	size_t count;
	struct open_ask items[ASKS_A_LINK]; /* in order of their begin */
};

static void take_out(struct asks *asks, size_t at)
{
	asks->count--;
	for (; at < asks->count; at++)
		asks->items[at] = asks->items[at + 1];
}

void asks_note(struct admin *admin, struct link *link, const struct frame *frame)
{
	if (!address_is_of_ask(frame->from.number))
		return;
	if (link->asks == NULL)
		link->asks = calloc(1, sizeof(*link->asks));
	if (link->asks == NULL)
		return; /* it is only for who looks */
	if (link->asks->count == ASKS_A_LINK)
		take_out(link->asks, 0);
	link->asks->items[link->asks->count++] = (struct open_ask){
		.number = frame->from.number, .target = frame->to.number, .since = admin->now };
}

void asks_end(struct link *link, uint64_t number)
{
	struct asks *asks = link->asks;

	for (size_t i = 0; asks != NULL && i < asks->count; i++) {
		if (asks->items[i].number == number) {
			take_out(asks, i);
			return;
		}
	}
}

void asks_clear(struct link *link)
{
	free(link->asks);
	link->asks = NULL;
}

const struct open_ask *asks_next(const struct link *link, size_t *at)
{
	return link->asks != NULL && *at < link->asks->count ? &link->asks->items[(*at)++] : NULL;
}
