/* SPDX-License-Identifier: MIT */
/* How much memory a process has. */
#ifndef TSP_IO_PROCESS_MEMORY_H
#define TSP_IO_PROCESS_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes that are resident, as ps shows them; pid 0: of this process. 0: that cannot be read. */
uint64_t process_memory(int pid);
/* What this process frees is kept for what it needs next, or goes back to the system: what is free now, too. */
void process_keep_memory(bool keep);

#endif
