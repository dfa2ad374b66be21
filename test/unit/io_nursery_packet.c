/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/nursery_packet.h"

static int ends[2];
static uint8_t *buffer;

static int setup(void **state)
{
	(void)state;
	buffer = malloc(PACKET_LIMIT);
	return buffer != NULL ? socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(buffer);
	close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	return 0;
}

static void packet_arrives_whole_with_its_descriptors(void **state)
{
	const char *const strings[] = { "one", "", "three", NULL };
	struct packet sent = { .verb = PACKET_FORK,
		.flags = PACKET_EXEC,
		.token = UINT64_MAX,
		.pid = -5,
		.status = 139 };
	struct packet got;
	uint8_t *data;
	int pipe_ends[2];
	char byte = 'x';

	(void)state;
	assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
	assert_int_equal(packet_join(strings, &data, &sent.size), TSP_OK);
	sent.data = data;
	sent.descriptors[0] = pipe_ends[1];
	sent.descriptor_count = 1;
	assert_int_equal(packet_send(ends[0], &sent, 0), TSP_OK);
	packet_close(&sent);
	free(data);
	assert_int_equal(packet_receive(ends[1], buffer, &got, MSG_DONTWAIT), 1);
	assert_int_equal(got.verb, PACKET_FORK);
	assert_int_equal(got.flags, PACKET_EXEC);
	assert_true(got.token == UINT64_MAX);
	assert_int_equal(got.pid, -5);
	assert_int_equal(got.status, 139);
	assert_string_equal(packet_string(&got, 0), "one");
	assert_string_equal(packet_string(&got, 1), "");
	assert_string_equal(packet_string(&got, 2), "three");
	assert_null(packet_string(&got, 3));
	assert_int_equal(got.descriptor_count, 1);
	assert_int_equal(fcntl(got.descriptors[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(got.descriptors[0], &byte, 1), 1);
	packet_close(&got);
	assert_int_equal(read(pipe_ends[0], &byte, 1), 1);
	assert_int_equal(read(pipe_ends[0], &byte, 1), 0); /* no copy is left */
	close(pipe_ends[0]);
}

static void nothing_there_and_the_end_are_told_apart(void **state)
{
	struct packet got;

	(void)state;
	assert_int_equal(packet_receive(ends[0], buffer, &got, MSG_DONTWAIT), 0);
	close(ends[1]);
	ends[1] = -1;
	assert_int_equal(packet_receive(ends[0], buffer, &got, MSG_DONTWAIT), TSP_ECLOSED);
	got = (struct packet){ .verb = PACKET_ENDED };
	assert_int_equal(packet_send(ends[0], &got, 0), TSP_ECLOSED);
}

static void descriptors_that_find_no_room_are_missed_not_the_packet(void **state)
{
	struct packet sent = { .verb = PACKET_BORN, .token = 7, .descriptor_count = 2 };
	struct rlimit before, few;
	struct packet got;
	int last;

	(void)state;
	sent.descriptors[0] = ends[0];
	sent.descriptors[1] = ends[1];
	assert_int_equal(packet_send(ends[0], &sent, 0), TSP_OK);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	last = dup(ends[0]);
	few = before;
	few.rlim_cur = (rlim_t)last + 1; /* room for one, not for two */
	close(last);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(packet_receive(ends[1], buffer, &got, MSG_DONTWAIT), 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(got.verb, PACKET_BORN);
	assert_int_equal(got.token, 7);
	assert_int_equal(got.descriptor_count, 0);
	assert_int_equal(dup(ends[0]), last); /* none stayed open */
	close(last);
}

static void foreign_bytes_are_refused_without_losing_descriptors(void **state)
{
	struct packet_header header = { .magic = 0x4e505354u, .verb = PACKET_VERBS };
	struct packet got;

	(void)state;
	assert_int_equal(send(ends[0], "hello", 5, 0), 5);
	assert_int_equal(packet_receive(ends[1], buffer, &got, MSG_DONTWAIT), TSP_EPROTOCOL);
	assert_int_equal(send(ends[0], &header, sizeof(header), 0), sizeof(header));
	assert_int_equal(packet_receive(ends[1], buffer, &got, MSG_DONTWAIT), TSP_EPROTOCOL);
	header.verb = PACKET_BORN;
	header.descriptors = 1; /* it lies: none came */
	assert_int_equal(send(ends[0], &header, sizeof(header), 0), sizeof(header));
	assert_int_equal(packet_receive(ends[1], buffer, &got, MSG_DONTWAIT), TSP_EPROTOCOL);
}

static void full_socket_and_big_packet_are_named(void **state)
{
	struct packet packet = { .verb = PACKET_OPENED };
	int rc;

	(void)state;
	packet.data = calloc(1, PACKET_LIMIT);
	assert_non_null(packet.data);
	packet.size = PACKET_LIMIT;
	assert_int_equal(packet_send(ends[0], &packet, MSG_DONTWAIT), TSP_ETOOBIG);
	packet.size = PACKET_LIMIT - sizeof(struct packet_header);
	assert_int_equal(packet_send(ends[0], &packet, MSG_DONTWAIT), TSP_OK);
	do
		rc = packet_send(ends[0], &packet, MSG_DONTWAIT);
	while (rc == TSP_OK);
	assert_int_equal(rc, TSP_EBACKLOG);
	free((void *)(uintptr_t)packet.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			packet_arrives_whole_with_its_descriptors, setup, teardown),
		cmocka_unit_test_setup_teardown(
			nothing_there_and_the_end_are_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(
			descriptors_that_find_no_room_are_missed_not_the_packet, setup, teardown),
		cmocka_unit_test_setup_teardown(
			foreign_bytes_are_refused_without_losing_descriptors, setup, teardown),
		cmocka_unit_test_setup_teardown(
			full_socket_and_big_packet_are_named, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
