/* SPDX-License-Identifier: MIT */
/* Where systems have their sockets, and whether one listens there: another user's, too, which root cannot attach to. */
#ifndef TSP_DIRECTOR_SOCKETS_H
#define TSP_DIRECTOR_SOCKETS_H

#include <sys/types.h>

#include "base/error.h"

#define SOCKETS_PLACES 3

/* The folders where systems of this user listen when nobody says otherwise; free each. NULL: fewer. TSP_ENOMEM. */
int sockets_usual(uid_t user, char *ret_places[SOCKETS_PLACES], tsp_error *err);
/* TSP_ENOSYSTEM: nobody listens there. Any other failure: it cannot be known. */
int sockets_look(const char *folder, int port, tsp_error *err);

#endif
