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

#include "cli/progress.h"

#define EVERY_MS 100
#define ASK_MS	 1000 /* the Director may be busy; then the line stays as it is */

/* It asks through a connection of its own, since that of the command waits for its answer. */
struct follow {
	const char *what;
	tsp_system *system;
	int ends[2]; /* closed: over */
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

static void *follow_run(void *data)
{
	struct follow *follow = data;
	tsp_address director = tsp_system_name_address(follow->system, "Director");
	struct pollfd over = { .fd = follow->ends[0] };
	const uint8_t empty = 0xa0; /* {} */

	while (poll(&over, 1, EVERY_MS) == 0) {
		tsp_message *answer = NULL;
		int rc = tsp_ask(follow->system, director, "DirectorProgress",
			(tsp_value){ &empty, 1 }, ASK_MS, &answer, NULL);

		if (rc >= 0 && tsp_message_is(answer, "DirectorAnswer"))
			show(follow, answer);
		tsp_message_free(answer);
		if (rc < 0 && rc != TSP_ETIMEOUT && rc != TSP_EDEAD)
			break; /* who asked hears why */
	}
	return NULL;
}

static void follow_free(struct follow *follow)
{
	progress_close();
	tsp_close(follow->system);
	free(follow);
}

struct follow *follow_begin(tsp_system *system, const char *type, bool wanted)
{
	struct follow *follow;
	sigset_t all, before;
	size_t i = 0;
	int rc;

	while (i < sizeof(followed) / sizeof(followed[0]) && strcmp(followed[i].type, type) != 0)
		i++;
	if (i == sizeof(followed) / sizeof(followed[0]) || !progress_open(wanted))
		return NULL;
	follow = calloc(1, sizeof(*follow));
	if (!follow) {
		progress_close();
		return NULL;
	}
	follow->what = followed[i].what;
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

void follow_end(struct follow *follow)
{
	if (!follow)
		return;
	(void)close(follow->ends[1]); /* nothing was written */
	(void)pthread_join(follow->thread, NULL);
	(void)close(follow->ends[0]);
	follow_free(follow);
}
