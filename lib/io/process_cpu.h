/* SPDX-License-Identifier: MIT */
/* How much processor time a process has used, for status. */
#ifndef TSP_IO_PROCESS_CPU_H
#define TSP_IO_PROCESS_CPU_H

#include <stdint.h>

/* Milliseconds, of all its threads, in user and in kernel mode; pid 0: of this process. 0: it is not there. */
uint64_t process_cpu(int pid);

#endif
