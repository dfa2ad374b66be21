/* SPDX-License-Identifier: MIT */
/*
 * All systems of the convention, as the one here knows them: itself, first, and whom it is linked with or has
 * pinned, by name. Their Directors are asked at once, and each answers for itself.
 */
#ifndef TSP_DIRECTOR_FLEET_H
#define TSP_DIRECTOR_FLEET_H

#include "director/client.h"
#include "source/keys.h"
#include "source/pins.h"

struct fleet_system {
	char name[PIN_NAME + 1];
	uint64_t system; /* 0: it is away */
	bool wanted;	 /* it is asked the next time */
	bool changed;	 /* by what was asked */
	tsp_message *answer; /* the last one; NULL: none */
	tsp_error err;	 /* its first failure; code 0: none */
	const char *outcome; /* for people, beside its results; NULL: none */
	bool is_here;
	uint8_t key[PIN_KEY]; /* that it links with; of the one here: none */
	char *proof;	      /* the file with what it proves; NULL: none, */
	char *proof_key;      /* and that of the key that signs it */
	char proof_key_id[KEY_ID_TEXT];
	bool proof_key_new; /* it was pinned by this command */
};

struct fleet {
	struct client client;
	struct fleet_system *systems;
	size_t count;
	const char *nonce; /* of all proofs; NULL: none */
};

/* Opens the system here and finds the others; all are wanted. An away one has failed already. */
int fleet_open(struct context *context, enum client_start start, int64_t timeout_ms, struct fleet *fleet,
	tsp_error *err);
void fleet_close(struct fleet *fleet);
/* Asks the wanted ones that have not failed, and waits for all; what fails is noted. what: for the progress line.
 * Fails where nobody could be asked at all. */
int fleet_ask(struct fleet *fleet, const char *what, const char *type, tsp_value request, tsp_error *err);
size_t fleet_failed(const struct fleet *fleet);
size_t fleet_failed_wanted(const struct fleet *fleet);
/* A member of what it answered last; absent where there is none. */
tsp_value fleet_said(const struct fleet_system *system, const char *key);
/* One has failed by what its answer says. */
void fleet_fail(struct fleet_system *system, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A line or more for each; the whole's verdict: TSP_OK, STATUS_PART, or where nothing was done the first failure,
 * in err. */
int fleet_print(const struct fleet *fleet, tsp_error *err);

/* ---- fleet_commands.c: what `--fleet` makes of a command ------------------------------------------ */

struct command_call;
/* Whether --fleet can be used with it; TSP_EUSAGE. */
int fleet_permit(void *context, const struct command_call *call, tsp_error *err);
int fleet_list(struct context *context, const char *group, tsp_error *err);
int fleet_status(struct context *context, tsp_error *err);
int fleet_unload(struct context *context, const char *what, bool force, tsp_error *err);
int fleet_rollback(struct context *context, const char *group, const char *hash, tsp_error *err);

/* ---- fleet_load.c ------------------------------------------------------------------------------------ */

/* The package that word means here, for all; with context->canary for so many first. */
int fleet_load(struct context *context, const char *word, const struct options *options, tsp_error *err);
/* What a load of it would do, by what the Directors list. STATUS_CHANGES: something. */
int fleet_plan(struct context *context, const char *word, tsp_error *err);

/* ---- fleet_prove.c ----------------------------------------------------------------------------------- */

/* nonce NULL: one is made; folder NULL: the usual one. */
int fleet_prove(struct context *context, const char *nonce, const char *folder, tsp_error *err);

#endif
