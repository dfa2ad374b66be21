/* SPDX-License-Identifier: MIT */
/*
 * A pool of workers from one word: `.troupe`. Who sends to Primes reaches the leader, which the
 * system makes of the class's first actor; it hands each message to a worker, another actor of this
 * class, in a process of its own. The handlers below are the workers': they see who really asked.
 *
 *   Count {"below": 100000}    Counted {"below", "primes", "pid"}: so many primes are below it
 *   Trial {"number": 91, "pause_ms": 20}
 *                              Trial {"number", "divisor", "pid"}: its smallest divisor, found in
 *                              steps with a pause after each
 *   "troupe:status?"           the leader's own: how many workers there are, and what waits
 */
#include <thespian.h>

#include <unistd.h>

#define BELOW_LIMIT  100000000
#define NUMBER_LIMIT 1000000000000
#define PAUSE_LIMIT  1000
#define STEP	     16 /* divisors tried before a pause */

/* A worker's state: what it is at, when that takes more than one step. */
struct worker {
	tsp_address asker;
	int64_t number;
	int64_t next; /* the next divisor to try */
	int64_t pause_ms;
};

static bool is_prime(int64_t number)
{
	for (int64_t d = 2; d * d <= number; d++) {
		if (number % d == 0)
			return false;
	}
	return number >= 2;
}

/* Keeps one processor busy. The others go on meanwhile: there are other workers. */
static int on_count(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int64_t below = tsp_get_int(message, "below", -1);
	int64_t primes = 0;

	if (below < 0 || below > BELOW_LIMIT)
		return tsp_fail_text(self, TSP_EVALUE, "below must be from 0 to %d", BELOW_LIMIT);
	for (int64_t number = 2; number < below; number++)
		primes += is_prime(number);
	return tsp_sendf(self, sender, "Counted", "{s:I, s:I, s:I}", "below", below, "primes",
		primes, "pid", (int64_t)getpid());
}

/* A few divisors; then the answer, or a pause and more of it in on_wakeup. */
static int go_on(tsp_actor *self)
{
	struct worker *worker = tsp_state(self);

	for (int i = 0; i < STEP; i++, worker->next++) {
		if (worker->next * worker->next > worker->number)
			worker->next = worker->number; /* it is a prime */
		if (worker->number % worker->next != 0)
			continue;
		tsp_troupe_work_in_progress(self, false);
		return tsp_sendf(self, worker->asker, "Trial", "{s:I, s:I, s:I}", "number",
			worker->number, "divisor", worker->next, "pid", (int64_t)getpid());
	}
	return tsp_wakeup_after(self, worker->pause_ms, (tsp_value){ 0 });
}

/* Not done when the handler returns: the leader is told not to send more work until it is. */
static int on_trial(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct worker *worker = tsp_state(self);
	int64_t number = tsp_get_int(message, "number", -1);
	int64_t pause_ms = tsp_get_int(message, "pause_ms", 0);

	if (number < 2 || number > NUMBER_LIMIT || pause_ms < 0 || pause_ms > PAUSE_LIMIT)
		return tsp_fail_text(self, TSP_EVALUE, "a Trial needs a number from 2 on");
	*worker = (struct worker){ sender, number, 2, pause_ms };
	tsp_troupe_work_in_progress(self, true);
	return go_on(self);
}

static int on_wakeup(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return go_on(self);
}

static const tsp_handler handlers[] = {
	{ "Count", on_count },
	{ "Trial", on_trial },
	{ "WakeupMessage", on_wakeup },
	{ 0 },
};

/* At most four workers, made as they are needed; when there is nothing to do one is kept. */
static const tsp_troupe four = { .max_count = 4, .idle_count = 1 };

static const tsp_class primes_class = {
	.name = "Primes",
	.state_size = sizeof(struct worker),
	.handlers = handlers,
	.troupe = &four,
};
TSP_EXPORT(&primes_class)
