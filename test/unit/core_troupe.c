/* SPDX-License-Identifier: MIT */
/* F157, F158, F171: a troupe, from its leader's side, its worker's, and all in one host. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core_troupe_crew.h"

/* ---- a leader in a host of its own: the rig is the admin and the workers ---- */

static uint64_t worker_at(struct rig *rig, size_t index)
{
	rig_collect(rig);
	for (size_t i = 0; i < rig->count; i++)
		if (strcmp(rig->sent[i].type, "Create") == 0 && index-- == 0)
			return rig_uint(&rig->sent[i], "number");
	return 0;
}

/* The last work that a worker was sent: its "n". */
static int work_of(struct rig *rig, uint64_t worker)
{
	int64_t n = -1;

	rig_collect(rig);
	for (size_t i = 0; i < rig->count; i++) {
		tsp_value body = { NULL, 0 };
		tsp_value inner;
		tsp_address sender;
		tsp_text type;

		if (strcmp(rig->sent[i].type, "TroupeWork") != 0 ||
			rig->sent[i].to.number != worker)
			continue;
		assert_true(tsp_value_encoded(tsp_value_get(rig->sent[i].value, "message"), &body));
		assert_true(
			tsp_value_address(tsp_value_get(rig->sent[i].value, "sender"), &sender));
		assert_int_equal(sender.number, 99);
		assert_true(tsp_value_typed(body, &type, &inner));
		assert_true(tsp_value_int(tsp_value_get(inner, "n"), &n));
	}
	return (int)n;
}

static void done(struct rig *rig, uint64_t worker, uint64_t sequence, int code, const char *text)
{
	rig_relay(rig, worker, 5, sequence, "TroupeDone", "{s:i, s:s, s:b}", "code", code, "text",
		text, "leaving", 0);
}

static void died(struct rig *rig, uint64_t worker, uint64_t sequence, const char *reason)
{
	rig_relay(rig, worker, 5, sequence, "ChildActorExited", "{s:a, s:s, s:s}", "childAddress",
		((tsp_address){ SYSTEM, worker }), "reason", reason, "detail", "signal 11");
}

static void lead(struct rig *rig, int jobs)
{
	rig->more = classes;
	rig_system(rig, 5, 1, "CreateActor", "{s:s, s:s, s:a, s:e}", "class", "Crew", "source",
		"feed", "parent", ((tsp_address){ SYSTEM, 98 }), "argument",
		((tsp_value){ (const uint8_t *)"\x03", 1 }));
	for (int n = 1; n <= jobs; n++)
		rig_send(rig, 5, (uint64_t)n + 1, "Job", "{s:i}", "n", n);
}

static void test_leader(void **state)
{
	struct rig *rig = *state;
	uint64_t workers[3];

	lead(rig, 5);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "Create"), 3); /* not more than max_count */
	assert_int_equal(rig_sent_count(rig, "TroupeWork"), 3);
	for (int i = 0; i < 3; i++) {
		workers[i] = worker_at(rig, (size_t)i);
		assert_int_equal(work_of(rig, workers[i]), i + 1);
	}
	for (uint64_t sequence = 2; sequence <= 6; sequence++)
		rig_assert_done(rig, sequence, DONE_KEPT);
	assert_string_equal(rig->trace, "three "); /* no handler of the leader's runs */
	done(rig, workers[1], 7, 0, "");
	assert_int_equal(work_of(rig, workers[1]), 4);
	rig_assert_done(rig, 3, DONE_FINISHED);
	done(rig, workers[2], 8, TSP_EIO, "no luck");
	assert_int_equal(work_of(rig, workers[2]), 5);
	rig_assert_done(rig, 4, DONE_FAILED);
	assert_string_equal(rig_done(rig, 4)->text, "no luck");
	assert_int_equal(rig_done(rig, 4)->code, TSP_EIO);
	/* neither from a stranger nor twice */
	rig_relay(rig, 77, 5, 9, "TroupeDone", "{s:i}", "code", 0);
	rig_collect(rig);
	rig_assert_done(rig, 2, DONE_KEPT);
	rig_send_from(rig, workers[0], 5, 10, "TroupeDone", "{s:i}", "code", 0);
	rig_collect(rig);
	rig_assert_done(rig, 2, DONE_KEPT);
}

static void test_workers_die(void **state)
{
	struct rig *rig = *state;

	lead(rig, 1);
	died(rig, worker_at(rig, 0), 3, "killed");
	assert_int_equal(work_of(rig, worker_at(rig, 1)), 1); /* done by another */
	rig_assert_done(rig, 2, DONE_KEPT);
	died(rig, worker_at(rig, 1), 4, "killed");
	rig_collect(rig);
	rig_assert_done(rig, 2, DONE_CRASHED);
	assert_string_equal(
		rig_done(rig, 2)->text, "two workers died of it, the last: killed: signal 11");
	assert_int_equal(worker_at(rig, 2), 0);
	rig_send(rig, 5, 5, "Job", "{s:i}", "n", 2);
	assert_int_equal(work_of(rig, worker_at(rig, 2)), 2);
	done(rig, worker_at(rig, 2), 6, 0, "");
	rig_collect(rig);
	rig_assert_done(rig, 5, DONE_FINISHED);
}

static void test_workers_do_not_start(void **state)
{
	struct rig *rig = *state;

	lead(rig, 1);
	died(rig, worker_at(rig, 0), 3, "failed");
	died(rig, worker_at(rig, 1), 4, "failed");
	rig_collect(rig);
	rig_assert_done(rig, 2, DONE_FAILED);
	assert_int_equal(rig_done(rig, 2)->code, TSP_ESTART);
}

static size_t exits_sent(struct rig *rig)
{
	rig_collect(rig);
	return rig_sent_count(rig, "ActorExitRequest");
}

static void test_dismissal(void **state)
{
	struct rig *rig = *state;

	lead(rig, 3);
	for (uint64_t i = 0; i < 3; i++)
		done(rig, worker_at(rig, i), 5 + i, 0, "");
	rig_pass_ms(rig, 1900);
	assert_int_equal(exits_sent(rig), 0);
	rig_send(rig, 5, 8, "Job", "{s:i}", "n", 4); /* one is used meanwhile */
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "Create"), 3);
	rig_pass_ms(rig, 100);
	assert_int_equal(exits_sent(rig), 1); /* idle_count stays */
	rig_send(rig, 5, 9, NULL, "s", "troupe:status?");
	rig_collect(rig);
	assert_non_null(rig_sent(rig, ""));
	rig_pass_ms(rig, 10000);
	assert_int_equal(exits_sent(rig), 1);
}

static const char *last_text(struct rig *rig)
{
	static char text[512];
	const struct sent *sent;
	tsp_text found = { NULL, 0 };

	rig_collect(rig);
	sent = rig_sent(rig, "");
	assert_non_null(sent);
	assert_true(tsp_value_text(sent->value, &found));
	snprintf(text, sizeof(text), "%.*s", (int)found.size, found.data);
	return text;
}

static void test_settings(void **state)
{
	struct rig *rig = *state;
	char address[TSP_ADDRESS_TEXT];
	char expected[200];

	lead(rig, 0);
	rig_send(rig, 5, 2, NULL, "s", "troupe:status?");
	assert_string_equal(
		last_text(rig), "Idle=1, Max=3, Troupers [0, 0 idle, 0 extra]: [], Pending=0");
	rig_send(rig, 5, 3, NULL, "s", "troupe:set_max_count=1");
	assert_string_equal(last_text(rig), "Set troupe max_count to 1");
	rig_send(rig, 5, 4, NULL, "s", "troupe:set_idle_count=0");
	assert_string_equal(last_text(rig), "Set troupe idle_count to 0");
	rig_send(rig, 5, 5, NULL, "s", "troupe:set_max_count=many");
	assert_string_equal(last_text(rig),
		"cannot set troupe max_count to 'many': not a number from 1 to 1000");
	rig_send(rig, 5, 6, "Job", "{s:i}", "n", 1);
	rig_send(rig, 5, 7, "Job", "{s:i}", "n", 2);
	rig_send(rig, 5, 8, NULL, "s", "troupe:status?");
	snprintf(expected, sizeof(expected),
		"Idle=0, Max=1, Troupers [1, 0 idle, 0 extra]: [%s], Pending=1",
		tsp_address_text((tsp_address){ SYSTEM, worker_at(rig, 0) }, address));
	assert_string_equal(last_text(rig), expected);
	rig_send(rig, 5, 9, "UpdateTroupeSettings", "{s:i}", "max_count", 2);
	rig_collect(rig);
	assert_int_equal(rig_uint(rig_sent(rig, "UpdateTroupeSettings"), "max_count"), 2);
	assert_int_equal(rig_uint(rig_sent(rig, "UpdateTroupeSettings"), "idle_count"), 0);
	assert_int_equal(work_of(rig, worker_at(rig, 1)), 2); /* takes effect at once */
	rig_assert_done(rig, 9, DONE_FINISHED);		      /* and is nobody's work */
	assert_int_equal(rig_sent_count(rig, "TroupeWork"), 2);
	rig_send(rig, 5, 10, "UpdateTroupeSettings", "{s:i}", "max_count", 1);
	assert_int_equal(exits_sent(rig), 0); /* lower limits as work completes */
	done(rig, worker_at(rig, 0), 11, 0, "");
	assert_int_equal(exits_sent(rig), 1);
}

static void test_leader_exits(void **state)
{
	struct rig *rig = *state;

	lead(rig, 4);
	rig_send(rig, 5, 6, "ActorExitRequest", "{}");
	rig_collect(rig);
	for (size_t i = 0; i < 3; i++)
		assert_int_not_equal(rig_ended_child(rig, i), 0);
	done(rig, worker_at(rig, 0), 7, 0, ""); /* it was at it, and did it */
	rig_collect(rig);
	rig_assert_done(rig, 2, DONE_FINISHED);
	for (uint64_t i = 0; i < 3; i++)
		died(rig, worker_at(rig, i), 8 + i, "exit request");
	rig_collect(rig);
	assert_int_equal(stage_count(rig->stage), 0);
	for (uint64_t sequence = 3; sequence <= 5; sequence++)
		rig_assert_done(rig, sequence, DONE_KEPT); /* the admin returns it */
	assert_int_equal(rig_sent_count(rig, "TroupeWork"), 3);
}

/* The holder of its name before it died, and its workers wait for nobody any more. */
static void test_workers_left_behind(void **state)
{
	struct rig *rig = *state;
	tsp_address left = { SYSTEM, 1234 };

	rig->more = classes;
	rig_system(rig, 5, 1, "CreateActor", "{s:s, s:s, s:a, s:s}", "class", "Crew", "source",
		"feed", "parent", ((tsp_address){ SYSTEM, 0 }), "name", "crew");
	rig_send(rig, 5, 2, "Job", "{s:i}", "n", 1);
	assert_int_equal(exits_sent(rig), 0);
	assert_non_null(rig_sent(rig, "ListChildren"));
	rig_system(rig, 5, 3, "Children", "{s:[{s:a, s:s}, {s:a, s:s}, {s:a, s:s}]}", "children",
		"address", left, "class", "Crew", "address",
		((tsp_address){ SYSTEM, worker_at(rig, 0) }), "class", "Crew", "address",
		((tsp_address){ SYSTEM, 1235 }), "class", "Other");
	assert_int_equal(exits_sent(rig), 1);
	assert_true(tsp_address_equal(rig_sent(rig, "ActorExitRequest")->to, left));
}

/* What is to be spared does not hold up what a full leader waits for. */
static void test_ahead_of_a_pause(void **state)
{
	struct rig *rig = *state;

	lead(rig, 0);
	rig_send(rig, 5, 2, "Job", "{s:i}", "n", 1);
	rig_frame(rig, FRAME_PAUSE, worker_at(rig, 0));
	done(rig, worker_at(rig, 0), 3, 0, "");
	rig_send(rig, 5, 4, "Job", "{s:i}", "n", 2);
	assert_int_equal(work_of(rig, worker_at(rig, 0)), 2);
}

/* ---- a worker: the rig is its leader, actor 98 ---- */

static void work(struct rig *rig, uint64_t leader, uint64_t sequence, const char *type, int n)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value message;

	tsp_begin_typed(builder, type);
	tsp_put_format(builder, "{s:i}", "n", n);
	tsp_end(builder);
	assert_int_equal(tsp_builder_value(builder, &message), TSP_OK);
	rig_relay(rig, leader, 5, sequence, "TroupeWork", "{s:a, s:e}", "sender",
		((tsp_address){ SYSTEM, 42 }), "message", message);
	tsp_builder_free(builder);
	rig_collect(rig);
}

static void test_worker(void **state)
{
	struct rig *rig = *state;
	size_t at;

	lead(rig, 0);
	rig->trace[0] = '\0';
	work(rig, 98, 2, "Job", 1);
	assert_string_equal(rig->trace, "job1,42 "); /* the original sender */
	assert_int_equal(rig_sent(rig, "Result")->to.number, 42);
	at = rig_sent(rig, "TroupeDone")->at;
	assert_int_equal(rig_sent(rig, "TroupeDone")->to.number, 98);
	assert_true(rig_sent(rig, "Result")->at < at);
	work(rig, 98, 3, "Bad", 2);
	assert_true(rig_sent(rig, "TroupeDone")->at > at);
	assert_string_equal(rig_text(rig_sent(rig, "TroupeDone"), "text"), "no luck");
	rig_assert_done(rig, 3, DONE_FINISHED); /* its leader makes the poison */
	assert_int_equal(rig_sent_count(rig, "TroupeDone"), 2);
	work(rig, 97, 4, "Job", 3); /* not its leader */
	assert_int_equal(rig_sent_count(rig, "TroupeDone"), 2);
	assert_string_equal(rig->trace, "job1,42 ");
	rig_send(rig, 5, 5, "Job", "{s:i}", "n", 4); /* others are handled as usual */
	assert_string_equal(rig->trace, "job1,42 job4,99 ");
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "TroupeDone"), 2);
	rig_assert_done(rig, 5, DONE_FINISHED);
	work(rig, 98, 6, "Leave", 5);
	assert_true(rig_bool(rig_sent(rig, "TroupeDone"), "leaving"));
	assert_true(rig_sent(rig, "TroupeDone")->at < rig_sent(rig, "Exited")->at);
}

static void test_steps(void **state)
{
	struct rig *rig = *state;

	lead(rig, 0);
	work(rig, 98, 2, "Long", 1);
	assert_null(rig_sent(rig, "TroupeDone"));
	rig_send(rig, 5, 3, "Job", "{s:i}", "n", 4);
	rig_collect(rig);
	assert_null(rig_sent(rig, "TroupeDone"));
	rig_send(rig, 5, 4, "Step", "n");
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "TroupeDone"), 1);
	work(rig, 98, 5, "Defer", 2); /* kept, and done when it is delivered again */
	rig_assert_done(rig, 5, DONE_KEPT);
	assert_int_equal(rig_sent_count(rig, "TroupeDone"), 1);
	rig_send(rig, 5, 6, "Job", "{s:i}", "n", 4);
	rig_collect(rig);
	rig_assert_done(rig, 5, DONE_FINISHED);
	assert_int_equal(rig_sent_count(rig, "TroupeDone"), 2);
}

/* ---- all in one host ---- */

static tsp_address troupe;

static int make_near(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	troupe = tsp_create(self, "Near", NULL);
	(void)tsp_sendf(self, troupe, "Job", "{s:i}", "n", 1);
	(void)tsp_sendf(self, troupe, "Bad", "{s:i}", "n", 2);
	return tsp_send_noted(self, 7, troupe, "Long", (tsp_value){ NULL, 0 });
}

static int use_near(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	assert_int_equal(tsp_sendf(self, troupe, "TroupeDone", "{s:i}", "code", 0), TSP_EPERM);
	assert_int_equal(tsp_sendf(self, troupe, "TroupeWork", "{s:i}", "n", 0), TSP_EPERM);
	for (int n = 10; n < 20; n++)
		assert_int_equal(tsp_sendf(self, troupe, "Job", "{s:i}", "n", n), TSP_OK);
	return TSP_OK;
}

static void test_one_host(void **state)
{
	struct rig *rig = *state;
	uint64_t worker;

	rig->more = classes;
	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, make_near);
	rig_run(rig);
	/* three workers, one of them in the midst of its work: no Handled of that yet */
	assert_int_equal(stage_count(rig->stage), 5);
	assert_string_equal(rig->trace, "job1,5 Result:1 PoisonMessage:-1 ");
	rig->trace[0] = '\0';
	rig_script(rig, 5, 3, use_near);
	rig_run(rig);
	assert_non_null(strstr(rig->trace, "Result:19 "));
	rig_pass_ms(rig, 2000);
	rig_collect(rig);
	/* one idle is kept, one is at work: the third's end comes by the admin */
	assert_int_equal(stage_count(rig->stage), 4);
	rig->trace[0] = '\0';
	rig_system(rig, troupe.number, 4, "ActorExitRequest", "{}");
	rig_collect(rig);
	for (size_t i = 0; (worker = rig_ended_child(rig, i)) != 0; i++)
		rig_system(rig, worker, 5 + i, "ActorExitRequest", "{}");
	rig_run(rig);
	assert_int_equal(stage_count(rig->stage), 2);
	rig_collect(rig);
	assert_null(rig_sent(rig, "Long"));
	for (size_t i = 0; i < rig->count; i++)
		if (strcmp(rig->sent[i].type, "Exited") == 0)
			rig_system(rig, troupe.number, 50 + i, "ChildActorExited", "{s:a, s:s}",
				"childAddress",
				((tsp_address){ SYSTEM, rig_uint(&rig->sent[i], "number") }),
				"reason", "exit request");
	assert_int_equal(stage_count(rig->stage), 1);
	rig_collect(rig);
	assert_non_null(rig_sent(rig, "Long")); /* what was not done goes back by the admin */
	assert_true(rig_sent(rig, "Long")->flags & FRAME_NOTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_leader),
		RIG_TEST(test_workers_die),
		RIG_TEST(test_workers_do_not_start),
		RIG_TEST(test_dismissal),
		RIG_TEST(test_settings),
		RIG_TEST(test_leader_exits),
		RIG_TEST(test_workers_left_behind),
		RIG_TEST(test_ahead_of_a_pause),
		RIG_TEST(test_worker),
		RIG_TEST(test_steps),
		RIG_TEST_SHARED(test_one_host),
	};

	return cmocka_run_group_tests_name("F157, F158, F171: troupe", tests, NULL, NULL);
}
