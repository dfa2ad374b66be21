/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/host.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include "io/host_parts.h"
#include "source/module.h"
#include "wire/value.h"

#define RUN_BUDGET 256 /* letters between two looks at the link */

static const tsp_class *find_class(
	void *io, const char *source, const char *module, const char *class_name, tsp_error *err)
{
	struct host_process *host = io;
	const tsp_class *class;

	(void)source; /* a host runs one module only */
	(void)module;
	if (host->module == NULL) {
		tsp_fail(err, host->module_error.code, "%s", host->module_error.text);
		return NULL;
	}
	class = module_class(host->module, class_name);
	if (class == NULL)
		tsp_fail(err, TSP_ECLASS, "no class '%s'", class_name);
	return class;
}

static clock_ns read_clock(void *io)
{
	(void)io;
	return clock_read();
}

/* An idle host is to be small: one arena, and what a burst needed goes back. */
static void set_memory(void)
{
#ifdef __GLIBC__
	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_TRIM_THRESHOLD, 128 * 1024);
	(void)mallopt(M_TOP_PAD, 16 * 1024);
	(void)mallopt(M_MMAP_THRESHOLD, 256 * 1024);
#endif
}

static void set_title(const struct host_config *config)
{
	size_t size;

	if (config->title == NULL)
		return;
	(void)prctl(PR_SET_NAME, config->title, 0, 0, 0); /* only for people */
	if (config->title_area == NULL || config->title_size == 0)
		return;
	size = strlen(config->title);
	if (size >= config->title_size)
		size = config->title_size - 1;
	memcpy(config->title_area, config->title, size);
	memset(config->title_area + size, '\0', config->title_size - size);
}

static void open_module(struct host_process *host)
{
	const struct module_file *file = host->config->file;
	int rc;

	host->module = host->config->module;
	if (host->module != NULL)
		return;
	if (file == NULL) {
		tsp_fail(&host->module_error, TSP_ECLASS, "no module is open");
		return;
	}
	rc = module_file_check(file, NULL, &host->module_error);
	if (rc == TSP_OK)
		(void)module_file_load(file, &host->module, &host->module_error);
	if (file->fd >= 0)
		close(file->fd); /* no descriptor but link and page is an actor's to find */
}

/* The first frame up. */
static int say_hello(struct host_process *host)
{
	struct frame frame = { .kind = FRAME_HELLO };
	uint8_t *body = NULL;
	int rc = value_encode(&body, &frame.body_size, NULL, "{s:I}", "pid", (int64_t)getpid());

	if (rc < 0)
		return rc;
	frame.body = body;
	rc = frame_put(stage_outbox(host->stage), &frame);
	free(body);
	if (rc == TSP_OK)
		host_link_flush(host);
	return rc;
}

/* 0: the last actor has gone in order. */
static int loop(struct host_process *host)
{
	while (!host->ended) {
		host_signals_handle(host);
		(void)stage_run(host->stage, RUN_BUDGET);
		if (stage_is_broken(host->stage))
			return 1;
		host_link_flush(host);
		if (stage_is_empty(host->stage))
			return 0;
		if (host->ended)
			break;
		host_wait(host);
		if ((host->in.size > 0 || host->split) && host_link_dispatch(host) < 0)
			return 1;
	}
	return stage_count(host->stage) == 0 ? 0 : 1;
}

int host_run(const struct host_config *config)
{
	static const struct stage_ops ops = {
		.find_class = find_class,
		.flush = host_link_flush_early,
		.write_through = host_link_write,
		.crash = host_signals_crash,
		.watch = host_watch,
		.wake = host_signals_wake,
		.log_file = host_signals_log_file,
		.now = read_clock,
	};
	struct host_process host = { .config = config, .wake = -1 };
	int status = 1;

	set_memory();
	set_title(config);
	open_module(&host);
	host_link_open(&host);
	if (stage_new(&ops, &host, config->page, &host.stage) == TSP_OK &&
		host_signals_open(host.stage, &host.wake) == TSP_OK && say_hello(&host) == TSP_OK)
		status = loop(&host);
	host_signals_close();
	host_watch_clear(&host);
	stage_free(host.stage);
	if (host.wake >= 0)
		close(host.wake);
	host_link_close(&host);
	return status;
}
