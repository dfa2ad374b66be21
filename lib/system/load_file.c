/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/load_file.h"
#include "system/caller.h"

int tsp_system_load_file(tsp_system *system, const char *path, int64_t timeout_ms, char ret_hash[65],
	char **ret_output, tsp_error *err)
{
	struct buffer package;
	int rc;

	if (path == NULL)
		return tsp_fail(err, TSP_EUSAGE, "cannot load a package: no file is named");
	rc = load_file_read(path, &package, err);
	if (rc < 0)
		return rc;
	rc = tsp_system_load(system, package.data, package.size, path, timeout_ms, ret_hash, ret_output, err);
	buffer_clear(&package);
	return rc;
}
