/* SPDX-License-Identifier: MIT */
/* Threads, watches and timers of actors; parents and children. */
#include "config.h"

#include "caller_rows.h"

/* ---- Threads, watches, timers ---- */

/* All arrive, in order for each thread: here, and at another actor. */
static void threads_of(const char *class_name, const char *collector_name)
{
	tsp_address actor = make(class_name), collector = make(collector_name);
	tsp_message *message;
	int next[4] = { 0 };

	must(tsp_tell(sys, actor, "Begin", value("{s:i, s:a}", "count", 1000, "to", collector),
		     &err) == TSP_OK);
	message = ask(collector, "Total", value("{s:i}", "wanted", 4000));
	must(tsp_get_int(message, "count", 0) == 4000 && tsp_get_int(message, "wrong", -1) == 0);
	tsp_message_free(message);
	actor = make(class_name);
	must(tsp_tell(sys, actor, "Begin", value("{s:i}", "count", 250), &err) == TSP_OK);
	for (int i = 0; i < 1000; i++) {
		int64_t thread;

		message = hear(LONG_MS);
		must(message != NULL && tsp_message_is(message, "Data"));
		must(tsp_address_equal(tsp_message_sender(message), actor));
		thread = tsp_get_int(message, "thread", -1);
		must(thread >= 0 && thread < 4 && tsp_get_int(message, "n", -1) == next[thread]++);
		tsp_message_free(message);
	}
	tsp_message_free(ask(actor, NULL, value("i", 1))); /* its own thread is free */
}

static void threads(void)
{
	threads_of("rows:Threads", "rows:Collector");
	threads_of("rows:SharedThreads", "rows:SharedCollector");
}

static void watches(void)
{
	tsp_address actor = make("rows:Watcher");
	tsp_message *message;
	int64_t first = 0;

	must(tsp_tell(sys, actor, "Watch", value("{}"), &err) == TSP_OK);
	must(tsp_tell(sys, actor, "Watch", value("{}"), &err) ==
		TSP_OK); /* a new one for the old */
	must(tsp_listen(sys, 300, &message, &err) ==
		TSP_ETIMEOUT); /* what is closed says nothing */
	must(tsp_tell(sys, actor, "Write", value("{}"), &err) == TSP_OK);
	message = next(); /* the message "Write" ended the watch */
	must(tsp_message_is(message, "Write"));
	tsp_message_free(message);
	must(tsp_listen(sys, 300, &message, &err) == TSP_ETIMEOUT);
	must(tsp_tell(sys, actor, "Watch", value("{}"), &err) == TSP_OK);
	message = next();
	must(tsp_message_is(message, "Ready") && tsp_get_int(message, "seen", 0) == 1);
	must(tsp_value_count(tsp_get(message, "ready")) == 1);
	must(tsp_value_int(tsp_value_at(tsp_get(message, "ready"), 0), &first) &&
		first == tsp_get_int(message, "pipe", -1));
	tsp_message_free(message);
	must(tsp_listen(sys, 300, &message, &err) ==
		TSP_ETIMEOUT); /* still readable, not watched */
	must(tsp_tell(sys, actor, "Watch", value("{s:b}", "renew", 1), &err) == TSP_OK);
	message = next();
	must(tsp_message_is(message, "Ready"));
	tsp_message_free(message);
}

static void timers(void)
{
	tsp_address actor = make("rows:Watcher");
	int64_t start = now_ms();
	tsp_message *message = ask(actor, "Timers", value("{s:i, s:i}", "count", 5, "ms", 100));

	must(now_ms() - start >= 100 && now_ms() - start < 5000);
	must(tsp_text_is(tsp_get_text(message, "order"),
		"1 2 3 4 5 ")); /* those of one time: as asked for */
	tsp_message_free(message);
	message = ask(actor, "Timers", value("{s:i, s:i, s:i}", "count", 5, "ms", 100, "step", 20));
	must(tsp_text_is(tsp_get_text(message, "order"), "1 2 3 4 5 "));
	tsp_message_free(message);
	must(tsp_tell(sys, actor, "Timers",
		     value("{s:i, s:i, s:i}", "count", 5, "ms", 300, "step", -50), &err) == TSP_OK);
	message = next(); /* the one asked for last comes first */
	must(tsp_text_is(tsp_get_text(message, "order"), "5 "));
	tsp_message_free(message);
}

/* Zero delay while messages come without end; and the limit. */
static void timers_under_load(void)
{
	tsp_address actor = make("rows:Watcher");
	tsp_message *message;

	for (int i = 0; i < 1500; i++)
		must(tsp_tell(sys, actor, "Noise", value("i", i), &err) == TSP_OK);
	must(tsp_tell(sys, actor, "Timers", value("{s:i}", "count", 1), &err) == TSP_OK);
	for (;;) {
		message = next();
		if (tsp_message_is(message, "Timers"))
			break;
		tsp_message_free(message);
	}
	must(tsp_text_is(tsp_get_text(message, "order"), "1 "));
	tsp_message_free(message);
	actor = make("rows:Watcher");
	message = ask(actor, "Timers", value("{s:i, s:i}", "count", 65537, "ms", 3600000));
	must(tsp_get_int(message, "code", 0) == TSP_ELIMIT);
	tsp_message_free(message);
}

/* ---- Parents and children ---- */

static tsp_address child_of(tsp_address parent, const char *class_name, const char *name)
{
	tsp_message *reply = ask(parent, "Make",
		name == NULL ? value("{s:s}", "class", class_name) :
			       value("{s:s, s:s}", "class", class_name, "argument", name));
	tsp_address child = tsp_get_address(reply, "child");

	tsp_message_free(reply);
	return child;
}

/* The next Exited of the last Make's child. */
static void must_exit(const char *reason)
{
	tsp_message *message = hear(LONG_MS);

	while (message != NULL && tsp_message_is(message, "PoisonMessage")) { /* what it died of */
		tsp_message_free(message);
		message = hear(LONG_MS);
	}
	must(message != NULL && tsp_message_is(message, "Exited"));
	must(tsp_get_bool(message, "right", false));
	if (!tsp_text_is(tsp_get_text(message, "reason"), reason)) {
		fprintf(stderr, "reason %.*s\n", (int)tsp_get_text(message, "reason").size,
			tsp_get_text(message, "reason").data);
		fail(__LINE__, reason);
	}
	tsp_message_free(message);
}

static bool is_alive(tsp_address actor)
{
	tsp_message *reply = NULL;
	int rc = tsp_ask(sys, actor, NULL, value("i", 1), LONG_MS, &reply, &err);

	tsp_message_free(reply);
	must(rc == TSP_OK || rc == TSP_EDEAD);
	return rc == TSP_OK;
}

static void must_die(tsp_address actor)
{
	int64_t start = now_ms();

	while (is_alive(actor))
		must(now_ms() - start < LONG_MS);
}

static void exits(void)
{
	tsp_address parent = make("rows:Parent"), child = child_of(parent, "Echo", "first"), orphan;

	must(is_alive(child));
	must(tsp_tell(sys, parent, "ActorExitRequest", value("{}"), &err) == TSP_OK);
	must_die(parent);
	must(!is_alive(child)); /* the parent waited for it */
	parent = make("rows:Parent");
	orphan = child_of(parent, "Echo", "second");
	must(is_alive(orphan));
	must(tsp_tell(sys, parent, "ActorExitRequest", value("{s:b}", "recursive", 0), &err) ==
		TSP_OK);
	must_die(parent);
	must(is_alive(orphan));
	must(tsp_tell(sys, orphan, "ActorExitRequest", value("{}"), &err) == TSP_OK);
	must(tsp_tell(sys, orphan, "ActorExitRequest", value("{}"), &err) == TSP_OK);
	must_die(orphan);
}

static void last_words(void)
{
	tsp_address parent = make("rows:Parent"), late;
	tsp_message *message;

	child_of(parent, "Echo", NULL);
	must(tsp_tell(sys, parent, "ActorExitRequest", value("{}"), &err) == TSP_OK);
	do
		message = next();
	while (!tsp_message_is(message, "Last") && (tsp_message_free(message), true));
	late = tsp_get_address(message, "late");
	tsp_message_free(message);
	must_die(parent);
	must(tsp_address_is_nobody(late) || !is_alive(late));
}

static int64_t counter(const char *name)
{
	tsp_message *status = NULL;
	int64_t number = 0;

	must(tsp_status(sys, tsp_admin(sys), LONG_MS, &status, &err) == TSP_OK);
	(void)tsp_value_int(tsp_value_get(tsp_get(status, "counters"), name), &number);
	tsp_message_free(status);
	return number;
}

/*
 * What a parent sends to a child that never starts comes back to it; where the admin knew at once that
 * it would not, it is a dead letter: counted, and told to who asked for them.
 */
static void unstarted(void)
{
	tsp_address parent = make("rows:Parent");
	bool poison = false, exited = false;

	tsp_message_free(ask(parent, "Make", value("{s:s, s:b}", "class", "Refuser", "hello", 1)));
	while (!poison || !exited) {
		tsp_message *message = next();

		poison = poison || tsp_message_is(message, "Poisoned");
		exited = exited || tsp_message_is(message, "Exited");
		tsp_message_free(message);
	}
	must(counter("returned") == 0);
	tsp_message_free(
		ask(parent, "Make", value("{s:s, s:b}", "class", "NoSuchClass", "hello", 1)));
	must_exit("failed");
	must(counter("returned") == 1);
}

static void deaths(void)
{
	tsp_address parent = make("rows:Parent"), child = child_of(parent, "Echo", NULL);

	must(tsp_tell(sys, child, "ActorExitRequest", value("{}"), &err) == TSP_OK);
	must_exit("exit request");
	if (port != 0) {
		child = child_of(parent, "Echo", NULL);
		must(tsp_tell(sys, child, "Die", value("{s:b}", "kill", 1), &err) == TSP_OK);
		must_exit("killed");
		child = child_of(parent, "Echo", NULL);
		must(tsp_tell(sys, child, "Die", value("{s:b}", "abort", 1), &err) == TSP_OK);
		must_exit("killed");
		child = child_of(parent, "Echo", NULL);
		must(tsp_tell(sys, child, "Die", value("{s:i}", "status", 3), &err) == TSP_OK);
		must_exit("exited");
	}
	child_of(parent, "Refuser", NULL);
	must_exit("failed");
	child_of(parent, "NoSuchClass", NULL);
	must_exit("failed");
}

const struct row process_rows[] = {
	{ "threads", threads },
	{ "watches", watches },
	{ "timers", timers },
	{ "timers_under_load", timers_under_load },
	{ "exits", exits },
	{ "last_words", last_words },
	{ "deaths", deaths },
	{ "unstarted", unstarted },
	{ NULL, NULL },
};
