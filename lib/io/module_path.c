/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/module_path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"

#ifndef TSP_PKGLIBDIR
#define TSP_PKGLIBDIR "/usr/local/lib/thespian"
#endif

struct module_search {
	const char *name;
	char *path;
	size_t size;
	struct stat st;
	struct buffer searched; /* folders, for the error */
};

static bool name_ok(const char *name)
{
	size_t size = strlen(name);

	return size > 0 && size <= MODULE_NAME_LIMIT && name[0] != '.' &&
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
		size;
}

/* Looks in FOLDER[/BELOW]. 1: found, 0: not there, TSP_ELIMIT. */
static int look_in(
	struct module_search *search, const char *folder, size_t folder_size, const char *below)
{
	char joined[PATH_MAX];
	char resolved[PATH_MAX];
	int length = snprintf(joined, sizeof(joined), "%.*s%s%s/%s.so", (int)folder_size, folder,
		below != NULL ? "/" : "", below != NULL ? below : "", search->name);

	if (length < 0 || (size_t)length >= sizeof(joined))
		return 0;
	buffer_printf(&search->searched, "%s'%.*s'", search->searched.size > 0 ? ", " : "",
		length - (int)strlen(search->name) - 4, joined);
	if (realpath(joined, resolved) == NULL || stat(resolved, &search->st) < 0 ||
		!S_ISREG(search->st.st_mode))
		return 0;
	if (strlen(resolved) >= search->size)
		return TSP_ELIMIT;
	strcpy(search->path, resolved);
	return 1;
}

static int look_in_list(struct module_search *search, const char *list)
{
	while (list != NULL && *list != '\0') {
		size_t size = strcspn(list, ":");
		int rc = size > 0 ? look_in(search, list, size, NULL) : 0;

		if (rc != 0)
			return rc;
		list += size;
		if (*list == ':')
			list++;
	}
	return 0;
}

static int look_everywhere(
	struct module_search *search, const char *list, const char *program_folder)
{
	int rc = look_in_list(search, list);

	if (rc == 0 && program_folder != NULL)
		rc = look_in(search, program_folder, strlen(program_folder), "../lib/thespian");
	if (rc == 0 && program_folder != NULL)
		rc = look_in(search, program_folder, strlen(program_folder), "../director/.libs");
	if (rc == 0)
		rc = look_in(search, TSP_PKGLIBDIR, strlen(TSP_PKGLIBDIR), NULL);
	return rc;
}

static uint64_t hash_path(const char *path)
{
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a: tells paths apart, guards nothing */

	for (; *path != '\0'; path++)
		hash = (hash ^ (uint8_t)*path) * 0x100000001b3u;
	return hash;
}

int module_path_find(const char *search, const char *program_folder, const char *name,
	char *ret_path, size_t size, uint64_t ret_identity[4], tsp_error *err)
{
	struct module_search at = { .name = name, .path = ret_path, .size = size };
	char shown[MODULE_NAME_LIMIT * 4];
	int rc;

	if (!name_ok(name))
		return tsp_fail(err, TSP_EVALUE, "cannot find module '%s': not a module's name",
			text_quote(tsp_text_of(name), shown, sizeof(shown)));
	buffer_init(&at.searched, 4096);
	rc = look_everywhere(&at, search, program_folder);
	if (rc > 0) {
		ret_identity[0] = hash_path(ret_path);
		ret_identity[1] = (uint64_t)at.st.st_dev;
		ret_identity[2] = (uint64_t)at.st.st_ino;
		ret_identity[3] = (uint64_t)at.st.st_mtim.tv_sec * 1000000000u +
			(uint64_t)at.st.st_mtim.tv_nsec;
		rc = TSP_OK;
	} else if (rc == 0) {
		rc = tsp_fail(err, TSP_ENOENT, "cannot find module '%s': there is no %s.so in %.*s",
			name, name, (int)at.searched.size, (const char *)at.searched.data);
	} else {
		tsp_fail(err, rc, "cannot find module '%s': its path is too long", name);
	}
	buffer_clear(&at.searched);
	return rc;
}

int module_path_absolute(const char *search, char **ret_search, tsp_error *err)
{
	char here[PATH_MAX];
	struct buffer out;
	int rc = TSP_OK;

	if (search == NULL) {
		*ret_search = NULL;
		return TSP_OK;
	}
	if (getcwd(here, sizeof(here)) == NULL)
		return tsp_fail_errno(err, "find", "the current folder");
	buffer_init(&out, (size_t)1024 * 1024);
	while (rc == TSP_OK && *search != '\0') {
		size_t size = strcspn(search, ":");

		if (size > 0 && search[0] == '/')
			rc = buffer_printf(&out, "%.*s:", (int)size, search);
		else if (size > 0)
			rc = buffer_printf(&out, "%s/%.*s:", here, (int)size, search);
		search += size;
		if (*search == ':')
			search++;
	}
	if (rc == TSP_OK)
		rc = buffer_put(&out, "", 1);
	if (rc < 0) {
		buffer_clear(&out);
		return tsp_fail(err, rc, "cannot use THESPIAN_PATH: %s", tsp_error_sentence(rc));
	}
	*ret_search = (char *)out.data;
	return TSP_OK;
}

int module_path_program(char **ret_folder, tsp_error *err)
{
	char path[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (size < 0)
		return tsp_fail_errno(err, "read", "/proc/self/exe");
	path[size] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return tsp_fail(err, TSP_EIO, "cannot find the program's folder");
	*slash = '\0';
	*ret_folder = strdup(path);
	return *ret_folder != NULL ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");
}
