/* SPDX-License-Identifier: MIT */
/* thespian-host, started by the admin; what it gets of the admin's environment. */
#include "config.h"

#include "io/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/nursery.h"

/* What a service manager says to the admin alone. */
static const char *const withheld[] = { "NOTIFY_SOCKET", "WATCHDOG_*", "CREDENTIALS_DIRECTORY",
	NULL };

/* What the actors of another user get: all else may be a secret of who started the system. */
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

/* free() it, its strings are environ's; NULL: no memory. */
static char **environment_of(bool apart)
{
	size_t count = 0;
	size_t kept = 0;
	char **copy;

	while (environ != NULL && environ[count] != NULL)
		count++;
	copy = calloc(count + 1, sizeof(*copy));
	for (size_t i = 0; copy != NULL && i < count; i++)
		if (!is_among(environ[i], withheld) && (!apart || is_among(environ[i], passed)))
			copy[kept++] = environ[i];
	return copy;
}

int server_spawn(const struct server *server, const struct server_program *program, pid_t *ret_pid)
{
	static char padding[161];
	char *argv[] = { (char *)(uintptr_t) "thespian-host", (char *)(uintptr_t)program->verb,
		padding, NULL, NULL };
	int group = program->apart ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t set;
	char **environment = environment_of(program->apart);
	int error;

	if (environment == NULL)
		return ENOMEM;
	memset(padding, ' ', sizeof(padding) - 1); /* room for process titles */
	if (program->argument != NULL) {
		argv[2] = (char *)(uintptr_t)program->argument;
		argv[3] = padding;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, program->control, NURSERY_CONTROL);
	sigfillset(&set);
	posix_spawnattr_setsigdefault(&attributes, &set);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attributes, &set);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(
		&attributes, (short)(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | group));
	error = posix_spawn(
		ret_pid, server->config.host_program, &actions, &attributes, argv, environment);
	free(environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}
