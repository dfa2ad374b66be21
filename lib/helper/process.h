/* SPDX-License-Identifier: MIT */
/*
 * A program that runs in a process group of its own, with three descriptors and no more (a script has its own
 * text as a fourth). A guard sees to
 * it that nothing of the group outlives who started it, however that ends.
 */
#ifndef TSP_HELPER_PROCESS_H
#define TSP_HELPER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

static inline int64_t clock_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A process that kills the group it was told of last when the other end of its line is closed. */
struct guard {
	pid_t pid; /* 0: none */
	int line;
};

struct process_order {
	char *const *argv; /* argv[0] is looked for in PATH */
	char *const *envp; /* NULL: as the starter's */
	const void *input; /* what it reads; NULL: nothing */
	size_t input_size;
	bool talks;	 /* what it reads is written while it runs, to process.in */
	bool has_script; /* its descriptor PROCESS_SCRIPT is to be script */
	int script;
};
#define PROCESS_SCRIPT 3

struct process {
	pid_t pid; /* and number of its group */
	int end;   /* a pidfd: readable when it has ended */
	int out;   /* what it writes; not blocking */
	int err;
	int in;	   /* of what talks, not blocking; else -1 */
};

/* 0, or the errno of what failed: also of the exec. The guard is started where there is none. */
int process_start(
	struct guard *guard, const struct process_order *order, struct process *ret_process);
void process_signal(const struct process *process, int number); /* to its whole group */
void process_end_input(struct process *process); /* it reads the end */
bool process_has_ended(const struct process *process);
/*
 * Kills what is left of the group, and closes everything. The status is as of waitpid; -1 where even
 * SIGKILL does not end it within a second.
 */
int process_finish(struct guard *guard, struct process *process);
void guard_end(struct guard *guard);

#endif
