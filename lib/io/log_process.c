/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/log_process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log/sink.h"

#define READ_SIZE     ((size_t)64 * 1024)
#define PARENT_SIGNAL SIGUSR2
#define LAST_SECONDS  1

struct log_process {
	int fd;
	struct buffer in;
	struct log_sink *sink; /* NULL: not set up yet */
	tsp_builder *builder;  /* of what is said back */
};

/* The parent has gone: what is in the stream is still written, unless something holds that up. */
static void on_parent_death(int number)
{
	(void)number;
	alarm(LAST_SECONDS);
}

/* It outlives what a terminal or systemd sends to all: the last records come behind the others' end. */
static void prepare_signals(void)
{
	static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1 };
	struct sigaction action = { .sa_handler = SIG_IGN };
	size_t i;

	sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		sigaction(ignored[i], &action, NULL);
	action.sa_handler = on_parent_death;
	action.sa_flags = SA_RESTART;
	sigaction(PARENT_SIGNAL, &action, NULL);
	(void)prctl(
		PR_SET_PDEATHSIG, PARENT_SIGNAL, 0, 0, 0); /* the end of the stream tells, too */
}

/* Trouble goes to the admin; if that does not take it, it is lost. */
static void say(void *data, const char *text)
{
	struct log_process *process = data;
	struct buffer packet;

	buffer_init(&packet, LOG_PACKET_LIMIT);
	tsp_builder_reset(process->builder);
	tsp_put_string(process->builder, text);
	if (log_packet_put(&packet, process->builder) == TSP_OK)
		(void)send(process->fd, packet.data, packet.size, MSG_DONTWAIT | MSG_NOSIGNAL);
	buffer_clear(&packet);
}

static char *member(tsp_value setup, const char *key)
{
	tsp_text text;

	return tsp_value_text(tsp_value_get(setup, key), &text) ? tsp_text_copy(text) : NULL;
}

static int set_up(struct log_process *process, tsp_value setup)
{
	struct log_definitions *definitions = NULL;
	char *json = member(setup, "definitions");
	char *folder = member(setup, "folder");
	char *system = member(setup, "system");
	tsp_error err = { 0 };
	int rc = TSP_EPROTOCOL;

	if (json != NULL && folder != NULL && system != NULL)
		rc = log_definitions_read(json, &definitions, &err);
	if (rc == TSP_OK)
		rc = log_definitions_place(definitions, folder);
	if (rc == TSP_OK)
		process->sink = log_sink_new(definitions, system, say, process);
	if (process->sink == NULL)
		log_definitions_free(definitions);
	if (rc == TSP_OK && process->sink == NULL)
		rc = TSP_ENOMEM;
	if (rc < 0 && err.text[0] != '\0')
		say(process, err.text);
	free(json);
	free(folder);
	free(system);
	return rc;
}

static int take_packets(struct log_process *process)
{
	size_t at = 0;
	int rc = TSP_OK;

	while (rc == TSP_OK) {
		struct log_record record;
		tsp_value value;
		long size = log_packet_get(process->in.data + at, process->in.size - at, &value);

		if (size == 0)
			break;
		if (size < 0)
			return TSP_EPROTOCOL;
		if (process->sink == NULL)
			rc = set_up(process, value);
		else if (log_record_get(value, &record) == TSP_OK)
			log_sink_write(process->sink, &record);
		at += (size_t)size;
	}
	buffer_drop(&process->in, at);
	return rc;
}

static int serve(struct log_process *process)
{
	int rc = TSP_OK;

	while (rc == TSP_OK) {
		ssize_t size;

		if (buffer_reserve(&process->in, READ_SIZE) < 0)
			return TSP_ENOMEM;
		size = read(process->fd, process->in.data + process->in.size, READ_SIZE);
		if (size == 0)
			return TSP_OK;
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return errno == ECONNRESET ? TSP_OK : TSP_EIO;
		process->in.size += (size_t)size;
		rc = take_packets(process);
	}
	return rc;
}

int log_process_run(int fd)
{
	struct log_process process = { .fd = fd, .builder = tsp_builder_new() };
	int rc = TSP_ENOMEM;

	setpgid(0, 0); /* out of the terminal's foreground group */
	prepare_signals();
	buffer_init(&process.in, LOG_PACKET_LIMIT + 2 * READ_SIZE);
	if (process.builder != NULL)
		rc = serve(&process);
	log_sink_free(process.sink);
	tsp_builder_free(process.builder);
	buffer_clear(&process.in);
	return rc < 0 ? 1 : 0;
}
