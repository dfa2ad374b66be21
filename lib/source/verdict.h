/* SPDX-License-Identifier: MIT */
/* What the compiler's end means, for people. */
#ifndef TSP_SOURCE_VERDICT_H
#define TSP_SOURCE_VERDICT_H

#include "source/run.h"

/* Its lines as UTF-8 text without control characters; says what was cut off. What it says of files that are
 * neither the package's nor the toolchain's is left out but for the place. temporary: a folder whose name is
 * left out; include: the folder of thespian.h. free() it; NULL: no memory. */
char *verdict_output(const struct run_outcome *outcome, const char *temporary, const char *include);
/* Of a compiler that failed: TSP_ELIMIT and which limit, or TSP_EBUILD and its first error. */
int verdict_fail(const struct run_outcome *outcome, const char *output,
	const struct build_limits *limits, tsp_error *err);

#endif
