/* SPDX-License-Identifier: MIT */
/* What the two files of module `rows` share. */
#ifndef TEST_CLI_ROWS_ACTORS_H
#define TEST_CLI_ROWS_ACTORS_H

#include <stdint.h>
#include <thespian.h>

void rows_sleep_ms(int64_t ms);
void rows_note(const char *line); /* a line in the test's folder, with the time */
int rows_on_pid(tsp_actor *self, const tsp_message *message, tsp_address sender);
int rows_on_any(tsp_actor *self, const tsp_message *message, tsp_address sender); /* echoes */

extern const tsp_class rows_threads, rows_shared_threads, rows_collector, rows_shared_collector,
	rows_watcher, rows_judge;

#endif
