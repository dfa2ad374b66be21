/* SPDX-License-Identifier: MIT */
/* One record for the log, and how it travels from the admin to the log process. */
#ifndef TSP_WIRE_LOG_RECORD_H
#define TSP_WIRE_LOG_RECORD_H

#include <thespian.h>
#include "base/log.h"

struct log_record {
	enum log_level level;
	int64_t wall_us;   /* since 1970; 0: whoever writes it looks at the clock */
	tsp_address actor; /* nobody: it is the system's own */
	tsp_text class_name;
	int pid;
	tsp_text logger; /* absent: the root's */
	tsp_text text;
};

/* Puts [level, wall_us, actor | null, class | null, pid, logger | null, text]. */
void log_record_put(tsp_builder *builder, const struct log_record *record);
/* Borrows from the value, which was checked. TSP_EPROTOCOL: it is no record. */
int log_record_get(tsp_value value, struct log_record *ret_record);

#endif
