/* SPDX-License-Identifier: MIT */
/* Processes of a row: other programs outside, and what can be seen of a system's. */
#include "config.h"

#include "scenario.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int process_start(struct scenario *s, void (*run)(struct scenario *s))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(ROW_SECONDS);
		s->builder = tsp_builder_new();
		s->system = system_attach(s, s->port);
		run(s);
		tsp_close(s->system);
		fflush(stdout);
		_exit(0);
	}
	CHECK(pid > 0);
	return (int)pid;
}

void process_end(int pid)
{
	int status = -1;

	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_INT(0, status);
}

/* Reads /proc/PID/NAME; false if there is none. */
static bool read_proc(int pid, const char *name, char *text, size_t size)
{
	char path[64];
	size_t got = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	got = fread(text, 1, size - 1, file);
	fclose(file);
	for (size_t i = 0; i < got; i++)
		text[i] = text[i] == '\0' ? ' ' : text[i];
	text[got] = '\0';
	return got > 0;
}

/* What follows the name in /proc/PID/stat. */
static const char *read_stat(int pid, char *text, size_t size)
{
	const char *end = read_proc(pid, "stat", text, size) ? strrchr(text, ')') : NULL;

	return end != NULL ? end + 2 : NULL;
}

bool is_alive(int pid)
{
	char text[1024];
	const char *stat = read_stat(pid, text, sizeof(text));

	return stat != NULL && *stat != 'Z' && *stat != 'X';
}

void wait_gone(int pid)
{
	int64_t until = now_ms() + WAIT_MS;

	while (is_alive(pid)) {
		CHECK(now_ms() < until);
		sleep_ms(5);
	}
}

void stop_process(int pid)
{
	int64_t until = now_ms() + WAIT_MS;
	char text[1024];
	const char *stat;

	CHECK(kill(pid, SIGSTOP) == 0);
	while ((stat = read_stat(pid, text, sizeof(text))) != NULL && *stat != 'T') {
		CHECK(now_ms() < until);
		sleep_ms(1);
	}
}

int64_t cpu_ms(int pid)
{
	char text[1024];
	const char *stat = read_stat(pid, text, sizeof(text));
	unsigned long user = 0, system = 0;

	CHECK(stat != NULL);
	CHECK(sscanf(stat, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) ==
		2);
	return (int64_t)(user + system) * 1000 / sysconf(_SC_CLK_TCK);
}

int admin_pid(int port)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	char wanted[16], text[1024];
	int pid = 0;

	snprintf(wanted, sizeof(wanted), " %d ", port);
	CHECK(folder != NULL);
	while (pid == 0 && (entry = readdir(folder)) != NULL) {
		int number = atoi(entry->d_name);

		if (number > 1 && read_proc(number, "cmdline", text, sizeof(text)) &&
			strstr(text, "thespian-admin") != NULL && strstr(text, wanted) != NULL &&
			getsid(number) == number) /* not the one that started it, which ends */
			pid = number;
	}
	closedir(folder);
	CHECK(pid > 1);
	return pid;
}
