/* SPDX-License-Identifier: MIT */
/*
 * Callers that want to see what is logged as it comes: a copy of each record goes to them, so many a
 * second, with how many were left out. A host is told to make records below the level of the logs only
 * while somebody follows one of its actors.
 */
#ifndef TSP_CORE_LOG_FOLLOW_H
#define TSP_CORE_LOG_FOLLOW_H

#include "core/gate.h"
#include "wire/log_record.h"

void request_follow_log(struct admin *admin, const struct request *request);
/* Whether anybody would have a record of that level. */
bool follow_wants(const struct admin *admin, enum log_level level);
/* Copies a record to who follows the actor (NULL: none), or the system whose own words it is. */
void follow_copy(struct admin *admin, const struct actor *actor, bool own,
	const struct log_record *record);
/* The lowest level that a host has to make records of. */
enum log_level follow_least(const struct admin *admin, const struct host *host);
/* An actor has come into its host. */
void follow_placed(struct admin *admin, struct actor *actor);
/* An actor is leaving, and has its names still. */
void follow_left(struct admin *admin, const struct actor *actor);
/* A name is held by another, or by nobody; NULL: there is no such host. */
void follow_moved(struct admin *admin, uint64_t name, struct host *before, struct host *after);
/* A caller has gone. */
void follow_ended(struct admin *admin, struct link *link);
/* Tells who was left nothing but a count; when that is due again. */
clock_ns follow_tick(struct admin *admin);

#endif
