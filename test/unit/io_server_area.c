/* SPDX-License-Identifier: MIT */
/* Bodies of large messages that go by memory, at the admin's end; the test is the host. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "systems.h"

static struct system system_;
static struct host_process host;

static int setup(void **state)
{
	(void)state;
	system_open(&system_, 0xa1, TCP, NULL);
	memset(&host, 0, sizeof(host));
	host.child.server = system_.server;
	list_init(&host.area_due.list);
	host.page = mmap(NULL, PAGE_WHOLE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return host.page == MAP_FAILED ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	server_due_cancel(&host.area_due);
	munmap(host.page, PAGE_WHOLE_SIZE);
	system_close(&system_);
	return 0;
}

/* What the admin makes of a frame that says of its body that it lies there. */
static int fetch(uint8_t kind, size_t size, size_t place, uint8_t **ret_body)
{
	const struct frame whole = { .kind = kind, .body_size = size };
	uint8_t header[FRAME_HEADER];
	uint8_t bytes[FRAME_APART_SIZE];
	struct frame frame;
	int rc;

	frame_header(header, &whole, size);
	frame_make_apart(bytes, header, place);
	assert_int_equal(frame_get(bytes, sizeof(bytes), FRAME_LIMIT, &frame, NULL), sizeof(bytes));
	rc = host_process_area_fetch(&host, &frame, ret_body);
	if (rc == TSP_OK) {
		assert_ptr_equal(frame.body, *ret_body);
		assert_int_equal(frame.body_size, size);
		assert_int_equal(frame.flags, 0);
	}
	return rc;
}

static void a_body_is_copied_once(void **state)
{
	uint8_t *body;

	(void)state;
	memcpy(page_out(host.page) + 64, "first", 5);
	assert_int_equal(fetch(FRAME_ENVELOPE, 5, 64, &body), TSP_OK);
	assert_int_equal(atomic_load(&host.page->fetched), 1);
	memcpy(page_out(host.page) + 64, "other", 5); /* after it was looked at, before it is used */
	assert_memory_equal(body, "first", 5);
	free(body);
}

static void a_place_that_none_has(void **state)
{
	static const size_t places[][2] = { { 1, PAGE_OUT_SIZE }, { PAGE_OUT_SIZE + 1, 0 }, { 2, PAGE_OUT_SIZE - 1 },
		{ 1, SIZE_MAX }, { 0, 0 } };
	uint8_t *body;

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		assert_int_equal(fetch(FRAME_ENVELOPE, places[i][0], places[i][1], &body), TSP_EPROTOCOL);
		assert_null(body);
	}
	assert_int_equal(fetch(FRAME_DONE, 13, 0, &body), TSP_EPROTOCOL);
	assert_int_equal(atomic_load(&host.page->fetched), 0);
	assert_int_equal(fetch(FRAME_ENVELOPE, 1, PAGE_OUT_SIZE - 1, &body), TSP_OK);
	free(body);
}

/* A few bytes in the socket have the admin copy no more than lay there at once. */
static void the_same_again_and_again(void **state)
{
	uint8_t *body;

	(void)state;
	for (int read = 0; read < 2; read++) {
		host.fetched_now = 0;
		for (int i = 0; i < 2; i++) {
			assert_int_equal(fetch(FRAME_ENVELOPE, PAGE_OUT_SIZE / 2, 0, &body), TSP_OK);
			free(body);
		}
		assert_int_equal(fetch(FRAME_ENVELOPE, 1, 0, &body), TSP_EPROTOCOL);
	}
}

static void memory_that_was_given_back(void **state)
{
	uint8_t *body;

	(void)state;
	memset(page_out(host.page), 'x', 3 * PAGE_SIZE_BYTES);
	assert_int_equal(madvise(page_out(host.page) + PAGE_SIZE_BYTES, PAGE_SIZE_BYTES, MADV_REMOVE), 0);
	assert_int_equal(fetch(FRAME_ENVELOPE, 3 * PAGE_SIZE_BYTES, 0, &body), TSP_OK);
	assert_int_equal(body[PAGE_SIZE_BYTES - 1], 'x');
	assert_int_equal(body[PAGE_SIZE_BYTES], 0);
	assert_int_equal(body[2 * PAGE_SIZE_BYTES], 'x');
	free(body);
}

static void one_at_a_time_to_the_host(void **state)
{
	static uint8_t bytes[100000];
	const struct frame frame = { .kind = FRAME_ENVELOPE, .sequence = 7, .body = bytes, .body_size = sizeof(bytes) };
	struct frame got;
	struct buffer out;

	(void)state;
	memset(bytes, 'b', sizeof(bytes));
	buffer_init(&out, 1000);
	if (!host_process_area_put(&host, &frame, &out))
		skip(); /* a kernel that has no MADV_POPULATE_WRITE */
	assert_false(host_process_area_put(&host, &frame, &out));
	assert_int_equal(frame_get(out.data, out.size, FRAME_LIMIT, &got, NULL), out.size);
	assert_int_equal(frame_join(&got, page_area(host.page), PAGE_AREA_SIZE), TSP_OK);
	assert_int_equal(got.sequence, 7);
	assert_int_equal(got.body_size, sizeof(bytes));
	assert_memory_equal(got.body, bytes, sizeof(bytes));
	atomic_fetch_add(&host.page->taken, 1);
	assert_true(host_process_area_put(&host, &frame, &out));
	buffer_clear(&out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_body_is_copied_once),
		TEST(a_place_that_none_has),
		TEST(the_same_again_and_again),
		TEST(memory_that_was_given_back),
		TEST(one_at_a_time_to_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
