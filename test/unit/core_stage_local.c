/* SPDX-License-Identifier: MIT */
/* Actors of one stage among themselves: local letters, creation, bounds, pauses, wake-ups. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core_stage_rig.h"
#include "wire/address.h"

static const tsp_value nothing;
static const tsp_address far = { SYSTEM, 4242 };

static int make_teller(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	rig_now->child = tsp_create(self, "Teller", NULL);
	return tsp_sendf(self, rig_now->child, "Hello", "{s:i}", "n", 1);
}

static void test_local_creation(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, make_teller);
	assert_int_equal(stage_count(rig->stage), 2);
	assert_int_equal(stage_deadline(rig->stage), 0);
	rig_run(rig);
	rig_collect(rig);
	assert_true(rig_bool(rig_sent(rig, "Create"), "local"));
	assert_int_equal(rig_uint(rig_sent(rig, "Create"), "number"), rig->child.number);
	assert_string_equal(rig_text(rig_sent(rig, "Create"), "source"), "feed");
	assert_int_equal(rig_sent(rig, "Create")->from.number, 5);
	assert_string_equal(rig->trace, "Hello:1 ");
	assert_null(rig_sent(rig, "Hello"));
}

static int make_stillborn(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	rig_now->child = tsp_create(self, "Stillborn", NULL);
	return tsp_sendf(self, rig_now->child, "Hello", "{s:i}", "n", 1);
}

static void test_local_init_fails(void **state)
{
	struct rig *rig = *state;
	struct sent *hello;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, make_stillborn);
	rig_run(rig);
	rig_collect(rig);
	/* what waited goes to the admin ahead of the end, so it comes back as poison */
	hello = rig_sent(rig, "Hello");
	assert_non_null(hello);
	assert_int_equal(hello->from.number, 5);
	assert_true(tsp_address_equal(hello->to, rig->child));
	assert_true(hello->at < rig_sent(rig, "Exited")->at);
	assert_int_equal(stage_count(rig->stage), 1);
}

static int make_abroad(tsp_actor *self, const tsp_message *message)
{
	tsp_create_options options = {
		.host = TSP_HOST_OWN, .role = "r", .argument = { (const uint8_t *)"\x05", 1 }
	};

	(void)message;
	rig_now->child = tsp_create(self, "Teller", &options);
	options = (tsp_create_options){ .source = "0123456789" };
	(void)tsp_create(self, "Other", &options);
	(void)tsp_create(self, "mod:Class", NULL);
	options = (tsp_create_options){ .name = "Named" };
	rig_now->result = tsp_address_equal(
		tsp_create(self, "Teller", &options), tsp_name_address(self, "Named"));
	options.name = "#bad";
	assert_true(tsp_address_is_nobody(tsp_create(self, "Teller", &options)));
	return tsp_sendf(self, rig_now->child, "Hello", "{s:i}", "n", 1);
}

static void test_creation_by_admin(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, make_abroad);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "Create"), 4);
	assert_string_equal(rig_text(&rig->sent[0], "class"), "Teller");
	assert_string_equal(rig_text(&rig->sent[0], "role"), "r");
	assert_false(rig_bool(&rig->sent[0], "local"));
	assert_string_equal(rig_text(&rig->sent[1], "source"), "0123456789");
	assert_string_equal(rig_text(&rig->sent[2], "module"), "mod");
	assert_string_equal(rig_text(&rig->sent[2], "class"), "Class");
	assert_string_equal(rig_text(&rig->sent[3], "name"), "Named");
	assert_true(rig->result);
	assert_non_null(rig_sent(rig, "Hello"));
	/* it is placed here after all: what is sent now may not overtake what went through the admin */
	rig_create(rig, rig->child.number, "Teller", 3);
	rig->script = NULL;
	rig_send(rig, rig->child.number, 4, "Hello", "{s:i}", "n", 1);
	assert_string_equal(rig->trace, "Hello:1 ");
}

static int send_to_child(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	return tsp_sendf(self, rig_now->child, "More", "{s:i}", "n", 2);
}

static void test_order_after_placement(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Script", 1);
	rig->child = far;
	rig_script(rig, 5, 2, send_to_child); /* goes abroad: not known here */
	rig_create(rig, far.number, "Teller", 3);
	rig_script(rig, 5, 4, send_to_child);
	rig_run(rig);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "More"), 2);
	assert_string_equal(rig->trace, "");
	rig->child.number = 4243;
	rig_create(rig, 4243, "Teller", 5);
	rig_script(rig, 5, 6, send_to_child); /* known before anything was sent: stays here */
	rig_run(rig);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "More"), 2);
	assert_string_equal(rig->trace, "More:2 ");
}

/* Who asks may be known by a name that another takes later, in this host: what went to it by the admin
 * is not overtaken. */
static void test_order_after_a_name_passed_on(void **state)
{
	struct rig *rig = *state;
	uint64_t name = address_of_name(SYSTEM, TSP_TEXT("Named"));

	rig_create(rig, 5, "Script", 1);
	rig->child = (tsp_address){ SYSTEM, name };
	rig->script = send_to_child;
	rig_send_from(rig, name, 5, 2, "Run", "n"); /* its holder lives elsewhere */
	rig_system(rig, far.number, 3, "CreateActor", "{s:s, s:s, s:s, s:a}", "class", "Teller",
		"source", "feed", "name", "Named", "parent", ((tsp_address){ SYSTEM, 0 }));
	rig_script(rig, 5, 4, send_to_child);
	rig_run(rig);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "More"), 2);
	assert_string_equal(rig->trace, "");
}

static int to_itself(tsp_actor *self, const tsp_message *message)
{
	int i;

	(void)message;
	for (i = 0; i < 3; i++)
		assert_int_equal(
			tsp_sendf(self, tsp_my_address(self), "Own", "{s:i}", "n", i), TSP_OK);
	assert_int_equal(tsp_send(self, TSP_NOBODY, "Own", nothing), TSP_EVALUE);
	assert_int_equal(tsp_send(self, far, "PoisonMessage", nothing), TSP_EPERM);
	assert_int_equal(tsp_send(self, tsp_my_system(self), "Exited", nothing), TSP_EPERM);
	assert_int_equal(tsp_sendf(self, far, "X", "["), TSP_EVALUE);
	assert_int_equal(
		tsp_send(self, far, "X", (tsp_value){ (const uint8_t *)"\xff", 1 }), TSP_EVALUE);
	assert_int_equal(tsp_send(self, tsp_my_address(self), NULL,
				 (tsp_value){ (const uint8_t *)"\xff", 1 }),
		TSP_EVALUE);
	rig_trace("first ");
	return TSP_OK;
}

static void test_to_itself_and_refusals(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, to_itself);
	rig_run(rig);
	rig_collect(rig);
	assert_string_equal(rig->trace, "first Own:0 Own:1 Own:2 ");
	assert_int_equal(rig->count, 6); /* nothing but the lines about it */
	assert_int_equal(rig_sent_count(rig, "LogRecord"), 6);
	assert_int_equal(atomic_load(&rig->page.refused), 6);
}

static int make_faulty(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	rig_now->child = tsp_create(self, "Faulty", NULL);
	assert_int_equal(tsp_send_noted(self, 7, rig_now->child, "Silent", nothing), TSP_OK);
	assert_int_equal(tsp_send_noted(self, 8, rig_now->child, "Once", nothing), TSP_OK);
	return tsp_send_noted(self, 9, rig_now->child, NULL, nothing);
}

static void test_local_poison_and_notes(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, make_faulty);
	rig_run(rig);
	rig_collect(rig);
	assert_string_equal(rig->trace,
		"silent silent once once PoisonMessage:-1 Handled:-1 Handled:-1 Handled:-1 ");
}

static int make_lazy(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	rig_now->child = tsp_create(self, "Lazy", NULL);
	(void)tsp_send(self, rig_now->child, "Work", nothing);
	(void)tsp_send(self, rig_now->child, "Work", nothing);
	return tsp_send(self, rig_now->child, "Open", nothing);
}

static void test_local_defer(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, make_lazy);
	rig_run(rig);
	assert_string_equal(rig->trace, "later later open work work ");
	assert_int_equal(atomic_load(&rig->page.local_waiting), 0);
}

static int exit_child(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	(void)tsp_send(self, rig_now->child, "ActorExitRequest", nothing);
	(void)tsp_send_noted(self, 3, rig_now->child, "Late", nothing);
	return tsp_exit(self);
}

static void test_local_exit(void **state)
{
	struct rig *rig = *state;
	struct sent *late;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, make_teller);
	rig_run(rig);
	rig_script(rig, 5, 3, exit_child);
	rig_run(rig);
	rig_collect(rig);
	assert_int_equal(rig->finis, 1);
	late = rig_sent(rig, "Late");
	assert_non_null(late);
	assert_int_equal(late->note, 3);
	assert_int_equal(late->from.number, 5);
	assert_int_equal(
		rig_sent_count(rig, "Exited"), 1); /* the parent waits for the admin's word */
	rig_system(rig, 5, 4, "ChildActorExited", "{s:a}", "childAddress", rig->child);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "Exited"), 2);
	assert_true(stage_is_empty(rig->stage));
}

static int talk_and_end(tsp_actor *self, const tsp_message *message)
{
	tsp_address parent = tsp_my_parent(self);

	(void)message;
	(void)parent;
	return tsp_sendf(self, tsp_my_address(self), "Last", "{s:i}", "n", 1);
}

static void test_child_exit_behind_its_words(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, talk_and_end);
	rig_system(rig, 5, 3, "ChildActorExited", "{s:i, s:a}", "n", 5, "childAddress", far);
	rig_collect(rig);
	assert_null(rig_done(rig, 3));
	rig_run(rig);
	rig_collect(rig);
	assert_string_equal(rig->trace, "Last:1 ChildActorExited:5 ");
	rig_assert_done(rig, 3, DONE_FINISHED);
	/* and an exit hears of it, too */
	rig_script(rig, 5, 4, talk_and_end);
	rig_system(rig, 5, 5, "ChildActorExited", "{s:a}", "childAddress", far);
	rig_send(rig, 5, 6, "ActorExitRequest", "n");
	rig_collect(rig);
	rig_assert_done(rig, 5, DONE_FINISHED);
	assert_non_null(rig_sent(rig, "Exited"));
}

static int flood(tsp_actor *self, const tsp_message *message)
{
	int rc = TSP_OK;
	int count = 0;

	(void)message;
	while (rc == TSP_OK && count < 100000) {
		rc = tsp_sendf(self, rig_now->child, "Data", "{s:i}", "n", count);
		if (rc == TSP_OK)
			count++;
	}
	rig_now->result = count;
	return rc == TSP_EBACKLOG ? TSP_OK : TSP_EFAILED;
}

static void test_local_bound(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, make_teller);
	rig_run(rig);
	rig_script(rig, 5, 3, flood);
	assert_int_equal(rig->result, 16384);
	rig_run(rig);
	rig_collect(rig);
	rig_assert_done(rig, 3, DONE_FINISHED);
}

static void test_pause(void **state)
{
	struct rig *rig = *state;
	size_t i;
	int n = 0;

	rig_create(rig, 5, "Script", 1);
	rig->child = far;
	rig_frame(rig, FRAME_PAUSE, far.number);
	rig_frame(rig, FRAME_PAUSE, far.number);
	rig_script(rig, 5, 2, flood);
	assert_int_equal(rig->result, 4096);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "Data"), 0);
	rig_frame(rig, FRAME_RESUME, far.number);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "Data"), 4096);
	for (i = 0; i < rig->count; i++)
		if (strcmp(rig->sent[i].type, "Data") == 0)
			assert_int_equal(rig_uint(&rig->sent[i], "n"), n++);
	/* an exit lets out what waits: later nobody may say it */
	rig_frame(rig, FRAME_PAUSE, far.number);
	rig_script(rig, 5, 3, send_to_child);
	rig_send(rig, 5, 4, "ActorExitRequest", "n");
	rig_collect(rig);
	assert_true(rig_sent(rig, "More")->at < rig_sent(rig, "Exited")->at);
}

static int send_big(tsp_actor *self, const tsp_message *message)
{
	size_t size = (size_t)64 * 1024 * 1024;
	uint8_t *bytes = calloc(1, size);

	(void)message;
	assert_non_null(bytes);
	bytes[0] = 0x5a;
	bytes[1] = 0x03;
	bytes[2] = 0xff;
	bytes[3] = 0xff;
	bytes[4] = 0xfb; /* with its head 64 MiB */
	rig_now->result = tsp_send(self, far, NULL, (tsp_value){ bytes, size });
	assert_int_equal(tsp_send(self, far, "Big", (tsp_value){ bytes, size }), TSP_ETOOBIG);
	assert_int_equal(
		tsp_send(self, far, "Small", nothing), TSP_EBACKLOG); /* the outbox is full */
	free(bytes);
	return TSP_OK;
}

static void test_size(void **state)
{
	struct rig *rig = *state;

	rig->flush = false;
	rig_create(rig, 5, "Script", 1);
	rig_collect(rig);
	rig_script(rig, 5, 2, send_big);
	assert_int_equal(rig->result, TSP_OK);
	assert_true(rig->flushes > 0);
}

static int wake(tsp_actor *self, const tsp_message *message)
{
	(void)message;
	(void)tsp_wakeup_after(self, 30, (tsp_value){ (const uint8_t *)"\x03", 1 });
	(void)tsp_wakeup_after(self, 10, nothing);
	(void)tsp_wakeup_after(self, 20, nothing);
	return tsp_wakeup_after(self, 10, nothing);
}

static void test_wakeups(void **state)
{
	struct rig *rig = *state;

	rig->now = CLOCK_SECOND;
	rig_create(rig, 5, "Script", 1);
	assert_true(stage_deadline(rig->stage) == CLOCK_NEVER);
	rig_script(rig, 5, 2, wake);
	assert_true(stage_deadline(rig->stage) == CLOCK_SECOND + 10 * CLOCK_MS);
	rig_run(rig);
	assert_string_equal(rig->trace, "");
	rig->now += 20 * CLOCK_MS;
	rig_run(rig);
	assert_string_equal(rig->trace, "WakeupMessage:-1 WakeupMessage:-1 WakeupMessage:-1 ");
	assert_true(stage_deadline(rig->stage) == CLOCK_SECOND + 30 * CLOCK_MS);
	rig_send(rig, 5, 3, "ActorExitRequest", "n");
	rig->now += 20 * CLOCK_MS;
	rig_run(rig);
	assert_string_equal(rig->trace,
		"WakeupMessage:-1 WakeupMessage:-1 WakeupMessage:-1 ActorExitRequest:-1 ");
	assert_true(stage_deadline(rig->stage) == CLOCK_NEVER);
}

static int watch_two(tsp_actor *self, const tsp_message *message)
{
	const int descriptors[] = { 3, 4 };

	(void)message;
	return tsp_watch(self, descriptors, 2);
}

static void test_watch(void **state)
{
	struct rig *rig = *state;
	const int ready = 4;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, watch_two);
	assert_int_equal(rig->watched_by, 5);
	assert_int_equal(rig->watches, 2);
	stage_readable(rig->stage, 5, &ready, 1);
	assert_int_equal(rig->watched_by, 0);
	rig_run(rig);
	assert_string_equal(rig->trace, "WatchMessage:-1 ");
	rig_script(rig, 5, 3, watch_two);
	rig_send(rig, 5, 4, "Other", "n"); /* valid for one message */
	assert_int_equal(rig->watches, 0);
}

static int make_many(tsp_actor *self, const tsp_message *message)
{
	int i;

	(void)message;
	for (i = 0; i < 2000; i++) {
		tsp_address child = tsp_create(self, "Script", NULL);

		assert_int_equal(tsp_sendf(self, child, "Hello", "{s:i}", "n", i), TSP_OK);
	}
	return TSP_OK;
}

static void test_many(void **state)
{
	struct rig *rig = *state;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, make_many);
	assert_int_equal(stage_count(rig->stage), 2001);
	assert_true(rig->flushes > 1);
	rig_run(rig);
	assert_int_equal(stage_count(rig->stage), 2001);
	rig_collect(rig);
	assert_int_equal(rig_sent_count(rig, "Create"), 2000);
	stage_trim(rig->stage);
	stage_exit_all(rig->stage);
	rig_run(rig);
	assert_int_equal(stage_count(rig->stage), 1);
}

static int requests(tsp_actor *self, const tsp_message *message)
{
	const char *const names[] = { "A", "B" };
	const tsp_address targets[] = { far, far };

	(void)message;
	assert_int_equal(tsp_take_names(self, names, 2), TSP_OK);
	assert_int_equal(tsp_give_names(self, names, targets, 2), TSP_OK);
	assert_int_equal(tsp_keep_names(self, names, 2, 0), TSP_OK);
	assert_int_equal(tsp_free_names(self, names, 2), TSP_OK);
	assert_int_equal(tsp_list_children(self), TSP_OK);
	assert_int_equal(tsp_handle_dead_letters(self, true), TSP_OK);
	assert_int_equal(tsp_register_source_authority(self), TSP_OK);
	assert_int_equal(tsp_validated_source(self, "ab", "zip", 3, 0, NULL), TSP_OK);
	assert_int_equal(tsp_validated_source(self, "ab", NULL, 0, TSP_EREJECTED, NULL), TSP_OK);
	assert_int_equal(tsp_load_source(self, "data", 4, "info"), TSP_OK);
	assert_int_equal(tsp_unload_source(self, "abcdef"), TSP_OK);
	assert_int_equal(tsp_notify_on_source_availability(self, true), TSP_OK);
	assert_int_equal(tsp_update_capability(self, "c", nothing), TSP_OK);
	assert_int_equal(tsp_system_shutdown(self), TSP_OK);
	tsp_log(self, "warning", "a %s", "line");
	return TSP_OK;
}

static void test_requests(void **state)
{
	static const char *const expected[] = { "TakeNames", "GiveNames", "KeepNames", "FreeNames",
		"ListChildren", "HandleDeadLetters", "RegisterSourceAuthority", "ValidatedSource",
		"ValidatedSource", "LoadSource", "UnloadSource", "NotifyOnSourceAvailability",
		"UpdateCapability", "SystemShutdown", "LogRecord" };
	struct rig *rig = *state;
	size_t i;

	rig_create(rig, 5, "Script", 1);
	rig_script(rig, 5, 2, requests);
	rig_collect(rig);
	assert_int_equal(rig->count, sizeof(expected) / sizeof(expected[0]));
	for (i = 0; i < rig->count; i++) {
		assert_string_equal(rig->sent[i].type, expected[i]);
		assert_int_equal(rig->sent[i].to.number, 0);
		assert_int_equal(rig->sent[i].from.number, 5);
	}
	assert_int_equal(rig_uint(&rig->sent[2], "keep_ms"), 60000);
	assert_string_equal(rig_text(&rig->sent[14], "text"), "a line");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST_SHARED(test_local_creation),
		RIG_TEST_SHARED(test_local_init_fails),
		RIG_TEST_SHARED(test_creation_by_admin),
		RIG_TEST_SHARED(test_order_after_placement),
		RIG_TEST_SHARED(test_order_after_a_name_passed_on),
		RIG_TEST_SHARED(test_to_itself_and_refusals),
		RIG_TEST_SHARED(test_local_poison_and_notes),
		RIG_TEST_SHARED(test_local_defer),
		RIG_TEST_SHARED(test_local_exit),
		RIG_TEST_SHARED(test_child_exit_behind_its_words),
		RIG_TEST_SHARED(test_local_bound),
		RIG_TEST_SHARED(test_pause),
		RIG_TEST_SHARED(test_size),
		RIG_TEST_SHARED(test_wakeups),
		RIG_TEST_SHARED(test_watch),
		RIG_TEST_SHARED(test_many),
		RIG_TEST_SHARED(test_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
