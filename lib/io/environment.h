/* SPDX-License-Identifier: MIT */
/* Who gets what of the admin's environment. */
#ifndef TSP_IO_ENVIRONMENT_H
#define TSP_IO_ENVIRONMENT_H

/* Ours without what a service manager says to the admin alone; free() it, its strings are environ's;
 * NULL: no memory. */
char **environment_to_hand_on(void);
/* For good: wipes what is not for actors of another user, as all that it does not know may be a secret of
 * who started the system. */
void environment_scrub(void);

#endif
