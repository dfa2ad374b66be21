/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/inbox.h"
#include "wire/message.h"

static tsp_message *make(int number, size_t size)
{
	tsp_builder *builder = tsp_builder_new();
	char *bytes = calloc(1, size + 1);
	tsp_message *message;
	tsp_value value;

	tsp_put_format(builder, "{s:i, s:B}", "n", number, "fill", (const void *)bytes, size);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	message = message_new(value, TSP_NOBODY, TSP_NOBODY, false);
	assert_non_null(message);
	tsp_builder_free(builder);
	free(bytes);
	return message;
}

static int take(struct inbox *inbox)
{
	tsp_message *message = inbox_take(inbox);
	int number = message != NULL ? (int)tsp_get_int(message, "n", -1) : -2;

	tsp_message_free(message);
	return number;
}

static void first_in_first_out(void **state)
{
	struct inbox inbox;

	(void)state;
	inbox_init(&inbox);
	assert_null(inbox_take(&inbox));
	for (int i = 0; i < 3; i++)
		assert_int_equal(inbox_put(&inbox, make(i, 0)), TSP_OK);
	assert_int_equal(take(&inbox), 0);
	assert_int_equal(inbox_put(&inbox, make(3, 0)), TSP_OK);
	for (int i = 1; i < 4; i++)
		assert_int_equal(take(&inbox), i);
	assert_int_equal(take(&inbox), -2);
	assert_int_equal(inbox_put(&inbox, make(9, 0)), TSP_OK);
	inbox_clear(&inbox);
	assert_int_equal(inbox.count, 0);
}

static void what_does_not_fit_is_counted(void **state)
{
	struct inbox inbox;

	(void)state;
	inbox_init(&inbox);
	for (int i = 0; i < INBOX_MESSAGES; i++)
		assert_int_equal(inbox_put(&inbox, make(i, 0)), TSP_OK);
	assert_int_equal(inbox_put(&inbox, make(-1, 0)), TSP_EBACKLOG);
	assert_int_equal(inbox.dropped, 1);
	assert_int_equal(take(&inbox), 0);
	assert_int_equal(inbox_put(&inbox, make(-1, 0)), TSP_OK);
	inbox_clear(&inbox);
}

static void bytes_are_bounded_but_one_always_fits(void **state)
{
	struct inbox inbox;

	(void)state;
	inbox_init(&inbox);
	assert_int_equal(inbox_put(&inbox, make(1, INBOX_BYTES + 1)), TSP_OK);
	assert_int_equal(inbox_put(&inbox, make(2, 1)), TSP_EBACKLOG);
	assert_int_equal(take(&inbox), 1);
	assert_int_equal(inbox.bytes, 0);
	assert_int_equal(inbox_put(&inbox, make(3, INBOX_BYTES / 2)), TSP_OK);
	assert_int_equal(inbox_put(&inbox, make(4, INBOX_BYTES / 2)), TSP_EBACKLOG);
	assert_int_equal(inbox_put(&inbox, make(5, INBOX_BYTES / 4)), TSP_OK);
	assert_int_equal(inbox.dropped, 2);
	inbox_clear(&inbox);
}

static void the_bell_rings_while_something_is_in(void **state)
{
	struct inbox inbox;
	struct pollfd wait;

	(void)state;
	inbox_init(&inbox);
	inbox.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	wait = (struct pollfd){ .fd = inbox.bell, .events = POLLIN };
	assert_int_equal(poll(&wait, 1, 0), 0);
	assert_int_equal(inbox_put(&inbox, make(1, 0)), TSP_OK);
	assert_int_equal(inbox_put(&inbox, make(2, 0)), TSP_OK);
	assert_int_equal(poll(&wait, 1, 0), 1);
	assert_int_equal(take(&inbox), 1);
	assert_int_equal(poll(&wait, 1, 0), 1);
	assert_int_equal(take(&inbox), 2);
	assert_int_equal(poll(&wait, 1, 0), 0);
	close(inbox.bell);
}

/* What tells the end of something comes in where nothing else does, but not without a bound. */
static void ends_find_room(void **state)
{
	struct inbox inbox;

	(void)state;
	inbox_init(&inbox);
	for (int i = 0; i < INBOX_MESSAGES; i++)
		assert_int_equal(inbox_put(&inbox, make(i, i == 0 ? INBOX_BYTES - 1000000 : 0)), TSP_OK);
	assert_int_equal(inbox_put(&inbox, make(-1, 0)), TSP_EBACKLOG);
	for (int i = 0; i < INBOX_RESERVE; i++)
		assert_int_equal(inbox_put_end(&inbox, make(INBOX_MESSAGES + i, 0)), TSP_OK);
	assert_int_equal(inbox_put_end(&inbox, make(-1, 0)), TSP_EBACKLOG);
	assert_int_equal(inbox_put(&inbox, make(-1, 0)), TSP_EBACKLOG);
	assert_int_equal(inbox.dropped, 3);
	for (int i = 0; i < INBOX_MESSAGES + INBOX_RESERVE; i++)
		assert_int_equal(take(&inbox), i);
	assert_int_equal(take(&inbox), -2);
	inbox_clear(&inbox);
}

static bool rings(const struct inbox *inbox)
{
	struct pollfd watched = { .fd = inbox->bell, .events = POLLIN };

	return poll(&watched, 1, 0) == 1;
}

static void what_is_held_rings_too(void **state)
{
	struct inbox inbox;

	(void)state;
	inbox_init(&inbox);
	inbox.bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	inbox_hold(&inbox, 2);
	assert_true(rings(&inbox));
	assert_int_equal(inbox_put(&inbox, make(1, 0)), TSP_OK);
	assert_int_equal(take(&inbox), 1);
	assert_true(rings(&inbox));
	inbox_hold(&inbox, 1);
	assert_true(rings(&inbox));
	assert_int_equal(inbox_put(&inbox, make(2, 0)), TSP_OK);
	inbox_hold(&inbox, 0);
	assert_true(rings(&inbox));
	assert_int_equal(take(&inbox), 2);
	assert_false(rings(&inbox));
	inbox_hold(&inbox, 1);
	inbox_hold(&inbox, 0);
	assert_false(rings(&inbox));
	close(inbox.bell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_in_first_out),
		cmocka_unit_test(what_does_not_fit_is_counted),
		cmocka_unit_test(bytes_are_bounded_but_one_always_fits),
		cmocka_unit_test(ends_find_room),
		cmocka_unit_test(the_bell_rings_while_something_is_in),
		cmocka_unit_test(what_is_held_rings_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
