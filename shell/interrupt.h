/* SPDX-License-Identifier: MIT */
/* Ctrl-C while a command runs: it ends the running wait, or the next one, and not the program. */
#ifndef TSP_SHELL_INTERRUPT_H
#define TSP_SHELL_INTERRUPT_H

#include <signal.h>
#include <thespian.h>

/* What held before; one may stand within another. */
struct interrupt {
	struct sigaction former;
};

void interrupt_catch(struct interrupt *ret_interrupt);
void interrupt_release(const struct interrupt *interrupt);
/* What the handler does. Async-signal-safe. */
void interrupt_note(void);
/* How often it came while it was caught: a wait that ends by it takes it, this is how it is known behind that. */
int interrupt_count(void);
/* TSP_EINTERRUPT if it came and no wait has ended by it yet; that is taken. */
int interrupt_check(tsp_error *err);

#endif
