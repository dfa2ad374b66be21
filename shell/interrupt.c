/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/interrupt.h"

#include "base/error.h"

static volatile sig_atomic_t interrupt_times;

void interrupt_note(void)
{
	interrupt_times = interrupt_times + 1;
	tsp_interrupt();
}

static void interrupt_on_signal(int number)
{
	(void)number;
	interrupt_note();
}

void interrupt_catch(struct interrupt *ret_interrupt)
{
	struct sigaction action = { .sa_handler = interrupt_on_signal };
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, &ret_interrupt->former);
}

void interrupt_release(const struct interrupt *interrupt)
{
	sigaction(SIGINT, &interrupt->former, NULL);
}

int interrupt_count(void)
{
	return interrupt_times;
}

int interrupt_check(tsp_error *err)
{
	return tsp_interrupted() ? tsp_fail(err, TSP_EINTERRUPT, "interrupted") : TSP_OK;
}
