/* SPDX-License-Identifier: MIT */
/* The end of the bare nursery: nothing that descends from it may stay. */
#include "config.h"

#include "io/nursery.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define END_GRACE CLOCK_SECOND	      /* from SIGTERM to SIGKILL */
#define END_LIMIT (10 * CLOCK_SECOND) /* for what SIGKILL does not end: it hangs in the kernel */
#define END_ROUND 4096		      /* children a round */

/* Whether the process is a child of this one, by /proc/PID/stat. */
static bool is_child(pid_t pid)
{
	char path[40];
	char text[512];
	const char *end;
	int parent = 0;
	ssize_t size;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (size <= 0)
		return false;
	text[size] = '\0';
	end = strrchr(text, ')'); /* the name before it may hold anything */
	return end != NULL && sscanf(end + 1, " %*c %d", &parent) == 1 && parent == (int)getpid();
}

static size_t list_by_scan(pid_t *pids, size_t room)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	size_t count = 0;

	if (folder == NULL)
		return 0;
	while (count < room && (entry = readdir(folder)) != NULL) {
		long pid = strtol(entry->d_name, NULL, 10);

		if (pid > 1 && is_child((pid_t)pid))
			pids[count++] = (pid_t)pid;
	}
	closedir(folder);
	return count;
}

/* Children of this process, as many as fit: from the kernel's list, or by a walk where it has
 * none. */
static size_t list_children(pid_t *pids, size_t room)
{
	char path[64];
	FILE *list;
	size_t count = 0;
	long pid;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/children", (long)getpid());
	list = fopen(path, "re");
	if (list == NULL)
		return list_by_scan(pids, room);
	while (count < room && fscanf(list, "%ld", &pid) == 1)
		pids[count++] = (pid_t)pid;
	fclose(list);
	return count;
}

static void signal_child(pid_t pid, int number)
{
	pid_t group = getpgid(pid);

	if (group > 1 && group != getpgrp())
		kill(-group, number);
	kill(pid, number);
}

/* Signals all children; first_only: each but once. Returns how many were told. */
static void signal_children(struct table *told, int number, bool first_only)
{
	static char mark;
	pid_t pids[END_ROUND];
	size_t count = list_children(pids, END_ROUND);
	size_t i;

	for (i = 0; i < count; i++) {
		if (first_only && table_get(told, (uint64_t)pids[i]) != NULL)
			continue;
		signal_child(pids[i], number);
		table_put(told, (uint64_t)pids[i], &mark);
	}
}

/* False when there is no child any more. */
static bool reap_all(struct table *told)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		table_take(told, (uint64_t)pid);
	return !(pid < 0 && errno == ECHILD);
}

void nursery_end_all(struct nursery *nursery)
{
	clock_ns start = clock_read();
	struct table told;

	table_init(&told);
	while (reap_all(&told)) {
		struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
		clock_ns spent = clock_read() - start;

		if (spent > END_LIMIT)
			break;
		signal_children(&told, spent < END_GRACE ? SIGTERM : SIGKILL, spent < END_GRACE);
		ppoll(NULL, 0, &pause, &nursery->wait_mask);
	}
	table_clear(&told);
}
