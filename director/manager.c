/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/manager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/status.h"
#include "source/run.h"

#define PROGRAM_SECONDS	  120 /* systemd's own limit of a start is 90 */
#define PROGRAM_LINES	  ((size_t)16 * 1024)
#define PROGRAM_ARGUMENTS 4
#define MARK_WITHIN	  400
#define FILE_MOST	  ((size_t)1024 * 1024)

static const struct manager managers[] = {
	{ SERVICE_SYSTEMD, "systemd", "/etc/systemd/system", ".service", "systemctl" },
	{ SERVICE_LAUNCHD, "launchd", "/Library/LaunchDaemons", ".plist", "launchctl" },
	{ SERVICE_INITCTL, "initctl", "/etc/init", ".conf", "initctl" },
};

/* Where packages put their units: one of ours would hide one of the same name. */
static const char *const packaged[] = { "/usr/lib/systemd/system", "/lib/systemd/system" };

const struct manager *manager_find(const char *name)
{
	for (size_t i = 0; i < SERVICE_KINDS; i++)
		if (!strcmp(managers[i].name, name))
			return &managers[i];
	return NULL;
}

/* ---- Its program ---- */

static char *program_path(const struct manager *manager)
{
	const char *at = getenv("PATH");

	while (at && *at) {
		size_t size = strcspn(at, ":");
		char *path = text_format("%.*s/%s", (int)size, at, manager->program);

		if (path && *path == '/' && access(path, X_OK) == 0)
			return path;
		free(path);
		at += size + (at[size] == ':');
	}
	return NULL;
}

/* TSP_ENOENT: there is no such program. buffer_clear ret_outcome->output. */
static int program_run(const struct manager *manager, const char *const *arguments,
	struct run_outcome *ret_outcome, tsp_error *err)
{
	struct build_limits limits = build_default_limits;
	char *argv[PROGRAM_ARGUMENTS + 2] = { program_path(manager) };
	struct run_request request = {
		.argv = argv, .folder = "/", .temporary = "/tmp", .limits = &limits, .sandbox = -1
	};
	int rc;

	if (!argv[0])
		return tsp_fail(err, TSP_ENOENT, "cannot run '%s': there is no such program",
			manager->program);
	limits.wall_s = PROGRAM_SECONDS;
	limits.messages = PROGRAM_LINES;
	for (size_t i = 0; i < PROGRAM_ARGUMENTS && arguments[i]; i++)
		argv[i + 1] = (char *)(uintptr_t)arguments[i]; /* exec changes none */
	rc = run_program(&request, ret_outcome, err);
	free(argv[0]);
	return rc;
}

static bool said_yes(const struct run_outcome *outcome)
{
	return !outcome->timed_out && WIFEXITED(outcome->status) &&
		WEXITSTATUS(outcome->status) == 0;
}

bool manager_ask(const struct manager *manager, const char *const *arguments)
{
	struct run_outcome outcome = { 0 };
	bool yes = program_run(manager, arguments, &outcome, NULL) >= 0 && said_yes(&outcome);

	buffer_clear(&outcome.output);
	return yes;
}

static int tell_failure(const struct manager *manager, const char *action, const char *name,
	const char *const *arguments, const struct run_outcome *outcome, tsp_error *err)
{
	char command[256];
	size_t at = (size_t)snprintf(command, sizeof(command), "%s", manager->program);

	for (size_t i = 0; i < PROGRAM_ARGUMENTS && arguments[i] && at < sizeof(command); i++)
		at += (size_t)snprintf(command + at, sizeof(command) - at, " %s", arguments[i]);
	if (outcome->timed_out)
		return tsp_fail(err, TSP_ETIMEOUT, "cannot %s '%s': '%s' did not end within %d s",
			action, name, command, PROGRAM_SECONDS);
	if (WIFSIGNALED(outcome->status))
		return tsp_fail(err, TSP_EIO, "cannot %s '%s': '%s' ended by signal %d", action,
			name, command, WTERMSIG(outcome->status));
	return tsp_fail(err, TSP_EIO, "cannot %s '%s': '%s' ended with status %d", action, name,
		command, WEXITSTATUS(outcome->status));
}

int manager_tell(const struct manager *manager, const char *action, const char *name,
	const char *const *arguments, tsp_error *err)
{
	struct run_outcome outcome = { 0 };
	int rc = program_run(manager, arguments, &outcome, err);

	if (rc >= 0 && outcome.output.size > 0)
		text_print(stderr,
			(tsp_text){ (const char *)outcome.output.data, outcome.output.size }, true);
	if (rc >= 0 && !said_yes(&outcome))
		rc = tell_failure(manager, action, name, arguments, &outcome, err);
	buffer_clear(&outcome.output);
	return rc;
}

/* ---- Which ---- */

static bool is_folder(const char *root, const char *folder)
{
	char *path = text_format("%s%s", root, folder);
	struct stat st;
	bool is = path && stat(path, &st) == 0 && S_ISDIR(st.st_mode);

	free(path);
	return is;
}

int manager_version(const struct manager *manager)
{
	static const char *const arguments[] = { "--version", NULL };
	struct run_outcome outcome = { 0 };
	int version = 0;

	if (manager->kind == SERVICE_SYSTEMD &&
		program_run(manager, arguments, &outcome, NULL) >= 0 && said_yes(&outcome) &&
		buffer_put(&outcome.output, "", 1) >= 0 &&
		sscanf((const char *)outcome.output.data, "systemd %d", &version) != 1)
		version = 0;
	buffer_clear(&outcome.output);
	return version;
}

int manager_detect(const char *root, const struct manager **ret_manager, tsp_error *err)
{
	const struct manager *found = NULL;
	char *program;

	for (size_t i = 0; i < SERVICE_KINDS && !found; i++) {
		const struct manager *manager = &managers[i];

		if (manager->kind == SERVICE_SYSTEMD && manager_version(manager) > 0) {
			found = manager;
		} else if (manager->kind != SERVICE_SYSTEMD && is_folder(root, manager->folder)) {
			program = program_path(manager);
			if (program)
				found = manager;
			free(program);
		}
	}
	if (!found) {
		(void)tsp_fail(err, TSP_ENOENT,
			"cannot find a service manager: none of systemd, launchd, initctl is here");
		return status_hint(err, "'bootstart --print' shows what systemd would get");
	}
	*ret_manager = found;
	return TSP_OK;
}

bool manager_runs(const struct manager *manager)
{
	return manager->kind != SERVICE_SYSTEMD || is_folder("", "/run/systemd/system");
}

/* ---- Its files ---- */

/* What is not ours stays as it is. */
static int check_ours(const char *path, const char *name, tsp_error *err)
{
	struct buffer bytes;
	int rc;

	if (access(path, F_OK) < 0)
		return TSP_OK;
	buffer_init(&bytes, FILE_MOST);
	rc = file_read(path, &bytes, err);
	if (rc >= 0) {
		size_t size = bytes.size < MARK_WITHIN ? bytes.size : MARK_WITHIN;

		if (!memmem(bytes.data, size, SERVICE_MARK, strlen(SERVICE_MARK))) {
			(void)tsp_fail(err, TSP_EEXIST,
				"cannot install '%s': '%s' is the service of something else", name,
				path);
			rc = status_hint(err, "give another NAME");
		}
	}
	buffer_clear(&bytes);
	return rc;
}

int manager_file(const struct manager *manager, const char *root, const char *name, char **ret_file,
	tsp_error *err)
{
	char *file = text_format("%s%s/%s%s", root, manager->folder, name, manager->suffix);
	int rc = file ? check_ours(file, name, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");

	for (size_t i = 0; rc >= 0 && manager->kind == SERVICE_SYSTEMD &&
		i < sizeof(packaged) / sizeof(*packaged);
		i++) {
		char *other = text_format("%s%s/%s%s", root, packaged[i], name, manager->suffix);

		rc = other ? check_ours(other, name, err) :
			     tsp_fail(err, TSP_ENOMEM, "out of memory");
		free(other);
	}
	if (rc < 0) {
		free(file);
		return rc;
	}
	*ret_file = file;
	return TSP_OK;
}
