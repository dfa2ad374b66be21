/* SPDX-License-Identifier: MIT */
/*
 * The session of a program: a line in, a block out, and what arrives in between as a line of its own.
 *
 *	%begin 3                    the third line that was read
 *	{"hello": "Ada"}            what the command prints
 *	%end 3 0                    or: %error 3 STATUS, the lines before it then say why
 *	%event {"sender": "@..", "message": ..}
 *	%closed                     the system is gone; the next command attaches anew
 *
 * With --records the same as records (records.h), in the order TEXT of an error, what the command prints.
 */
#include "config.h"

#include "shell/shell.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "cli/status.h"
#include "shell/flight.h"
#include "shell/records.h"
#include "shell/render.h"

#define CONTROL_CHUNK ((size_t)64 * 1024)

struct control {
	struct shell *shell;
	struct buffer input; /* read and not yet run */
	size_t scanned;	     /* bytes of it in which no line ends */
	uint64_t number;     /* of the line that runs */
	struct flight flight; /* asks that are sent, with together on */
	bool ended;	     /* there is no more to read */
	struct records records;
	tsp_error *err; /* of the session: why reading failed */
};

static void control_print_event(struct shell *shell, const tsp_message *message)
{
	struct output *output = output_new(stdout, OUTPUT_JSON);
	output_begin(output, NULL, NULL);
	render_address(shell, output, "sender", NULL, tsp_message_sender(message));
	output_value(output, "message", NULL, tsp_message_body(message));
	output_end(output);
	(void)output_finish(
		output); /* a broken standard output ends the session at its next block */
}

static int control_event(struct control *control, const tsp_message *message)
{
	if (!control->shell->records) {
		fputs("%event ", stdout);
		control_print_event(control->shell, message);
		return TSP_OK;
	}
	control_print_event(control->shell, message);
	int rc = records_collect(&control->records);
	return rc < 0 ? rc : records_write(&control->records, RECORD_EVENT, 0);
}

static int control_closed(struct control *control)
{
	shell_close(control->shell);
	if (control->shell->records)
		return records_write(&control->records, RECORD_CLOSED, 0);
	puts("%closed");
	return TSP_OK;
}

/* Writes what has arrived by now; with events off it waits in the system, for listen. */
static int control_arrived(struct control *control)
{
	struct shell *shell = control->shell;
	tsp_message *message = NULL;
	int rc = TSP_OK;
	while (rc == TSP_OK && shell->system != NULL && shell->events) {
		int next = shell_next_arrival(shell, 0, &message, NULL);
		if ((next == TSP_ENOSYSTEM || next == TSP_ECLOSED) && control->flight.count == 0)
			rc = control_closed(control);
		if (next < 0)
			break;
		rc = control_event(control, message);
		tsp_message_free(message);
	}
	fflush(stdout);
	return rc;
}

/* line NULL: the first of the asks that are sent. */
static int control_run_command(struct control *control, const char *line, size_t size, tsp_error *err)
{
	control->number++;
	if (line == NULL)
		return flight_land(&control->flight, control->shell, err);
	if (memchr(line, '\0', size) != NULL)
		return tsp_fail(err, TSP_EUSAGE, "cannot run a line that is not text");
	return shell_run_line(control->shell, line, err);
}

static int control_run_block(struct control *control, const char *line, size_t size)
{
	tsp_error err = { 0 };
	printf("%%begin %llu\n", (unsigned long long)control->number + 1);
	int rc = control_run_command(control, line, size, &err);
	int status = status_report(stdout, SHELL_NAME, rc, &err);
	printf("%%%s %llu %d\n", status == STATUS_DONE ? "end" : "error",
		(unsigned long long)control->number, status);
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? TSP_OK : TSP_EIO;
}

static int control_run_record(struct control *control, const char *line, size_t size)
{
	struct records *records = &control->records;
	tsp_error err = { 0 };
	/* An ask prints nothing but its answer. */
	control->shell->answers = line == NULL || flight_takes(line, size) ? records->answers : NULL;
	int rc = control_run_command(control, line, size, &err);
	int collected = control->shell->answers != NULL ? records_collect_answer(records) :
							  records_collect(records);
	size_t printed = records->text.size;
	if (collected < 0)
		rc = tsp_fail(&err, collected, "cannot pass on what the command prints: %s",
			tsp_error_sentence(collected));
	int status = status_report(stdout, SHELL_NAME, rc, &err);
	if (rc < 0) {
		collected = records_collect(records);
		rc = collected < 0 ? collected : records_write(records, RECORD_WHY, printed);
		if (rc < 0)
			return rc;
	}
	rc = records_write(records, (char)(RECORD_STATUS + (status < 10 ? status : STATUS_FAILED)), 0);
	return rc;
}

static int control_run_now(struct control *control, const char *line, size_t size)
{
	int rc = control->shell->records ? control_run_record(control, line, size) :
					   control_run_block(control, line, size);
	if (rc == TSP_OK)
		rc = control_arrived(control);
	if (rc == TSP_OK && !flight_is_ready(&control->flight, control->shell))
		rc = records_flush(&control->records);
	return control->shell->leave && control->shell->records ? TSP_OK : rc; /* who says exit need not read on */
}

/* Ends lines until so many asks at most are on their way. */
static int control_land(struct control *control, size_t left)
{
	int rc = TSP_OK;
	while (rc == TSP_OK && control->flight.count > left)
		rc = control_run_now(control, NULL, 0);
	return rc;
}

/* The line of so many bytes that begins there in the input. */
static int control_run_line(struct control *control, size_t start, size_t size)
{
	struct buffer *input = &control->input;
	const char *line = (const char *)input->data + start;
	bool departs = control->shell->together && flight_takes(line, size);
	bool waits = !departs || control->flight.grounded;
	int rc = control_land(control, waits ? 0 : TSP_ASK_LIMIT - 1);
	/* What lands may let events be written, meanwhile lines be read, and the input lie elsewhere. */
	line = (const char *)input->data + start;
	if (rc == TSP_OK && departs)
		flight_depart(&control->flight, control->shell, line);
	else if (rc == TSP_OK)
		rc = control_run_now(control, line, size);
	return rc;
}

/* Runs each whole line that was read; the last one may lack its newline. */
static int control_run_lines(struct control *control)
{
	struct buffer *input = &control->input;
	size_t start = 0;
	int rc = TSP_OK;
	while (rc == TSP_OK && !control->shell->leave && start < input->size) {
		char *line = (char *)input->data + start;
		size_t rest = input->size - start;
		char *end = memchr(line + control->scanned, '\n', rest - control->scanned);
		if (end == NULL && !control->ended) {
			control->scanned = rest;
			break;
		}
		if (end == NULL) {
			if (buffer_put(input, "", 1) < 0)
				return TSP_ENOMEM;
			line = (char *)input->data + start;
			end = line + rest;
		}
		*end = '\0';
		size_t size = (size_t)(end - line);
		rc = control_run_line(control, start, size);
		start += size + 1;
		control->scanned = 0;
	}
	buffer_drop(input, start < input->size ? start : input->size);
	return rc;
}

static int control_read(struct control *control, tsp_error *err)
{
	char chunk[CONTROL_CHUNK];
	ssize_t size = read(STDIN_FILENO, chunk, sizeof(chunk));
	if (size < 0 && (errno == EINTR || errno == EAGAIN))
		return TSP_OK;
	if (size < 0)
		return tsp_fail_errno(err, "read", "standard input");
	control->ended = size == 0;
	if (buffer_put(&control->input, chunk, (size_t)size) < 0)
		return tsp_fail(err, TSP_ETOOBIG, "cannot read line %llu: it is too long",
			(unsigned long long)(control->number + control->flight.count) + 1);
	return TSP_OK;
}

/* Until an event can be written, lines are read; they run later. */
static int control_idle(void *context)
{
	struct control *control = context;
	struct pollfd watched[2] = {
		{ .fd = control->ended ? -1 : STDIN_FILENO, .events = POLLIN },
		{ .fd = control->records.to, .events = POLLOUT },
	};
	if (poll(watched, 2, -1) < 0 && errno != EINTR)
		return TSP_EIO;
	return watched[0].revents != 0 ? control_read(control, control->err) : TSP_OK;
}

/* More asks may be there to be sent; else the first of those that are is waited for. */
static int control_go_on(struct control *control, tsp_error *err)
{
	struct pollfd watched = { .fd = control->ended ? -1 : STDIN_FILENO, .events = POLLIN };
	return poll(&watched, 1, 0) == 1 ? control_read(control, err) :
					   control_land(control, control->flight.count - 1);
}

static int control_loop(struct control *control, tsp_error *err)
{
	struct shell *shell = control->shell;
	int rc = TSP_OK;
	while (rc == TSP_OK && !shell->leave && (!control->ended || control->flight.count > 0)) {
		struct pollfd watched[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
			{ .fd = -1, .events = POLLIN } };
		if (control->flight.count > 0) {
			rc = control_go_on(control, err);
			if (rc == TSP_OK)
				rc = control_run_lines(control);
			continue;
		}
		if (shell->system != NULL && shell->events)
			watched[1].fd = tsp_descriptor(shell->system);
		if (watched[1].fd < 0)
			watched[0].revents = POLLIN; /* reading waits as well */
		else if (poll(watched, 2, -1) < 0 && errno != EINTR)
			rc = tsp_fail_errno(err, "wait for", "standard input");
		if (rc == TSP_OK && watched[0].revents != 0)
			rc = control_read(control, err);
		else if (rc == TSP_OK && watched[1].revents != 0)
			rc = control_arrived(control);
		if (rc == TSP_OK)
			rc = control_run_lines(control);
	}
	return rc;
}

int shell_control(struct shell *shell, tsp_error *err)
{
	struct control control = { .shell = shell, .err = err };
	buffer_init(&control.input, SHELL_LINE_LIMIT);
	records_init(&control.records);
	control.records.idle = control_idle;
	control.records.context = &control;
	int rc = shell->records ? records_open(&control.records, err) : TSP_OK;
	if (rc == TSP_OK)
		rc = control_loop(&control, err);
	flight_clear(&control.flight, shell);
	records_close(&control.records);
	buffer_clear(&control.input);
	return rc == TSP_EIO && err->text[0] == '\0' ?
		tsp_fail(err, rc, "cannot write to standard output") :
		rc;
}
