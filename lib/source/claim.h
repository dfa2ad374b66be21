/* SPDX-License-Identifier: MIT */
/* The text of a package's trusted comment: group:G version:V time:T runtime:N, and nothing else. */
#ifndef TSP_SOURCE_CLAIM_H
#define TSP_SOURCE_CLAIM_H

#include "source/package.h"

#define CLAIM_TEXT_LIMIT MINISIG_COMMENT_LIMIT

/* Sets group, version, time, runtime and comment. TSP_EUNTRUSTED. */
int claim_parse(tsp_text text, struct package *package, tsp_error *err);
/* TSP_EVALUE: which of the parts is not allowed. */
int claim_print(const struct package_claim *claim, char out[CLAIM_TEXT_LIMIT + 1], tsp_error *err);

#endif
