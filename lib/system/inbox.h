/* SPDX-License-Identifier: MIT */
/* What has arrived for tsp_listen: first in, first out, bounded; what does not fit is counted. */
#ifndef TSP_SYSTEM_INBOX_H
#define TSP_SYSTEM_INBOX_H

#include <thespian.h>

#define INBOX_MESSAGES 2000
#define INBOX_RESERVE 16 /* more, of those that must come: small ones */
#define INBOX_BYTES ((size_t)32 * 1024 * 1024)

struct inbox_item;

struct inbox {
	struct inbox_item *first;
	struct inbox_item *last;
	size_t count;
	size_t bytes;
	uint64_t dropped; /* since it was last said */
	size_t held;      /* messages that lie elsewhere, for a call of their own */
	int bell;         /* an eventfd that is readable while something is in here, or held; -1: none */
};

void inbox_init(struct inbox *inbox);
void inbox_clear(struct inbox *inbox); /* frees the messages; the bell stays the owner's */
/* Takes the message over. TSP_EBACKLOG: it is full; TSP_ENOMEM. Either is counted and the message freed. */
int inbox_put(struct inbox *inbox, tsp_message *message);
/* The same for one that tells the end of something: it finds room in a full one, behind all that is there. */
int inbox_put_end(struct inbox *inbox, tsp_message *message);
tsp_message *inbox_take(struct inbox *inbox); /* NULL: empty */
/* How many are held from now on. */
void inbox_hold(struct inbox *inbox, size_t held);

#endif
