/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/interrupt.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

/*
 * A signal handler has nothing but what is global. The descriptor lives as long as the process: a
 * handler might be about to write to it at any time.
 */
static atomic_bool wanted;
static atomic_int bell = -1;

int interrupt_open(void)
{
	int none = -1;
	int fd;

	if (atomic_load(&bell) >= 0)
		return TSP_OK;
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return TSP_EIO;
	if (!atomic_compare_exchange_strong(&bell, &none, fd))
		close(fd); /* another thread was first */
	return TSP_OK;
}

int interrupt_descriptor(void)
{
	return atomic_load(&bell);
}

bool interrupt_take(void)
{
	return atomic_load_explicit(&wanted, memory_order_relaxed) && atomic_exchange(&wanted, false);
}

/* Whoever interrupts sets the flag first: what is drained here is seen by the take that follows. */
void interrupt_drain(void)
{
	uint64_t count;
	int fd = atomic_load(&bell);

	if (fd >= 0 && read(fd, &count, sizeof(count)) < 0)
		return; /* another thread was first */
}

bool tsp_interrupted(void)
{
	interrupt_drain();
	return interrupt_take();
}

void tsp_interrupt(void)
{
	int saved = errno;
	uint64_t one = 1;
	int fd;

	atomic_store(&wanted, true);
	fd = atomic_load(&bell);
	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0)
		one = 0; /* it is readable already */
	errno = saved;
}
