/* SPDX-License-Identifier: MIT */
/*
 * Who hosts run as. Where the admin is root they are another user, who cannot read what is the
 * admin's, nor signal it; where it is not, they are its own user.
 */
#ifndef TSP_IO_HOST_USER_H
#define TSP_IO_HOST_USER_H

#include <sys/types.h>

#include <thespian.h>

#define HOST_USER_CAPABILITY "Host User"
#define HOST_USER_OWN	     "thespian" /* taken by default, where there is such a user, */
#define HOST_USER_NOBODY     "nobody"	/* else this one */
#define HOST_USER_NAME	     64
#define HOST_USER_HOME	     256
#define HOST_USER_TEXT	     (32 + HOST_USER_NAME + HOST_USER_HOME)

struct host_user {
	bool apart; /* else they stay what the admin is */
	uid_t uid;
	gid_t gid;
	char name[HOST_USER_NAME];
	char home[HOST_USER_HOME];
};

/* wish: the capability's value, a name or a number; absent or null: the default. uid 0 is taken only
 * when it is asked for. TSP_EUSAGE: there is no such user, or only root may say who they are; the
 * hint has the remedy. */
int host_user_find(tsp_value wish, struct host_user *ret_user, tsp_error *err);
/* For the command line of thespian-host: "UID:GID:NAME:HOME", or "-" where they are not apart. */
char *host_user_print(const struct host_user *user, char out[HOST_USER_TEXT]);
int host_user_parse(const char *text, struct host_user *ret_user); /* TSP_EVALUE */
/* Makes this process, which has one thread, the host user for good: no rights, no groups, no way
 * back, which is tried; HOME, USER and LOGNAME are the user's. It cannot be looked into by another
 * process of the user, and signals only those below it where the kernel can hold it to that.
 * TSP_EPERM. */
int host_user_become(const struct host_user *user, tsp_error *err);

#endif
