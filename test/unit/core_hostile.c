/* SPDX-License-Identifier: MIT */
/* Hosts that say what they should not, actors that go at the wrong time: the admin stands. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "core/morgue.h"
#include "machine.h"
#include "machine_actors.h"
#include "wire/address.h"

static const tsp_address admin_address = { 0x5157, 0 };

static int setup(void **state)
{
	static struct machine machine;
	const struct admin_config config = { .cores = 1 };

	machine_open(&machine, &config, machine_classes);
	*state = &machine;
	return 0;
}

static int teardown(void **state)
{
	machine_close(*state);
	return 0;
}

/* A frame that a host writes by itself, whatever its stage thinks. */
static int host_says(struct machine *machine, struct machine_host *host, tsp_address from,
	tsp_address to, const char *type, const char *format, ...)
{
	struct frame frame = { .kind = FRAME_ENVELOPE, .to = to, .from = from };
	tsp_builder *b = tsp_builder_new();
	tsp_value body;
	va_list args;
	int rc;

	tsp_begin_typed(b, type);
	va_start(args, format);
	tsp_put_vformat(b, format, args);
	va_end(args);
	tsp_end(b);
	assert_int_equal(tsp_builder_value(b, &body), 0);
	frame.body = body.data;
	frame.body_size = body.size;
	rc = admin_receive(machine->admin, host->link, &frame, machine->now);
	tsp_builder_free(b);
	return rc;
}

static void test_dead_letter_handler_goes_with_letters_unread(void **state)
{
	struct machine *machine = *state;
	tsp_address handler = machine_create(machine, "Parent", NULL, TSP_HOST_SHARED);
	tsp_address echo = machine_create(machine, "Echo", NULL, TSP_HOST_SHARED);
	struct machine_host *host = machine_host_of(machine, "Parent");
	uint64_t reply;

	assert_ptr_equal(host, machine_host_of(machine, "Echo"));
	(void)machine_send(machine, handler, "Letters", "{}");
	machine_run(machine);
	host->stopped = true;
	assert_int_equal(host_says(machine, host, echo, handler, "Note", "n"), 0);
	assert_int_equal(host_says(machine, host, admin_address, admin_address, "Exited",
				 "{s:u, s:s, s:s}", "number", handler.number, "reason", "exited",
				 "detail", ""),
		0);
	host->stopped = false;
	machine_run(machine);
	reply = machine_send(machine, echo, "Echo", "{s:i}", "n", 1);
	machine_run(machine);
	assert_non_null(machine_reply(machine, reply));
	assert_int_equal(machine_counter(machine, "returned"), 1);
}

static void test_end_while_a_name_has_its_turn(void **state)
{
	struct machine *machine = *state;
	tsp_address named = machine_create(machine, "Echo", "named", TSP_HOST_OWN);
	struct machine_host *host = machine_host_of(machine, "Echo");

	host->stopped = true;
	/* More than the credit: the rest waits in the name's mailbox, for its turn at the host. */
	for (int i = 0; i < 1000; i++)
		(void)machine_send(machine, named, "Count", "{s:i}", "n", i);
}

/* What was deferred counts for the mailbox; its senders go on when it is handled at last. */
static void test_kept_messages_let_senders_go_on(void **state)
{
	struct machine *machine = *state;
	tsp_address echo = machine_create(machine, "Echo", NULL, TSP_HOST_SHARED);
	struct machine_host *host = machine_host_of(machine, "Echo");
	tsp_address other = machine_create(machine, "Parent", NULL, TSP_HOST_OWN);
	struct machine_host *sender = machine_host_of(machine, "Parent");
	struct done kept = { .first = 2, .count = 50, .kind = DONE_KEPT };
	struct frame done = { .kind = FRAME_DONE };
	struct frame frame;
	struct buffer body;
	uint64_t reply;

	reply = machine_request(machine, "UpdateCapability", "{s:s, s:i}", "name",
		"Mailbox Messages", "value", 40);
	assert_true(tsp_message_is(machine_reply(machine, reply), "Updated"));
	host->stopped = true;
	sender->stopped = true;
	for (int i = 0; i < 50; i++)
		assert_int_equal(host_says(machine, sender, other, echo, "Count", "{s:i}", "n", i), 0);
	buffer_init(&body, 4096);
	assert_int_equal(done_put(&body, &kept), 0);
	done.body = body.data;
	done.body_size = body.size;
	assert_int_equal(admin_receive(machine->admin, host->link, &done, machine->now), 0);
	/* all are kept, none waits: one more, and the sender is asked to pause */
	buffer_clear(&sender->in);
	assert_int_equal(host_says(machine, sender, other, echo, "Count", "{s:i}", "n", 50), 0);
	assert_true(frame_get(sender->in.data, sender->in.size, FRAME_LIMIT, &frame, NULL) > 0);
	assert_int_equal(frame.kind, FRAME_PAUSE);
	assert_int_equal(frame.to.number, echo.number);
	buffer_clear(&sender->in);
	body.size = 0;
	kept.kind = DONE_FINISHED;
	kept.count = 51;
	assert_int_equal(done_put(&body, &kept), 0);
	done.body = body.data;
	done.body_size = body.size;
	assert_int_equal(admin_receive(machine->admin, host->link, &done, machine->now), 0);
	assert_true(sender->in.size > 0);
	assert_true(frame_get(sender->in.data, sender->in.size, FRAME_LIMIT, &frame, NULL) > 0);
	assert_int_equal(frame.kind, FRAME_RESUME);
	assert_int_equal(frame.to.number, echo.number);
	buffer_clear(&sender->in);
	buffer_clear(&host->in);
	buffer_clear(&body);
}

/* The same where the messages go to the name that the actor holds. */
static void test_kept_messages_of_a_name_are_bounded(void **state)
{
	struct machine *machine = *state;
	tsp_address named = machine_create(machine, "Echo", "deferring", TSP_HOST_SHARED);
	struct machine_host *host = machine_host_of(machine, "Echo");
	uint64_t reply = machine_request(machine, "UpdateCapability", "{s:s, s:i}", "name",
		"Mailbox Messages", "value", 40);
	uint64_t sequence = 1; /* its creation */
	int refused = 0;
	struct buffer body;

	assert_true(tsp_message_is(machine_reply(machine, reply), "Updated"));
	host->stopped = true;
	buffer_init(&body, 4096);
	for (int i = 0; i < 40000 && refused == 0; i++) {
		struct done kept = { .first = ++sequence, .count = 1, .kind = DONE_KEPT };
		struct frame done = { .kind = FRAME_DONE };

		reply = machine_send(machine, named, "Count", "{s:i}", "n", i);
		body.size = 0;
		assert_int_equal(done_put(&body, &kept), 0);
		done.body = body.data;
		done.body_size = body.size;
		if (admin_receive(machine->admin, host->link, &done, machine->now) < 0)
			refused = i;
		buffer_clear(&host->in);
	}
	/* it was not sent on: the host spoke of a number that it never got */
	assert_true(refused >= 40);
	buffer_clear(&body);
	host->killed = true;
	host->status = 9;
}

static void test_runs_past_what_was_sent_end_the_host(void **state)
{
	struct machine *machine = *state;
	tsp_address echo = machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT);
	struct machine_host *host = machine_host_of(machine, "Echo");
	struct done run = { .first = 2, .count = 3, .kind = DONE_FINISHED };
	struct frame done = { .kind = FRAME_DONE };
	struct buffer body;

	host->stopped = true;
	for (int i = 0; i < 2; i++)
		(void)machine_send(machine, echo, "Count", "{s:i}", "n", i);
	buffer_init(&body, 4096);
	assert_int_equal(done_put(&body, &run), 0);
	done.body = body.data;
	done.body_size = body.size;
	assert_int_equal(
		admin_receive(machine->admin, host->link, &done, machine->now), TSP_EPROTOCOL);
	buffer_clear(&body);
	host->killed = true;
}

static void test_host_has_no_area_to_send_from(void **state)
{
	struct machine *machine = *state;
	tsp_address echo = machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT);
	struct machine_host *host = machine_host_of(machine, "Echo");
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.to = echo,
		.from = echo,
		.body = (const uint8_t *)"\xf6",
		.body_size = 1 };

	assert_int_equal(admin_receive(machine->admin, host->link, &frame, machine->now), TSP_OK);
	frame.flags = FRAME_APART;
	assert_int_equal(
		admin_receive(machine->admin, host->link, &frame, machine->now), TSP_EPROTOCOL);
	host->killed = true;
}

/* What is kept of a message may be the memory that it came in. */
static void test_memory_is_taken_over(void **state)
{
	struct machine *machine = *state;
	tsp_address echo = machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT);
	struct machine_host *host = machine_host_of(machine, "Echo");
	uint8_t *memory = malloc(8);
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.to = echo,
		.from = echo,
		.body = memory + 7,
		.body_size = 1,
		.memory = &memory };
	int64_t finished = machine_counter(machine, "finished");

	assert_non_null(memory);
	memory[7] = 0xf6;
	assert_int_equal(admin_receive(machine->admin, host->link, &frame, machine->now), TSP_OK);
	assert_null(memory);
	machine_run(machine);
	assert_int_equal(machine_counter(machine, "finished"), finished + 1);

	/* where nothing is kept, nothing is taken */
	memory = malloc(8);
	assert_non_null(memory);
	memory[7] = 0xf6;
	frame.body = memory + 7;
	frame.to.number = 12345;
	assert_int_equal(admin_receive(machine->admin, host->link, &frame, machine->now), TSP_OK);
	assert_non_null(memory);
	free(memory);

	/* what a host has not handled yet is freed at the end */
	memory = malloc(8);
	assert_non_null(memory);
	memory[7] = 0xf6;
	frame.body = memory + 7;
	frame.to = echo;
	host->stopped = true;
	assert_int_equal(admin_receive(machine->admin, host->link, &frame, machine->now), TSP_OK);
	assert_null(memory);
}

static void test_host_is_not_the_system(void **state)
{
	struct machine *machine = *state;
	tsp_address evil = machine_create(machine, "Parent", NULL, TSP_HOST_OWN);
	struct machine_host *host = machine_host_of(machine, "Parent");
	tsp_address echo = machine_create(machine, "Echo", NULL, TSP_HOST_OWN);
	int64_t forged = machine_counter(machine, "forged");

	(void)evil;
	assert_int_equal(host_says(machine, host, admin_address, echo, "Count", "{s:i}", "n", 0), 0);
	machine_run(machine);
	assert_int_equal(machine_counter(machine, "forged"), forged + 1);
}

static void test_caller_gets_no_message_without_a_body(void **state)
{
	struct machine *machine = *state;
	tsp_address evil = machine_create(machine, "Echo", NULL, TSP_HOST_OWN);
	struct machine_host *host = machine_host_of(machine, "Echo");
	struct frame frame = {
		.kind = FRAME_ENVELOPE,
		.flags = FRAME_EMPTY | FRAME_NOTED,
		.from = evil,
		.to = { 0x5157, (machine->caller.lease << ADDRESS_LEASE_SHIFT) | 1 },
		.sequence = 7,
	};

	assert_int_equal(admin_receive(machine->admin, host->link, &frame, machine->now), 0);
	assert_int_equal(machine->caller.in.size, 0);
}

static void test_capabilities_fit_into_a_hello(void **state)
{
	struct machine *machine = *state;
	char *big = malloc(70000);
	uint64_t reply;

	memset(big, 'x', 69999);
	big[69999] = '\0';
	reply = machine_request(
		machine, "UpdateCapability", "{s:s, s:s}", "name", "Big", "value", big);
	free(big);
	assert_true(tsp_message_is(machine_reply(machine, reply), "RequestFailed"));
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_ETOOBIG);
	assert_false(
		tsp_address_is_nobody(machine_create(machine, "Echo", NULL, TSP_HOST_DEFAULT)));
}

static void test_packages_that_wait_are_bounded(void **state)
{
	struct machine *machine = *state;
	tsp_address authority = machine_create(machine, "Parent", NULL, TSP_HOST_OWN);
	struct machine_host *host = machine_host_of(machine, "Parent");
	uint64_t reply = 0;

	assert_int_equal(host_says(machine, host, authority, admin_address,
				 "RegisterSourceAuthority", "{}"),
		0);
	host->stopped = true;
	for (int i = 0; i < 1100; i++) {
		char data[16] = "bad";

		memcpy(data + 4, &i, sizeof(i));
		reply = machine_request(
			machine, "LoadSource", "{s:B}", "data", data, sizeof(data));
		if (machine_reply(machine, reply) != NULL)
			break;
	}
	assert_non_null(machine_reply(machine, reply));
	assert_int_equal(tsp_get_int(machine_reply(machine, reply), "code", 0), TSP_EBACKLOG);
	host->stopped = false;
	machine_run(machine);
	reply = machine_request(machine, "LoadSource", "{s:B}", "data", "bad", (size_t)3);
	assert_true(tsp_message_is(machine_reply(machine, reply), "SourceFailed"));
}

/* Words of a host are cut for the answer: between characters, or it could not be sent. */
static void test_long_words_reach_who_asked(void **state)
{
	struct machine *machine = *state;

	for (int shift = 0; shift < 2; shift++) {
		tsp_address echo = machine_create(machine, "Echo", NULL, TSP_HOST_OWN);
		struct machine_host *host = machine_host_of(machine, "Echo");
		char detail[1000] = "";
		uint64_t reply;

		memset(detail, 'x', (size_t)shift);
		while (strlen(detail) < 900)
			strcat(detail, "\xc3\xa4");
		host->stopped = true;
		reply = machine_send(machine, echo, "Echo", "n");
		assert_int_equal(host_says(machine, host, admin_address, admin_address, "Exited",
					 "{s:u, s:s, s:s}", "number", echo.number, "reason",
					 "failed", "detail", detail),
			0);
		host->killed = true;
		machine_run(machine);
		assert_non_null(machine_reply(machine, reply));
		assert_true(tsp_message_is(machine_reply(machine, reply), "PoisonMessage"));
	}
}

#define HOSTILE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Of what a host says of its own actors' poison only as much is kept as has a bound. */
static tsp_value poisoned(struct machine *machine, tsp_address from, tsp_address to, size_t size)
{
	struct machine_host *host = machine_host_of(machine, "Parent");
	static const uint8_t message[] = { 0xf6 };
	char *text = malloc(size + 1);
	tsp_message *shelf;
	uint64_t reply;

	assert_non_null(text);
	memset(text, 'x', size);
	text[size] = '\0';
	assert_int_equal(host_says(machine, host, admin_address, admin_address, "Poisoned",
				 "{s:a, s:a, s:e, s:i, s:s, s:s}", "from", from, "to", to,
				 "message", (tsp_value){ message, sizeof(message) }, "code",
				 TSP_EFAILED, "outcome", "failed", "details", text),
		0);
	free(text);
	reply = machine_request(machine, "ListMorgue", "{s:i}", "shelf", TSP_MORGUE_POISON);
	shelf = machine_reply(machine, reply);
	assert_true(tsp_message_is(shelf, "Morgue"));
	assert_true(tsp_get_int(shelf, "bytes", -1) <= (int64_t)MORGUE_BYTES);
	return tsp_get(shelf, "entries");
}

static tsp_address make_child(struct machine *machine, tsp_address parent)
{
	uint64_t reply = machine_send(
		machine, parent, "Make", "{s:s, s:i}", "class", "Echo", "host", TSP_HOST_SHARED);

	machine_run(machine);
	return tsp_get_address(machine_reply(machine, reply), "child");
}

static void test_poison_with_a_text_without_end(void **state)
{
	struct machine *machine = *state;
	tsp_address parent = machine_create(machine, "Parent", NULL, TSP_HOST_SHARED);
	tsp_address child = make_child(machine, parent);
	tsp_value entries;
	tsp_text text = { NULL, 0 };

	/* a host's first actor has the number that the caller itself has in its own lease */
	assert_int_equal(child.number & ADDRESS_COUNTER_MASK, 1);
	(void)poisoned(machine, child, parent, 10);
	(void)poisoned(machine, child, parent, MORGUE_BYTES + 1000000);
	entries = poisoned(machine, parent, child, MORGUE_BYTES - 100);
	assert_int_equal(tsp_value_count(entries), 3);
	assert_true(tsp_value_text(tsp_value_get(tsp_value_at(entries, 1), "text"), &text));
	assert_int_equal(text.size, MORGUE_TEXT);
	assert_int_equal(machine_counter(machine, "forged"), 0);
}

static void test_poison_of_others_is_forged(void **state)
{
	struct machine *machine = *state;
	tsp_address parent = machine_create(machine, "Parent", NULL, TSP_HOST_SHARED);
	tsp_address other = machine_create(machine, "Echo", NULL, TSP_HOST_OWN);
	tsp_address caller = { 0x5157, machine->caller.lease << ADDRESS_LEASE_SHIFT | 1 };
	tsp_value entries;

	(void)poisoned(machine, caller, parent, MORGUE_BYTES + 1000000);
	(void)poisoned(machine, other, parent, MORGUE_BYTES + 1000000);
	entries = poisoned(machine, parent, other, MORGUE_BYTES + 1000000);
	assert_int_equal(tsp_value_count(entries), 0);
	assert_int_equal(machine_counter(machine, "forged"), 3);
}

/* From the caller's own address, at which it is told and asks for nothing. */
static void send_from_base(struct machine *machine, int64_t id)
{
	struct frame frame = { .kind = FRAME_ENVELOPE, .to = admin_address,
		.from = { 0x5157, machine->caller.lease << ADDRESS_LEASE_SHIFT | 1 } };
	tsp_builder *b = tsp_builder_new();
	tsp_value body;

	tsp_begin_typed(b, "SendMorgue");
	tsp_put_format(b, "{s:i, s:I}", "shelf", TSP_MORGUE_DEAD, "id", id);
	tsp_end(b);
	assert_int_equal(tsp_builder_value(b, &body), 0);
	frame.body = body.data;
	frame.body_size = body.size;
	assert_int_equal(
		admin_receive(machine->admin, machine->caller.link, &frame, machine->now), 0);
	tsp_builder_free(b);
	machine_run(machine);
}

static tsp_message *dead_letters(struct machine *machine)
{
	uint64_t reply = machine_request(machine, "ListMorgue", "{s:i}", "shelf", TSP_MORGUE_DEAD);

	return machine_reply(machine, reply);
}

/* What is told from there and meets nobody is kept, and would be so in the place of what is being sent. */
static void test_only_an_ask_sends_again(void **state)
{
	struct machine *machine = *state;
	tsp_address actor = machine_create(machine, "Parent", NULL, TSP_HOST_OWN);
	tsp_value entry;
	tsp_message *reply;
	int64_t sent = -1;

	(void)machine_send(machine, actor, "PassOn", "{s:a}", "to",
		(tsp_address){ 0x5157, 0x7000001 });
	machine_run(machine);
	send_from_base(machine, 1);
	reply = machine_reply(machine, machine->caller.lease << ADDRESS_LEASE_SHIFT | 1);
	assert_true(tsp_message_is(reply, "RequestFailed"));
	assert_int_equal(tsp_get_int(reply, "code", 0), TSP_EPERM);
	entry = tsp_value_at(tsp_get(dead_letters(machine), "entries"), 0);
	assert_true(tsp_value_int(tsp_value_get(entry, "sent"), &sent));
	assert_int_equal(sent, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOSTILE_TEST(test_dead_letter_handler_goes_with_letters_unread),
		HOSTILE_TEST(test_end_while_a_name_has_its_turn),
		HOSTILE_TEST(test_kept_messages_let_senders_go_on),
		HOSTILE_TEST(test_kept_messages_of_a_name_are_bounded),
		HOSTILE_TEST(test_runs_past_what_was_sent_end_the_host),
		HOSTILE_TEST(test_host_has_no_area_to_send_from),
		HOSTILE_TEST(test_memory_is_taken_over),
		HOSTILE_TEST(test_host_is_not_the_system),
		HOSTILE_TEST(test_caller_gets_no_message_without_a_body),
		HOSTILE_TEST(test_capabilities_fit_into_a_hello),
		HOSTILE_TEST(test_packages_that_wait_are_bounded),
		HOSTILE_TEST(test_long_words_reach_who_asked),
		HOSTILE_TEST(test_poison_with_a_text_without_end),
		HOSTILE_TEST(test_poison_of_others_is_forged),
		HOSTILE_TEST(test_only_an_ask_sends_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
