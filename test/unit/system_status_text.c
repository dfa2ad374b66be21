/* SPDX-License-Identifier: MIT */
/* F149: the printed form of a status (spec part 8.6). */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wire/message.h"

#define ADMIN "@7b.0"

static char *text_of(const char *type, const char *json)
{
	tsp_builder *b = tsp_builder_new();
	tsp_message *message;
	char *text = NULL;
	char *whole;
	tsp_value body;

	assert_true(asprintf(&whole, "{\"$type\": \"%s\", \"value\": %s}", type, json) > 0);
	assert_int_equal(tsp_value_from_json(whole, strlen(whole), b, NULL), 0);
	assert_int_equal(tsp_builder_value(b, &body), 0);
	message = message_new(body, TSP_NOBODY, TSP_NOBODY, true);
	assert_non_null(message);
	assert_int_equal(tsp_status_text(message, &text), 0);
	tsp_message_free(message);
	tsp_builder_free(b);
	free(whole);
	return text;
}

/* Each after the other, in this order. */
static void assert_order(const char *text, const char *const *parts)
{
	const char *at = text;

	for (size_t i = 0; parts[i] != NULL; i++) {
		at = strstr(at, parts[i]);
		if (at == NULL)
			fail_msg("'%s' is not there, or not in its place, in:\n%s", parts[i], text);
		at += strlen(parts[i]);
	}
}

static void test_system(void **state)
{
	static const char *const parts[] = { "Status of ActorSystem @ " ADMIN ": [IN SHUTDOWN]\n",
		"  |Capabilities [2]:\n", "                     Admin Port: 1900\n",
		"                           Name: it\n", "  |Appears to be the Convention Leader\n",
		"  |Convention Notifications [0]:\n", "  |Convention Attendees [0]:\n",
		"  |Primary Actors [3]:\n", "    @7b.1\n", "    and 2 more\n",
		"  |Rate Governer: none\n", "  |Pending Messages [9]:\n",
		"    @7b.1 --> @7b.2:  Hello {}\n", "    and 8 more\n",
		"  |Received Messages [0]:\n", "  |Pending Wakeups [0]:\n",
		"  |Pending Address Resolution [0]", "  |> ", "  |DeadLetter Handler: None\n",
		"  |DeadLetter Addresses [0]:\n", "  |Source Authority: @7b.5\n",
		"  |Loaded Sources [1]:\n", "    abcd  info  loaded, 2 actors\n",
		"  |Global Actors [1]:\n", "    Greeter -- @7b.1, 4 waiting, kept\n",
		"  |Hosts [1]:\n",
		"    pid 12 (shared), 2 actors, 1.5 MB, 1 sent, 0 waiting, busy since 2.5 s ago"
		" with Work in @7b.1\n",
		"  |Host User: nobody\n", NULL };
	char *text = text_of("Thespian_SystemStatus",
		"{\"adminAddress\": {\"$address\": \"" ADMIN "\"}, \"inShutdown\": true,"
		" \"capabilities\": {\"Admin Port\": 1900, \"Name\": \"it\"},"
		" \"childActors\": [{\"$address\": \"@7b.1\"}], \"childCount\": 3,"
		" \"governer\": \"none\", \"pendingCount\": 9, \"pendingMessages\": [{\"from\":"
		" {\"$address\": \"@7b.1\"}, \"to\": {\"$address\": \"@7b.2\"}, \"text\": \"Hello"
		" {}\"}], \"counters\": {\"accepted\": 1}, \"sourceAuthority\": {\"$address\":"
		" \"@7b.5\"}, \"loadedSources\": [{\"hash\": \"abcd\", \"info\": \"info\","
		" \"state\": \"loaded\", \"actors\": 2}], \"globalActors\": [{\"name\": \"Greeter\","
		" \"holder\": {\"$address\": \"@7b.1\"}, \"waiting\": 4, \"kept\": true}],"
		" \"hosts\": [{\"pid\": 12, \"actors\": 2, \"shared\": true, \"memory\": 1500000,"
		" \"sent\": 1, \"waiting\": 0, \"busy\": true, \"busy_ms\": 2500, \"in_work\":"
		" \"Work\", \"actor\": {\"$address\": \"@7b.1\"}}], \"hostUser\":"
		" \"nobody\", \"hostsApart\": true}");

	(void)state;
	assert_order(text, parts);
	free(text);
}

static void test_actor(void **state)
{
	static const char *const parts[] = { "Status of Worker Actor @ @7b.1 EXITING:\n",
		"  |Source Hash: abcd\n", "  |Administrator: " ADMIN "\n",
		"  |Parent Actor: @7b.0\n", "  |Child Actors [0]:\n",
		"  |Rate Governer: ", "  |Pending Messages [0]:\n", "  |Received Messages [0]:\n",
		"  |Pending Wakeups [1]:\n", "    in 1.500 s\n",
		"  |Pending Address Resolution [0]", NULL };
	char *text = text_of("Thespian_ActorStatus",
		"{\"actorAddress\": {\"$address\": \"@7b.1\"}, \"actorClass\": \"Worker\","
		" \"exiting\": true, \"sourceHash\": \"abcd\", \"adminAddress\": {\"$address\": \"" ADMIN
		"\"}, \"parentAddress\": {\"$address\": \"@7b.0\"}, \"pendingWakeups\":"
		" [{\"due_ms\": 1500}], \"wakeupCount\": 1}");

	(void)state;
	assert_order(text, parts);
	free(text);
}

/* Values first, in one column, sorted by name; capitals before small letters. */
static void test_counters(void **state)
{
	char *text = text_of("Thespian_ActorStatus",
		"{\"counters\": {\"zebra\": 7, \"ant\": 12345}, \"miscKeyVals\": {\"Actor.B\": 1,"
		" \"Actor.A\": 22}, \"hostActors\": 3}");

	(void)state;
	assert_non_null(strstr(text,
		"  |>    22 - Actor.A\n"
		"  |>     1 - Actor.B\n"
		"  |> 12345 - ant\n"
		"  |>     3 - hostActors\n"
		"  |>     7 - zebra\n"));
	free(text);
}

static void test_escaped(void **state)
{
	char *text = text_of("Thespian_ActorStatus",
		"{\"actorClass\": \"\\u001b[31mred\\nStatus of\", \"counters\": {\"a\\u0007b\": 1}}");

	(void)state;
	assert_non_null(strstr(text, "Status of \\x1b[31mred\\x0aStatus of Actor @ None:\n"));
	assert_non_null(strstr(text, "1 - a\\x07b\n"));
	free(text);
}

static void test_no_status(void **state)
{
	tsp_message *message = message_new(
		(tsp_value){ (const uint8_t *)"\xa0", 1 }, TSP_NOBODY, TSP_NOBODY, false);
	char *text = (char *)message;

	(void)state;
	assert_int_equal(tsp_status_text(message, &text), TSP_EVALUE);
	assert_ptr_equal(text, message);
	tsp_message_free(message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_actor),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_escaped),
		cmocka_unit_test(test_no_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
