/* SPDX-License-Identifier: MIT */
/* Reading the definitions out of their value; private to definitions*.c. */
#ifndef TSP_LOG_DEFINITIONS_READ_H
#define TSP_LOG_DEFINITIONS_READ_H

#include "log/definitions.h"

/* Fills definitions, which are empty; what is filled is freed with them. TSP_EVALUE, TSP_ENOMEM. */
int definitions_read_value(struct log_definitions *definitions, tsp_value value, tsp_error *err);

#endif
