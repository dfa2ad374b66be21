/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/service.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/status.h"
#include "director/launch.h"

/* Sandboxed services do not see these. */
static const char *const homes[] = { "/home", "/root", "/run/user" };
static const char *const temporary[] = { "/tmp", "/var/tmp" };

bool service_name_ok(const char *name)
{
	size_t size = strlen(name);

	if (size == 0 || size > 64 || !isalnum((unsigned char)name[0]))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("._-", *name))
			return false;
	return true;
}

/* ---- Lists ---- */

static int no_memory(tsp_error *err)
{
	return tsp_fail(err, TSP_ENOMEM, "out of memory");
}

static bool is_plain(const char *text)
{
	if (!text_is_utf8(text, strlen(text)))
		return false;
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

/* Takes text, which may be NULL: no memory. What is there already is not added. */
static int list_add(struct service_list *list, char *text, tsp_error *err)
{
	if (!text)
		return no_memory(err);
	if (!is_plain(text)) {
		char shown[160];
		int rc = tsp_fail(err, TSP_EVALUE, "cannot put '%s' into a service: not plain text",
			text_quote(tsp_text_of(text), shown, sizeof(shown)));

		free(text);
		return rc;
	}
	for (size_t i = 0; i < list->count; i++) {
		if (!strcmp(list->items[i], text)) {
			free(text);
			return TSP_OK;
		}
	}
	if (list->count == SERVICE_PATHS) {
		free(text);
		return tsp_fail(err, TSP_ELIMIT,
			"cannot make a service: it has more than %d folders", SERVICE_PATHS);
	}
	list->items[list->count++] = text;
	return TSP_OK;
}

static void list_clear(struct service_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
}

static bool is_below(const char *path, const char *folder)
{
	size_t size = strlen(folder);

	return !strncmp(path, folder, size) && (path[size] == '/' || !path[size]);
}

static bool is_below_any(const char *path, const char *const *folders, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_below(path, folders[i]))
			return true;
	return false;
}

/* ---- Folders that it must see, or write to ---- */

static int add_path(struct service *service, const char *path, bool write, tsp_error *err)
{
	bool home = is_below_any(path, homes, sizeof(homes) / sizeof(*homes));

	if (home)
		service->homes = true;
	if (home || is_below_any(path, temporary, sizeof(temporary) / sizeof(*temporary)))
		return list_add(write ? &service->shown : &service->shown_read, strdup(path), err);
	return write ? list_add(&service->writable, strdup(path), err) : TSP_OK;
}

/* The folder of a file that is written, moved aside and made anew. */
static int add_folder_of(struct service *service, const char *path, tsp_error *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
	int rc = folder ? add_path(service, folder, true, err) : no_memory(err);

	free(folder);
	return rc;
}

/* Where the log definitions write: their folder, and where a path says otherwise. */
static int add_log_folders(struct service *service, const char *definitions, tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value all = { 0 }, handlers, key, handler;
	tsp_walk at = { 0 };
	tsp_text path;
	char *text;
	int rc = builder ? tsp_value_from_json(definitions, strlen(definitions), builder, err) :
			   no_memory(err);

	if (rc >= 0)
		rc = tsp_builder_value(builder, &all);
	handlers = tsp_value_get(all, "handlers");
	while (rc >= 0 && tsp_value_next(handlers, &at, &key, &handler)) {
		if (!tsp_value_text(tsp_value_get(handler, "path"), &path) || !path.size ||
			*path.data != '/')
			continue;
		text = tsp_text_copy(path);
		rc = text ? add_folder_of(service, text, err) : no_memory(err);
		free(text);
	}
	if (rc >= 0 && tsp_value_text(tsp_value_get(all, "folder"), &path) && path.size) {
		text = tsp_text_copy(path);
		rc = text ? add_path(service, text, true, err) : no_memory(err);
		free(text);
	}
	tsp_builder_free(builder);
	return rc;
}

/* ---- Who, and where ---- */

/* The folder's owner runs it: what it writes there, others must not have written. */
static int find_user(struct service *service, const char *folder, tsp_error *err)
{
	struct stat st = { .st_uid = geteuid(), .st_gid = getegid() };
	struct passwd *user;
	struct group *group;

	if (stat(folder, &st) < 0 && errno != ENOENT)
		return tsp_fail_errno(err, "look at", folder);
	service->owner = st.st_uid;
	if (st.st_uid == 0) {
		service->private_name = strdup("thespian");
		return service->private_name ? TSP_OK : no_memory(err);
	}
	user = getpwuid(st.st_uid);
	service->user = user ? strdup(user->pw_name) : text_format("%lu", (unsigned long)st.st_uid);
	group = getgrgid(user ? user->pw_gid : st.st_gid);
	service->group = group ?
		strdup(group->gr_name) :
		text_format("%lu", (unsigned long)(user ? user->pw_gid : st.st_gid));
	if (service->user)
		service->private_name = text_format("thespian-%s", service->user);
	return service->group && service->private_name ? TSP_OK : no_memory(err);
}

/* Where the sockets are: as the caller says, or the folder's setting, else a place of our own that is
 * there before anybody has logged in. */
static int find_runtime(struct service *service, enum service_kind kind, tsp_error *err)
{
	const char *said = getenv("THESPIAN_RUNTIME_DIR");
	const char *above = kind == SERVICE_LAUNCHD ? "/var/run" : "/run";

	if (said && *said == '/')
		service->runtime = strdup(said);
	else if (kind == SERVICE_LAUNCHD && service->user) /* nobody makes one for it */
		service->runtime = file_join(service->folder, "run");
	else
		service->runtime = text_format("%s/%s", above, service->private_name);
	if (!service->runtime)
		return no_memory(err);
	service->runtime_is_made = is_below(service->runtime, "/run") &&
		!strcmp(service->runtime + 4 + 1, service->private_name);
	return service->runtime_is_made ? TSP_OK : add_path(service, service->runtime, true, err);
}

/* thespian-admin beside this program. */
static int find_program(struct service *service, tsp_error *err)
{
	char path[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash, *program;
	int rc;

	path[size > 0 ? size : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
	program = slash ? file_join(path, "thespian-admin") : NULL;
	if (program && access(program, X_OK) < 0) {
		free(program);
		program = strdup(TSP_BINDIR "/thespian-admin");
	}
	rc = list_add(&service->arguments, program, err);
	slash = rc >= 0 ? strrchr(path, '/') : NULL;
	if (slash && slash != path)
		*slash = '\0'; /* what it needs beside itself: ../lib, ../include */
	return slash ? add_path(service, path, false, err) : rc;
}

/* ---- Arguments and environment ---- */

static int add_argument(
	struct service *service, const char *option, const char *value, tsp_error *err)
{
	return value ? list_add(&service->arguments, text_format("%s=%s", option, value), err) :
		       TSP_OK;
}

static int add_arguments(struct service *service, const struct launch *launch, tsp_error *err)
{
	char port[12];
	int rc = list_add(&service->arguments, strdup("--foreground"), err);

	(void)snprintf(port, sizeof(port), "%d", launch->port);
	if (rc >= 0)
		rc = add_argument(service, "--port", port, err);
	if (rc >= 0)
		rc = add_argument(service, "--base", launch->base, err);
	if (rc >= 0)
		rc = add_argument(service, "--capabilities", launch->capabilities, err);
	if (rc >= 0)
		rc = add_argument(service, "--authority", launch->authority, err);
	if (rc >= 0)
		rc = add_argument(service, "--director", launch->director, err);
	if (rc >= 0)
		rc = add_argument(service, "--log-definitions", launch->definitions, err);
	return rc;
}

static int add_variable(
	struct service *service, const char *name, const char *value, tsp_error *err)
{
	return list_add(&service->environment, text_format("%s=%s", name, value), err);
}

/* As a process that is started here would take it. */
static int add_log_file(struct service *service, tsp_error *err)
{
	const char *file = getenv("THESPLOG_FILE");
	const char *size = getenv("THESPLOG_FILE_MAXSIZE");
	char *here = file && *file && *file != '/' ? getcwd(NULL, 0) : NULL;
	char *path = here ? file_join(here, file) : file ? strdup(file) : NULL;
	int rc = TSP_OK;

	if (path && *path == '/') {
		rc = add_variable(service, "THESPLOG_FILE", path, err);
		if (rc >= 0)
			rc = add_folder_of(service, path, err);
		if (rc >= 0 && size && *size)
			rc = add_variable(service, "THESPLOG_FILE_MAXSIZE", size, err);
	}
	free(path);
	free(here);
	return rc;
}

static int add_module_folders(struct service *service, const char *folders, tsp_error *err)
{
	int rc = add_variable(service, "THESPIAN_PATH", folders, err);

	while (rc >= 0 && *folders) {
		size_t size = strcspn(folders, ":");
		char *folder = strndup(folders, size);

		if (!folder)
			return no_memory(err);
		if (*folder == '/')
			rc = add_path(service, folder, false, err);
		free(folder);
		folders += size + (folders[size] == ':');
	}
	return rc;
}

static int add_environment(struct service *service, enum service_kind kind, tsp_error *err)
{
	const char *caches = kind == SERVICE_LAUNCHD ? "/Library/Caches" : "/var/cache";
	const char *threshold = getenv("THESPLOG_THRESHOLD");
	const char *modules = getenv("THESPIAN_PATH");
	char *cache = service->user ? text_format("%s/%s", caches, service->private_name) :
				      strdup(caches);
	int rc = cache ? add_variable(service, "THESPIAN_DIRECTOR_DIR", service->folder, err) :
			 no_memory(err);

	if (rc >= 0)
		rc = add_variable(service, "THESPIAN_RUNTIME_DIR", service->runtime, err);
	if (rc >= 0)
		rc = add_variable(service, "XDG_CACHE_HOME", cache, err);
	if (rc >= 0 && modules && *modules)
		rc = add_module_folders(service, modules, err);
	if (rc >= 0)
		rc = add_log_file(service, err);
	if (rc >= 0 && threshold && *threshold)
		rc = add_variable(service, "THESPLOG_THRESHOLD", threshold, err);
	free(cache);
	return rc;
}

/* ---- All of it ---- */

/* folder is what the folder will be called where the service runs. */
static int read_settings(
	struct context *context, char *folder, struct launch *launch, tsp_error *err)
{
	char *here = context->folder;
	int rc = context_settings(context, err);

	if (rc < 0 && access(here, F_OK) == 0 && access(here, R_OK | X_OK) < 0)
		return status_hint(err, "run it as the folder's owner, or as root");
	if (rc < 0)
		return rc;
	context->folder = folder;
	rc = launch_make(context, launch, err);
	context->folder = here;
	return rc;
}

static int fill(struct service *service, enum service_kind kind, const struct launch *launch,
	tsp_error *err)
{
	int rc = add_path(service, service->folder, true, err);

	if (rc >= 0)
		rc = find_runtime(service, kind, err);
	if (rc >= 0)
		rc = find_program(service, err);
	if (rc >= 0)
		rc = add_arguments(service, launch, err);
	if (rc >= 0)
		rc = add_environment(service, kind, err);
	if (rc >= 0 && launch->definitions)
		rc = add_log_folders(service, launch->definitions, err);
	return rc;
}

/* A folder that is there has an absolute name already. */
static char *absolute(const char *folder)
{
	char *here = *folder == '/' ? NULL : getcwd(NULL, 0);
	char *path = here ? file_join(here, folder) : strdup(folder);

	free(here);
	return path;
}

int service_make(struct context *context, enum service_kind kind, const char *name,
	const char *root, struct service *ret_service, tsp_error *err)
{
	const char *folder = context->folder;
	struct service service = { .name = strdup(name) };
	struct launch launch = { 0 };
	int rc;

	if (*root && is_below(folder, root) && folder[strlen(root)])
		folder += strlen(root);
	service.folder = absolute(folder);
	rc = service.name && service.folder ? read_settings(context, service.folder, &launch, err) :
					      no_memory(err);
	if (rc >= 0)
		rc = find_user(&service, context->folder, err);
	if (rc >= 0)
		rc = fill(&service, kind, &launch, err);
	if (rc >= 0) {
		*ret_service = service;
		service = (struct service){ 0 };
	}
	service_clear(&service);
	launch_clear(&launch);
	return rc;
}

void service_clear(struct service *service)
{
	free(service->name);
	free(service->user);
	free(service->group);
	free(service->folder);
	free(service->runtime);
	free(service->private_name);
	list_clear(&service->arguments);
	list_clear(&service->environment);
	list_clear(&service->writable);
	list_clear(&service->shown);
	list_clear(&service->shown_read);
	*service = (struct service){ 0 };
}
