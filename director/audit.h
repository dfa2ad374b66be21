/* SPDX-License-Identifier: MIT */
/* DIR/audit.log: one JSON line for each verdict on a package. */
#ifndef TSP_DIRECTOR_AUDIT_H
#define TSP_DIRECTOR_AUDIT_H

#include "source/package.h"

/* Appends a line: what ("accepted", "refused", "downgrade", ..), the package as far as it was read
 * (may be NULL), the subject (file or hash) and the reason (may be NULL). */
int audit_write(const char *folder, const char *what, const struct package *package,
	const char *subject, const char *reason, tsp_error *err);

#endif
