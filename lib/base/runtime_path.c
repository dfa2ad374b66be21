/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/runtime_path.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"

int runtime_path(char **ret_path, tsp_error *err)
{
	const char *own = getenv("THESPIAN_RUNTIME_DIR");
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	char *path;

	if (own != NULL && own[0] != '\0') {
		if (own[0] != '/')
			return tsp_fail(err, TSP_EUSAGE,
				"cannot use runtime folder '%s': THESPIAN_RUNTIME_DIR must be an absolute path",
				own);
		path = text_format("%s", own);
	} else if (xdg != NULL && xdg[0] == '/') {
		path = text_format("%s/thespian", xdg);
	} else if (geteuid() == 0) {
		path = text_format("/run/thespian");
	} else {
		path = text_format("/tmp/thespian-%lu", (unsigned long)geteuid());
	}
	if (path == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	*ret_path = path;
	return TSP_OK;
}
