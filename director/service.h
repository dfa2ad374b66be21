/* SPDX-License-Identifier: MIT */
/* The system of a folder as a service that starts with the machine, and its texts for systemd and others. */
#ifndef TSP_DIRECTOR_SERVICE_H
#define TSP_DIRECTOR_SERVICE_H

#include <sys/types.h>

#include "base/buffer.h"
#include "director/context.h"

enum service_kind { SERVICE_SYSTEMD, SERVICE_LAUNCHD, SERVICE_INITCTL };
#define SERVICE_KINDS	    3
#define SERVICE_PATHS	    80
#define SERVICE_ARGUMENTS   16
#define SERVICE_ENVIRONMENT 12
#define SERVICE_MARK	    "thespian-director bootstart" /* in the first lines of what is written */

/* A list of texts it owns, ended by NULL. */
struct service_list {
	char *items[SERVICE_PATHS + 1];
	size_t count;
};

struct service {
	char *name;
	uid_t owner; /* of the folder, who runs it */
	char *user;  /* NULL: root */
	char *group;
	char *folder;
	char *runtime;			 /* folder of the sockets */
	bool runtime_is_made;		 /* by the service manager */
	char *private_name;		 /* of our folders below /run and /var/cache */
	struct service_list arguments;	 /* the program first */
	struct service_list environment; /* NAME=VALUE */
	struct service_list writable;	 /* folders outside of the hidden ones */
	struct service_list shown;	 /* of a hidden one: to be written */
	struct service_list shown_read;	 /* of a hidden one: to be read */
	bool homes;			 /* some of them are below a home */
	int systemd_version;		 /* 0: not known */
};

/* A service's name: a letter or digit, then up to 63 of these and . _ - */
bool service_name_ok(const char *name);
/*
 * From the settings, the environment and the folder's owner. root: where the machine is that it is for;
 * the folder is named without it ("": this one). TSP_EUSAGE, TSP_EVALUE for what no such file can say.
 */
int service_make(struct context *context, enum service_kind kind, const char *name,
	const char *root, struct service *ret_service, tsp_error *err);
void service_clear(struct service *service);
/* Appends the unit, plist or conf. TSP_ENOMEM. */
int service_text(const struct service *service, enum service_kind kind, struct buffer *text);

#endif
