/* SPDX-License-Identifier: MIT */
/*
 * Packs texts into a zip of our form, for the scenarios' authority (actors_authority.c), which wants four
 * bytes before it and no signature.
 *
 * usage: pack OUTPUT PREFIX NAME TEXT [NAME TEXT]...
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "source/archive.h"

static int pack(char **argv, tsp_error *err)
{
	struct archive archive = { NULL, 0 };
	uint8_t *zip = NULL, *all = NULL;
	size_t size = 0;
	int rc = TSP_OK;

	for (char **at = argv + 3; rc == TSP_OK && at[0] != NULL && at[1] != NULL; at += 2)
		rc = archive_add(&archive, at[0], at[1], strlen(at[1]), false, err);
	if (rc == TSP_OK)
		rc = archive_write(&archive, &zip, &size, err);
	if (rc == TSP_OK)
		all = malloc(size + 4);
	if (rc == TSP_OK && all != NULL) {
		memcpy(all, argv[2], 4);
		for (size_t i = 0; i < size; i++)
			all[i + 4] = memcmp(argv[2], "XOR:", 4) == 0 ? zip[i] ^ 0x5a : zip[i];
		rc = file_replace(argv[1], all, size + 4, 0600, err);
	}
	free(all);
	free(zip);
	archive_clear(&archive);
	return rc;
}

int main(int argc, char **argv)
{
	tsp_error err = { 0 };

	if (argc < 5 || strlen(argv[2]) != 4 || pack(argv, &err) < 0) {
		fprintf(stderr, "pack: %s\n", err.text);
		return 1;
	}
	return 0;
}
