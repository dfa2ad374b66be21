/* SPDX-License-Identifier: MIT */
/* What runs in a system, hash by hash, as a document that the system's key signs. */
#ifndef TSP_DIRECTOR_PROOF_H
#define TSP_DIRECTOR_PROOF_H

#include "base/error.h"
#include "source/keys.h"

#define PROOF_FORMAT "THESPIAN-PROOF 1"
#define PROOF_LIMIT  ((size_t)16 * 1024 * 1024)
#define PROOF_TIME   21	 /* YYYY-MM-DDTHH:MM:SSZ and a NUL */
#define PROOF_NONCE  200 /* bytes at most */

struct proof {
	const tsp_message *system;   /* status of the admin */
	const tsp_message *director; /* its list of groups */
	int port;
	const char *nonce; /* NULL: none */
	char time[PROOF_TIME];
};

/* The document: compact JSON in one order, and an LF; free() it. TSP_ELIMIT: the status leaves out some. */
int proof_write(const struct proof *proof, char **ret_text, tsp_error *err);
/* The four lines beside it; free() them. */
int proof_sign(const struct proof *proof, const char *text, const struct secret_key *key,
	char **ret_lines, tsp_error *err);
/* TSP_EUNTRUSTED: it is not what this key signed as a proof. */
int proof_check(tsp_text text, tsp_text lines, const struct public_key *key, tsp_error *err);
/* Name of the admin's system, as its addresses have it. */
void proof_system_id(const tsp_message *status, char out[17]);

#endif
