/* SPDX-License-Identifier: MIT */
/*
 * Who is believed: the folder's public keys and the rules of trust.cfg, read together, since a signature
 * means nothing without both. The one place that says whether a package is to be trusted.
 */
#ifndef TSP_DIRECTOR_TRUST_H
#define TSP_DIRECTOR_TRUST_H

#include "director/trust_rules.h"
#include "source/package.h"

/* What `watch` signs with and calls its versions; neither ever raises a group's mark. */
#define DEVELOPMENT_NAME    "development"
#define DEVELOPMENT_FILE    DEVELOPMENT_NAME "_tls.key"
#define DEVELOPMENT_VERSION "0~dev"

struct trust {
	char *folder;
	struct keyring keyring;
	struct trust_rules rules;
	struct public_key system; /* system.pub, which signs no packages; path NULL: none */
	int64_t now; /* seconds since 1970, when it was read */
};

/* Reads both; a missing folder has none. After keys_init. TSP_EVALUE names a file that is no good. */
int trust_open(const char *folder, struct trust *ret_trust, tsp_error *err);
void trust_clear(struct trust *trust);
/* What the key with this id may do: "revoked" "signs for all groups" "signs nothing" "expired" "signs". */
const char *trust_key_state(const struct trust *trust, const char *id);
/* Whether a key that may sign has ended, or ends within 30 days; sentence says so. */
bool trust_key_ends(const struct trust *trust, const struct trust_key *key, char *sentence, size_t size);
/* Name of the key's file, without its folder; NULL: it was not read from one. */
const char *trust_key_file(const struct public_key *key);
/*
 * Whether the package may be loaded: its signatures hold, and as many distinct keys that may sign for
 * its group as that needs. A key that has expired does not count, unless the package was accepted
 * before (it stands in the group's state file); a revoked one never does. TSP_EUNTRUSTED says which
 * rule it was; sets package->verified_by, borrowed from trust: the development key only where no other
 * counts.
 */
int trust_verify(const struct trust *trust, struct package *package, tsp_error *err);
/* Whether this key is the folder's development key. */
bool trust_key_is_development(const struct public_key *key);
bool trust_version_is_development(const char *version);
/* Whether a package that was verified is no release: its version says so, or no other key that counts
 * than the development key signed it. */
bool trust_is_development(const struct package *package);

#endif
