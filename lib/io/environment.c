/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/environment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const withheld[] = { "NOTIFY_SOCKET", "WATCHDOG_*", "CREDENTIALS_DIRECTORY",
	NULL };

static const char *const passed[] = { "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG",
	"LANGUAGE", "LC_*", "TZ", "TMPDIR", "XDG_*", "LD_LIBRARY_PATH", "LD_PRELOAD",
	"SOURCE_DATE_EPOCH", "THESPIAN*", "THESPLOG*", "ASAN_OPTIONS", "LSAN_OPTIONS",
	"UBSAN_OPTIONS", NULL };

/* Whether the name of a variable is among the patterns, which may end with a star. */
static bool is_among(const char *variable, const char *const *patterns)
{
	size_t size = strcspn(variable, "=");

	for (; *patterns != NULL; patterns++) {
		size_t length = strcspn(*patterns, "*");
		bool open_ended = (*patterns)[length] == '*';

		if ((open_ended ? size >= length : size == length) &&
			strncmp(variable, *patterns, length) == 0)
			return true;
	}
	return false;
}

char **environment_to_hand_on(void)
{
	size_t count = 0;
	size_t kept = 0;
	char **copy;

	while (environ != NULL && environ[count] != NULL)
		count++;
	copy = calloc(count + 1, sizeof(*copy));
	for (size_t i = 0; copy != NULL && i < count; i++)
		if (!is_among(environ[i], withheld))
			copy[kept++] = environ[i];
	return copy;
}

/* Where they lie: a process's memory is read by whatever runs in it. */
void environment_scrub(void)
{
	size_t kept = 0;

	for (size_t i = 0; environ != NULL && environ[i] != NULL; i++) {
		if (is_among(environ[i], passed))
			environ[kept++] = environ[i];
		else
			explicit_bzero(environ[i], strlen(environ[i]));
	}
	if (environ != NULL)
		environ[kept] = NULL;
}
