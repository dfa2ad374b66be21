/* SPDX-License-Identifier: MIT */
/*
 * The folder of convention keys: whom a system links with, and who it is itself. One file a fact, so that a
 * person, a tool or the director changes it by one rename. A key's text is 64 lower-case hex digits.
 *
 *    system.sec, system.key   our own X25519 pair: the text of the half
 *    members/KEY.key          who may link with us: lines `name TEXT`, `since SECONDS`, `address HOST:PORT`
 *    revoked/KEY.key          the same, expelled: wins over members/
 *    leaders                  lines `HOST:PORT KEY`: which key is to be found at an address that is dialled
 *    invites/HASH             of a token's secret; in it the second (Unix time) when it is over
 *    proofs/KEY.pub           by what key that system signs proofs: proof_keys.h
 *    joining/KEY              the secret of the token by which we join that leader, until it has answered
 */
#ifndef TSP_SOURCE_PINS_H
#define TSP_SOURCE_PINS_H

#include "base/error.h"

#define PIN_KEY	     32
#define PIN_TEXT     65 /* hex digits and a NUL */
#define PIN_NAME     64 /* bytes of a name, NUL included */
#define PIN_ADDRESS  256
#define INVITE_TEXT  100
#define PIN_INVITED  "invited" /* name of a member that a token has let in, until it is given another */
#define INVITE_SECONDS 900

struct pin {
	uint8_t key[PIN_KEY];
	bool revoked;
	int64_t since;
	char name[PIN_NAME];
	char address[PIN_ADDRESS]; /* "": none */
};

struct pin_pair {
	uint8_t secret[PIN_KEY];
	uint8_t public[PIN_KEY];
};

char *pin_text(const uint8_t key[PIN_KEY], char out[PIN_TEXT]);
bool pin_parse(const char *text, uint8_t ret_key[PIN_KEY]);

/* Our own pair; create: made, with the folder, where there is none yet. TSP_ENOENT, TSP_EPERM (the folder or the
 * secret is open to others), TSP_EVALUE, .. */
int pins_own(const char *folder, bool create, struct pin_pair *ret_pair, tsp_error *err);

/* 1: a member; 0: unknown; -1: expelled. */
int pins_judge(const char *folder, const uint8_t key[PIN_KEY]);
/* Pins a key as a member (again). */
int pins_admit(const char *folder, const struct pin *pin, tsp_error *err);
/* From now on it is not linked with. TSP_ENOENT: no such member. */
int pins_expel(const char *folder, const uint8_t key[PIN_KEY], tsp_error *err);
/* All, members first, by name; free() *ret_pins. Files that are no pin are left out. */
int pins_list(const char *folder, struct pin **ret_pins, size_t *ret_count, tsp_error *err);

/* The key that stands for an address. TSP_ENOENT: none. */
int pins_leader(const char *folder, const char *address, uint8_t ret_key[PIN_KEY], tsp_error *err);
int pins_set_leader(
	const char *folder, const char *address, const uint8_t key[PIN_KEY], tsp_error *err);

/* A token with our own key and a new secret, good until now + INVITE_SECONDS. */
int pins_invite(const char *folder, int64_t now, char ret_token[INVITE_TEXT], tsp_error *err);
/* Takes a token apart. False: it is none. */
bool pins_token(const char *token, uint8_t ret_key[PIN_KEY], uint8_t ret_secret[PIN_KEY]);
/* Burns the invitation of a secret: who removes it owns it. False: there is none, or it is over. */
bool pins_burn(const char *folder, const uint8_t secret[PIN_KEY], int64_t now);
/* The secret that is to be shown to the leader of that key, and to nobody else; false: none. */
bool pins_join_secret(
	const char *folder, const uint8_t leader[PIN_KEY], uint8_t ret_secret[PIN_KEY]);
int pins_set_join_secret(const char *folder, const uint8_t leader[PIN_KEY],
	const uint8_t secret[PIN_KEY], tsp_error *err);
void pins_joined(const char *folder, const uint8_t leader[PIN_KEY]);

#endif
