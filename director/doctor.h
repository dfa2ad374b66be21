/* SPDX-License-Identifier: MIT */
/*
 * The checks of `doctor`, each in the part that knows its subject. A check changes nothing: it reads with
 * the readers that the commands use, so that both say the same, and goes on behind a fault where they stop.
 */
#ifndef TSP_DIRECTOR_DOCTOR_H
#define TSP_DIRECTOR_DOCTOR_H

#include "director/client.h"
#include "director/findings.h"
#include "director/folder.h"

struct doctor {
	struct context *context; /* its settings: those that can be read */
	struct findings findings;
	bool folder_there;
	bool trusted; /* trust could be read, and with it the packages */
	struct trust trust;
	struct folder_list packages; /* verified or not */
	bool hosts_apart;	     /* so says the system that runs; where none does, one that is started */
};

/* doctor_folder.c */
void doctor_check_folder(struct doctor *doctor);
void doctor_check_settings(struct doctor *doctor);
void doctor_check_group_files(struct doctor *doctor);
void doctor_check_disk(struct doctor *doctor);
/* doctor_trust.c */
void doctor_check_secret_keys(struct doctor *doctor);
void doctor_check_public_keys(struct doctor *doctor);
void doctor_check_trust(struct doctor *doctor);
/* doctor_packages.c */
void doctor_check_packages(struct doctor *doctor);
void doctor_check_state(struct doctor *doctor);
void doctor_check_audit(struct doctor *doctor);
void doctor_check_clock(struct doctor *doctor);
/* doctor_build.c */
void doctor_check_compiler(struct doctor *doctor);
void doctor_check_sandbox(struct doctor *doctor);
void doctor_check_cache(struct doctor *doctor);
/* doctor_system.c */
void doctor_check_system(struct doctor *doctor);
void doctor_check_leader(struct doctor *doctor);
/* doctor_hosts.c */
void doctor_check_host_user(struct doctor *doctor);
void doctor_check_hosts(struct doctor *doctor);

/* What the checks share. */

/* The remedy: a command of this program for the same folder. */
void doctor_director(struct doctor *doctor, const char *otherwise, const char *const *words);
/* The remedy: the file or folder out of the way, under a name that nothing has yet. */
void doctor_put_away(struct doctor *doctor, const char *path, const char *otherwise);
/* The remedy for a folder that has to be ours alone, and is not; variable of the environment names another. */
void doctor_own_folder(struct doctor *doctor, const char *path, const char *variable);
/* The fault is what was said of it; returns the hint that it came with, or NULL. */
const char *doctor_error_fault(struct doctor *doctor, const tsp_error *fault);
/* The same of a file. Where it cannot be opened for its mode, that is the remedy, and the result is true. */
bool doctor_reader_fault(struct doctor *doctor, const char *path, const tsp_error *fault);
/* Calls see for each entry of the folder whose name ends so, in byte order; dots are passed over. */
void doctor_each_file(struct doctor *doctor, const char *folder, const char *suffix,
	void (*see)(struct doctor *doctor, const char *path));

#endif
