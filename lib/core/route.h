/* SPDX-License-Identifier: MIT */
/* Where an envelope goes: to an actor, the holder of a name, a caller, the gate, or nowhere. */
#ifndef TSP_CORE_ROUTE_H
#define TSP_CORE_ROUTE_H

#include "core/parts.h"

/* An envelope from a link: the sender is checked, then it goes its way. A failure ends the link. */
int route_envelope(struct admin *admin, struct link *link, const struct frame *frame);
/* An envelope that came from another system, and was checked. */
int route_from_system(struct admin *admin, struct link *link, const struct frame *frame);
/* What was kept goes its way once more, accepted anew, within the bounds of the caller's link: its sender is
 * whoever the caller of this says. */
void route_again(struct admin *admin, struct link *link, const struct frame *frame);
/* Sends what the system has to say; never refused. The value is given as for tsp_put_format. */
void notice_send(struct admin *admin, tsp_address to, tsp_address from, enum system_notice notice,
	const char *format, ...);
/* The same with a body that is encoded already. */
void notice_put(
	struct admin *admin, tsp_address to, tsp_address from, const void *body, size_t size);
/* An exit request on the system's lane; from: who asks for it. */
void exit_request_send(struct admin *admin, uint64_t number, tsp_address from);
/* The link of the caller to whose lease an address belongs, or NULL. */
struct link *route_caller(const struct admin *admin, tsp_address address);

#endif
