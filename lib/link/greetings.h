/* SPDX-License-Identifier: MIT */
/*
 * Which greetings by datagrams are looked at. Each costs some multiplications on a curve, and anybody can send them
 * under any address. So without a cookie (link/cookie.h) there are a few a second of all together, and who shows one
 * has a share of its own, by its address. Without I/O; the time is handed in.
 */
#ifndef TSP_LINK_GREETINGS_H
#define TSP_LINK_GREETINGS_H

#include "base/clock.h"
#include "link/cookie.h"

#define GREETINGS_RATE	 16 /* that are looked at a second: of one place, and of all that show no cookie; */
#define GREETINGS_BURST	 64 /* after so many at once */
#define GREETINGS_COUNTS 64 /* that places share; each has some of them, of which one that allows it is enough */
#define GREETINGS_EACH	 4

enum greeting {
	GREETING_LOOK,
	GREETING_ASK,	 /* it is to show that it receives what is sent to its address */
	GREETING_REFUSE, /* too many come from there */
};

struct greetings {
	uint8_t key[16]; /* which place has which counts is nobody's business */
	uint8_t secret[COOKIE_SECRET];
	/* When the last ones will have been paid for, each by a part of a second. */
	clock_ns bare; /* those without a cookie */
	clock_ns shown[GREETINGS_COUNTS];
};

/* place: where it comes from, with the port; source: what that is counted by; crowded: of those that have not proved
 * who they are there are many already. size does not count the tags. */
enum greeting greetings_judge(struct greetings *greetings, const uint8_t *greeting, size_t size, const char *place,
	const char *source, bool crowded, clock_ns now);

#endif
