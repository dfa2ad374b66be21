/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/text.h"
#include "io/load_file.h"
#include "system/caller.h"

#define SHOWN 160

int tsp_system_load_file(tsp_system *system, const char *path, int64_t timeout_ms, char ret_hash[65],
	char **ret_output, tsp_error *err)
{
	struct buffer package;
	char shown[SHOWN];
	int rc = path != NULL ? load_file_read(path, &package, err) : tsp_fail(err, TSP_EUSAGE, "no file is named");

	if (rc < 0)
		return tsp_wrap(err, rc, "cannot load '%s'",
			text_quote(tsp_text_of(path), shown, sizeof(shown)));
	rc = tsp_system_load(system, package.data, package.size, path, timeout_ms, ret_hash, ret_output, err);
	buffer_clear(&package);
	return rc;
}
