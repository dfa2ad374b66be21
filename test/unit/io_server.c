/* SPDX-License-Identifier: MIT */
/* The loop's sleep. */
#include "config.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "systems.h"

#define ALARM_S 5

static int64_t hold_up_ms; /* before libuv looks at a timer that was just started */

/* Takes the place of libuv's. */
int uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout, uint64_t repeat)
{
	int (*start)(uv_timer_t *, uv_timer_cb, uint64_t, uint64_t);
	clock_ns end;
	int rc;

	*(void **)&start = dlsym(RTLD_NEXT, "uv_timer_start");
	rc = start(timer, callback, timeout, repeat);
	end = clock_after(clock_read(), hold_up_ms);
	while (clock_read() < end)
		;
	return rc;
}

static bool never(struct server *server)
{
	(void)server;
	return false;
}

/* Whoever was not given the processor between looking at the clock and falling asleep: libuv takes the timer for over
 * before it sleeps, and there was nothing that would have woken it up. */
static void wakes_up_late(void **state)
{
	struct system system;

	(void)state;
	system_open(&system, 0xa1, TCP, NULL);
	hold_up_ms = 5;
	alarm(ALARM_S);
	for (int i = 0; i < 3; i++)
		assert_false(server_run(system.server, never, clock_after(clock_read(), 2)));
	alarm(0);
	hold_up_ms = 0;
	system_close(&system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wakes_up_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
