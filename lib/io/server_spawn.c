/* SPDX-License-Identifier: MIT */
/* thespian-host, started by the admin. */
#include "config.h"

#include "io/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/environment.h"
#include "io/nursery.h"

int server_spawn(const struct server *server, const struct server_program *program, pid_t *ret_pid)
{
	static char padding[161];
	char *argv[] = { (char *)(uintptr_t) "thespian-host", (char *)(uintptr_t)program->verb,
		padding, NULL, NULL };
	int group = program->apart ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t set;
	char **environment = environment_to_hand_on();
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
