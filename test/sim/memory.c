/* SPDX-License-Identifier: MIT */
/* Linked in front of malloc and its like (--wrap): while armed, now and then one finds no memory. */
#include "config.h"
#include "sim/sim.h"

#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

bool memory_arm(bool armed)
{
	bool was = sim->armed;

	sim->armed = armed && sim->profile->memory;
	return was;
}

static bool fails(void)
{
	if (sim == NULL || !sim->armed)
		return false;
	sim->allocations++;
	if (sim_draw(150) != 0)
		return false;
	sim_trace("no memory, allocation %llu", (unsigned long long)sim->allocations);
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return fails() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}
