/* SPDX-License-Identifier: MIT */
/*
 * What runs in a system, hash by hash, as a document that the system's key signs. The command `prove` makes one of
 * the system here, a Director one of its own where another system asks it (--fleet).
 */
#ifndef TSP_DIRECTOR_PROOF_H
#define TSP_DIRECTOR_PROOF_H

#include "base/error.h"
#include "source/keys.h"

#define PROOF_FORMAT "THESPIAN-PROOF 1"
#define PROOF_LIMIT  ((size_t)16 * 1024 * 1024)
#define PROOF_TIME   21	 /* YYYY-MM-DDTHH:MM:SSZ and a NUL */
#define PROOF_NONCE  200 /* bytes at most */

struct proof {
	const tsp_message *system; /* status of the admin */
	tsp_value groups;	   /* of the Director's list */
	const char *nonce;	   /* NULL: none */
	char time[PROOF_TIME];
};

/* ---- proof.c: the document ---------------------------------------------------------------------- */

/* Compact JSON in one order, and an LF; free() it. TSP_ELIMIT: the status leaves out some. */
int proof_write(const struct proof *proof, char **ret_text, tsp_error *err);
/* Name of the admin's system, as its addresses have it. */
void proof_system_id(const tsp_message *status, char out[17]);

/* ---- proof_sign.c: who says so ------------------------------------------------------------------- */

struct proof_signed {
	char *text;  /* the document */
	char *lines; /* the four lines beside it */
	struct public_key key;
};

/* Whether it is UTF-8 of 1 to PROOF_NONCE bytes, without a NUL. */
bool proof_nonce_ok(tsp_text nonce);
/* Sets its time, writes it, and signs it by the key of the Director's folder, which is made where there is none;
 * proof_signed_clear it. After keys_init. */
int proof_make(struct proof *proof, const char *folder, struct proof_signed *ret_signed, tsp_error *err);
void proof_signed_clear(struct proof_signed *made);
/* Writes the document to path and the lines to path.minisig. */
int proof_save(const char *path, tsp_text text, tsp_text lines, tsp_error *err);
/* TSP_EUNTRUSTED: it is not what this key signed as a proof. */
int proof_check(tsp_text text, tsp_text lines, const struct public_key *key, tsp_error *err);
/* What the signed document says of itself; nonce NULL: any. TSP_EUNTRUSTED. */
int proof_check_document(tsp_value document, const char *nonce, tsp_error *err);

#endif
