/* SPDX-License-Identifier: MIT */
/*
 * How a starting admin says that it is ready: one line `ready PID` or `error CODE TEXT` on each
 * pipe that waits for it, and READY=1 to systemd where NOTIFY_SOCKET names a socket. From then on
 * systemd may want to hear, now and again, that it is well.
 */
#ifndef TSP_IO_READY_H
#define TSP_IO_READY_H

#include "base/error.h"

/* Writes the line and closes the descriptor; code 0: ready. fd -1: nothing. */
void ready_tell(int fd, int code, const char *text);
/* Reads such a line up to its end; TSP_ECLOSED if there was none (*ret_pid 0). A refusal is
 * returned as its code, with its text in err. deadline_ms counts from the call; TSP_ETIMEOUT. */
int ready_wait(int fd, int64_t deadline_ms, int *ret_pid, tsp_error *err);
/* What ready_tell did to the line ends in a text, undone; of a line that was read by other means. */
void ready_break(char *line);
/* Sends text (READY=1, STOPPING=1) to the socket that NOTIFY_SOCKET names; nothing where it is
 * unset. */
void ready_notify(const char *text);
/* How often WATCHDOG=1 is to be sent: half of WATCHDOG_USEC, from 10 ms to a day; 0: nobody waits
 * for it (unset, no number, or WATCHDOG_PID is another process). */
int64_t ready_watchdog_ms(void);

#endif
