/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/load_file.h"

#include <thespian.h>
#include "base/file.h"
#include "source/package.h"

int load_file_read(const char *path, struct buffer *ret_package, tsp_error *err)
{
	struct buffer package;
	int rc;

	buffer_init(&package, PACKAGE_LIMIT);
	rc = file_read(path, &package, err);
	if (rc == TSP_ELIMIT)
		rc = tsp_fail(err, TSP_ETOOBIG, "cannot read '%s': a package has at most %zu MiB", path,
			PACKAGE_LIMIT >> 20);
	if (rc < 0)
		buffer_clear(&package);
	else
		*ret_package = package;
	return rc;
}

int tsp_load_source_file(tsp_actor *self, const char *path)
{
	struct buffer package;
	int rc = path != NULL ? load_file_read(path, &package, NULL) : TSP_EUSAGE;

	if (rc < 0)
		return rc;
	rc = tsp_load_source(self, package.data, package.size, path);
	buffer_clear(&package);
	return rc;
}
