/* SPDX-License-Identifier: MIT */
/*
 * DIR/audit.log: one JSON line for each verdict on a package and each change of what is trusted. Append-only:
 * each line holds, as "previous", the hash of the line before it (64 zeros: the first), so that none can be
 * changed or taken out unseen. Lines cut off at the end are seen by who noted the last hash. One without its end
 * was cut off by a crash: it does not count, and goes with the next.
 */
#ifndef TSP_DIRECTOR_AUDIT_H
#define TSP_DIRECTOR_AUDIT_H

#include "source/package.h"

#define AUDIT_LINE_LIMIT ((size_t)16 * 1024)

/* Appends a line: what ("accepted", "refused", "downgrade", ..), the package as far as it was read
 * (may be NULL), the subject (file, hash or key) and the reason (may be NULL). Old lines or old lines
 * and this one, never a part of it. */
int audit_write(const char *folder, const char *what, const struct package *package,
	const char *subject, const char *reason, tsp_error *err);

struct audit_report {
	size_t lines;
	size_t broken; /* number of the first line that does not follow from the one before; 0: none */
	char last[PACKAGE_HASH_TEXT]; /* hash of the last line */
};

/* One line as it stands in the file, without its end. Negative ends the walk. */
typedef int audit_line_fn(void *data, size_t number, tsp_text line, bool holds);

/* Reads all of it and checks the chain; see (may be NULL) is called for each line. A folder without a
 * log gives an empty report. TSP_EIO. */
int audit_walk(const char *folder, audit_line_fn *see, void *data, struct audit_report *ret_report,
	tsp_error *err);

#endif
