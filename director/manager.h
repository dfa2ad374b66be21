/* SPDX-License-Identifier: MIT */
/* The service manager of a machine: which one it is, where its files are, and its program. */
#ifndef TSP_DIRECTOR_MANAGER_H
#define TSP_DIRECTOR_MANAGER_H

#include "director/service.h"

struct manager {
	enum service_kind kind;
	const char *name;   /* "systemd" */
	const char *folder; /* of its files */
	const char *suffix;
	const char *program;
};

/* By name; NULL: there is none of it. */
const struct manager *manager_find(const char *name);
/* The one of the machine at root; TSP_ENOENT where there is none. */
int manager_detect(const char *root, const struct manager **ret_manager, tsp_error *err);
/* Version of systemd; 0: not to be had. */
int manager_version(const struct manager *manager);
/* Whether it runs here, and would do as it is told. */
bool manager_runs(const struct manager *manager);
/* "ROOT/FOLDER/NAME.SUFFIX"; TSP_EEXIST where a service of this name is there that we did not write. */
int manager_file(const struct manager *manager, const char *root, const char *name, char **ret_file,
	tsp_error *err);
/* Runs its program with the arguments, at most 4, NULL ends them. Its lines go to stderr where it fails
 * or says more than nothing; the error has its status. do: for "cannot DO 'NAME'". */
int manager_tell(const struct manager *manager, const char *action, const char *name,
	const char *const *arguments, tsp_error *err);
/* The same, in silence; whether it said yes. */
bool manager_ask(const struct manager *manager, const char *const *arguments);

#endif
