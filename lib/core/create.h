/* SPDX-License-Identifier: MIT */
/* Requests to create an actor: checked, entered into the directory, sent to their module. */
#ifndef TSP_CORE_CREATE_H
#define TSP_CORE_CREATE_H

#include "core/gate.h"

/* TSP_EPROTOCOL: a number that the link has no lease for, or used already; ends the link. */
int create_request(struct admin *admin, const struct request *request);
/* Copies an argument or requirements for a creation; what is absent stays absent. TSP_ENOMEM. */
int creation_keep(tsp_value value, uint8_t **ret_bytes, size_t *ret_size);
/* Has a new actor wait for its module, or be placed. request NULL: nobody asked but the system itself.
 * keep_user: the start wants it, and nobody else gets a host of the admin's user. */
void create_resolve(
	struct admin *admin, struct actor *actor, const struct request *request, bool keep_user);
/* Before anything is created: the name of an order is for nobody else. */
void create_claim(struct admin *admin, const struct appointed *order);
/* Creates an actor that the start named, as a child of the system. It may have failed, and
 * order->actor be NULL again, when this returns. */
int create_appointed(struct admin *admin, struct appointed *order, tsp_error *err);

#endif
