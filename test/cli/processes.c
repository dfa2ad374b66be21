/* SPDX-License-Identifier: MIT */
/* Which processes belong to a test. In C, since tests ask often, and a look through /proc by a script takes longer than
 * what most of them test.
 *
 *	processes DIR PORT [PATTERN]   those with DIR in their environment or their arguments, or whose current
 *	                               folder it is, those with the argument PORT, and what descends from such;
 *	                               of these the ones whose program is named like PATTERN (thespian-*)
 *	processes --await SECONDS DIR PORT [PATTERN]   the same, when there are none, status 0; or after that time
 *	processes --zombies PID        what descends from this one, has ended, and was not waited for
 *
 * One process id a line, in order. What cannot be read, or ends meanwhile, is left out, and so is this program. */
#define _GNU_SOURCE /* memmem */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FILE_MAX ((size_t)8 << 20) /* of environment and arguments no more is read */

struct process {
	long pid;
	long parent;
	bool zombie;
	bool ours;
};

struct look {
	long zombies_of; /* 0: for running ones */
	const char *dir;
	const char *port;
	const char *pattern;
};

struct processes {
	struct process *at;
	size_t count;
	size_t room;
};

static char *content; /* of the file read last */
static size_t content_room;

static void *resize(void *memory, size_t size)
{
	memory = realloc(memory, size);
	if (memory == NULL) {
		fputs("processes: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

/* Bytes of /proc/PID/NAME, which content then has, and a NUL. */
static size_t read_file(long pid, const char *name)
{
	char path[64];
	size_t size = 0;
	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	for (ssize_t got = fd >= 0; got > 0 && size < FILE_MAX; size += (size_t)got) {
		if (content_room < size + 4096) {
			content_room = 2 * content_room + 8192;
			content = resize(content, content_room);
		}
		got = read(fd, content + size, content_room - size - 1);
		if (got <= 0)
			break;
	}
	if (fd >= 0)
		close(fd);
	if (content != NULL)
		content[size] = '\0';
	return size;
}

static bool read_link(long pid, const char *name, char out[PATH_MAX])
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	ssize_t size = readlink(path, out, PATH_MAX - 1);
	out[size < 0 ? 0 : size] = '\0';
	return size >= 0;
}

static bool has_argument(size_t size, const char *argument)
{
	for (size_t at = 0; at < size; at += strlen(content + at) + 1)
		if (strcmp(content + at, argument) == 0)
			return true;
	return false;
}

static bool belongs(long pid, const char *dir, const char *port)
{
	char folder[PATH_MAX];
	size_t length = strlen(dir);
	if (read_link(pid, "cwd", folder) && strncmp(folder, dir, length) == 0)
		return true;
	size_t size = read_file(pid, "cmdline");
	if (size > 0 && (memmem(content, size, dir, length) != NULL || has_argument(size, port)))
		return true;
	size = read_file(pid, "environ");
	return size > 0 && memmem(content, size, dir, length) != NULL;
}

/* "PID (NAME) STATE PARENT ..": of NAME anything may be part. */
static bool read_state(long pid, struct process *ret_process)
{
	char state = 0;
	const char *rest = read_file(pid, "stat") > 0 ? strrchr(content, ')') : NULL;
	*ret_process = (struct process){ .pid = pid };
	if (rest == NULL || sscanf(rest + 1, " %c %ld", &state, &ret_process->parent) != 2)
		return false;
	ret_process->zombie = state == 'Z';
	return true;
}

static struct processes list_all(void)
{
	struct processes all = { 0 };
	DIR *proc = opendir("/proc");
	if (proc == NULL) {
		perror("processes: /proc");
		exit(2);
	}
	for (const struct dirent *entry; (entry = readdir(proc)) != NULL;) {
		long pid = isdigit((unsigned char)entry->d_name[0]) ? atol(entry->d_name) : 0;
		if (all.count == all.room) {
			all.room = 2 * all.room + 256;
			all.at = resize(all.at, all.room * sizeof(*all.at));
		}
		if (pid > 0 && pid != getpid() && read_state(pid, &all.at[all.count]))
			all.count++;
	}
	closedir(proc);
	return all;
}

static int compare(const void *a, const void *b)
{
	long left = ((const struct process *)a)->pid;
	long right = ((const struct process *)b)->pid;
	return left < right ? -1 : left > right;
}

static bool parent_is_ours(const struct processes *all, const struct process *child)
{
	struct process key = { .pid = child->parent };
	const struct process *parent = bsearch(&key, all->at, all->count, sizeof(key), compare);
	return parent != NULL && parent->ours;
}

static void add_descendants(struct processes *all)
{
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < all->count; i++)
			if (!all->at[i].ours && parent_is_ours(all, &all->at[i]))
				more = all->at[i].ours = true;
	}
}

/* By its file, or where that may not be read, by its first argument. */
static bool is_named(long pid, const char *pattern)
{
	static const char gone[] = " (deleted)";
	char path[PATH_MAX];
	if (!read_link(pid, "exe", path)) {
		if (read_file(pid, "cmdline") == 0)
			return false;
		snprintf(path, sizeof(path), "%s", content);
	}
	size_t length = strlen(path);
	if (length >= sizeof(gone) && strcmp(path + length - strlen(gone), gone) == 0)
		path[length - strlen(gone)] = '\0';
	const char *slash = strrchr(path, '/');
	return fnmatch(pattern, slash != NULL ? slash + 1 : path, 0) == 0;
}

/* Marks those that are to be shown; how many. */
static size_t find(const struct look *look, struct processes *ret_all)
{
	struct processes all = list_all();
	size_t count = 0;
	qsort(all.at, all.count, sizeof(*all.at), compare);
	for (size_t i = 0; i < all.count; i++)
		all.at[i].ours = look->zombies_of != 0 ? all.at[i].pid == look->zombies_of :
							 belongs(all.at[i].pid, look->dir, look->port);
	add_descendants(&all);
	for (size_t i = 0; i < all.count; i++) {
		struct process *process = &all.at[i];
		bool zombies = look->zombies_of != 0;
		process->ours = process->ours && process->zombie == zombies &&
			(zombies || is_named(process->pid, look->pattern));
		count += process->ours;
	}
	*ret_all = all;
	return count;
}

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* As find, but none is waited for. */
static size_t await_none(const struct look *look, double seconds, struct processes *ret_all)
{
	struct timespec pause = { .tv_nsec = 10000000 };
	double end = now() + seconds;
	size_t count;
	while ((count = find(look, ret_all)) > 0 && now() < end) {
		free(ret_all->at);
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 100000000)
			pause.tv_nsec += pause.tv_nsec / 2;
	}
	return count;
}

int main(int argc, char **argv)
{
	struct look look = { .pattern = "thespian-*" };
	bool zombies = argc == 3 && strcmp(argv[1], "--zombies") == 0;
	bool await = argc > 2 && strcmp(argv[1], "--await") == 0;
	double seconds = await ? atof(argv[2]) : 0;
	struct processes all;
	if (await) {
		argc -= 2;
		argv += 2;
	}
	if (argc < 3 || argc > 4) {
		fputs("usage: processes [--await SECONDS] DIR PORT [PATTERN] | --zombies PID\n", stderr);
		return 2;
	}
	look.zombies_of = zombies ? atol(argv[2]) : 0;
	look.dir = argv[1];
	look.port = argv[2];
	if (argc > 3)
		look.pattern = argv[3];
	size_t count = await ? await_none(&look, seconds, &all) : find(&look, &all);
	for (size_t i = 0; i < all.count; i++)
		if (all.at[i].ours)
			printf("%ld\n", all.at[i].pid);
	free(all.at);
	return await && count > 0;
}
