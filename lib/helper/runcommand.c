/* SPDX-License-Identifier: MIT */
/*
 * RunCommand: an actor that runs programs, one after the other, and says what became of them. Its
 * messages are described in thespian-runcommand(7). It waits by watching: whoever asks is answered.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/capture.h"
#include "helper/command.h"
#include "helper/process.h"
#include "helper/report.h"

#define WAITING_LIMIT	   1000
#define WAITING_SIZE_LIMIT ((size_t)64 * 1024 * 1024)
#define READ_SIZE	   ((size_t)64 * 1024)
#define READS_A_TURN	   16
#define KILL_AFTER_MS	   2000 /* from SIGTERM to SIGKILL */
#define LINGER_MS	   1000 /* for output after the program's end: what it started may hold the pipes */
#define POLL_MS		   20 /* where descriptors cannot be watched */
#define BACKLOG_MS	   100
#define CODE_TIMEOUT	   (-15)
#define CODE_EXIT	   (-3)

struct stream {
	const char *update; /* type of its messages */
	struct capture capture;
	char *held; /* what a receiver had no room for, or the front of a character */
	size_t held_size;
	bool blocked;
	bool ended;
};

/* What happens at its time. Look: descriptors that are not watched, since nobody takes their output, or
 * since this system watches none. */
enum due { DUE_TIMEOUT, DUE_KILL, DUE_LINGER, DUE_LOOK, DUE_COUNT };

struct runner {
	struct guard guard;
	struct command *current; /* runs */
	struct command *first;	 /* wait, in order */
	struct command *last;
	size_t waiting;
	size_t waiting_size;
	struct process process;
	struct stream out;
	struct stream err;
	int64_t started_ms;
	int64_t due_ms[DUE_COUNT]; /* 0: not */
	int64_t alarm_ms;	   /* when a wake-up comes at the latest; 0: none */
	const char *stopped;	   /* why it was told to end; NULL: it was not */
};

static void set_due(struct runner *runner, enum due due, int64_t delay_ms)
{
	runner->due_ms[due] = clock_ms() + delay_ms;
}

/* Whether its time has come; it is not due any more then. */
static bool is_due(struct runner *runner, enum due due)
{
	if (runner->due_ms[due] == 0 || runner->due_ms[due] > clock_ms())
		return false;
	runner->due_ms[due] = 0;
	return true;
}

/* One wake-up for all of them, and another only where something is due before it. */
static void set_alarm(tsp_actor *self)
{
	struct runner *runner = tsp_state(self);
	int64_t now = clock_ms();
	int64_t next = 0;

	for (int due = 0; due < DUE_COUNT; due++)
		if (runner->due_ms[due] != 0 && (next == 0 || runner->due_ms[due] < next))
			next = runner->due_ms[due];
	if (next == 0 || (runner->alarm_ms != 0 && runner->alarm_ms <= next))
		return;
	if (tsp_wakeup_after(self, next > now ? next - now : 0, (tsp_value){ NULL, 0 }) == TSP_OK)
		runner->alarm_ms = next;
}

/* ---- output ---- */

static int *descriptor_of(struct runner *runner, const struct stream *stream)
{
	return stream == &runner->out ? &runner->process.out : &runner->process.err;
}

static void stream_begin(struct stream *stream, const char *update, int64_t limit)
{
	*stream = (struct stream){ .update = update };
	capture_begin(&stream->capture, (size_t)limit);
}

static void stream_clear(struct stream *stream)
{
	capture_clear(&stream->capture);
	free(stream->held);
	stream->held = NULL;
	stream->held_size = 0;
}

/* Passes on what is held, but for the front of a character that may still be completed. */
static void pass_on(tsp_actor *self, struct stream *stream)
{
	const struct runner *runner = tsp_state(self);
	size_t size = stream->ended ? stream->held_size :
				      capture_whole(stream->held, stream->held_size);
	int rc;

	stream->blocked = false;
	if (size == 0)
		return;
	rc = report_output(self, runner->current, stream->update, (tsp_text){ stream->held, size });
	if (rc == TSP_EBACKLOG) {
		stream->blocked = true; /* the pipe fills, and the program waits */
		return;
	}
	stream->held_size -= size;
	memmove(stream->held, stream->held + size, stream->held_size);
}

/* 1: there may be more, 0: not now. */
static int read_once(tsp_actor *self, struct stream *stream)
{
	struct runner *runner = tsp_state(self);
	bool updates = !tsp_address_is_nobody(runner->current->updates);
	int *descriptor = descriptor_of(runner, stream);
	char bytes[READ_SIZE];
	ssize_t size = read(*descriptor, bytes, sizeof(bytes));

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (size <= 0) {
		stream->ended = true;
		close(*descriptor);
		*descriptor = -1;
		size = 0;
	}
	capture_put(&stream->capture, bytes, (size_t)size);
	if (updates) {
		if (stream->held == NULL)
			stream->held = malloc(READ_SIZE + 4);
		if (stream->held != NULL) {
			memcpy(stream->held + stream->held_size, bytes, (size_t)size);
			stream->held_size += (size_t)size;
			pass_on(self, stream);
		}
	}
	return !stream->ended && !stream->blocked;
}

static void read_stream(tsp_actor *self, struct stream *stream)
{
	if (stream->blocked)
		pass_on(self, stream);
	if (stream->blocked) {
		set_due(tsp_state(self), DUE_LOOK, BACKLOG_MS);
		return;
	}
	for (int i = 0; i < READS_A_TURN && !stream->ended; i++)
		if (read_once(self, stream) == 0)
			break;
}

/* ---- one command ---- */

static void forget_current(struct runner *runner)
{
	stream_clear(&runner->out);
	stream_clear(&runner->err);
	command_free(runner->current);
	runner->current = NULL;
	runner->stopped = NULL;
	memset(runner->due_ms, 0, sizeof(runner->due_ms));
}

static void answer(tsp_actor *self, int code, const char *error)
{
	struct runner *runner = tsp_state(self);
	const struct outcome outcome = { .code = code,
		.error = error,
		.duration_ms = clock_ms() - runner->started_ms,
		.out = &runner->out.capture,
		.err = &runner->err.capture };

	report_result(self, runner->current, &outcome);
	forget_current(runner);
}

/* No more comes of a stream; what its receiver has no room for now is lost. */
static void end_stream(tsp_actor *self, struct stream *stream)
{
	stream->ended = true;
	pass_on(self, stream);
	if (stream->held_size > 0)
		tsp_log(self, "error", "%zu bytes of output found no room at who wanted updates",
			stream->held_size);
}

/* It has ended: what its status means. */
static void conclude(tsp_actor *self)
{
	struct runner *runner = tsp_state(self);
	int status = process_finish(&runner->guard, &runner->process);
	const char *why = runner->stopped;
	char error[80] = "";
	int code = -1;

	end_stream(self, &runner->out);
	end_stream(self, &runner->err);
	if (status >= 0)
		code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	if (status < 0)
		snprintf(error, sizeof(error), "it cannot be killed");
	else if (why != NULL)
		snprintf(error, sizeof(error), "%s", why);
	else if (code < 0)
		snprintf(error, sizeof(error), "killed by signal %d (%s)", -code, strsignal(-code));
	else if (code > 0)
		snprintf(error, sizeof(error), "exit code %d", code);
	answer(self, why != NULL && strcmp(why, "timeout") == 0 ? CODE_TIMEOUT : code, error);
}

static void start_next(tsp_actor *self)
{
	struct runner *runner = tsp_state(self);
	struct command *command = runner->first;
	const struct process_order order = { .argv = command->argv,
		.envp = command->envp,
		.input = command->input.data,
		.input_size = command->input.size };
	char error[200];
	int failed;

	runner->first = command->next;
	runner->waiting--;
	runner->waiting_size -= command->size;
	runner->current = command;
	runner->started_ms = clock_ms();
	stream_begin(&runner->out, "CommandOutput", command->bufsize);
	stream_begin(&runner->err, "CommandError", command->bufsize);
	failed = process_start(&runner->guard, &order, &runner->process);
	if (failed != 0) {
		snprintf(error, sizeof(error), "cannot run '%.100s': %s", command->argv[0],
			strerror(failed));
		answer(self, failed, error);
		return;
	}
	report_start(self, command, runner->process.pid);
	if (command->timeout_ms > 0)
		set_due(runner, DUE_TIMEOUT, command->timeout_ms);
}

static void stop_current(struct runner *runner, const char *why)
{
	if (runner->stopped != NULL || runner->due_ms[DUE_LINGER] != 0)
		return;
	runner->stopped = why;
	process_signal(&runner->process, SIGTERM);
	set_due(runner, DUE_KILL, KILL_AFTER_MS);
}

static void look_at_output(tsp_actor *self)
{
	struct runner *runner = tsp_state(self);

	if (!runner->out.ended)
		read_stream(self, &runner->out);
	if (!runner->err.ended)
		read_stream(self, &runner->err);
}

static void look(tsp_actor *self)
{
	struct runner *runner = tsp_state(self);

	look_at_output(self);
	if (!process_has_ended(&runner->process))
		return;
	if (runner->out.ended && runner->err.ended && runner->out.held_size == 0 &&
		runner->err.held_size == 0) {
		conclude(self);
	} else if (is_due(runner, DUE_LINGER)) {
		conclude(self);
	} else if (runner->due_ms[DUE_LINGER] == 0) {
		set_due(runner, DUE_LINGER, LINGER_MS);
	}
}

static void stop_if_due(tsp_actor *self)
{
	struct runner *runner = tsp_state(self);

	if (is_due(runner, DUE_TIMEOUT))
		stop_current(runner, "timeout");
	if (is_due(runner, DUE_KILL))
		process_signal(&runner->process, SIGKILL);
}

static void watch(tsp_actor *self)
{
	struct runner *runner = tsp_state(self);
	int watched[3];
	size_t count = 0;

	if (!runner->out.ended && !runner->out.blocked)
		watched[count++] = runner->process.out;
	if (!runner->err.ended && !runner->err.blocked)
		watched[count++] = runner->process.err;
	if (runner->due_ms[DUE_LINGER] == 0)
		watched[count++] = runner->process.end;
	if (tsp_watch(self, watched, count) < 0)
		set_due(runner, DUE_LOOK, POLL_MS);
}

/* A watch ends with each message: it is set anew behind every handler. */
static int go_on(tsp_actor *self)
{
	struct runner *runner = tsp_state(self);

	(void)is_due(runner, DUE_LOOK);
	do {
		if (runner->current == NULL && runner->first != NULL)
			start_next(self);
		if (runner->current != NULL)
			stop_if_due(self);
		if (runner->current != NULL)
			look(self);
	} while (runner->current == NULL && runner->first != NULL);
	if (runner->current != NULL)
		watch(self);
	set_alarm(self);
	return TSP_OK;
}

/* ---- messages ---- */

static int on_command(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct runner *runner = tsp_state(self);
	struct command *command = NULL;
	const char *why;
	int rc;

	if (runner->waiting >= WAITING_LIMIT ||
		(runner->waiting > 0 &&
			runner->waiting_size + tsp_message_value(message).size >
				WAITING_SIZE_LIMIT)) {
		(void)go_on(self);
		return tsp_fail_text(self, TSP_EBACKLOG, "too many commands wait already");
	}
	rc = command_read(message, sender, &command, &why);
	if (rc < 0) {
		(void)go_on(self);
		return tsp_fail_text(self, rc, "not a Command: %s", why);
	}
	if (runner->first == NULL)
		runner->first = command;
	else
		runner->last->next = command;
	runner->last = command;
	runner->waiting++;
	runner->waiting_size += command->size;
	return go_on(self);
}

static int on_abort(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct runner *runner = tsp_state(self);

	(void)message;
	(void)sender;
	if (runner->current != NULL)
		stop_current(runner, "aborted");
	return go_on(self);
}

static int on_wakeup(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct runner *runner = tsp_state(self);

	(void)message;
	(void)sender;
	if (runner->alarm_ms <= clock_ms())
		runner->alarm_ms = 0;
	return go_on(self);
}

static int on_other(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return go_on(self);
}

/* Nothing is to outlive the actor, and who waits for a result gets one. */
static int on_exit_request(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct runner *runner = tsp_state(self);

	(void)message;
	(void)sender;
	if (runner->current != NULL) {
		look_at_output(self);
		(void)process_finish(&runner->guard, &runner->process);
		answer(self, CODE_EXIT, "the actor exits");
	}
	while (runner->first != NULL) {
		runner->current = runner->first;
		runner->first = runner->current->next;
		runner->started_ms = clock_ms();
		answer(self, CODE_EXIT, "the actor exits");
	}
	return TSP_OK;
}

static void run_fini(tsp_actor *self)
{
	struct runner *runner = tsp_state(self);

	guard_end(&runner->guard);
}

static const tsp_handler handlers[] = { { "Command", on_command }, { "CommandAbort", on_abort },
	{ "WakeupMessage", on_wakeup }, { "ActorExitRequest", on_exit_request }, { 0 } };

static const tsp_class run_command = { .name = "RunCommand",
	.state_size = sizeof(struct runner),
	.fini = run_fini,
	.handlers = handlers,
	.receive = on_other,
	.host = TSP_HOST_OWN };

TSP_EXPORT(&run_command)
