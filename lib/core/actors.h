/* SPDX-License-Identifier: MIT */
/* The life of an actor as the admin sees it: made, started or failed, ended. */
#ifndef TSP_CORE_ACTORS_H
#define TSP_CORE_ACTORS_H

#include "core/parts.h"

/* An actor in the directory, waiting for a place, as a child of parent. NULL: no memory. */
struct actor *actor_new(
	struct admin *admin, uint64_t number, uint64_t parent, struct name *born_under);
struct actor *actor_find(
	const struct admin *admin, tsp_address address); /* also the holder of a name */
/* The actor that sends under this address: its own, or that of the name it was created under. */
struct actor *actor_sender(const struct admin *admin, tsp_address address);
/* Its class, also where that is only asked for, or known at the system where it lives; "": not known. */
const char *actor_class_name(const struct actor *actor);
/* Its creation order was handled: whoever waited for it is told. */
void actor_started(struct admin *admin, struct actor *actor);
/* It could not be created, or its init failed: messages go back as poison, the parent is told. */
void actor_failed(
	struct admin *admin, struct actor *actor, int code, const char *reason, const char *detail);
/* It is gone. reason: "exited", "exit request", "killed", ..; status: as of waitpid, or -1. */
void actor_ended(struct admin *admin, struct actor *actor, const char *reason, const char *detail,
	int status);
/* Frees without telling anybody (the admin's own end). */
void actor_free(struct admin *admin, struct actor *actor);
/* It was only here to be passed on: gone without a word. */
void actor_forget(struct admin *admin, struct actor *actor);
/* Children of a number, which may be a name's or 0; NULL if there is no such parent. */
struct list *actor_family(struct admin *admin, uint64_t number);
struct creation *creation_new(struct actor *actor, const char *class_name);
/* Members of an order: its argument and requirements, as far as it has them. */
void creation_put(tsp_builder *b, const struct creation *creation);
void creation_free(struct creation *creation);

#endif
