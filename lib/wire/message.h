/* SPDX-License-Identifier: MIT */
/* Inside of a tsp_message: borrowed by handlers, owned when made by message_new. */
#ifndef TSP_WIRE_MESSAGE_H
#define TSP_WIRE_MESSAGE_H

#include <thespian.h>

struct tsp_message {
	tsp_text type;
	tsp_value value;
	tsp_value body;
	tsp_address sender;
	tsp_address target;
	bool system;
	uint8_t *owned; /* what body lies in, for one that is freed with tsp_message_free */
};

/* Reads a body into a message that borrows it; TSP_EVALUE. */
int message_init(struct tsp_message *message, tsp_value body, tsp_address sender, bool system);
/* A message with a copy of body, for tsp_message_free; NULL: no memory or not a value. */
struct tsp_message *message_new(tsp_value body, tsp_address sender, tsp_address target, bool system);

#endif
