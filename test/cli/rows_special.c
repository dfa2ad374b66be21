/* SPDX-License-Identifier: MIT */
/* Actors with threads, watches, timers, and an authority of bad manners. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows_actors.h"

#define THREADS 4

/* ---- Threads: four of them send through an outbox ---- */

struct thread {
	pthread_t id;
	int number;
	struct threads *all;
};

struct threads {
	tsp_outbox *outbox;
	int count; /* each sends so many */
	tsp_address target;
	struct thread threads[THREADS];
	bool running;
};

static void *run_thread(void *data)
{
	const struct thread *thread = data;
	struct threads *all = thread->all;

	for (int n = 0; n < all->count;) {
		int rc = tsp_outbox_sendf(all->outbox, all->target, "Data", "{s:i, s:i}", "thread",
			thread->number, "n", n);

		if (rc == TSP_EBACKLOG)
			rows_sleep_ms(1);
		else if (rc < 0)
			return NULL;
		else
			n++;
	}
	tsp_outbox_log(all->outbox, "warning", "thread %d has sent all", thread->number);
	return NULL;
}

static int on_begin(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct threads *all = tsp_state(self);

	all->target = tsp_get_address(message, "to");
	if (tsp_address_is_nobody(all->target))
		all->target = sender;
	all->count = (int)tsp_get_int(message, "count", 0);
	all->outbox = tsp_outbox_new(self);
	if (all->outbox == NULL)
		return TSP_ENOMEM;
	for (int i = 0; i < THREADS; i++) {
		all->threads[i] = (struct thread){ .number = i, .all = all };
		if (pthread_create(&all->threads[i].id, NULL, run_thread, &all->threads[i]) != 0)
			return TSP_ENOMEM;
	}
	all->running = true;
	return TSP_OK;
}

static void threads_end(tsp_actor *self)
{
	struct threads *all = tsp_state(self);

	for (int i = 0; all->running && i < THREADS; i++)
		pthread_join(all->threads[i].id, NULL);
	tsp_outbox_free(all->outbox);
}

static const tsp_handler thread_handlers[] = { { "Begin", on_begin }, { 0 } };
const tsp_class rows_threads = { .name = "Threads",
	.state_size = sizeof(struct threads),
	.fini = threads_end,
	.handlers = thread_handlers,
	.receive = rows_on_any };
const tsp_class rows_shared_threads = { .name = "SharedThreads",
	.state_size = sizeof(struct threads),
	.fini = threads_end,
	.handlers = thread_handlers,
	.receive = rows_on_any,
	.host = TSP_HOST_SHARED };

/* Counts what four threads send, in order for each; asked "Total", it answers when all is there. */
struct collector {
	tsp_address asker;
	int64_t next[THREADS];
	int64_t count, wanted, wrong;
};

static int collector_answer(tsp_actor *self)
{
	struct collector *all = tsp_state(self);

	if (all->wanted == 0 || all->count < all->wanted)
		return TSP_OK;
	return tsp_sendf(
		self, all->asker, "Total", "{s:I, s:I}", "count", all->count, "wrong", all->wrong);
}

static int on_data(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct collector *all = tsp_state(self);
	int64_t thread = tsp_get_int(message, "thread", -1);

	(void)sender;
	if (thread < 0 || thread >= THREADS || tsp_get_int(message, "n", -1) != all->next[thread]++)
		all->wrong++;
	all->count++;
	return collector_answer(self);
}

static int on_total(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct collector *all = tsp_state(self);

	all->asker = sender;
	all->wanted = tsp_get_int(message, "wanted", 0);
	return collector_answer(self);
}

static const tsp_handler collector_handlers[] = { { "Data", on_data }, { "Total", on_total },
	{ 0 } };
const tsp_class rows_collector = {
	.name = "Collector", .state_size = sizeof(struct collector), .handlers = collector_handlers
};
const tsp_class rows_shared_collector = { .name = "SharedCollector",
	.state_size = sizeof(struct collector),
	.handlers = collector_handlers,
	.host = TSP_HOST_SHARED };

/* ---- Watcher, timers, own children ---- */

struct watcher {
	tsp_address asker;
	int ends[2];
	int seen;
	bool renew;
	char order[400];
};

/* Watches a pipe and what is no descriptor any more; something is written to the pipe. */
static int on_watch(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct watcher *watcher = tsp_state(self);
	int closed;

	watcher->asker = sender;
	watcher->seen = 0;
	watcher->renew = tsp_get_bool(message, "renew", false);
	if (watcher->ends[1] == 0 && pipe(watcher->ends) < 0)
		return TSP_EIO;
	closed = dup(watcher->ends[0]);
	close(closed);
	return tsp_watch(self, (int[]){ watcher->ends[0], closed, 100000 }, 3);
}

static int on_write(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct watcher *watcher = tsp_state(self);

	(void)message;
	if (write(watcher->ends[1], "x", 1) != 1)
		return TSP_EIO;
	return tsp_sendf(self, sender, "Write", "{s:i}", "seen", watcher->seen);
}

static int on_ready(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct watcher *watcher = tsp_state(self);
	char byte;

	(void)sender;
	watcher->seen++;
	if (watcher->renew) {
		if (read(watcher->ends[0], &byte, 1) != 1)
			return TSP_EIO;
		if (tsp_watch(self, watcher->ends, 1) < 0)
			return TSP_EIO;
	}
	return tsp_sendf(self, watcher->asker, "Ready", "{s:v, s:i, s:i}", "ready",
		tsp_get(message, "ready"), "pipe", watcher->ends[0], "seen", watcher->seen);
}

/* count wake-ups of which each is due at the same time, or each later one earlier. */
static int on_timers(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct watcher *watcher = tsp_state(self);
	int64_t count = tsp_get_int(message, "count", 1);
	int64_t ms = tsp_get_int(message, "ms", 0);
	int64_t step = tsp_get_int(message, "step", 0);
	tsp_builder *builder = tsp_builder_new();
	int rc = TSP_OK;

	watcher->asker = sender;
	watcher->order[0] = '\0';
	for (int64_t i = 0; rc == TSP_OK && i < count; i++) {
		tsp_value payload;

		tsp_builder_reset(builder);
		tsp_put_int(builder, i + 1 == count ? -i - 1 : i + 1);
		rc = tsp_builder_value(builder, &payload);
		if (rc == TSP_OK)
			rc = tsp_wakeup_after(self, ms + step * i, payload);
	}
	tsp_builder_free(builder);
	return rc < 0 ? tsp_sendf(self, sender, "Timers", "{s:i}", "code", rc) : TSP_OK;
}

/* Order as they came; the one with the minus was asked for last. */
static int on_due(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct watcher *watcher = tsp_state(self);
	size_t size = strlen(watcher->order);
	int64_t n = 0;

	(void)sender;
	(void)tsp_value_int(tsp_get(message, "payload"), &n);
	if (size + 24 < sizeof(watcher->order))
		snprintf(watcher->order + size, sizeof(watcher->order) - size, "%lld ",
			(long long)(n < 0 ? -n : n));
	watcher->seen++;
	if (n > 0)
		return TSP_OK;
	return tsp_sendf(self, watcher->asker, "Timers", "{s:s, s:i}", "order", watcher->order,
		"seen", watcher->seen);
}

/* A child of its own: its SIGCHLD and its status are the actor's. */
static int on_child(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int status = -1;
	pid_t pid = fork();

	(void)message;
	if (pid == 0)
		_exit(7);
	rows_sleep_ms(300);
	if (waitpid(pid, &status, 0) != pid)
		status = -1;
	return tsp_sendf(self, sender, "Child", "{s:i}", "status", status);
}

static int on_hang(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self, (void)message, (void)sender;
	rows_note("hanging");
	while (getpid() > 0)
		pause();
	return TSP_OK;
}

/* Takes memory until there is none; what it does then is what most programs do. */
static int on_devour(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self, (void)message, (void)sender;
	for (;;) {
		char *bite = malloc((size_t)16 << 20);

		if (bite == NULL)
			abort();
		memset(bite, 1, (size_t)1 << 20);
	}
}

/* Each is answered in a way of its own: {notify, disable, invite, let go}. */
static int on_convention(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct watcher *watcher = tsp_state(self);

	watcher->asker = sender;
	switch (tsp_get_int(message, "what", 0)) {
	case 0:
		return tsp_notify_on_system_registration_changes(self, true);
	case 1:
		return tsp_pre_register_remote_system(self, "far.away:1900", (tsp_value){ 0 });
	case 2:
		return tsp_deregister_remote_system(self, "far.away:1900");
	default:
		tsp_notify_on_system_registration_changes(self, false);
		return tsp_sendf(self, sender, "Quiet", "{}");
	}
}

static int on_request_failed(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct watcher *watcher = tsp_state(self);

	(void)sender;
	return tsp_sendf(self, watcher->asker, "Refused", "{s:I, s:t}", "code",
		tsp_get_int(message, "code", 0), "request", tsp_get_text(message, "request"));
}

/* Codes of loads from files that are none; and of one that is, whose answer comes later. */
static int on_load_file(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	char *path = tsp_text_copy(tsp_get_text(message, "path"));
	int rc = tsp_load_source_file(self, path);

	((struct watcher *)tsp_state(self))->asker = sender;
	free(path);
	return rc < 0 ? tsp_sendf(self, sender, "LoadFile", "{s:i}", "code", rc) : TSP_OK;
}

static int on_source_failed(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct watcher *watcher = tsp_state(self);

	(void)sender;
	return tsp_sendf(self, watcher->asker, "LoadFile", "{s:I, s:t}", "code",
		tsp_get_int(message, "code", 0), "info", tsp_get_text(message, "sourceInfo"));
}

static const tsp_handler watcher_handlers[] = { { "Watch", on_watch }, { "Write", on_write },
	{ "WatchMessage", on_ready }, { "Timers", on_timers }, { "WakeupMessage", on_due },
	{ "Child", on_child }, { "Hang", on_hang }, { "Devour", on_devour }, { "Pid", rows_on_pid },
	{ "Convention", on_convention }, { "RequestFailed", on_request_failed },
	{ "LoadFile", on_load_file }, { "SourceFailed", on_source_failed }, { 0 } };
const tsp_class rows_watcher = { .name = "Watcher",
	.state_size = sizeof(struct watcher),
	.handlers = watcher_handlers,
	.receive = rows_on_any };

/* ---- Judge: an authority that judges what nobody asked, too late, and twice ---- */

struct judge {
	char hash[65];
	bool plain; /* rejects at once, as one should */
};

static int judge_init(tsp_actor *self, tsp_value argument)
{
	(void)argument;
	return tsp_register_source_authority(self);
}

static int on_validate(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct judge *judge = tsp_state(self);
	tsp_text hash = tsp_get_text(message, "sourceHash");

	(void)sender;
	snprintf(judge->hash, sizeof(judge->hash), "%.*s", (int)hash.size, hash.data);
	tsp_validated_source(self, "", NULL, 0, TSP_EREJECTED, "no hash at all");
	tsp_validated_source(self, "00112233445566778899", NULL, 0, 77, "of nothing");
	return judge->plain ?
		tsp_validated_source(self, judge->hash, NULL, 0, TSP_EREJECTED, "never") :
		TSP_OK;
}

static int on_hash(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct judge *judge = tsp_state(self);

	judge->plain = tsp_get_bool(message, "plain", judge->plain);
	return tsp_sendf(self, sender, "Hash", "{s:s}", "hash", judge->hash);
}

static int on_late(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct judge *judge = tsp_state(self);

	(void)message;
	tsp_validated_source(self, judge->hash, "no zip", 6, 0, NULL);
	tsp_validated_source(self, judge->hash, NULL, 0, TSP_EREJECTED, "late");
	tsp_validated_source(self, judge->hash, NULL, 0, 0, "without a code");
	return tsp_sendf(self, sender, "Late", "{}");
}

static const tsp_handler judge_handlers[] = { { "ValidateSource", on_validate },
	{ "Hash", on_hash }, { "Late", on_late }, { 0 } };
const tsp_class rows_judge = { .name = "Judge",
	.state_size = sizeof(struct judge),
	.init = judge_init,
	.handlers = judge_handlers };
