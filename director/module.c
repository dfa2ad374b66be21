/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/actor.h"

/* The module `director`: what `thespian-admin --authority director:Authority=DIR --director
 * director:Director=DIR` opens. */
TSP_EXPORT(&authority_class, &director_class)
