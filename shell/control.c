/* SPDX-License-Identifier: MIT */
/*
 * The session of a program: a line in, a block out, and what arrives in between as a line of its own.
 *
 *	%begin 3                    the third line that was read
 *	{"hello": "Ada"}            what the command prints
 *	%end 3 0                    or: %error 3 STATUS, the lines before it then say why
 *	%event {"sender": "@..", "message": ..}
 *	%closed                     the system is gone; the next command attaches anew
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
#include "shell/render.h"

#define CONTROL_CHUNK ((size_t)64 * 1024)

struct control {
	struct shell *shell;
	struct buffer input; /* read and not yet run */
	size_t scanned;	     /* bytes of it in which no line ends */
	uint64_t number;     /* of the line that runs */
	bool ended;	     /* there is no more to read */
};

static void control_event(struct shell *shell, const tsp_message *message)
{
	struct output *output;
	fputs("%event ", stdout);
	output = output_new(stdout, OUTPUT_JSON);
	output_begin(output, NULL, NULL);
	render_address(shell, output, "sender", NULL, tsp_message_sender(message));
	output_value(output, "message", NULL, tsp_message_body(message));
	output_end(output);
	(void)output_finish(
		output); /* a broken standard output ends the session at its next block */
}

/* Writes what has arrived by now; with events off it waits in the system, for listen. */
static void control_arrived(struct shell *shell)
{
	tsp_message *message = NULL;
	while (shell->system != NULL && shell->events) {
		int rc = shell_next_arrival(shell, 0, &message, NULL);
		if (rc == TSP_ENOSYSTEM || rc == TSP_ECLOSED) {
			shell_close(shell);
			puts("%closed");
		}
		if (rc < 0)
			break;
		control_event(shell, message);
		tsp_message_free(message);
	}
	fflush(stdout);
}

static int control_run_line(struct control *control, const char *line, size_t size)
{
	tsp_error err = { 0 };
	int rc;
	int status;
	printf("%%begin %llu\n", (unsigned long long)++control->number);
	if (memchr(line, '\0', size) != NULL)
		rc = tsp_fail(&err, TSP_EUSAGE, "cannot run a line that is not text");
	else
		rc = shell_run_line(control->shell, line, &err);
	status = status_report(stdout, SHELL_NAME, rc, &err);
	printf("%%%s %llu %d\n", status == STATUS_DONE ? "end" : "error",
		(unsigned long long)control->number, status);
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? TSP_OK : TSP_EIO;
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
		rc = control_run_line(control, line, (size_t)(end - line));
		start += (size_t)(end - line) + 1;
		control->scanned = 0;
		control_arrived(control->shell);
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
			(unsigned long long)control->number + 1);
	return control_run_lines(control);
}

int shell_control(struct shell *shell, tsp_error *err)
{
	struct control control = { .shell = shell };
	int rc = TSP_OK;
	buffer_init(&control.input, SHELL_LINE_LIMIT);
	while (rc == TSP_OK && !shell->leave && !control.ended) {
		struct pollfd watched[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
			{ .fd = -1, .events = POLLIN } };
		if (shell->system != NULL && shell->events)
			watched[1].fd = tsp_descriptor(shell->system);
		if (poll(watched, 2, -1) < 0 && errno != EINTR)
			rc = tsp_fail_errno(err, "wait for", "standard input");
		else if (watched[1].revents != 0)
			control_arrived(shell);
		if (rc == TSP_OK && watched[0].revents != 0)
			rc = control_read(&control, err);
	}
	buffer_clear(&control.input);
	return rc == TSP_EIO && err->text[0] == '\0' ?
		tsp_fail(err, rc, "cannot write to standard output") :
		rc;
}
