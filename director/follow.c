/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/follow.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/progress.h"

#define SHOWN_MS  100
#define HIDDEN_MS 1000
#define ASK_MS	  1000 /* the Director may be busy; then the line stays as it is */

/* It asks through a connection of its own, since that of the command waits for its answer. */
struct follow {
	const char *what;
	tsp_system *system;
	bool shown;
	bool stalled; /* set by the thread, read when it has ended */
	int64_t patience_ms;
	clock_ns moved;	 /* when there was progress last */
	tsp_message *at; /* the last answer; NULL: none yet */
	int ends[2];	 /* closed: over */
	pthread_t thread;
};

static const struct {
	const char *type;
	const char *what;
} followed[] = {
	{ "DirectorLoad", "load" },
	{ "DirectorRefresh", "refresh" },
	{ "DirectorRollback", "rollback" },
	{ "DirectorStarted", "start" },
	{ "DirectorUnload", "unload" },
};

static void show(const struct follow *follow, const tsp_message *answer)
{
	tsp_text group = tsp_get_text(answer, "group"), version = tsp_get_text(answer, "version");
	tsp_text step = tsp_get_text(answer, "step");
	char label[200] = "";

	if (group.size > 0)
		(void)snprintf(label, sizeof(label), "%.*s %.*s, %.*s", (int)group.size,
			group.data, (int)version.size, version.data ? version.data : "",
			(int)step.size, step.data ? step.data : "");
	progress_show(follow->what, (size_t)tsp_get_int(answer, "done", 0),
		(size_t)tsp_get_int(answer, "total", 0), label);
}

/* Any other answer than the last is progress. Owns it. */
static void note(struct follow *follow, tsp_message *answer)
{
	if (follow->shown)
		show(follow, answer);
	if (!follow->at ||
		!tsp_value_equal(tsp_message_value(follow->at), tsp_message_value(answer)))
		follow->moved = clock_read();
	tsp_message_free(follow->at);
	follow->at = answer;
}

static void *follow_run(void *data)
{
	struct follow *follow = data;
	tsp_address director = tsp_system_name_address(follow->system, "Director");
	struct pollfd over = { .fd = follow->ends[0] };
	const uint8_t empty = 0xa0; /* {} */

	while (poll(&over, 1, follow->shown ? SHOWN_MS : HIDDEN_MS) == 0) {
		tsp_message *answer = NULL;
		int rc = tsp_ask(follow->system, director, "DirectorProgress",
			(tsp_value){ &empty, 1 }, ASK_MS, &answer, NULL);

		if (rc >= 0 && tsp_message_is(answer, "DirectorAnswer"))
			note(follow, answer);
		else
			tsp_message_free(answer);
		if (rc == TSP_EINTERRUPT) {
			tsp_interrupt(); /* it was meant for who waits for the end, and ends this, too */
			break;
		}
		/* Whatever else failed may be well the next time, and is no progress. */
		if (clock_read() >= clock_after(follow->moved, follow->patience_ms)) {
			follow->stalled = true;
			tsp_interrupt();
			break;
		}
	}
	return NULL;
}

static void follow_free(struct follow *follow)
{
	if (follow->shown)
		progress_close();
	tsp_close(follow->system);
	tsp_message_free(follow->at);
	free(follow);
}

struct follow *follow_begin(tsp_system *system, const char *type, bool shown, int64_t patience_ms)
{
	struct follow *follow;
	sigset_t all, before;
	size_t i = 0;
	int rc;

	while (i < sizeof(followed) / sizeof(followed[0]) && strcmp(followed[i].type, type) != 0)
		i++;
	if (i == sizeof(followed) / sizeof(followed[0]))
		return NULL;
	follow = calloc(1, sizeof(*follow));
	if (!follow)
		return NULL;
	follow->what = followed[i].what;
	follow->shown = progress_open(shown);
	follow->patience_ms = patience_ms;
	follow->moved = clock_read();
	if (tsp_open_private(system, &follow->system, NULL) < 0 || pipe2(follow->ends, O_CLOEXEC) < 0) {
		follow_free(follow);
		return NULL;
	}
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&follow->thread, NULL, follow_run, follow);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		return follow;
	(void)close(follow->ends[0]); /* nothing was written */
	(void)close(follow->ends[1]);
	follow_free(follow);
	return NULL;
}

bool follow_end(struct follow *follow)
{
	bool stalled;

	if (!follow)
		return false;
	(void)close(follow->ends[1]); /* nothing was written */
	(void)pthread_join(follow->thread, NULL);
	(void)close(follow->ends[0]);
	stalled = follow->stalled;
	follow_free(follow);
	return stalled;
}
