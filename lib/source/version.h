/* SPDX-License-Identifier: MIT */
/* Order of versions: Debian's for upstream versions (packages.md, "Versions"); "none" is oldest. */
#ifndef TSP_SOURCE_VERSION_H
#define TSP_SOURCE_VERSION_H

/* Negative: a is older than b; 0: the same text; positive: newer. Ties are decided by bytes. */
int version_compare(const char *a, const char *b);

#endif
