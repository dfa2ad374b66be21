/* SPDX-License-Identifier: MIT */
/* tsp_interrupt: one flag for the process, and a descriptor that wakes who sleeps in poll. */
#ifndef TSP_SYSTEM_INTERRUPT_H
#define TSP_SYSTEM_INTERRUPT_H

#include <thespian.h>

/* Makes the descriptor, once a process. TSP_EIO with errno. */
int interrupt_open(void);
int interrupt_descriptor(void); /* to be polled for reading; -1: none */
/* True once for each tsp_interrupt: the wait that asks has to end. */
bool interrupt_take(void);
/* After poll has shown the descriptor as readable, before interrupt_take. */
void interrupt_drain(void);

#endif
