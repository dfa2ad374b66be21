/* SPDX-License-Identifier: MIT */
/*
 * tsp_script_*: a class whose actors are a script each.
 *
 * A handler waits until the script says that it has ended with the message. So it is as with C: one message at
 * a time, busy meanwhile, what fails is tried once more and then is poison, and a host that is killed takes
 * its script along. Nobody else waits: the class has hosts of its own.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "core/stage.h"
#include "script/run.h"

#define START_MS  10000 /* until it says that it is ready */
#define LINGER_MS 1000	/* for its last words; from the end of its input to SIGKILL */
#define SETTLE_MS 50	/* for it to read an answer between two messages */
#define TURN_MS	  1000	/* a look at its process, should a pidfd not say that it has ended */
#define OWN_NAME  "/proc/self/fd/3: "

static struct run *run_of(tsp_actor *self)
{
	return *(struct run **)tsp_state(self);
}

static void run_free(struct run *run)
{
	guard_end(&run->guard);
	buffer_clear(&run->in);
	lines_clear(&run->out);
	lines_clear(&run->err);
	tsp_builder_free(run->said);
	tsp_builder_free(run->answer);
	free(run->details);
	free(run);
}

static struct run *run_new(const tsp_script *script)
{
	struct run *run = calloc(1, sizeof(*run));

	if (run == NULL)
		return NULL;
	run->script = script;
	buffer_init(&run->in, 2 * SCRIPT_LINE_LIMIT);
	lines_init(&run->out, SCRIPT_LINE_LIMIT);
	lines_init(&run->err, SCRIPT_LOG_LIMIT);
	run->said = tsp_builder_new();
	run->answer = tsp_builder_new();
	if (run->said != NULL && run->answer != NULL)
		return run;
	run_free(run);
	return NULL;
}

/* ---- What it writes -------------------------------------------------------------------------- */

/* bash knows the script as the file that it was started from. */
static tsp_text without_own_name(tsp_text line)
{
	size_t size = strlen(OWN_NAME);

	if (line.size < size || memcmp(line.data, OWN_NAME, size) != 0)
		return line;
	return (tsp_text){ line.data + size, line.size - size };
}

static void hear_log(struct run *run, tsp_actor *self)
{
	char shown[2 * SCRIPT_LOG_LIMIT];
	tsp_text line;
	bool cut;

	while (lines_next(&run->err, &line, &cut)) {
		line = without_own_name(line);
		text_quote(line, shown, sizeof(shown));
		tsp_log(self, "info", "%s: %s%s", run->script->name, shown, cut ? " [cut]" : "");
		memcpy(run->last[0], run->last[1], sizeof(run->last[0]));
		(void)snprintf(run->last[1], sizeof(run->last[1]), "%.*s", SCRIPT_SHOWN - 1, shown);
	}
}

/* Handles requests until one ends the message in work. */
static void hear_requests(struct run *run, tsp_actor *self)
{
	tsp_text line;
	bool cut, more;

	while ((more = lines_next(&run->out, &line, &cut)) || run->out.dropped) {
		if (lines_dropped(&run->out, ANSWER_WANTED))
			run_refuse(run, self, TSP_ETOOBIG);
		if (!more)
			break;
		if (cut)
			run_wrong(run, self, TSP_ETOOBIG, "it wrote a line of more than %zu MiB",
				SCRIPT_LINE_LIMIT >> 20);
		else
			run_request(run, self, line);
		if (run->verdict != VERDICT_NONE && run->message != NULL)
			break;
	}
}

/* As write, but that no signal says that nobody reads: in the simple base the process is not ours. */
static ssize_t write_quietly(int descriptor, const void *bytes, size_t size)
{
	static const struct timespec now = { 0 };
	sigset_t pipe, before, pending;
	ssize_t written;
	int failed;

	(void)sigemptyset(&pipe);
	(void)sigaddset(&pipe, SIGPIPE);
	(void)sigpending(&pending);
	(void)pthread_sigmask(SIG_BLOCK, &pipe, &before);
	written = write(descriptor, bytes, size);
	failed = errno;
	if (written < 0 && failed == EPIPE && !sigismember(&pending, SIGPIPE))
		(void)sigtimedwait(&pipe, NULL, &now);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = failed;
	return written;
}

static void feed(struct run *run)
{
	ssize_t size = write_quietly(run->process.in, run->in.data, run->in.size);

	if (size > 0)
		buffer_drop(&run->in, (size_t)size);
	else if (size < 0 && errno != EAGAIN && errno != EINTR)
		process_end_input(&run->process); /* it reads no more; that it ends is seen elsewhere */
}

/* One wait for whatever comes; both streams are read as far as they have something. */
static void turn(struct run *run, tsp_actor *self, int wait_ms)
{
	bool full = run->in.size > 0 && run->process.in >= 0;
	struct pollfd polls[] = {
		{ .fd = run->out.ended ? -1 : run->process.out, .events = POLLIN },
		{ .fd = run->err.ended ? -1 : run->process.err, .events = POLLIN },
		{ .fd = run->process.end, .events = POLLIN },
		{ .fd = full ? run->process.in : -1, .events = POLLOUT },
	};

	if (poll(polls, 4, wait_ms) < 0)
		return; /* a signal: the host looks at it later */
	if (polls[3].revents != 0)
		feed(run);
	if (polls[1].revents != 0)
		(void)lines_read(&run->err, run->process.err);
	hear_log(run, self);
	if (polls[0].revents != 0)
		(void)lines_read(&run->out, run->process.out);
	hear_requests(run, self);
}

/* ---- Its end --------------------------------------------------------------------------------- */

/* What it said last, then its status; nothing of its group is left. */
static int take_end(struct run *run, tsp_actor *self)
{
	int64_t end_ms = clock_ms() + LINGER_MS;
	int status;

	while ((!run->out.ended || !run->err.ended) && clock_ms() < end_ms) {
		struct pollfd polls[] = {
			{ .fd = run->out.ended ? -1 : run->process.out, .events = POLLIN },
			{ .fd = run->err.ended ? -1 : run->process.err, .events = POLLIN },
		};

		if (poll(polls, 2, 0) <= 0)
			break; /* what it started holds them */
		turn(run, self, 0);
	}
	run->err.ended = true;
	hear_log(run, self);
	status = process_finish(&run->guard, &run->process);
	buffer_clear(&run->in);
	return status;
}

static void describe_end(const struct run *run, int status, char *out, size_t size)
{
	if (WIFSIGNALED(status))
		(void)snprintf(out, size, "signal %d (%s) ended it", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else
		(void)snprintf(out, size, "it ended with status %d%s%s%s%s", WEXITSTATUS(status),
			run->last[1][0] != '\0' ? ": " : "", run->last[0],
			run->last[0][0] != '\0' ? "; " : "", run->last[1]);
}

/* As a class of C would: with its host, where that is its own. */
static int crash(struct run *run, tsp_actor *self, int status)
{
	char text[2 * SCRIPT_SHOWN + 80];

	describe_end(run, status, text, sizeof(text));
	tsp_log(self, "error", "%s: %s", run->script->name, text);
	stage_crash(self, status);
	(void)tsp_exit(self);
	return tsp_fail_text(self, TSP_EFAILED, "%s: %s", run->script->name, text);
}

/* ---- Its work -------------------------------------------------------------------------------- */

/* Until it says how it ends what was said to it. TSP_ECLOSED: it ended without that; TSP_ETIMEOUT. */
static int converse(struct run *run, tsp_actor *self, int64_t limit_ms)
{
	int64_t end_ms = limit_ms > 0 ? clock_ms() + limit_ms : INT64_MAX;

	hear_requests(run, self);
	while (run->verdict == VERDICT_NONE) {
		if (clock_ms() >= end_ms)
			return TSP_ETIMEOUT;
		if (run->out.ended || process_has_ended(&run->process)) {
			turn(run, self, 0);
			if (run->verdict == VERDICT_NONE && !lines_read(&run->out, run->process.out))
				return TSP_ECLOSED;
			continue;
		}
		turn(run, self, TURN_MS);
	}
	return TSP_OK;
}

/* What is said between two messages is looked at when it comes. */
static void watch(struct run *run, tsp_actor *self)
{
	int watched[3] = { run->process.end };
	size_t count = 1;

	if (!run->out.ended)
		watched[count++] = run->process.out;
	if (!run->err.ended)
		watched[count++] = run->process.err;
	if (tsp_watch(self, watched, count) < 0)
		return; /* then it is seen with the next message */
}

/* Says a line of {id, type or start, .., message}. */
static int say_message(struct run *run, tsp_actor *self, const tsp_message *message)
{
	char sender[TSP_ADDRESS_TEXT];
	tsp_value value;
	int rc;

	tsp_builder_reset(run->answer);
	tsp_put_format(run->answer, "{s:u, s:t, s:s, s:b, s:v}", "id", ++run->id, "type",
		tsp_message_type(message), "sender",
		tsp_address_text(tsp_message_sender(message), sender), "system",
		(int)tsp_message_is_system(message), "message", tsp_message_value(message));
	rc = tsp_builder_value(run->answer, &value);
	if (rc == TSP_OK)
		rc = run_say(run, value);
	if (rc < 0)
		return tsp_fail_text(self, rc, "cannot hand the message to %s: %s",
			run->script->name, tsp_error_sentence(rc));
	return TSP_OK;
}

static int outcome(struct run *run, tsp_actor *self)
{
	int rc = TSP_OK;

	if (run->wrong[0] != '\0')
		rc = tsp_fail_text(self, TSP_EFAILED, "%s: %s", run->script->name, run->wrong);
	else if (run->verdict == VERDICT_DEFER)
		rc = TSP_DEFER;
	else if (run->verdict != VERDICT_DONE)
		rc = tsp_fail_text(self, TSP_EFAILED, "%s",
			run->details != NULL ? run->details : "the script says no more");
	run->wrong[0] = '\0';
	return rc;
}

/* What it said behind that, which no descriptor tells of any more, and the answers to it. */
static void settle(struct run *run, tsp_actor *self)
{
	int64_t end_ms = clock_ms() + LINGER_MS;

	hear_requests(run, self);
	while (run->in.size > 0 && run->process.in >= 0 && !process_has_ended(&run->process) &&
		clock_ms() < end_ms)
		turn(run, self, SETTLE_MS);
	run->wrong[0] = '\0'; /* it was logged, and no message is in work */
}

static int work(struct run *run, tsp_actor *self, const tsp_message *message)
{
	int rc = say_message(run, self, message);

	if (rc < 0)
		return rc;
	run->verdict = VERDICT_NONE;
	run->message = message;
	run->value = tsp_message_value(message);
	rc = converse(run, self, 0);
	run->message = NULL;
	run->value = (tsp_value){ NULL, 0 };
	if (rc < 0) {
		run->verdict = VERDICT_DONE;
		return crash(run, self, take_end(run, self));
	}
	rc = outcome(run, self);
	settle(run, self);
	return rc;
}

/* Something came between two messages: words for the log, or its end. */
static int look(struct run *run, tsp_actor *self)
{
	int status;

	turn(run, self, 0);
	settle(run, self);
	if (!process_has_ended(&run->process))
		return TSP_OK;
	status = take_end(run, self);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return tsp_exit(self);
	return crash(run, self, status);
}

int tsp_script_receive(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct run *run = run_of(self);
	bool watched = tsp_message_is_system(message) && tsp_message_is(message, "WatchMessage");
	int rc;

	(void)sender;
	if (run->process.pid == 0)
		return tsp_message_is_system(message) ?
			TSP_OK :
			tsp_fail_text(self, TSP_EDEAD, "%s has ended", run->script->name);
	rc = look(run, self);
	if (run->process.pid != 0 && !watched)
		rc = work(run, self, message);
	else if (!watched && rc == TSP_OK)
		rc = TSP_DEFER; /* it has ended in order just now: the actor exits */
	if (run->process.pid != 0)
		watch(run, self);
	return rc;
}

/* ---- Its life -------------------------------------------------------------------------------- */

static int say_start(struct run *run, tsp_actor *self, tsp_value argument)
{
	tsp_value value;
	int rc;

	tsp_builder_reset(run->answer);
	tsp_put_format(run->answer, "{s:s, s:s, s:a, s:a, s:v}", "start", tsp_my_class(self), "name",
		tsp_my_name(self), "parent", tsp_my_parent(self), "address", tsp_my_address(self),
		"message", argument);
	rc = tsp_builder_value(run->answer, &value);
	return rc < 0 ? rc : run_say(run, value);
}

static int fail_start(struct run *run, tsp_actor *self, int rc)
{
	char text[2 * SCRIPT_SHOWN + 80];

	if (rc == TSP_ETIMEOUT) {
		(void)take_end(run, self);
		return tsp_fail_text(self, TSP_ESTART, "script '%s' did not start: not ready within %d s",
			run->script->name, START_MS / 1000);
	}
	describe_end(run, take_end(run, self), text, sizeof(text));
	return tsp_fail_text(
		self, TSP_ESTART, "script '%s' did not start: %s", run->script->name, text);
}

/* It is there when it says that it is ready, and not before. */
static int begin(struct run *run, tsp_actor *self, tsp_value argument)
{
	int rc = run_launch(run, self);

	if (rc < 0)
		return rc;
	rc = say_start(run, self, argument);
	run->value = argument;
	if (rc == TSP_OK)
		rc = converse(run, self, START_MS);
	run->value = (tsp_value){ NULL, 0 };
	if (rc < 0)
		return fail_start(run, self, rc);
	if (run->verdict == VERDICT_READY && run->wrong[0] == '\0') {
		watch(run, self);
		return TSP_OK;
	}
	(void)take_end(run, self);
	return tsp_fail_text(self, TSP_ESTART, "script '%s' did not start: %s", run->script->name,
		run->wrong[0] != '\0'		 ? run->wrong :
			run->details != NULL	 ? run->details :
						   "it was not ready");
}

int tsp_script_init(tsp_actor *self, const tsp_script *script, tsp_value argument)
{
	struct run *run = run_new(script);
	int rc = run != NULL ? begin(run, self, argument) : TSP_ENOMEM;

	if (rc < 0 && run != NULL)
		run_free(run);
	else if (run != NULL)
		*(struct run **)tsp_state(self) = run;
	return rc;
}

void tsp_script_fini(tsp_actor *self)
{
	struct run *run = run_of(self);
	int64_t end_ms = clock_ms() + LINGER_MS;
	int64_t left_ms;

	if (run == NULL)
		return;
	if (run->process.pid != 0) {
		run->verdict = VERDICT_DONE;
		process_end_input(&run->process);
		while (!process_has_ended(&run->process) && (left_ms = end_ms - clock_ms()) > 0)
			turn(run, self, (int)left_ms);
		(void)take_end(run, self);
	}
	run_free(run);
}
