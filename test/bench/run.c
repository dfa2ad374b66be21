/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "run.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "raw.h"

/* {"far": true} */
#define RUN_FAR ((tsp_value){ (const uint8_t *)"\xa1\x63" "far\xf5", 6 })
#define PORT	  1977 /* of the runtime folder, which is ours alone */
#define OPEN_MS	  10000
#define CREATE_MS 10000
#define GO_MS	  60000

/* The environment variables that say where a system has its things, and where below our folder. */
static const struct {
	const char *variable;
	const char *name;
} folders[] = {
	{ "THESPIAN_RUNTIME_DIR", "run" },
	{ "THESPIAN_DIRECTOR_DIR", "director" },
	{ "XDG_RUNTIME_DIR", "run" },
	{ "XDG_CACHE_HOME", "cache" },
	{ "XDG_STATE_HOME", "state" },
	{ "XDG_DATA_HOME", "data" },
	{ "HOME", "home" },
};

static int set_folder(const char *variable, const char *above, const char *name, tsp_error *err)
{
	char *path = file_join(above, name);
	int rc = TSP_OK;

	if (path == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	rc = file_make_folder(path, 0700, err);
	if (rc == TSP_OK && setenv(variable, path, 1) < 0)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	free(path);
	return rc;
}

int run_prepare(const struct bench *bench, tsp_error *err)
{
	static const char *const unwanted[] = { "THESPLOG_FILE", "THESPLOG_THRESHOLD",
		"THESPLOG_FILE_MAXSIZE", "NOTIFY_SOCKET" };
	size_t i;

	for (i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
		(void)unsetenv(unwanted[i]);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		int rc = set_folder(folders[i].variable, bench->folder, folders[i].name, err);

		if (rc < 0)
			return rc;
	}
	if (setenv("THESPIAN_PATH", TSP_TEST_BUILD "/test/bench/.libs", 1) < 0)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	return TSP_OK;
}

int run_open(const struct run_options *options, tsp_system **ret_system, tsp_error *err)
{
	tsp_open_options open = {
		.port = options->port != 0 ? options->port : PORT,
		.flags = TSP_OPEN_START | TSP_OPEN_ONLY_NEW,
		.capabilities_json = options->capabilities,
		.authority = options->authority,
		.log_definitions = options->log_definitions,
		.timeout_ms = OPEN_MS,
	};
	cpu_set_t before;
	int rc = raw_pin(0, options->core, &before, err);

	if (rc < 0)
		return rc;
	rc = tsp_open(&open, ret_system, err);
	raw_unpin(&before);
	return rc;
}

void run_close(tsp_system *system)
{
	if (system == NULL)
		return;
	(void)tsp_shutdown(system, OPEN_MS, NULL, NULL); /* it says so when it is wanted again */
	tsp_close(system);
}

static int create(tsp_system *system, const char *class_name, const tsp_create_options *options,
	tsp_address *ret_actor, tsp_error *err)
{
	char *name = text_format("bench_actors:%s", class_name);
	int rc;

	if (name == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	rc = tsp_system_create(system, name, options, CREATE_MS, ret_actor, err);
	free(name);
	return rc;
}

int run_create(tsp_system *system, const char *class_name, tsp_address *ret_actor, tsp_error *err)
{
	return create(system, class_name, NULL, ret_actor, err);
}

int run_create_far(
	tsp_system *system, const char *class_name, tsp_address *ret_actor, tsp_error *err)
{
	tsp_create_options options = { .requirements = RUN_FAR };

	return create(system, class_name, &options, ret_actor, err);
}

static int go(tsp_system *system, tsp_address actor, tsp_message **ret_reply, tsp_error *err,
	const char *format, va_list args)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_message *reply = NULL;
	tsp_value value;
	int rc;

	if (builder == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	tsp_put_vformat(builder, format, args);
	rc = tsp_builder_value(builder, &value);
	if (rc == TSP_OK)
		rc = tsp_ask(system, actor, "Go", value, GO_MS, &reply, err);
	if (rc == TSP_OK && !tsp_message_is(reply, "Took")) {
		rc = tsp_fail(err, TSP_EFAILED, "cannot measure: the actor answers with %.*s",
			(int)tsp_message_type(reply).size, tsp_message_type(reply).data);
		tsp_message_free(reply);
	}
	tsp_builder_free(builder);
	*ret_reply = rc == TSP_OK ? reply : NULL;
	return rc;
}

int run_go(tsp_system *system, tsp_address actor, double *ret_seconds, double *ret_count,
	tsp_error *err, const char *format, ...)
{
	tsp_message *reply;
	va_list args;
	int rc;

	va_start(args, format);
	rc = go(system, actor, &reply, err, format, args);
	va_end(args);
	if (rc < 0)
		return rc;
	*ret_seconds = (double)tsp_get_int(reply, "ns", 0) / 1e9;
	*ret_count = (double)tsp_get_int(reply, "count", 0);
	tsp_message_free(reply);
	return TSP_OK;
}

int run_go_reply(tsp_system *system, tsp_address actor, tsp_message **ret_reply, tsp_error *err,
	const char *format, ...)
{
	va_list args;
	int rc;

	va_start(args, format);
	rc = go(system, actor, ret_reply, err, format, args);
	va_end(args);
	return rc;
}

int run_pids(tsp_system *system, tsp_text class_name, pid_t *ret_pids, int limit, int *ret_count,
	tsp_error *err)
{
	tsp_message *list = NULL;
	tsp_walk at = { 0 };
	tsp_value actor;
	int count = 0;
	int rc = tsp_actors(system, CREATE_MS, &list, err);

	if (rc < 0)
		return rc;
	while (count < limit && tsp_value_next(tsp_get(list, "actors"), &at, NULL, &actor)) {
		tsp_text name = { NULL, 0 };
		int64_t pid = 0;

		(void)tsp_value_text(tsp_value_get(actor, "class"), &name);
		(void)tsp_value_int(tsp_value_get(actor, "pid"), &pid);
		if (pid > 0 && name.size == class_name.size &&
			memcmp(name.data, class_name.data, name.size) == 0)
			ret_pids[count++] = (pid_t)pid;
	}
	tsp_message_free(list);
	*ret_count = count;
	if (count == 0)
		return tsp_fail(err, TSP_ENOENT, "cannot find the process of an actor");
	return TSP_OK;
}

int run_admin_pid(tsp_system *system, pid_t *ret_pid, tsp_error *err)
{
	tsp_message *status = NULL;
	int rc = tsp_status(system, tsp_admin(system), CREATE_MS, &status, err);

	if (rc == TSP_OK)
		*ret_pid = (pid_t)tsp_get_int(status, "pid", 0);
	tsp_message_free(status);
	return rc;
}
