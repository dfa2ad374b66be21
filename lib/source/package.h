/* SPDX-License-Identifier: MIT */
/*
 * A .tls package: signature blocks over a zip (packages.md, "The file"). Every byte of the file is
 * either signed or fixed; nothing of the zip is looked at before a signature holds.
 */
#ifndef TSP_SOURCE_PACKAGE_H
#define TSP_SOURCE_PACKAGE_H

#include "source/minisig.h"

#define PACKAGE_LIMIT      ((size_t)63 * 1024 * 1024)
#define PACKAGE_SIGNATURES 16
#define PACKAGE_HASH_SIZE  32
#define PACKAGE_HASH_TEXT  65
#define PACKAGE_HASH_SHOWN 12 /* digits that people see; 6 are enough to name one */
#define PACKAGE_HEAD       1024 /* bytes that hold the first signature and its claim */
#define PACKAGE_RUNTIME    1  /* runtime level that we make and accept */

struct package {
	char group[65];
	char version[65]; /* "none": no version */
	char time[21];    /* YYYY-MM-DDTHH:MM:SSZ, the signer's claim */
	int runtime;
	char comment[257];
	struct minisig signatures[PACKAGE_SIGNATURES];
	size_t signature_count;
	const uint8_t *zip; /* borrowed from the bytes given */
	size_t zip_size;
	char hash[PACKAGE_HASH_TEXT];
	/* Whose signature verified, each at its signature's index (NULL: a key that is not known), and the
	 * first of them; borrowed from the keyring. */
	const struct public_key *signers[PACKAGE_SIGNATURES];
	const struct public_key *verified_by;
};

/* Reads the envelope's grammar only; nothing is trusted yet. TSP_EUNTRUSTED with what is wrong. */
int package_read(const void *bytes, size_t size, struct package *ret_package, tsp_error *err);
/* Group that the first signature is said to be for, by the file's first PACKAGE_HEAD bytes; nothing is
 * trusted. As package_read, which finds the same group where it finds one. */
int package_read_group(const void *bytes, size_t size, char ret_group[65]);
/* Verifies read package: every signature by a key of the ring must hold, at least one must be
 * there. TSP_EUNTRUSTED says which: no signature by a known key (key ids named), or does not
 * verify. Sets signers and verified_by. */
int package_verify(struct package *package, const struct keyring *keyring, tsp_error *err);
/* Source hash of any bytes (packages.md, "Source hash"), raw. */
void package_hash(const void *bytes, size_t size, uint8_t ret_hash[PACKAGE_HASH_SIZE]);
bool package_group_ok(const char *group);
bool package_version_ok(const char *version);

struct package_claim {
	const char *group;
	const char *version; /* NULL: "none" */
	int64_t time;        /* seconds since 1970 */
};
/* Signs zip and builds the whole file; free() *ret_bytes. */
int package_write(const struct package_claim *claim, const void *zip, size_t zip_size,
	const struct secret_key *key, uint8_t **ret_bytes, size_t *ret_size, tsp_error *err);
/* The file with one signature more, for the same claim and zip; package was read. free() *ret_bytes.
 * TSP_EEXIST: the key has signed it already; TSP_ELIMIT: 16 have. */
int package_cosign(const struct package *package, const struct secret_key *key, uint8_t **ret_bytes,
	size_t *ret_size, tsp_error *err);
/* The .minisig text of signature number index, as minisign -V reads it; free() it. */
char *package_minisig(const struct package *package, size_t index);

#endif
