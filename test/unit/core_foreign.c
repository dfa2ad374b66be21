/* SPDX-License-Identifier: MIT */
/* What an actor's own threads send: order, bounds, and the end of the actor before theirs. */
#include "config.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/foreign.h"
#include "core_stage_rig.h"

#define THREADS	 4
#define MESSAGES 1000
#define TARGET	 ((tsp_address){ SYSTEM, 99 })

static tsp_outbox *outbox;
static tsp_address peer;

static int open_outbox(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	outbox = tsp_outbox_new(self);
	return outbox != NULL ? TSP_OK : TSP_ENOMEM;
}

static int leave(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	return tsp_exit(self);
}

static struct rig *begin(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, open_outbox);
	assert_non_null(outbox);
	return rig;
}

static tsp_value null_value(void)
{
	return (tsp_value){ NULL, 0 };
}

static void test_sends_as_the_actor(void **state)
{
	struct rig *rig = begin(state);
	struct sent *sent;

	assert_int_equal(tsp_outbox_sendf(outbox, TARGET, "Data", "{s:i}", "n", 7), TSP_OK);
	assert_int_equal(atomic_load(&rig->wakes), 1);
	assert_int_equal(tsp_outbox_sendf(outbox, TARGET, "Data", "{s:i}", "n", 8), TSP_OK);
	assert_int_equal(atomic_load(&rig->wakes), 1); /* it is awake already */
	assert_null(rig_sent(rig, "Data"));
	rig_run(rig);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "Data"), 2);
	sent = rig_sent(rig, "Data");
	assert_int_equal(rig_uint(sent, "n"), 8);
	assert_int_equal(sent->from.number, 5);
	assert_int_equal(sent->to.number, 99);
	assert_int_equal(tsp_outbox_send(outbox, TARGET, "Data", null_value()), TSP_OK);
	assert_int_equal(atomic_load(&rig->wakes), 2);
	tsp_outbox_free(outbox); /* what was sent before goes out */
	rig_run(rig);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "Data"), 3);
	tsp_outbox_free(NULL);
}

static void test_refuses_what_an_actor_may_not(void **state)
{
	const uint8_t odd[] = { 0xff };

	(void)begin(state);
	assert_int_equal(tsp_outbox_send(outbox, TSP_NOBODY, "A", null_value()), TSP_EVALUE);
	assert_int_equal(tsp_outbox_send(outbox, TARGET, "", null_value()), TSP_EVALUE);
	assert_int_equal(tsp_outbox_send(outbox, TARGET, "A", (tsp_value){ odd, 1 }), TSP_EVALUE);
	assert_int_equal(tsp_outbox_sendf(outbox, TARGET, "A", "{s:"), TSP_EVALUE);
	assert_int_equal(tsp_outbox_send(outbox, TARGET, "PoisonMessage", null_value()), TSP_EPERM);
	assert_int_equal(
		tsp_outbox_send(outbox, (tsp_address){ SYSTEM, 0 }, "Exited", null_value()),
		TSP_EPERM);
	assert_int_equal(tsp_outbox_send(outbox, TARGET, "ActorExitRequest", null_value()), TSP_OK);
	tsp_outbox_free(outbox);
}

static void test_bounds(void **state)
{
	struct rig *rig = begin(state);
	size_t size = FOREIGN_SIZE_LIMIT + 16;
	uint8_t *big = calloc(1, size);
	int i;

	for (i = 0; i < FOREIGN_COUNT_LIMIT; i++)
		assert_int_equal(tsp_outbox_send(outbox, TARGET, "Data", null_value()), TSP_OK);
	assert_int_equal(tsp_outbox_send(outbox, TARGET, "Data", null_value()), TSP_EBACKLOG);
	rig_run(rig);
	assert_int_equal(tsp_outbox_send(outbox, TARGET, "Data", null_value()), TSP_OK);
	rig_run(rig);
	memcpy(big, "\x5a\x00\x40\x00\x00",
		5); /* 4 MiB of bytes: more than fits, if it is the first */
	assert_int_equal(
		tsp_outbox_send(outbox, TARGET, NULL, (tsp_value){ big, 5 + FOREIGN_SIZE_LIMIT }),
		TSP_OK);
	assert_int_equal(tsp_outbox_send(outbox, TARGET, "Data", null_value()), TSP_EBACKLOG);
	rig_run(rig);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "Data"), FOREIGN_COUNT_LIMIT + 1);
	free(big);
	tsp_outbox_free(outbox);
}

/* A target that the admin asked to spare holds the threads up, and nothing is lost. */
static void test_waits_for_a_paused_target(void **state)
{
	struct rig *rig = begin(state);
	int sent = 0;

	rig_frame(rig, FRAME_PAUSE, 99);
	while (tsp_outbox_send(outbox, TARGET, "Data", null_value()) == TSP_OK) {
		sent++;
		rig_run(rig);
		assert_true(sent < 3 * FOREIGN_COUNT_LIMIT);
	}
	assert_int_equal(sent, PAUSED_COUNT_LIMIT + FOREIGN_COUNT_LIMIT);
	rig_frame(rig, FRAME_RESUME, 99);
	rig_run(rig);
	rig_run(rig);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "Data"), sent);
	tsp_outbox_free(outbox);
}

static void test_end_of_the_actor(void **state)
{
	struct rig *rig = begin(state);
	struct sent *last;

	assert_int_equal(tsp_outbox_send(outbox, TARGET, "Data", null_value()), TSP_OK);
	rig_script(rig, 5, 3, leave);
	rig_run(rig);
	rig_collect(rig);
	last = rig_sent(rig, "Data");
	assert_non_null(last);
	assert_true(last->at < rig_sent(rig, "Exited")->at); /* it was still the actor's */
	assert_int_equal(tsp_outbox_send(outbox, TARGET, "Data", null_value()), TSP_EDEAD);
	tsp_outbox_log(outbox, "info", "to nobody");
	tsp_outbox_free(outbox);
}

/* The last words go out though their target is full. */
static void test_last_words_to_a_full_target(void **state)
{
	struct rig *rig = begin(state);
	int sent = 0;

	rig_frame(rig, FRAME_PAUSE, 99);
	for (; sent < PAUSED_COUNT_LIMIT + 100; sent++) {
		assert_int_equal(tsp_outbox_send(outbox, TARGET, "Data", null_value()), TSP_OK);
		rig_run(rig);
	}
	rig_script(rig, 5, 3, leave);
	rig_run(rig);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "Data"), sent);
	tsp_outbox_free(outbox);
}

static void test_end_of_the_stage(void **state)
{
	struct rig *rig = begin(state);

	assert_int_equal(tsp_outbox_send(outbox, TARGET, "Data", null_value()), TSP_OK);
	stage_free(rig->stage);
	assert_int_equal(stage_new(&rig_ops, rig, &rig->page, &rig->stage), TSP_OK);
	assert_int_equal(tsp_outbox_send(outbox, TARGET, "Data", null_value()), TSP_EDEAD);
	tsp_outbox_free(outbox);
}

static void test_logs(void **state)
{
	struct rig *rig = begin(state);

	tsp_outbox_log(outbox, "warning", "half past %d", 3);
	rig_run(rig);
	rig_collect(rig);
	assert_string_equal(rig_text(rig_sent(rig, "LogRecord"), "text"), "half past 3");
	assert_string_equal(rig_text(rig_sent(rig, "LogRecord"), "level"), "warning");
	tsp_outbox_free(outbox);
}

/* ---- Real threads ---- */

static void *run_thread(void *data)
{
	int number = *(const int *)data;

	for (int n = 0; n < MESSAGES;) {
		int rc = tsp_outbox_sendf(
			outbox, peer, "Data", "{s:i, s:i}", "thread", number, "n", n);

		if (rc == TSP_OK)
			n++;
		else if (rc == TSP_EBACKLOG)
			sched_yield();
		else
			break;
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct rig *rig = begin(state);
	int numbers[THREADS], next[THREADS] = { 0 };
	pthread_t ids[THREADS];
	size_t i;

	peer = TARGET;
	for (i = 0; i < THREADS; i++) {
		numbers[i] = (int)i;
		assert_int_equal(pthread_create(&ids[i], NULL, run_thread, &numbers[i]), 0);
	}
	for (i = 0; i < 2000; i++) {
		rig_run(rig);
		sched_yield();
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(ids[i], NULL);
		rig_run(rig);
	}
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "Data"), THREADS * MESSAGES);
	for (i = 0; i < rig->count; i++) {
		uint64_t thread;

		if (strcmp(rig->sent[i].type, "Data") != 0)
			continue;
		thread = rig_uint(&rig->sent[i], "thread");
		assert_int_equal(rig_uint(&rig->sent[i], "n"), next[thread]++);
	}
	tsp_outbox_free(outbox);
}

/* The actor ends in the midst: each send is taken, or the thread hears that it was not. */
static void test_threads_outlive_the_actor(void **state)
{
	struct rig *rig = begin(state);
	int numbers[THREADS];
	pthread_t ids[THREADS];
	size_t i;

	peer = TARGET;
	for (i = 0; i < THREADS; i++) {
		numbers[i] = (int)i;
		assert_int_equal(pthread_create(&ids[i], NULL, run_thread, &numbers[i]), 0);
	}
	for (i = 0; i < 20; i++)
		rig_run(rig);
	rig_script(rig, 5, 3, leave);
	rig_run(rig);
	for (i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	assert_int_equal(tsp_outbox_send(outbox, peer, "Data", null_value()), TSP_EDEAD);
	tsp_outbox_free(outbox);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_sends_as_the_actor),
		RIG_TEST(test_refuses_what_an_actor_may_not),
		RIG_TEST(test_bounds),
		RIG_TEST(test_waits_for_a_paused_target),
		RIG_TEST(test_end_of_the_actor),
		RIG_TEST(test_last_words_to_a_full_target),
		RIG_TEST(test_end_of_the_stage),
		RIG_TEST(test_logs),
		RIG_TEST(test_threads),
		RIG_TEST(test_threads_outlive_the_actor),
		RIG_TEST_SHARED(test_threads),
	};

	return cmocka_run_group_tests_name("foreign", tests, NULL, NULL);
}
