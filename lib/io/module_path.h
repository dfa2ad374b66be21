/* SPDX-License-Identifier: MIT */
/*
 * Where installed modules are: the folders of THESPIAN_PATH, then lib/thespian and director/.libs
 * beside the program's own folder (an uninstalled tree), then the package's library folder. The
 * file is NAME.so.
 */
#ifndef TSP_IO_MODULE_PATH_H
#define TSP_IO_MODULE_PATH_H

#include "base/error.h"

#define MODULE_NAME_LIMIT 64

/* search: colon-separated folders or NULL; program_folder: of the running program or NULL.
 * Writes an absolute path and what identifies the file: a hash of the path, device, inode, time
 * of change. TSP_ENOENT: no folder has it (err names those searched); TSP_EVALUE: not a module's
 * name. */
int module_path_find(const char *search, const char *program_folder, const char *name,
	char *ret_path, size_t size, uint64_t ret_identity[4], tsp_error *err);
/* The same search with every relative folder made absolute, for a process that changes its folder.
 * search NULL gives NULL. free() *ret_search. */
int module_path_absolute(const char *search, char **ret_search, tsp_error *err);
/* Folder of the running program, by /proc/self/exe; free() *ret_folder. */
int module_path_program(char **ret_folder, tsp_error *err);

#endif
