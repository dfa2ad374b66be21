/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "io/runtime.h"
#include "system/attach.h"
#include "system/caller.h"
#include "system/interrupt.h"
#include "system_fake.h"

static char folder[64];
static struct fake fake;
static tsp_error err;

static int setup(void **state)
{
	(void)state;
	err = (tsp_error){ 0 };
	strcpy(folder, "/tmp/tsp-attach-XXXXXX");
	if (mkdtemp(folder) == NULL || interrupt_open() < 0)
		return -1;
	setenv("THESPIAN_RUNTIME_DIR", folder, 1);
	fake_open(&fake);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_close(&fake);
	return file_remove_tree(folder, NULL);
}

static int attach(tsp_system **ret_system)
{
	int fd = fake.caller_fd;

	fake.caller_fd = -1;
	return attach_socket(fd, NULL, 77, caller_deadline(100), ret_system, &err);
}

static int open_port(int flags)
{
	tsp_open_options options = { .port = 77, .flags = flags, .timeout_ms = 200 };
	tsp_system *system = NULL;
	int rc = tsp_open(&options, &system, &err);

	tsp_close(system);
	return rc;
}

static int listen_at(int port)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char path[RUNTIME_SOCKET_SIZE];

	assert_int_equal(runtime_socket(folder, port, path, NULL), TSP_OK);
	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void a_greeting_gives_numbers(void **state)
{
	tsp_system *system = NULL;
	struct frame frame;
	uint64_t number = 0;
	tsp_text text;

	(void)state;
	fake_greet(&fake);
	assert_int_equal(attach(&system), TSP_OK);
	assert_int_equal(tsp_admin(system).system, FAKE_SYSTEM);
	assert_int_equal(tsp_admin(system).number, 0);
	assert_int_equal(caller_base(system).number, FAKE_NUMBER(1));
	assert_true(fake_hear(&fake, 1000, &frame));
	assert_int_equal(frame.kind, FRAME_HELLO);
	assert_true(tsp_value_uint(tsp_value_get((tsp_value){ frame.body, frame.body_size }, "pid"), &number));
	assert_int_equal(number, getpid());
	assert_true(tsp_value_text(tsp_value_get((tsp_value){ frame.body, frame.body_size }, "class"), &text));
	assert_true(tsp_text_is(text, "caller"));
	tsp_close(system);
}

/* W46: there is a number of the protocol, and it is looked at first. */
static void another_protocol_is_refused(void **state)
{
	tsp_system *system = NULL;

	(void)state;
	fake_hello(&fake, "{s:i, s:i, s:i}", "protocol", FRAME_PROTOCOL + 1, "system", 1, "lease", 1);
	assert_int_equal(attach(&system), TSP_EPROTOCOL);
	assert_null(system);
	assert_non_null(strstr(err.text, "it speaks another protocol"));
}

static void a_greeting_without_a_lease_is_refused(void **state)
{
	tsp_system *system = NULL;

	(void)state;
	fake_hello(&fake, "{s:i, s:i}", "protocol", FRAME_PROTOCOL, "system", 1);
	assert_int_equal(attach(&system), TSP_EPROTOCOL);
}

static void a_message_before_the_greeting_is_refused(void **state)
{
	tsp_system *system = NULL;

	(void)state;
	fake_say(&fake, 1, 0, "Early", "{}");
	assert_int_equal(attach(&system), TSP_EPROTOCOL);
}

static void silence_is_a_timeout(void **state)
{
	tsp_system *system = NULL;
	clock_ns begin = clock_read();

	(void)state;
	assert_int_equal(attach(&system), TSP_ETIMEOUT);
	assert_in_range(clock_read() - begin, 99 * CLOCK_MS, 3000 * CLOCK_MS);
}

static void an_end_before_the_greeting_is_no_system(void **state)
{
	tsp_system *system = NULL;

	(void)state;
	close(fake.fd);
	fake.fd = -1;
	assert_int_equal(attach(&system), TSP_ENOSYSTEM);
	assert_string_equal(err.text, "cannot attach to the system at port 77: it closed the connection");
}

static void nothing_there_is_no_system(void **state)
{
	(void)state;
	assert_int_equal(open_port(0), TSP_ENOSYSTEM);
	assert_string_equal(err.text, "cannot attach to the system at port 77: no system answers there");
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(open_port(0), TSP_ENOSYSTEM);
	assert_int_equal(mkdir(folder, 0700), 0);
}

static void a_dead_socket_is_no_system(void **state)
{
	int fd = listen_at(77);

	(void)state;
	close(fd);
	assert_int_equal(open_port(0), TSP_ENOSYSTEM);
	assert_string_equal(err.text, "cannot attach to the system at port 77: no system answers there");
}

/* Its queue is full, so that not even the connection comes about; and if it does, nobody greets. */
static void a_stuck_system_is_a_timeout(void **state)
{
	int fd = listen_at(77);

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(open_port(0), TSP_ETIMEOUT);
	assert_non_null(strstr(err.text, "cannot attach to the system at port 77"));
	close(fd);
}

static void a_folder_open_to_others_is_refused(void **state)
{
	(void)state;
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(open_port(0), TSP_EPERM);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_greeting_gives_numbers),
		TEST(another_protocol_is_refused),
		TEST(a_greeting_without_a_lease_is_refused),
		TEST(a_message_before_the_greeting_is_refused),
		TEST(silence_is_a_timeout),
		TEST(an_end_before_the_greeting_is_no_system),
		TEST(nothing_there_is_no_system),
		TEST(a_dead_socket_is_no_system),
		TEST(a_stuck_system_is_a_timeout),
		TEST(a_folder_open_to_others_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
