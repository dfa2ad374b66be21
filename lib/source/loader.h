/* SPDX-License-Identifier: MIT */
/*
 * Libraries of this machine, found where the dynamic loader would find them and read: none of their
 * code runs. Who asks is root, outside of every sandbox, and the names come from packages.
 */
#ifndef TSP_SOURCE_LOADER_H
#define TSP_SOURCE_LOADER_H

#include "base/buffer.h"
#include "source/elf.h"

/* ret_elf borrows from the buffer. TSP_EVALUE: there is none for this kind of machine. */
int loader_read(const char *name, struct buffer *into, struct elf *ret_elf, tsp_error *err);

/* The place of number index that ld.so.cache's bytes have for a name, counted from 0; NULL: no more. Such
 * as are for certain processors only are passed over. The last byte must be a NUL. */
const char *loader_cached(const struct buffer *cache, const char *name, size_t index);

#endif
