/* SPDX-License-Identifier: MIT */
/* The packages of a director folder. A file's name is decoration: group and version are the signed ones. */
#ifndef TSP_DIRECTOR_FOLDER_H
#define TSP_DIRECTOR_FOLDER_H

#include "base/buffer.h"
#include "director/trust.h"

/* A package read from its file. */
struct package_file {
	char *path;
	struct buffer bytes;
	struct package package; /* verified_by is only valid as long as the trust */
};

/* What is known of one package of the folder. */
struct folder_entry {
	char *path;
	char group[65]; /* "" where the file is no package at all */
	char version[65];
	char time[21];
	char hash[PACKAGE_HASH_TEXT];
	char key[KEY_ID_TEXT]; /* that verified it */
	bool development;      /* it verifies, and is no release */
	int code;	       /* 0: verifies */
	char *reason;	       /* NULL, or why it does not */
};

struct folder_list {
	struct folder_entry *items; /* by group; those that verify first, newest first */
	size_t count;
};

/* Reads and verifies. TSP_ENOENT, TSP_EUNTRUSTED, ... Where only the verification fails the file is
 * handed over all the same if it reads as a package (ret_file->path is not NULL then). */
int package_file_open(const char *path, const struct trust *trust,
	struct package_file *ret_file, tsp_error *err);
/* The same, in the memory of one that was read before, or of { 0 }; it is cleared whatever came of it. */
int package_file_reopen(
	const char *path, const struct trust *trust, struct package_file *file, tsp_error *err);
void package_file_clear(struct package_file *file);

/* All *.tls of the folder, of one group or of all (NULL). A package that stands there twice is
 * listed once. */
int folder_list(const char *folder, const char *group, const struct trust *trust,
	struct folder_list *ret_list, tsp_error *err);
void folder_list_clear(struct folder_list *list);
/* Newest that verifies; NULL: none. */
const struct folder_entry *folder_newest(const struct folder_list *list, const char *group);
/* The one that verifies and has this full hash; NULL: none. */
const struct folder_entry *folder_find(const struct folder_list *list, const char *hash);
/* "FOLDER/GROUP-VERSION.tls"; free() it; NULL: no memory. */
char *folder_package_path(const char *folder, const char *group, const char *version);
/* Puts the package under its own name; TSP_EEXIST if another one has that name already. *ret_made:
 * false where it was there. */
int folder_keep(
	const char *folder, const struct package_file *file, bool *ret_made, tsp_error *err);
/* Takes back what folder_keep made. */
void folder_drop(const char *folder, const struct package_file *file);
/* Whether folder_keep would find the name taken by another package: TSP_EEXIST. */
int folder_check_name(const char *folder, const struct package_file *file, tsp_error *err);

#endif
