/* SPDX-License-Identifier: MIT */
/*
 * pack_zip OUT.zip NAME=FILE...: a zip in the one canonical form of packages, of whatever is given: for
 * packages that gensrc would not make.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "source/archive.h"

static int add(struct archive *archive, char *pair, tsp_error *err)
{
	char *path = strchr(pair, '=');
	struct buffer bytes;
	int rc;

	if (!path)
		return tsp_fail(err, TSP_EUSAGE, "cannot pack '%s': NAME=FILE is expected", pair);
	*path++ = '\0';
	buffer_init(&bytes, archive_default_limits.bytes);
	rc = file_read(path, &bytes, err);
	if (rc == 0)
		rc = archive_add(archive, pair, bytes.data, bytes.size, false, err);
	buffer_clear(&bytes);
	return rc;
}

int main(int argc, char **argv)
{
	struct archive archive = { NULL, 0 };
	tsp_error err = { 0 };
	uint8_t *zip = NULL;
	size_t size;
	int rc = argc > 2 ? 0 : tsp_fail(&err, TSP_EUSAGE, "cannot pack: OUT NAME=FILE...");

	for (int i = 2; i < argc && rc == 0; i++)
		rc = add(&archive, argv[i], &err);
	if (rc == 0)
		rc = archive_write(&archive, &zip, &size, &err);
	if (rc == 0)
		rc = file_replace(argv[1], zip, size, 0644, &err);
	if (rc < 0)
		(void)fprintf(stderr, "%s\n", err.text);
	free(zip);
	archive_clear(&archive);
	return rc < 0;
}
