/* SPDX-License-Identifier: MIT */
/* Lists of addresses that wait for an answer, or watch. */
#ifndef TSP_CORE_WAITERS_H
#define TSP_CORE_WAITERS_H

#include "core/parts.h"

int waiter_add(struct list *waiters, tsp_address address); /* TSP_ENOMEM */
void waiter_drop(struct list *waiters, tsp_address address); /* every entry of that address */
void waiters_clear(struct list *waiters);

#endif
