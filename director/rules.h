/* SPDX-License-Identifier: MIT */
/*
 * Which group file counts for a group: the operator's DIR/GROUP.tli, else what a local caller declared by
 * message (DIR/state/GROUP.tli), else the signed one inside the package.
 */
#ifndef TSP_DIRECTOR_RULES_H
#define TSP_DIRECTOR_RULES_H

#include "director/group.h"
#include "source/package.h"

enum rules_from { RULES_PACKAGE, RULES_DECLARED, RULES_FILE };

/* package NULL: there is none to look into. TSP_EVALUE, TSP_EREJECTED (the one inside), TSP_ENOENT. */
int rules_read(const char *folder, const char *group, const struct package *package,
	struct group_file *ret_rules, enum rules_from *ret_from, tsp_error *err);
/* The file that they were read from, to be freed; NULL: the package, or no memory. */
char *rules_path(const char *folder, const char *group, enum rules_from from);

#endif
