/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/process_memory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>

/* The first are what glibc begins with; the second are the most that it takes on by itself. */
#define GIVEN_TRIM ((int)128 * 1024)
#define GIVEN_MMAP ((int)128 * 1024)
#define KEPT_TRIM  ((int)64 * 1024 * 1024)
#define KEPT_MMAP  ((int)32 * 1024 * 1024)
#endif

uint64_t process_memory(int pid)
{
	char path[64] = "/proc/self/statm";
	char text[128];
	uint64_t pages = 0;
	ssize_t size;
	int fd;

	if (pid > 0)
		snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (size <= 0)
		return 0;
	text[size] = '\0';
	if (sscanf(text, "%*u %" SCNu64, &pages) != 1)
		return 0;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void process_keep_memory(bool keep)
{
#ifdef __GLIBC__
	(void)mallopt(M_TRIM_THRESHOLD, keep ? KEPT_TRIM : GIVEN_TRIM);
	(void)mallopt(M_MMAP_THRESHOLD, keep ? KEPT_MMAP : GIVEN_MMAP);
	if (!keep)
		(void)malloc_trim(0);
#else
	(void)keep; /* other allocators have their own ways */
#endif
}
