/* SPDX-License-Identifier: MIT */
/*
 * Builds: `thespian-host --build` below the bare nursery, so that nothing of a build outlives the
 * system. As many at once as there are cores, the others wait.
 */
#include "config.h"

#include "io/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "source/builder.h"

#define ANSWER_LIMIT ((size_t)1024 * 1024)
#define ANSWER_READ  ((size_t)16 * 1024)
#define EXTRA_MS     5000 /* for the builder's own limit to strike first */

static void on_build_closed(uv_handle_t *handle)
{
	struct build *build = handle->data;

	if (--build->handles == 0) {
		close(build->answer);
		buffer_clear(&build->bytes);
		free(build);
	}
}

static void on_build_child_closed(uv_handle_t *handle)
{
	struct child *child = handle->data;

	handle->data = list_item(child, struct build, child);
	on_build_closed(handle);
}

void build_free(struct build *build)
{
	list_remove(&build->list);
	server_due_cancel(&build->due);
	if (build->zip >= 0)
		close(build->zip);
	build->zip = -1;
	if (build->handles == 0) { /* it was never started */
		child_close(&build->child, NULL);
		buffer_clear(&build->bytes);
		free(build);
		return;
	}
	if (child_close(&build->child, on_build_child_closed))
		build->handles++;
	uv_close((uv_handle_t *)&build->poll, on_build_closed);
}

static char *copy_text(tsp_value map, const char *key)
{
	tsp_text text = { 0 };

	if (!tsp_value_text(tsp_value_get(map, key), &text))
		return NULL;
	return tsp_text_copy(text);
}

/* Ends a build: frees it and tells the core; the next one starts at the turn's end. */
static void finish(struct build *build, int code, const char *path, bool prebuilt,
	const char *reason, const char *output)
{
	struct server *server = build->child.server;
	uint64_t module = build->module;

	if (build->handles > 0)
		server->builds--;
	build_free(build);
	server->again = true;
	admin_built(
		server->admin, module, code, path, prebuilt, reason, output, server_now(server));
}

static void finish_by_answer(struct build *build)
{
	tsp_value answer = { build->bytes.data, build->bytes.size };
	int64_t code = TSP_EFAILED;
	bool prebuilt = false;
	char *path = NULL;
	char *reason = NULL;
	char *output = NULL;
	tsp_text warning;

	if (build->timed_out) {
		finish(build, TSP_ELIMIT, NULL, false, "the build took too long", NULL);
		return;
	}
	if (answer.size == 0 || tsp_value_check(answer.data, answer.size) < 0 ||
		!tsp_value_int(tsp_value_get(answer, "code"), &code)) {
		finish(build, TSP_EFAILED, NULL, false, "the builder ended without an answer",
			NULL);
		return;
	}
	(void)tsp_value_bool(tsp_value_get(answer, "prebuilt"), &prebuilt);
	if (tsp_value_text(tsp_value_get(answer, "warning"), &warning) && warning.size > 0)
		server_log(build->child.server, LOG_LEVEL_WARNING, "%.*s", (int)warning.size,
			warning.data);
	path = copy_text(answer, "path");
	reason = copy_text(answer, "reason");
	output = copy_text(answer, "output");
	if (code == 0 && path == NULL)
		finish(build, TSP_EFAILED, NULL, false, "the builder named no module", NULL);
	else
		finish(build, (int)code, path, prebuilt, reason, output);
	free(path);
	free(reason);
	free(output);
}

/* Reads what is there. False: the end, or past the limit. */
static bool read_answer(struct build *build)
{
	for (;;) {
		ssize_t size;

		if (buffer_reserve(&build->bytes, ANSWER_READ) < 0)
			return false;
		size = read(build->answer, build->bytes.data + build->bytes.size, ANSWER_READ);
		if (size > 0)
			build->bytes.size += (size_t)size;
		else if (size == 0)
			return false;
		else if (errno != EINTR)
			return errno == EAGAIN;
	}
}

static void on_answer(uv_poll_t *poll, int status, int events)
{
	struct build *build = poll->data;

	(void)status;
	(void)events;
	server_event(build->child.server);
	if (!read_answer(build))
		uv_poll_stop(&build->poll); /* its death ends it */
}

void build_dead(struct build *build)
{
	read_answer(build);
	finish_by_answer(build);
}

void build_failed(struct build *build, const char *reason)
{
	finish(build, TSP_EFAILED, NULL, false, reason, NULL);
}

void build_due(struct build *build)
{
	build->timed_out = true;
	child_kill(&build->child);
	if (build->child.pid == 0)
		build_failed(build, "the builder did not start");
}

/* As the capability says now; what cannot be used is told and left out. Where hosts are another user a
 * compiler that is not shut in could put what is root's alone into a module, which they read. */
static struct build_limits find_limits(struct server *server)
{
	struct build_limits limits = build_default_limits;
	tsp_value wish = admin_capability(server->admin, BUILD_LIMITS_CAPABILITY);
	tsp_text sandbox = { NULL, 0 };
	tsp_error err = { 0 };

	if (build_limits_read(wish, &limits, &err) < 0)
		server_log(server, LOG_LEVEL_WARNING, "%s", err.text);
	(void)tsp_value_text(tsp_value_get(wish, "sandbox"), &sandbox);
	if (server->config.host_user.apart && !tsp_text_is(sandbox, "optional"))
		limits.sandbox = true;
	return limits;
}

/* Hands the order to the bare nursery. */
static int order_build(struct build *build, const struct build_limits *limits)
{
	struct server *server = build->child.server;
	char limits_text[BUILD_LIMITS_TEXT];
	const char *const strings[] = {
		server->config.cache_folder,
		server->config.include_folder,
		build_limits_print(limits, limits_text),
		NULL,
	};
	struct packet packet = { .verb = PACKET_BUILD, .descriptor_count = 2 };
	uint8_t *data = NULL;
	int ends[2];
	int rc;

	if (server->bare == NULL || pipe2(ends, O_CLOEXEC) < 0)
		return TSP_EFAILED;
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	if (uv_poll_init(&server->loop, &build->poll, ends[0]) < 0) {
		close(ends[0]);
		close(ends[1]);
		return TSP_EFAILED;
	}
	build->poll.data = build;
	build->handles = 1;
	build->answer = ends[0];
	server->builds++;
	uv_poll_start(&build->poll, UV_READABLE, on_answer);
	child_init(server, &build->child, CHILD_BUILD, server->bare);
	packet.token = build->child.token;
	packet.descriptors[0] = build->zip;
	packet.descriptors[1] = ends[1];
	build->zip = -1;
	rc = packet_join(strings, &data, &packet.size);
	if (rc < 0) {
		packet_close(&packet);
		return rc;
	}
	packet.data = data;
	rc = nursery_order(server->bare, &packet);
	free(data);
	return rc;
}

void server_start_builds(struct server *server)
{
	int cores = server->config.admin.cores > 0 ? server->config.admin.cores : 1;

	while (server->bare != NULL && !list_empty(&server->builds_waiting) &&
		server->builds < cores) {
		struct build *build = list_item(server->builds_waiting.next, struct build, list);
		struct build_limits limits = find_limits(server);

		list_remove(&build->list);
		list_append(&server->builds_running, &build->list);
		if (build->zip < 0) {
			build_failed(build, "no memory for the source");
			continue;
		}
		server_due(
			server, &build->due, DUE_BUILD, (int64_t)limits.wall_s * 1000 + EXTRA_MS);
		if (order_build(build, &limits) < 0)
			build_failed(build, "the builder cannot be started");
	}
}

static int zip_descriptor(const void *zip, size_t size)
{
	int fd = memfd_create("thespian-zip", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (file_write_all(fd, zip, size) < 0 || lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return -1;
	}
	fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	return fd;
}

/* Only notes the wish: the core may not be called back from within its own call. */
void server_build(struct server *server, uint64_t module, const void *zip, size_t size)
{
	struct build *build = calloc(1, sizeof(*build));

	if (build == NULL) {
		server_log(server, LOG_LEVEL_CRITICAL, "cannot build a source: out of memory");
		return;
	}
	build->child.server = server;
	build->child.pidfd = -1;
	build->answer = -1;
	build->module = module;
	list_init(&build->due.list);
	buffer_init(&build->bytes, ANSWER_LIMIT);
	list_append(&server->builds_waiting, &build->list);
	build->zip = zip_descriptor(zip, size);
	server->again = true;
}
