/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/waiters.h"

#include <stdlib.h>

int waiter_add(struct list *waiters, tsp_address address)
{
	struct waiter *waiter = malloc(sizeof(*waiter));

	if (waiter == NULL)
		return TSP_ENOMEM;
	waiter->address = address;
	list_append(waiters, &waiter->link);
	return 0;
}

static void waiter_free(struct waiter *waiter)
{
	list_remove(&waiter->link);
	free(waiter);
}

void waiter_drop(struct list *waiters, tsp_address address)
{
	struct list *next;

	for (struct list *at = waiters->next; at != waiters; at = next) {
		struct waiter *waiter = list_item(at, struct waiter, link);

		next = at->next;
		if (tsp_address_equal(waiter->address, address))
			waiter_free(waiter);
	}
}

void waiters_clear(struct list *waiters)
{
	while (!list_empty(waiters))
		waiter_free(list_item(waiters->next, struct waiter, link));
}
