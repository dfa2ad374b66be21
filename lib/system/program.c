/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/program.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#ifndef TSP_BINDIR
#define TSP_BINDIR "/usr/local/bin"
#endif
#ifndef TSP_INCLUDEDIR
#define TSP_INCLUDEDIR "/usr/local/include"
#endif

typedef bool fits_fn(const char *path);

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static bool is_file(const char *path)
{
	return access(path, R_OK) == 0;
}

/* Cuts the last part off; false where there is none. */
static bool cut(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return false;
	*slash = '\0';
	return true;
}

char *program_folder(void)
{
	char path[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (size <= 0)
		return NULL;
	path[size] = '\0';
	return cut(path) ? strdup(path) : NULL;
}

/* The folder of the file that this very code was loaded from. */
static char *library_folder(void)
{
	static const char here;
	Dl_info info;
	char *path;

	if (dladdr(&here, &info) == 0 || info.dli_fname == NULL)
		return NULL;
	path = realpath(info.dli_fname, NULL);
	if (path != NULL && !cut(path)) {
		free(path);
		return NULL;
	}
	return path;
}

/* FOLDER/BELOW/NAME if it fits; NULL if not. */
static char *look(const char *folder, const char *below, const char *name, fits_fn *fits)
{
	char *path = folder != NULL ? text_format("%s%s/%s", folder, below, name) : NULL;

	if (path != NULL && fits(path))
		return path;
	free(path);
	return NULL;
}

static char *look_on_path(const char *name)
{
	const char *at = getenv("PATH");

	while (at != NULL && *at != '\0') {
		const char *end = strchrnul(at, ':');
		char *folder = at[0] == '/' ? strndup(at, (size_t)(end - at)) : NULL; /* no relative one */
		char *path = look(folder, "", name, is_program);

		free(folder);
		if (path != NULL)
			return path;
		at = *end == ':' ? end + 1 : end;
	}
	return NULL;
}

int program_find(const char *name, char **ret_path, tsp_error *err)
{
	char *program = program_folder();
	char *library = library_folder();
	char *path = look(program, "", name, is_program);

	if (path == NULL)
		path = look(library, "/../bin", name, is_program);
	if (path == NULL)
		path = look(library, "/../../bin", name, is_program);
	if (path == NULL)
		path = look(TSP_BINDIR, "", name, is_program);
	if (path == NULL)
		path = look_on_path(name);
	free(program);
	free(library);
	if (path == NULL)
		return tsp_fail(err, TSP_ENOENT,
			"cannot find '%s': not beside this program or library, in '%s' or on PATH", name, TSP_BINDIR);
	*ret_path = path;
	return TSP_OK;
}

char *program_home(void)
{
	char *path = NULL;

	if (program_find("thespian-admin", &path, NULL) < 0)
		return NULL;
	(void)cut(path);
	return path;
}

int program_include(char **ret_path, tsp_error *err)
{
	static const char *const places[] = { "/../include", "/../../include" };
	char *starts[] = { program_folder(), library_folder() };
	char *path = NULL;

	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < 2 && path == NULL; k++)
			path = look(starts[i], places[k], "thespian.h", is_file);
	}
	if (path == NULL)
		path = look(TSP_INCLUDEDIR, "", "thespian.h", is_file);
	free(starts[0]);
	free(starts[1]);
	if (path == NULL)
		return tsp_fail(err, TSP_ENOENT, "cannot find 'thespian.h': not in '%s'", TSP_INCLUDEDIR);
	(void)cut(path);
	/* The same folder under one name, since it is part of the build cache's key. */
	*ret_path = realpath(path, NULL);
	free(path);
	return *ret_path != NULL ? TSP_OK : tsp_fail_errno(err, "find", "thespian.h");
}
