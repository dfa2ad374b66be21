/* SPDX-License-Identifier: MIT */
/* How much memory a process has, for status. */
#ifndef TSP_IO_PROCESS_MEMORY_H
#define TSP_IO_PROCESS_MEMORY_H

#include <stdint.h>

/* Bytes that are resident, as ps shows them; pid 0: of this process. 0: that cannot be read. */
uint64_t process_memory(int pid);

#endif
