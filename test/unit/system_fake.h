/* SPDX-License-Identifier: MIT */
/* An admin's end of a connection, played by a test: what it says is written before it is read. */
#ifndef TSP_TEST_SYSTEM_FAKE_H
#define TSP_TEST_SYSTEM_FAKE_H

#include "base/buffer.h"
#include "system/system.h"

#define FAKE_SYSTEM 0x1234u
#define FAKE_LEASE 7u
#define FAKE_NUMBER(counter) ((uint64_t)FAKE_LEASE << ADDRESS_LEASE_SHIFT | (counter))

struct fake {
	int fd;        /* the admin's end */
	int caller_fd; /* the other one, until it is given away */
	struct buffer in;
	size_t taken;
};

void fake_open(struct fake *fake);
void fake_close(struct fake *fake);
void fake_write(struct fake *fake, const void *bytes, size_t size);
void fake_frame(struct fake *fake, const struct frame *frame);
void fake_hello(struct fake *fake, const char *format, ...);
void fake_greet(struct fake *fake); /* a good HELLO */
/* A message to a number of the lease; type NULL: plain. */
void fake_say(struct fake *fake, uint64_t counter, int flags, const char *type, const char *format, ...);
/* The next frame that the caller sent; false: none within so long. */
bool fake_hear(struct fake *fake, int timeout_ms, struct frame *ret_frame);
/* Hears one and returns its type; value may be NULL. */
const char *fake_hear_type(struct fake *fake, struct frame *ret_frame, tsp_value *ret_value);
/* A greeted system over the pair. */
struct tsp_system *fake_system(struct fake *fake);

#endif
