/* SPDX-License-Identifier: MIT */
/* Whole files: read with a limit, replaced in one step, folders made and removed. */
#ifndef TSP_BASE_FILE_H
#define TSP_BASE_FILE_H

#include <sys/types.h>
#include "base/buffer.h"

/* Reads all of path into buffer (appended, within its limit). TSP_ENOENT, TSP_EIO, TSP_ELIMIT. */
int file_read(const char *path, struct buffer *buffer, tsp_error *err);
int file_read_fd(int fd, struct buffer *buffer, tsp_error *err);
/* Writes beside, syncs, renames, syncs the folder: old or new, never between; with an error the old one
 * stands. What a killed one left in the folder goes first. */
int file_replace(const char *path, const void *bytes, size_t size, mode_t mode, tsp_error *err);
/* Writes a file that must not exist yet; TSP_EEXIST. */
int file_create(const char *path, const void *bytes, size_t size, mode_t mode, tsp_error *err);
int file_write_all(int fd, const void *bytes, size_t size); /* TSP_EIO with errno set */
/* Makes the folder and those above it, as far as they are missing. */
int file_make_folder(const char *path, mode_t mode, tsp_error *err);
/* Removes a folder and all below it, following no links. */
int file_remove_tree(const char *path, tsp_error *err);
/* "FOLDER/NAME" in new memory; NULL: no memory. */
char *file_join(const char *folder, const char *name);

#endif
