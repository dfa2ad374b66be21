/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/process_memory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

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
