/* SPDX-License-Identifier: MIT */
/* What a group's file requires: groups that are active before its own actors start. */
#ifndef TSP_DIRECTOR_REQUIRES_H
#define TSP_DIRECTOR_REQUIRES_H

#include "director/folder.h"
#include "director/rules.h"

struct require {
	char group[65];
	char version[65];
	char hash[PACKAGE_HASH_TEXT];
};

struct require_list {
	struct require *items; /* to be loaded first, in this order; free() it */
	size_t count;
};

/*
 * The groups that are to be loaded before `group`, whose rules these are: each that it requires, and what
 * those require, as far as it is not active, by its newest package in the folder. What is active is
 * followed too, for circles. TSP_ESTART: a package is missing, or there is a circle; TSP_EUNTRUSTED,
 * TSP_EDOWNGRADE as a load of the required group would say. list: all packages of the folder; NULL: they are
 * read. hint: 300 bytes, "" where there is none.
 */
int requires_resolve(const char *folder, const struct folder_list *list, const struct trust *trust,
	const char *group, const struct group_file *rules, struct require_list *ret_list,
	char hint[], tsp_error *err);
/* Puts groups behind what they require; newest: by their newest packages, else by the active ones. What
 * cannot be read requires nothing, a circle is cut somewhere. */
void requires_order(const char *folder, const struct trust *trust, const struct folder_list *list,
	bool newest, char **groups, size_t count);

#endif
