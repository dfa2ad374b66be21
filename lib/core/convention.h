/* SPDX-License-Identifier: MIT */
/*
 * Conventions (spec part 4): which systems we dial, who leads, who has registered, and who is told of it.
 * Members know their leaders, and leaders all of their members.
 */
#ifndef TSP_CORE_CONVENTION_H
#define TSP_CORE_CONVENTION_H

#include "core/gate.h"
#include "core/member.h"

/* As the capabilities say; in ns. */
struct heartbeat {
	clock_ns period; /* of looking, half of the time after which a sign of life is asked for */
	clock_ns suspected;
	clock_ns gone;
	clock_ns idle; /* after which a line between members that nobody uses is closed */
};

/* The leaders of the capabilities are dialled from now on. TSP_EUSAGE, TSP_ENOMEM. */
int convention_begin(struct admin *admin, tsp_error *err);
void convention_clear(struct admin *admin);
/* We go: all are told. */
void convention_end(struct admin *admin);
void convention_heartbeat(const struct admin *admin, struct heartbeat *ret);
/* The first leader that is here; NULL: there is none, or we lead ourselves. */
struct member *convention_leader(const struct admin *admin);
/* Our capabilities have changed: who is registered is told. */
void convention_changed(struct admin *admin);
/* A watcher goes. */
void convention_forget(struct admin *admin, tsp_address watcher);

/* ---- What member.c has to tell ---- */

void convention_met(struct admin *admin, struct member *member, uint64_t dial);
void convention_lost(struct admin *admin, struct member *member);
void convention_suspects(struct admin *admin, const struct member *member);
void convention_left(
	struct admin *admin, struct member *member, uint64_t system, const char *reason);

void convention_hear_register(struct admin *admin, const struct word *word);
void convention_hear_deregister(struct admin *admin, const struct word *word);
void convention_hear_log(struct admin *admin, const struct word *word);
/* A record of ours goes to the leader, if there is one and it is a warning or worse. */
void convention_log(struct admin *admin, const struct log_record *record);

void request_notify_systems(struct admin *admin, const struct request *request);
void request_pre_register(struct admin *admin, const struct request *request);
void request_deregister(struct admin *admin, const struct request *request);
/* conventionLeader, conventionAttendees and what belongs to them in a status. alone: in one about nothing else, which
 * tells of all systems, however many, without their capabilities. */
void put_convention(tsp_builder *b, const struct admin *admin, bool alone);

#endif
