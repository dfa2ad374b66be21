/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/ending.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io/runtime.h"
#include "system/interrupt.h"

#define LOOK_MS 5 /* where nothing tells us, the lock is looked at this often */

void ending_init(struct ending *ending, int pid, char *folder, int port)
{
	*ending = (struct ending){ .pid = pid, .process = -1, .folder = folder, .port = port };
	if (pid > 0)
		ending->process = (int)syscall(SYS_pidfd_open, pid, 0);
}

void ending_clear(struct ending *ending)
{
	if (ending->process >= 0)
		close(ending->process);
	free(ending->folder);
	*ending = (struct ending){ .process = -1 };
}

void ending_kill(const struct ending *ending)
{
	if (ending->process >= 0)
		(void)syscall(SYS_pidfd_send_signal, ending->process, SIGKILL, NULL, 0);
}

/* Polls one descriptor (-1: none) for so long; 1: readable, 0: not, TSP_EINTERRUPT, TSP_ETIMEOUT. */
static int wait_for(int fd, clock_ns until, clock_ns deadline, tsp_error *err)
{
	struct pollfd fds[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = interrupt_descriptor(), .events = POLLIN },
	};
	clock_ns now = clock_read();
	clock_ns end = until < deadline ? until : deadline;
	struct timespec wait;
	int rc;

	if (now >= deadline)
		return tsp_fail(err, TSP_ETIMEOUT, "the system has not ended in time");
	if (end < now)
		end = now;
	wait.tv_sec = (time_t)((end - now) / CLOCK_SECOND);
	wait.tv_nsec = (long)((end - now) % CLOCK_SECOND);
	rc = ppoll(fds, 2, end == CLOCK_NEVER ? NULL : &wait, NULL);
	if (rc > 0 && (fds[1].revents & POLLIN))
		interrupt_drain();
	if (interrupt_take())
		return tsp_fail(err, TSP_EINTERRUPT, "interrupted");
	return rc > 0 && fds[0].revents != 0;
}

int ending_wait(const struct ending *ending, clock_ns deadline, tsp_error *err)
{
	int rc = 0;

	while (ending->process >= 0 && rc == 0) {
		rc = wait_for(ending->process, CLOCK_NEVER, deadline, err);
		if (rc < 0)
			return rc;
	}
	/* Another's lock is a new system's at the same port. */
	while (ending->folder != NULL && ending->pid > 0 &&
	       runtime_holder(ending->folder, ending->port) == ending->pid) {
		rc = wait_for(-1, clock_after(clock_read(), LOOK_MS), deadline, err);
		if (rc < 0)
			return rc;
	}
	return TSP_OK;
}
