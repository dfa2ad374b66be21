/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "scenario.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SYSTEMS 64

/* Ports of systems that rows started and have perhaps not ended; shared with the run. */
static atomic_int *systems;

/* ---- Checks ---- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static _Noreturn void row_over(void)
{
	fflush(stdout);
	_exit(1);
}

void check_failed(const char *file, int line, const char *what)
{
	printf("# %s:%d: not so: %s\n", base_name(file), line, what);
	row_over();
}

void check_int(const char *file, int line, const char *what, int64_t expected, int64_t got)
{
	if (expected == got)
		return;
	printf("# %s:%d: %s is %lld, not %lld\n", base_name(file), line, what, (long long)got,
		(long long)expected);
	row_over();
}

void check_code(const struct scenario *s, const char *file, int line, const char *what,
	int expected, int got)
{
	if (expected == got)
		return;
	printf("# %s:%d: %s is %s, not %s: %s\n", base_name(file), line, what, tsp_error_name(got),
		tsp_error_name(expected), s->err.text);
	row_over();
}

void check_text(const char *file, int line, const char *what, const char *expected, tsp_text got)
{
	if (tsp_text_is(got, expected))
		return;
	printf("# %s:%d: %s is '%.*s', not '%s'\n", base_name(file), line, what, (int)got.size,
		got.data != NULL ? got.data : "", expected);
	row_over();
}

void check_type(const char *file, int line, const char *type, const tsp_message *message)
{
	char *text = NULL;

	if (tsp_message_is(message, type))
		return;
	(void)tsp_value_to_json(tsp_message_body(message), TSP_JSON_COMPACT, &text);
	printf("# %s:%d: not a %s, but %s\n", base_name(file), line, type,
		text != NULL ? text : "unprintable");
	row_over();
}

void check_has(const char *file, int line, const char *what, const char *part, const char *got)
{
	if (got != NULL && strstr(got, part) != NULL)
		return;
	printf("# %s:%d: %s is '%s', without '%s'\n", base_name(file), line, what,
		got != NULL ? got : "", part);
	row_over();
}

/* ---- Steps ---- */

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sleep_ms(int64_t ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) < 0)
		continue;
}

static tsp_value vvalue_of(struct scenario *s, const char *format, va_list args)
{
	tsp_value value = { NULL, 0 };

	tsp_builder_reset(s->builder);
	tsp_put_vformat(s->builder, format, args);
	CHECK_CODE(TSP_OK, tsp_builder_value(s->builder, &value));
	return value;
}

tsp_value value_of(struct scenario *s, const char *format, ...)
{
	tsp_value value;
	va_list args;

	va_start(args, format);
	value = vvalue_of(s, format, args);
	va_end(args);
	return value;
}

const char *name_of(const struct scenario *s, const char *name)
{
	static char names[8][128];
	static unsigned next;
	char *text = names[next++ % 8];

	snprintf(text, sizeof(names[0]), "%s-%s", s->id, name);
	return text;
}

int try_create(struct scenario *s, const char *class_name, const tsp_create_options *options,
	tsp_address *ret_actor)
{
	char text[160];

	snprintf(text, sizeof(text), "scenario:%s", class_name);
	return tsp_system_create(s->system, text, options, WAIT_MS, ret_actor, &s->err);
}

tsp_address create(struct scenario *s, const char *class_name, const tsp_create_options *options)
{
	tsp_address actor = TSP_NOBODY;

	CHECK_CODE(TSP_OK, try_create(s, class_name, options, &actor));
	CHECK(!tsp_address_is_nobody(actor));
	return actor;
}

void tell(struct scenario *s, tsp_address target, const char *type, const char *format, ...)
{
	va_list args;
	tsp_value value;

	va_start(args, format);
	value = vvalue_of(s, format, args);
	va_end(args);
	CHECK_CODE(TSP_OK, tsp_tell(s->system, target, type, value, &s->err));
}

tsp_message *ask(struct scenario *s, tsp_address target, const char *type, const char *format, ...)
{
	tsp_message *reply = NULL;
	va_list args;
	tsp_value value;

	va_start(args, format);
	value = vvalue_of(s, format, args);
	va_end(args);
	CHECK_CODE(TSP_OK, tsp_ask(s->system, target, type, value, WAIT_MS, &reply, &s->err));
	return reply;
}

int try_ask(struct scenario *s, int64_t timeout_ms, tsp_message **ret_reply, tsp_address target,
	const char *type, const char *format, ...)
{
	tsp_message *reply = NULL;
	va_list args;
	tsp_value value;
	int rc;

	va_start(args, format);
	value = vvalue_of(s, format, args);
	va_end(args);
	rc = tsp_ask(s->system, target, type, value, timeout_ms, &reply, &s->err);
	if (ret_reply != NULL)
		*ret_reply = reply;
	return rc;
}

tsp_message *listen_for(struct scenario *s, const char *type)
{
	tsp_message *message = NULL;

	CHECK_CODE(TSP_OK, tsp_listen(s->system, WAIT_MS, &message, &s->err));
	CHECK_TYPE(type, message);
	return message;
}

void listen_silence(struct scenario *s, int64_t ms)
{
	tsp_message *message = NULL;
	int rc = tsp_listen(s->system, ms, &message, &s->err);

	if (rc == TSP_OK)
		CHECK_TYPE("nothing", message);
	CHECK_INT(TSP_ETIMEOUT, rc);
}

void wait_dead(struct scenario *s, tsp_address actor)
{
	int64_t until = now_ms() + WAIT_MS;
	int rc;

	while ((rc = try_ask(s, 200, NULL, actor, "Pid", "n")) != TSP_EDEAD) {
		CHECK(now_ms() < until);
		if (rc == TSP_OK)
			sleep_ms(10);
	}
}

/* ---- The agent ---- */

tsp_address agent_create(struct scenario *s, tsp_address agent, const char *format, ...)
{
	tsp_message *reply = NULL;
	va_list args;
	tsp_value value;
	tsp_address actor;

	va_start(args, format);
	value = vvalue_of(s, format, args);
	va_end(args);
	CHECK_CODE(TSP_OK, tsp_ask(s->system, agent, "Create", value, WAIT_MS, &reply, &s->err));
	CHECK_TYPE("Made", reply);
	actor = tsp_get_address(reply, "address");
	CHECK(!tsp_address_is_nobody(actor));
	return actor;
}

tsp_message *agent_await(struct scenario *s, tsp_address agent, const char *type, int count)
{
	tsp_message *heard = ask(s, agent, "Await", "{s:s, s:i}", "type", type, "count", count);

	CHECK_TYPE("Heard", heard);
	return heard;
}

int64_t agent_heard(struct scenario *s, tsp_address agent, const char *type)
{
	return (int64_t)tsp_value_count(tsp_get(agent_await(s, agent, type, 0), "messages"));
}

tsp_value heard_value(const tsp_message *heard, size_t index, const char *key)
{
	return tsp_value_get(
		tsp_value_get(tsp_value_at(tsp_get(heard, "messages"), index), "value"), key);
}

int pid_of(struct scenario *s, tsp_address actor)
{
	int pid = (int)tsp_get_int(ask(s, actor, "Pid", "n"), "pid", 0);

	CHECK(pid > 1);
	return pid;
}

tsp_address heard_sender(const tsp_message *heard, size_t index)
{
	tsp_address sender = TSP_NOBODY;

	CHECK(tsp_value_address(
		tsp_value_get(tsp_value_at(tsp_get(heard, "messages"), index), "sender"), &sender));
	return sender;
}

tsp_address own_address(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);

	tell(s, agent, "Hello", "n");
	return heard_sender(agent_await(s, agent, "Hello", 1), 0);
}

/* ---- Systems of a row's own ---- */

static int any_port(void)
{
	struct sockaddr_in where = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(where);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int port = 0;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&where, size) == 0 &&
		getsockname(fd, (struct sockaddr *)&where, &size) == 0)
		port = ntohs(where.sin_port);
	close(fd);
	return port != 0 ? port : 20000 + (int)getpid() % 10000;
}

/*
 * Never the same twice: systems listen on sockets in folders, so the kernel does not know which numbers are
 * in use. Rows inherit what was given before they began.
 */
int free_port(void)
{
	static int given[64];
	static size_t count;
	int port;
	bool is_new;

	do {
		port = any_port();
		is_new = true;
		for (size_t i = 0; i < count && i < 64; i++)
			is_new = is_new && given[i] != port;
	} while (!is_new);
	given[count++ % 64] = port;
	return port;
}

void systems_share(void)
{
	systems = mmap(NULL, SYSTEMS * sizeof(*systems), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (systems == MAP_FAILED)
		abort();
}

int systems_next(void)
{
	for (int i = 0; i < SYSTEMS; i++) {
		int port = atomic_exchange(&systems[i], 0);

		if (port != 0)
			return port;
	}
	return 0;
}

static void note_system(int port)
{
	for (int i = 0; i < SYSTEMS; i++) {
		int none = 0;

		if (atomic_compare_exchange_strong(&systems[i], &none, port))
			return;
	}
	CHECK(!"no more systems a row");
}

tsp_system *system_attach(struct scenario *s, int port)
{
	tsp_open_options options = { .base = s->base, .port = port, .timeout_ms = WAIT_MS };
	tsp_system *system = NULL;

	CHECK_CODE(TSP_OK, tsp_open(&options, &system, &s->err));
	return system;
}

tsp_system *system_start(struct scenario *s, const tsp_open_options *options, int *ret_port)
{
	tsp_open_options read = options != NULL ? *options : (tsp_open_options){ 0 };
	tsp_system *system = NULL;

	read.base = s->base;
	if (read.port == 0 && (ret_port == NULL || *ret_port == 0))
		read.port = free_port();
	else if (read.port == 0)
		read.port = *ret_port;
	read.flags |= TSP_OPEN_START;
	read.timeout_ms = WAIT_MS;
	if (read.capabilities_json == NULL && s->shared)
		read.capabilities_json = "{\"Actor Host\": \"shared\"}";
	if (!s->simple)
		note_system(read.port);
	CHECK_CODE(TSP_OK, tsp_open(&read, &system, &s->err));
	if (ret_port != NULL)
		*ret_port = read.port;
	return system;
}
