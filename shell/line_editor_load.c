/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/line_editor.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

#define LINE_EDITOR_MODULE "line_editor.so"

/* Beside the program's folder, as all is in the build folder and where it was installed. */
static char *line_editor_near_program(void)
{
	char path[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (size <= 0)
		return NULL;
	path[size] = '\0';
	char *slash = strrchr(path, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	return text_format("%s/../lib/thespian/" LINE_EDITOR_MODULE, path);
}

int line_editor_load(const struct line_editor_ops **ret_ops, tsp_error *err)
{
	char *near = line_editor_near_program();
	const char *path = near != NULL && access(near, R_OK) == 0 ? near :
								     TSP_PKGLIBDIR
		"/" LINE_EDITOR_MODULE;
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const struct line_editor_ops *ops = module != NULL ? dlsym(module, LINE_EDITOR_SYMBOL) :
							     NULL;
	int rc = TSP_OK;
	if (ops != NULL)
		*ret_ops = ops;
	else
		rc = tsp_fail(err, TSP_ENOENT, "cannot open the line editor: %s", dlerror());
	free(near);
	return rc;
}
