/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/target.h"

#include <limits.h> /* says which C library this is */
#include <string.h>

#if defined(__x86_64__) && defined(__ILP32__)
#define PROCESSOR "x32"
#elif defined(__x86_64__)
#define PROCESSOR "x86_64"
#elif defined(__aarch64__)
#define PROCESSOR "aarch64"
#elif defined(__riscv)
#define PROCESSOR "riscv64"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define PROCESSOR "ppc64le"
#elif defined(__powerpc64__)
#define PROCESSOR "ppc64"
#elif defined(__s390x__)
#define PROCESSOR "s390x"
#else
#define PROCESSOR "unknown"
#endif

#if defined(__linux__) && defined(__GLIBC__)
#define SYSTEM "linux-gnu"
#elif defined(__linux__)
#define SYSTEM "linux-musl"
#elif defined(__APPLE__)
#define SYSTEM "apple-darwin"
#else
#define SYSTEM "unknown"
#endif

const char *target_name(void)
{
	return PROCESSOR "-" SYSTEM;
}

bool target_name_ok(const char *name)
{
	size_t size = strlen(name);
	int parts = 1;

	if (size == 0 || size > TARGET_LIMIT ||
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != size)
		return false;
	for (const char *at = name; *at; at++) {
		if (*at != '-')
			continue;
		parts++;
		if (at == name || at[1] == '-' || at[1] == '\0')
			return false;
	}
	return parts >= 2 && parts <= 4;
}
