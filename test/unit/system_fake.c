/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/connection.h"
#include "system/interrupt.h"
#include "system_fake.h"
#include "wire/value.h"

void fake_open(struct fake *fake)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	*fake = (struct fake){ .fd = fds[0], .caller_fd = fds[1] };
	buffer_init(&fake->in, FRAME_LIMIT);
}

void fake_close(struct fake *fake)
{
	if (fake->fd >= 0)
		close(fake->fd);
	if (fake->caller_fd >= 0)
		close(fake->caller_fd);
	buffer_clear(&fake->in);
	fake->fd = -1;
	fake->caller_fd = -1;
}

void fake_write(struct fake *fake, const void *bytes, size_t size)
{
	assert_int_equal(send(fake->fd, bytes, size, MSG_NOSIGNAL), size);
}

void fake_frame(struct fake *fake, const struct frame *frame)
{
	struct buffer out;

	buffer_init(&out, FRAME_LIMIT);
	assert_int_equal(frame_put(&out, frame), TSP_OK);
	fake_write(fake, out.data, out.size);
	buffer_clear(&out);
}

static void send_format(struct fake *fake, struct frame *frame, const char *type, const char *format, va_list args)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value body;

	if (type != NULL)
		tsp_begin_typed(builder, type);
	tsp_put_vformat(builder, format, args);
	if (type != NULL)
		tsp_end(builder);
	assert_int_equal(tsp_builder_value(builder, &body), TSP_OK);
	frame->body = body.data;
	frame->body_size = body.size;
	fake_frame(fake, frame);
	tsp_builder_free(builder);
}

void fake_hello(struct fake *fake, const char *format, ...)
{
	struct frame frame = { .kind = FRAME_HELLO };
	va_list args;

	va_start(args, format);
	send_format(fake, &frame, NULL, format, args);
	va_end(args);
}

void fake_greet(struct fake *fake)
{
	fake_hello(fake, "{s:i, s:i, s:i, s:{}}", "protocol", FRAME_PROTOCOL, "system", (int)FAKE_SYSTEM, "lease",
		(int)FAKE_LEASE, "capabilities");
}

void fake_say(struct fake *fake, uint64_t counter, int flags, const char *type, const char *format, ...)
{
	struct frame frame = {
		.kind = FRAME_ENVELOPE,
		.flags = (uint8_t)flags,
		.to = { FAKE_SYSTEM, FAKE_NUMBER(counter) },
		.from = { FAKE_SYSTEM, 0 },
	};
	va_list args;

	va_start(args, format);
	send_format(fake, &frame, type, format, args);
	va_end(args);
}

bool fake_hear(struct fake *fake, int timeout_ms, struct frame *ret_frame)
{
	for (;;) {
		struct pollfd wait = { .fd = fake->fd, .events = POLLIN };
		long size = frame_get(fake->in.data + fake->taken, fake->in.size - fake->taken, FRAME_LIMIT,
			ret_frame, NULL);

		assert_true(size >= 0);
		if (size > 0) {
			fake->taken += (size_t)size;
			return true;
		}
		if (poll(&wait, 1, timeout_ms) <= 0)
			return false;
		assert_int_equal(buffer_reserve(&fake->in, 65536), TSP_OK);

		ssize_t got = read(fake->fd, fake->in.data + fake->in.size, 65536);

		if (got <= 0)
			return false;
		fake->in.size += (size_t)got;
	}
}

const char *fake_hear_type(struct fake *fake, struct frame *ret_frame, tsp_value *ret_value)
{
	static char type[64];
	tsp_text text;
	tsp_value value;

	assert_true(fake_hear(fake, 1000, ret_frame));
	assert_int_equal(ret_frame->kind, FRAME_ENVELOPE);
	assert_int_equal(value_split((tsp_value){ ret_frame->body, ret_frame->body_size }, &text, &value), TSP_OK);
	snprintf(type, sizeof(type), "%.*s", (int)text.size, text.data);
	if (ret_value != NULL)
		*ret_value = value;
	return type;
}

struct tsp_system *fake_system(struct fake *fake)
{
	struct ending ending;
	struct tsp_system *system = NULL;
	struct frame frame;
	tsp_error err = { 0 };

	fake_open(fake);
	fake_greet(fake);
	assert_int_equal(interrupt_open(), TSP_OK);
	ending_init(&ending, 0, NULL, 0);
	assert_int_equal(connection_open(fake->caller_fd, &ending, 1, &system, &err), TSP_OK);
	fake->caller_fd = -1;
	assert_int_equal(caller_greet(system, caller_deadline(1000), &err), TSP_OK);
	assert_true(fake_hear(fake, 1000, &frame));
	assert_int_equal(frame.kind, FRAME_HELLO);
	return system;
}
