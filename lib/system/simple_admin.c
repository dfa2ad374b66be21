/* SPDX-License-Identifier: MIT */
/* The operations of an admin whose one host and one caller live in its own process. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/module_path.h"
#include "io/process_cpu.h"
#include "io/process_memory.h"
#include "source/package.h"
#include "system/program.h"
#include "system/simple.h"

static void op_send(void *io, void *peer, const struct frame *frame)
{
	struct simple_peer *end = peer;

	(void)io;
	if (frame_put(&end->frames, frame) < 0)
		end->broken = true;
}

static size_t op_unsent(void *io, void *peer)
{
	const struct simple_peer *end = peer;

	(void)io;
	return end->frames.size;
}

static void op_close(void *io, void *peer)
{
	struct simple_peer *end = peer;

	(void)io;
	end->link = NULL; /* a caller's next call sees that it is over */
}

static const tsp_class *stage_find_class(void *io, const char *source, const char *module, const char *class_name,
	tsp_error *err)
{
	return simple_class(io, source, module, class_name, err);
}

static void stage_flush(void *io)
{
	simple_flush(io);
}

static int stage_watch(void *io, uint64_t actor, const int *descriptors, size_t count)
{
	return simple_watch(io, actor, descriptors, count);
}

static clock_ns stage_now(void *io)
{
	(void)io;
	return clock_read();
}

static const struct stage_ops simple_stage_ops = {
	.find_class = stage_find_class,
	.flush = stage_flush,
	.watch = stage_watch,
	.wake = simple_ring,
	.now = stage_now,
};

static int op_start_host(void *io, const struct host_order *order, struct link *link, void **ret_peer,
	struct page **ret_page, tsp_error *err)
{
	struct simple *simple = io;
	int rc;

	if (simple->stage != NULL)
		return tsp_fail(err, TSP_ELIMIT, "the simple system base has one host only");
	rc = stage_new(&simple_stage_ops, simple, NULL, &simple->stage);
	if (rc < 0)
		return tsp_fail(err, rc, "cannot make a host: %s", tsp_error_sentence(rc));
	simple->host.link = link;
	simple->host.frames.size = 0;
	simple->running.size = 0;
	simple->running_at = 0;
	simple->host_number = order->host;
	simple->kill = false;
	*ret_peer = &simple->host;
	*ret_page = NULL;
	return TSP_OK;
}

/* What is seen of the host from inside the admin's call ends after it. */
static void op_kill_host(void *io, uint64_t host)
{
	struct simple *simple = io;

	if (simple->stage != NULL && simple->host_number == host)
		simple->kill = true;
}

static void op_release_host(void *io, uint64_t host, void *peer)
{
	struct simple *simple = io;

	(void)peer;
	if (simple->host_number == host)
		simple->host.link = NULL;
}

void simple_end_stage(struct simple *simple, int status)
{
	struct stage *stage = simple->stage;
	struct link *link = simple->host.link;
	uint64_t host = simple->host_number;

	/* First forgotten, then told: the admin may want the next one at once. */
	simple->stage = NULL;
	simple->host.link = NULL;
	simple->kill = false;
	simple->watch_count = 0;
	stage_free(stage);
	if (link == NULL)
		return;
	admin_link_ended(simple->admin, link, clock_read());
	admin_host_ended(simple->admin, host, status, clock_read());
}

static void op_build(void *io, uint64_t module, const void *zip, size_t size)
{
	struct simple_job *job = calloc(1, sizeof(*job));
	uint8_t *copy = malloc(size > 0 ? size : 1);

	if (job == NULL || copy == NULL) {
		free(job);
		free(copy);
		simple_break(io, TSP_ENOMEM);
		return;
	}
	memcpy(copy, zip, size);
	*job = (struct simple_job){ .module = module, .build = true, .zip = copy, .size = size };
	simple_order(io, job);
}

static void op_open_module(void *io, uint64_t module, const char *path, bool keep_user)
{
	struct simple_job *job = calloc(1, sizeof(*job));
	char *copy = strdup(path);

	(void)keep_user; /* all is one process */
	if (job == NULL || copy == NULL) {
		free(job);
		free(copy);
		simple_break(io, TSP_ENOMEM);
		return;
	}
	*job = (struct simple_job){ .module = module, .path = copy };
	simple_order(io, job);
}

/* What was opened in this process stays: its code may be referred to from anywhere. */
static void op_close_module(void *io, uint64_t module)
{
	(void)io;
	(void)module;
}

static int op_find_module(void *io, const char *name, char *ret_path, size_t size, uint64_t ret_identity[4],
	tsp_error *err)
{
	const struct simple *simple = io;
	const char *search = getenv("THESPIAN_PATH");
	int rc = module_path_find(search, simple->folder, name, ret_path, size, ret_identity, err);
	char *home = rc == TSP_ENOENT ? program_home() : NULL;

	/* the caller's program stands anywhere, our modules beside our own programs */
	if (home != NULL)
		rc = module_path_find(search, home, name, ret_path, size, ret_identity, err);
	free(home);
	return rc;
}

static void op_hash(void *io, const void *bytes, size_t size, uint8_t ret_hash[32])
{
	(void)io;
	package_hash(bytes, size, ret_hash);
}

static void op_log(void *io, enum log_level level, const char *text)
{
	const struct log_record record = { .level = level, .text = tsp_text_of(text) };

	simple_log_record(io, &record, LOG_PLACE_BOTH);
	admin_said(((struct simple *)io)->admin, level, text);
}

static void op_log_record(void *io, const struct log_record *record, unsigned places)
{
	simple_log_record(io, record, places);
}

static void op_set_logging(
	void *io, const struct log_change *change, struct log_levels *levels)
{
	simple_log_set(io, change, levels);
}

/* All is one process. */
static uint64_t op_memory(void *io, int pid)
{
	(void)io;
	(void)pid;
	return process_memory(0);
}

static uint64_t op_cpu(void *io, int pid)
{
	(void)io;
	(void)pid;
	return process_cpu(0);
}

static void op_stopped(void *io)
{
	struct simple *simple = io;

	simple->stopped = true;
}

const struct admin_ops simple_admin_ops = {
	.send = op_send,
	.unsent = op_unsent,
	.close = op_close,
	.start_host = op_start_host,
	.kill_host = op_kill_host,
	.release_host = op_release_host,
	.build = op_build,
	.open_module = op_open_module,
	.close_module = op_close_module,
	.find_module = op_find_module,
	.hash = op_hash,
	.memory = op_memory,
	.cpu = op_cpu,
	.log = op_log,
	.stopped = op_stopped,
	.log_record = op_log_record,
	.set_logging = op_set_logging,
};
