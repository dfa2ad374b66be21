/* SPDX-License-Identifier: MIT */
/*
 * What a caller outside may rely on, one function a row of the feature list: `caller_rows ROW PORT`.
 * Status 0: it is so; else the first thing that was not is on standard error. The actors are those of
 * rows_actors.c, module `rows`. PORT 0 is the simple base.
 */
#include "config.h"

#include "caller_rows.h"

#include <string.h>
#include <time.h>

int port;
tsp_system *sys;
tsp_error err;
static tsp_builder *builder;

void fail(int line, const char *what)
{
	fprintf(stderr, "line %d: not so: %s (last error: %d %s)\n", line, what, err.code,
		err.text);
	exit(1);
}

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

tsp_system *open_at(int at, int flags)
{
	tsp_system *system = NULL;

	must(tsp_open(&(tsp_open_options){ .base = at == 0 ? "simpleSystemBase" : NULL,
			      .port = at,
			      .flags = flags },
		     &system, &err) == TSP_OK);
	return system;
}

tsp_address make_with(const char *class_name, const tsp_create_options *options)
{
	tsp_address actor = TSP_NOBODY;

	must(tsp_system_create(sys, class_name, options, LONG_MS, &actor, &err) == TSP_OK);
	return actor;
}

tsp_address make(const char *class_name)
{
	return make_with(class_name, NULL);
}

tsp_value value(const char *format, ...)
{
	tsp_value value = { NULL, 0 };
	va_list args;

	tsp_builder_reset(builder);
	va_start(args, format);
	tsp_put_vformat(builder, format, args);
	va_end(args);
	must(tsp_builder_value(builder, &value) == TSP_OK);
	return value;
}

tsp_message *ask(tsp_address target, const char *type, tsp_value body)
{
	tsp_message *reply = NULL;

	must(tsp_ask(sys, target, type, body, LONG_MS, &reply, &err) == TSP_OK);
	return reply;
}

tsp_message *hear(int64_t timeout_ms)
{
	tsp_message *message = NULL;

	return tsp_listen(sys, timeout_ms, &message, &err) == TSP_OK ? message : NULL;
}

tsp_message *next(void)
{
	tsp_message *message = hear(LONG_MS);

	must(message != NULL);
	return message;
}

static const struct row *find(const struct row *rows, const char *name)
{
	for (; rows->name != NULL; rows++)
		if (strcmp(rows->name, name) == 0)
			return rows;
	return NULL;
}

int main(int argc, char **argv)
{
	const struct row *row;

	if (argc != 3)
		return 2;
	port = atoi(argv[2]);
	builder = tsp_builder_new();
	if (strcmp(argv[1], "one_of_many_starts") != 0)
		sys = open_at(port, TSP_OPEN_START);
	row = find(handle_rows, argv[1]);
	if (row == NULL)
		row = find(process_rows, argv[1]);
	if (row != NULL) {
		row->run();
		tsp_close(sys);
		tsp_builder_free(builder);
		return 0;
	}
	fprintf(stderr, "no row '%s'\n", argv[1]);
	return 2;
}
