/* SPDX-License-Identifier: MIT */
/* How a script's process is started: its text, its environment. */
#include "config.h"

#include "script/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define VARIABLES_LIMIT 256
#define OWN_VARIABLES	5
#define LIBRARY		"thespian-actor.bash"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef TSP_DATADIR
#define TSP_DATADIR "/usr/local/share"
#endif

/* What of the host's environment a script gets; with a star: whatever begins so. */
static const char *const passed[] = { "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_*", "TZ",
	"TMPDIR", "THESPIAN_*", NULL };

static bool is_passed(const char *variable)
{
	size_t size = strcspn(variable, "=");

	for (const char *const *at = passed; *at != NULL; at++) {
		size_t length = strcspn(*at, "*");

		if (((*at)[length] == '*' ? size >= length : size == length) &&
			strncmp(variable, *at, length) == 0)
			return true;
	}
	return false;
}

/* FOLDER[/BELOW]/thespian-actor.bash, if it is there. */
static bool look_in(const char *folder, int size, const char *below, char path[PATH_MAX])
{
	int length = snprintf(path, PATH_MAX, "%.*s%s/" LIBRARY, size, folder, below);

	return length > 0 && length < PATH_MAX && access(path, R_OK) == 0;
}

/* As modules are found: THESPIAN_PATH, a tree that is not installed, where it is installed. */
static bool find_library(char path[PATH_MAX])
{
	const char *list = getenv("THESPIAN_PATH");
	char program[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
	const char *slash;

	while (list != NULL && *list != '\0') {
		size_t folder = strcspn(list, ":");

		if (list[0] == '/' && look_in(list, (int)folder, "", path))
			return true;
		list += folder + (list[folder] == ':');
	}
	program[size > 0 ? size : 0] = '\0';
	slash = strrchr(program, '/');
	if (slash != NULL &&
		(look_in(program, (int)(slash - program), "/../share/thespian", path) ||
			look_in(program, (int)(slash - program), "/../share", path)))
		return true;
	return look_in(TSP_DATADIR, (int)strlen(TSP_DATADIR), "/thespian", path);
}

/* Variables that are made here are freed by environment_free, all else is environ's. */
struct environment {
	char *own[OWN_VARIABLES + 1];
	char *all[VARIABLES_LIMIT + 1];
};

static void environment_free(struct environment *environment)
{
	for (size_t i = 0; i < OWN_VARIABLES; i++)
		free(environment->own[i]);
}

static int environment_make(
	struct environment *environment, const struct run *run, const tsp_actor *self)
{
	char address[TSP_ADDRESS_TEXT];
	char library[PATH_MAX];
	const char *source = tsp_my_source(self);
	size_t count = 0;

	*environment = (struct environment){ 0 };
	environment->own[count++] = text_format("THESPIAN_ACTOR_SCRIPT=%s", run->script->name);
	environment->own[count++] = text_format("THESPIAN_ACTOR_CLASS=%s", tsp_my_class(self));
	environment->own[count++] = text_format(
		"THESPIAN_ACTOR_ADDRESS=%s", tsp_address_text(tsp_my_address(self), address));
	environment->own[count++] =
		text_format("THESPIAN_ACTOR_SOURCE=%s", source != NULL ? source : "");
	environment->own[count++] = text_format("THESPIAN_ACTOR_BASH=%s",
		find_library(library) ? library : "/nonexistent/" LIBRARY);
	for (size_t i = 0; i < count; i++) {
		if (environment->own[i] == NULL)
			return TSP_ENOMEM;
		environment->all[i] = environment->own[i];
	}
	for (char **at = environ; at != NULL && *at != NULL && count < VARIABLES_LIMIT; at++)
		if (is_passed(*at) && strncmp(*at, "THESPIAN_ACTOR_", 15) != 0)
			environment->all[count++] = *at;
	return TSP_OK;
}

/* The text as a file without a name that nobody can change any more. -1 with errno. */
static int open_text(const tsp_script *script)
{
	int descriptor = memfd_create(script->name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (descriptor < 0) /* a kernel that does not know the flag */
		descriptor = memfd_create(script->name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (descriptor >= 0 &&
		(file_write_all(descriptor, script->text, script->size) < 0 ||
			fcntl(descriptor, F_ADD_SEALS,
				F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)) {
		int failed = errno;

		close(descriptor);
		errno = failed;
		descriptor = -1;
	}
	return descriptor;
}

int run_launch(struct run *run, tsp_actor *self)
{
	char path[32];
	char *argv[] = { path, NULL };
	struct environment environment;
	struct process_order order = { .argv = argv, .talks = true, .has_script = true };
	int failed;
	int rc = environment_make(&environment, run, self);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", PROCESS_SCRIPT);
	order.envp = environment.all;
	if (rc == TSP_OK) {
		order.script = open_text(run->script);
		failed = order.script < 0 ? errno :
					    process_start(&run->guard, &order, &run->process);
		if (order.script >= 0)
			close(order.script);
		if (failed != 0)
			rc = tsp_fail_text(self, TSP_ESTART, "cannot run script '%s': %s%s",
				run->script->name, strerror(failed),
				failed == ENOENT ? " (what its first line names is not there)" : "");
	}
	environment_free(&environment);
	return rc;
}
