/* SPDX-License-Identifier: MIT */
/* What a host waits for: its link, its timers, what its actors watch, signals. */
#include "config.h"

#include "io/host_parts.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WATCHED_LIMIT 4096	       /* descriptors of all actors of a host */
#define FIXED	      2		       /* the link and the signals */
#define ROOMY_NS      (100 * CLOCK_MS) /* large buffers outlive a sleep that is shorter */

static struct watch *find(struct host_process *host, uint64_t actor)
{
	size_t i;

	for (i = 0; i < host->watch_count; i++)
		if (host->watches[i].actor == actor)
			return &host->watches[i];
	return NULL;
}

static void forget(struct host_process *host, struct watch *watch)
{
	host->descriptor_count -= watch->count;
	free(watch->descriptors);
	*watch = host->watches[--host->watch_count];
	if (host->watch_count == 0) {
		free(host->watches);
		host->watches = NULL;
	}
}

int host_watch(void *io, uint64_t actor, const int *descriptors, size_t count)
{
	struct host_process *host = io;
	struct watch *watch = find(host, actor);
	struct watch *all;
	int *copy;

	if (watch != NULL)
		forget(host, watch);
	if (count == 0)
		return TSP_OK;
	if (host->descriptor_count + count > WATCHED_LIMIT)
		return TSP_ELIMIT;
	copy = malloc(count * sizeof(*copy));
	if (copy == NULL)
		return TSP_ENOMEM;
	all = reallocarray(host->watches, host->watch_count + 1, sizeof(*all));
	if (all == NULL) {
		free(copy);
		return TSP_ENOMEM;
	}
	memcpy(copy, descriptors, count * sizeof(*copy));
	host->watches = all;
	all[host->watch_count++] =
		(struct watch){ .actor = actor, .descriptors = copy, .count = count };
	host->descriptor_count += count;
	return TSP_OK;
}

void host_watch_clear(struct host_process *host)
{
	while (host->watch_count > 0)
		forget(host, &host->watches[0]);
	free(host->polls);
	host->polls = NULL;
}

static bool fill_polls(struct host_process *host)
{
	size_t need = FIXED + host->descriptor_count;
	size_t at = FIXED;
	size_t i, j;

	if (need > host->poll_capacity) {
		struct pollfd *polls = reallocarray(host->polls, need, sizeof(*polls));

		if (polls == NULL)
			return false;
		host->polls = polls;
		host->poll_capacity = need;
	}
	host->polls[0] = (struct pollfd){ .fd = host->config->link, .events = POLLIN };
	host->polls[1] = (struct pollfd){ .fd = host->wake, .events = POLLIN };
	for (i = 0; i < host->watch_count; i++)
		for (j = 0; j < host->watches[i].count; j++)
			host->polls[at++] = (struct pollfd){ .fd = host->watches[i].descriptors[j],
				.events = POLLIN };
	return true;
}

/* What is no descriptor, or is closed by now, is watched no more: it would end each wait at once. */
static void drop_closed(struct host_process *host, struct watch *watch, const struct pollfd *polls)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < watch->count; i++)
		if (!(polls[i].revents & POLLNVAL))
			watch->descriptors[kept++] = watch->descriptors[i];
	host->descriptor_count -= watch->count - kept;
	watch->count = kept;
}

/* Tells the actors what became readable. */
static void tell_watchers(struct host_process *host)
{
	size_t count = host->descriptor_count;
	size_t at = FIXED;
	size_t i = 0;
	int *ready = count > 0 ? malloc(count * sizeof(*ready)) : NULL;

	if (ready == NULL)
		return;
	/* from the last to the first: telling one forgets its watch, the last then takes its place */
	for (i = 0; i < host->watch_count; i++)
		at += host->watches[i].count;
	for (i = host->watch_count; i-- > 0;) {
		struct watch *watch = &host->watches[i];
		size_t found = 0;
		size_t j;

		at -= watch->count;
		for (j = 0; j < watch->count; j++)
			if (host->polls[at + j].revents & ~POLLNVAL)
				ready[found++] = watch->descriptors[j];
		drop_closed(host, watch, &host->polls[at]);
		if (found > 0)
			stage_readable(host->stage, watch->actor, ready, found);
	}
	free(ready);
}

/* One poll; timeout NULL: without limit. True if the link is readable. */
static bool poll_once(struct host_process *host, const struct timespec *timeout)
{
	int rc;

	if (!fill_polls(host)) {
		host->ended = true;
		return false;
	}
	rc = ppoll(host->polls, FIXED + host->descriptor_count, timeout, NULL);
	if (rc <= 0)
		return false;
	if (host->polls[1].revents != 0)
		host_signals_drain(host);
	if (host->descriptor_count > 0)
		tell_watchers(host);
	return host->polls[0].revents != 0;
}

/*
 * Looks at the link again and again for as long as the budget says; true: something came. It was just
 * read empty: the core is given away before the first look, which else would nearly always be in vain.
 */
static bool spin(struct host_process *host, clock_ns deadline)
{
	clock_ns end;

	if ((host->more || host->early.size > 0) && host_link_read(host))
		return true;
	if (host->budget.now == 0)
		return false;
	end = poll_budget_end(&host->budget, clock_read(), deadline);
	do {
		sched_yield();
		if (host_link_read(host)) {
			poll_budget_hit(&host->budget);
			poll_budget_looked(&host->budget, end, clock_read());
			return true;
		}
	} while (!host->ended && clock_read() < end);
	poll_budget_miss(&host->budget);
	poll_budget_looked(&host->budget, end, clock_read());
	return false;
}

static void sleep_until(struct host_process *host, clock_ns deadline)
{
	struct timespec timeout = { 0 };
	clock_ns begin = clock_read();
	bool roomy = host_link_is_roomy(host);

	if (roomy && deadline > begin + ROOMY_NS)
		deadline = begin + ROOMY_NS;
	else
		roomy = false;
	if (deadline > begin) {
		timeout.tv_sec = (time_t)((deadline - begin) / CLOCK_SECOND);
		timeout.tv_nsec = (long)((deadline - begin) % CLOCK_SECOND);
		if (!roomy)
			host_link_trim(host);
	}
	if (poll_once(host, deadline == CLOCK_NEVER ? NULL : &timeout))
		(void)host_link_read(host);
	else if (roomy && clock_read() >= deadline)
		host_link_trim(host); /* the sleep goes on in the next turn */
	poll_budget_slept(&host->budget, clock_read() - begin);
}

void host_wait(struct host_process *host)
{
	static const struct timespec at_once = { 0 };
	clock_ns deadline = stage_deadline(host->stage);

	poll_budget_set(&host->budget, stage_poll_us(host->stage));
	if (host->watch_count > 0)
		(void)poll_once(host, &at_once);
	if (deadline == 0 || stage_deadline(host->stage) == 0) {
		(void)host_link_read(host);
		return;
	}
	if (!spin(host, deadline) && !host->ended)
		sleep_until(host, deadline);
}
