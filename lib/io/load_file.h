/* SPDX-License-Identifier: MIT */
/* A package in a file, on its way into a load: by an actor or by a caller. */
#ifndef TSP_IO_LOAD_FILE_H
#define TSP_IO_LOAD_FILE_H

#include "base/buffer.h"
#include "base/error.h"

/* The whole file in a new buffer, to be cleared. TSP_ENOENT, TSP_EIO, TSP_ENOMEM; TSP_ETOOBIG
 * past what a package may have. */
int load_file_read(const char *path, struct buffer *ret_package, tsp_error *err);

#endif
