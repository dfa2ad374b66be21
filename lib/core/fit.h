/* SPDX-License-Identifier: MIT */
/*
 * Whether a system has what is required of it. The admin, the stages and tsp_capability_check all judge
 * by this.
 */
#ifndef TSP_CORE_FIT_H
#define TSP_CORE_FIT_H

#include <thespian.h>

/* True in Python's sense: neither absent, null, false, zero nor empty. */
bool fit_is_true(tsp_value value);
/*
 * A creator's map of requirements: each capability is there and equal to what is asked for or, where
 * true is asked for, true. What is no map asks for nothing. *ret_missing is the first that is not met.
 */
bool fit_requirements(tsp_value capabilities, tsp_value requirements, tsp_text *ret_missing);
/* A class's list of {capability, json}: each is there and true or, where json is given, equal to it. */
bool fit_class(tsp_value capabilities, tsp_value needs, tsp_text *ret_missing);

#endif
