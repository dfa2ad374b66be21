/* SPDX-License-Identifier: MIT */
#ifndef TSP_BASE_RUNTIME_PATH_H
#define TSP_BASE_RUNTIME_PATH_H

#include "base/error.h"

/* The runtime folder by the environment, unchecked: THESPIAN_RUNTIME_DIR, else $XDG_RUNTIME_DIR/thespian, else
 * /run/thespian for root, else /tmp/thespian-UID. free() *ret_path. TSP_EUSAGE for a relative path. */
int runtime_path(char **ret_path, tsp_error *err);

#endif
