/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/inbox.h"

#include <stdlib.h>
#include <unistd.h>

struct inbox_item {
	struct inbox_item *next;
	tsp_message *message;
};

void inbox_init(struct inbox *inbox)
{
	*inbox = (struct inbox){ .bell = -1 };
}

void inbox_clear(struct inbox *inbox)
{
	tsp_message *message;

	while ((message = inbox_take(inbox)) != NULL)
		tsp_message_free(message);
}

/* An eventfd takes one and gives one back without ever waiting here: it is 0 or 1. */
static void ring(const struct inbox *inbox)
{
	uint64_t one = 1;

	if (inbox->bell >= 0 && write(inbox->bell, &one, sizeof(one)) < 0)
		return; /* readable already */
}

static void silence(const struct inbox *inbox)
{
	uint64_t count;

	if (inbox->bell >= 0 && read(inbox->bell, &count, sizeof(count)) < 0)
		return; /* silent already */
}

static int put(struct inbox *inbox, tsp_message *message, bool fits)
{
	size_t size = tsp_message_body(message).size;
	struct inbox_item *item = fits ? malloc(sizeof(*item)) : NULL;

	if (item == NULL) {
		inbox->dropped++;
		tsp_message_free(message);
		return fits ? TSP_ENOMEM : TSP_EBACKLOG;
	}
	*item = (struct inbox_item){ .message = message };
	if (inbox->last != NULL)
		inbox->last->next = item;
	else
		inbox->first = item;
	inbox->last = item;
	inbox->bytes = size > INBOX_BYTES - inbox->bytes ? INBOX_BYTES : inbox->bytes + size;
	if (inbox->count++ == 0 && inbox->held == 0)
		ring(inbox);
	return TSP_OK;
}

int inbox_put(struct inbox *inbox, tsp_message *message)
{
	size_t size = tsp_message_body(message).size;

	/* An empty one takes a message of any size. */
	return put(inbox, message,
		inbox->count == 0 || (inbox->count < INBOX_MESSAGES && size <= INBOX_BYTES - inbox->bytes));
}

int inbox_put_end(struct inbox *inbox, tsp_message *message)
{
	return put(inbox, message, inbox->count < INBOX_MESSAGES + INBOX_RESERVE);
}

tsp_message *inbox_take(struct inbox *inbox)
{
	struct inbox_item *item = inbox->first;

	if (item == NULL)
		return NULL;

	tsp_message *message = item->message;
	size_t size = tsp_message_body(message).size;

	inbox->first = item->next;
	if (inbox->first == NULL)
		inbox->last = NULL;
	inbox->bytes -= size < inbox->bytes ? size : inbox->bytes;
	if (--inbox->count == 0) {
		inbox->bytes = 0;
		if (inbox->held == 0)
			silence(inbox);
	}
	free(item);
	return message;
}

void inbox_hold(struct inbox *inbox, size_t held)
{
	bool was = inbox->held > 0;

	inbox->held = held;
	if (inbox->count > 0 || was == (held > 0))
		return;
	if (held > 0)
		ring(inbox);
	else
		silence(inbox);
}
