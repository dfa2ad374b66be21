/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/list.h"

struct item {
	int number;
	struct list link;
};

static void items_keep_their_order(void **state)
{
	struct list head;
	struct item items[3] = { { .number = 0 }, { .number = 1 }, { .number = 2 } };
	int next = 0;

	(void)state;
	list_init(&head);
	assert_true(list_empty(&head));
	for (int i = 0; i < 3; i++)
		list_append(&head, &items[i].link);
	for (struct list *at = head.next; at != &head; at = at->next)
		assert_int_equal(list_item(at, struct item, link)->number, next++);
	assert_int_equal(next, 3);
	list_remove(&items[1].link);
	list_remove(&items[1].link);
	assert_ptr_equal(head.next->next, &items[2].link);
	list_remove(&items[0].link);
	list_remove(&items[2].link);
	assert_true(list_empty(&head));
}

static void all_move_to_the_end(void **state)
{
	struct list to;
	struct list from;
	struct item items[3];

	(void)state;
	list_init(&to);
	list_init(&from);
	list_move_all(&to, &from);
	assert_true(list_empty(&to));
	list_append(&to, &items[0].link);
	list_append(&from, &items[1].link);
	list_append(&from, &items[2].link);
	list_move_all(&to, &from);
	assert_true(list_empty(&from));
	assert_ptr_equal(to.next, &items[0].link);
	assert_ptr_equal(to.next->next, &items[1].link);
	assert_ptr_equal(to.prev, &items[2].link);
	assert_ptr_equal(items[2].link.next, &to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_keep_their_order),
		cmocka_unit_test(all_move_to_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
