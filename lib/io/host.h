/* SPDX-License-Identifier: MIT */
/*
 * A host's process: a stage behind one end of a socketpair, waited for with poll. No libuv here. It is
 * called in a process of its own, forked by a nursery or exec'd, and ends with it.
 */
#ifndef TSP_IO_HOST_H
#define TSP_IO_HOST_H

#include <thespian.h>
#include "source/module.h"
#include "wire/page.h"

struct host_config {
	int link;		  /* a Unix stream to the admin; the host's to close */
	struct page *page;	  /* mapped with its areas, or NULL */
	const tsp_module *module; /* opened already, or NULL: */
	const struct module_file *file; /* checked and opened here; a failure is each creation's */
	const char *title;	  /* for the process list; NULL: as it is */
	char *title_area;	  /* memory of argv that shows the title too, or NULL */
	size_t title_size;
};

/* Runs until the last actor has gone or the link has ended; returns the exit status (0: orderly). */
int host_run(const struct host_config *config);

#endif
