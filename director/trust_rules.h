/* SPDX-License-Identifier: MIT */
/*
 * DIR/trust.cfg: what each key may sign, how many keys a group needs, and which keys are revoked. Local
 * and optional; nothing in a package can change it. Where it exists, a key that it does not name signs
 * nothing.
 */
#ifndef TSP_DIRECTOR_TRUST_RULES_H
#define TSP_DIRECTOR_TRUST_RULES_H

#include "director/json.h"
#include "source/keys.h"

#define TRUST_DATE 11 /* "2027-01-01" and a NUL */

struct trust_key {
	char id[KEY_ID_TEXT];
	char **groups; /* patterns in which `*` is any text */
	size_t group_count;
	char expires[TRUST_DATE]; /* the first day on which it signs nothing more; "": never */
};

struct trust_need {
	char *pattern;
	int64_t keys; /* distinct ones that must have signed */
};

struct trust_rules {
	bool exist; /* there was a file */
	struct trust_key *keys;
	size_t key_count;
	struct trust_need *needs;
	size_t need_count;
	char (*revoked)[KEY_ID_TEXT];
	size_t revoked_count;
};

/* A folder without the file gives empty rules. TSP_EVALUE with file, line and column: rules that are
 * not understood are never passed over. */
int trust_rules_read(const char *folder, struct trust_rules *ret_rules, tsp_error *err);
/* Old or new, never between. */
int trust_rules_write(const char *folder, const struct trust_rules *rules, tsp_error *err);
void trust_rules_clear(struct trust_rules *rules);

struct trust_key *trust_rules_key(const struct trust_rules *rules, const char *id);
bool trust_rules_revoked(const struct trust_rules *rules, const char *id);
/* Keys that a package of the group needs, 1 at least. */
int64_t trust_rules_need(const struct trust_rules *rules, const char *group);
bool trust_key_may(const struct trust_key *key, const char *group);
/* Whether there can be a group for which the key may sign and that the pattern means, too. */
bool trust_key_meets(const struct trust_key *key, const char *pattern);
/* Seconds since 1970 when the key ends; INT64_MAX: never. */
int64_t trust_key_end(const struct trust_key *key);
/* Whether it is "YYYY-MM-DD", a day that there is. */
bool trust_date_ok(const char *date);

/* Changes, for `key`. TSP_ENOMEM. */
int trust_rules_name(struct trust_rules *rules, const char *id, struct trust_key **ret_key);
int trust_key_allow(struct trust_key *key, const char *pattern);
int trust_rules_revoke(struct trust_rules *rules, const char *id);
int trust_rules_set_need(struct trust_rules *rules, const char *pattern, int64_t keys);
/* Whether it may stand for groups. */
bool trust_pattern_ok(const char *pattern);

#endif
