/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/runtime.h"
#include "system/attach.h"
#include "system/interrupt.h"
#include "system/simple.h"
#include "system/start.h"

#define BASE_DEFAULT "multiprocTCPBase"
#define PORT_DEFAULT 1900
#define PORT_DEFAULT_UDP 1029
#define PORT_MOST 65535
#define OPEN_MS 11000
#define PRIVATE_ATTACH_MS 5000
#define RETRY_MS 10 /* another starter is not ready yet */
#define CONVENTION "Convention"

static const struct base {
	const char *name;
	int port; /* 0: in this process */
} bases[] = {
	{ "simpleSystemBase", 0 },
	{ "multiprocQueueBase", PORT_DEFAULT },
	{ BASE_DEFAULT, PORT_DEFAULT },
	{ "multiprocUDPBase", PORT_DEFAULT_UDP },
};

static const struct base *base_find(const char *name)
{
	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
		if (strcmp(bases[i].name, name) == 0)
			return &bases[i];
	}
	return NULL;
}

/* A system in this process has no links with others. */
static int check_capabilities(const char *json, bool simple, tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value, key;
	tsp_text name;
	tsp_walk at = { 0 };
	int rc;

	if (builder == NULL)
		return tsp_fail(err, TSP_ENOMEM, "cannot read capabilities: out of memory");
	rc = tsp_value_from_json(json, strlen(json), builder, err);
	if (rc == TSP_OK)
		rc = tsp_builder_value(builder, &value);
	if (rc < 0) {
		rc = tsp_wrap(err, TSP_EUSAGE, "cannot read capabilities");
		goto out;
	}
	if (tsp_value_kind(value) != TSP_KIND_MAP) {
		rc = tsp_fail(err, TSP_EUSAGE, "cannot read capabilities: not a JSON object");
		goto out;
	}
	while (simple && rc == TSP_OK && tsp_value_next(value, &at, &key, NULL)) {
		char shown[160];

		if (tsp_value_text(key, &name) && name.size >= sizeof(CONVENTION) - 1 &&
		    memcmp(name.data, CONVENTION, sizeof(CONVENTION) - 1) == 0)
			rc = tsp_fail(err, TSP_EUSAGE,
				"cannot use capability '%s': a simpleSystemBase links with no other system",
				text_quote(name, shown, sizeof(shown)));
	}
out:
	tsp_builder_free(builder);
	return rc;
}

/* What was left out gets its default; what is no use is refused before anything is tried. */
static int options_read(const tsp_open_options *options, tsp_open_options *ret_options, const struct base **ret_base,
	tsp_error *err)
{
	tsp_open_options read = options != NULL ? *options : (tsp_open_options){ 0 };
	const struct base *base;
	char shown[160];

	if (read.base == NULL)
		read.base = BASE_DEFAULT;
	base = base_find(read.base);
	if (base == NULL)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot use system base '%s': not simpleSystemBase, multiprocQueueBase, multiprocTCPBase or "
			"multiprocUDPBase", text_quote(tsp_text_of(read.base), shown, sizeof(shown)));
	if (read.flags & TSP_PRIVATE_SYSTEM)
		read.port = 0; /* it has none that others could know */
	if (read.port == 0)
		read.port = base->port;
	if (base->port != 0 && (read.port < 1 || read.port > PORT_MOST))
		return tsp_fail(err, TSP_EUSAGE, "cannot use port '%d': not from 1 to %d", read.port, PORT_MOST);
	if (read.flags & ~(TSP_OPEN_START | TSP_OPEN_ONLY_NEW | TSP_PRIVATE_SYSTEM))
		return tsp_fail(err, TSP_EUSAGE, "cannot open a system: unknown flags");
	if ((read.flags & TSP_OPEN_ONLY_NEW) && !(read.flags & (TSP_OPEN_START | TSP_PRIVATE_SYSTEM)))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot open a system: only a new one is wanted, but none to be started");
	if (read.timeout_ms == 0)
		read.timeout_ms = OPEN_MS;
	*ret_options = read;
	*ret_base = base;
	if (read.capabilities_json == NULL)
		return TSP_OK;
	return check_capabilities(read.capabilities_json, base->port == 0, err);
}

static int pause_briefly(clock_ns deadline, tsp_error *err)
{
	struct pollfd bell = { .fd = interrupt_descriptor(), .events = POLLIN };

	if (clock_read() >= deadline)
		return tsp_fail(err, TSP_ETIMEOUT,
			"cannot start a system: another is being started there, and was not ready in time");
	if (poll(&bell, 1, RETRY_MS) > 0)
		interrupt_drain();
	if (interrupt_take())
		return tsp_fail(err, TSP_EINTERRUPT, "interrupted");
	return TSP_OK;
}

static bool is_locked(int port)
{
	char *folder = NULL;
	bool locked = runtime_open(false, &folder, NULL) == TSP_OK && runtime_holder(folder, port) != 0;

	free(folder);
	return locked;
}

/*
 * Two that start at once: one gets the port's lock, the other's admin says TSP_EEXIST, and both attach
 * to the one. One that is about to end still holds the lock: it is started anew when it is free.
 */
static int attach_or_start(const tsp_open_options *options, clock_ns deadline, struct tsp_system **ret_system,
	tsp_error *err)
{
	bool only_new = (options->flags & TSP_OPEN_ONLY_NEW) != 0;
	bool started = false;

	for (;;) {
		struct tsp_system *system = NULL;
		tsp_error why = { 0 };
		int rc = attach_port(options->port, deadline, &system, &why);

		if (rc == TSP_OK && only_new && !started) {
			tsp_close(system);
			return tsp_fail(err, TSP_EEXIST, "cannot start a system: one runs at port %d already",
				options->port);
		}
		if (rc == TSP_OK) {
			*ret_system = system;
			return TSP_OK;
		}
		if (rc == TSP_ENOSYSTEM && (options->flags & TSP_OPEN_START) && !started) {
			rc = is_locked(options->port) ? TSP_EEXIST : start_system(options, deadline, &why);
			started = rc == TSP_OK;
			if (rc == TSP_EEXIST)
				rc = pause_briefly(deadline, &why);
		}
		if (rc < 0)
			return tsp_fail(err, rc, "%s", why.text);
	}
}

/*
 * The first of the numbers past all ports that no other private system of this user holds: what a system
 * that was killed leaves behind is taken over by the next. Nobody else could ever attach to one that has
 * started, so it would run for as long as this process: however late it was, there is time to attach.
 */
static int start_private(tsp_open_options *options, clock_ns deadline, struct tsp_system **ret_system, tsp_error *err)
{
	int rc = TSP_EEXIST;
	clock_ns least;

	for (options->port = RUNTIME_PRIVATE; rc == TSP_EEXIST; options->port++) {
		if (options->port >= RUNTIME_PRIVATE_END)
			return tsp_fail(err, TSP_ELIMIT, "cannot start a private system: %d of them run",
				RUNTIME_PRIVATE_END - RUNTIME_PRIVATE);
		if (is_locked(options->port))
			continue;
		rc = start_system(options, deadline, err);
		if (rc == TSP_OK)
			break;
	}
	if (rc < 0)
		return rc;
	least = clock_after(clock_read(), PRIVATE_ATTACH_MS);
	rc = attach_port(options->port, deadline > least ? deadline : least, ret_system, err);
	if (rc == TSP_OK)
		(*ret_system)->is_private = true;
	return rc;
}

int tsp_open_private(tsp_system *system, tsp_system **ret_private, tsp_error *err)
{
	tsp_system *another = NULL;
	tsp_error why = { 0 };
	int rc;

	if (ret_private == NULL)
		return tsp_fail(err, TSP_EUSAGE, "cannot open a private connection: nowhere to put it");
	rc = caller_enter(system, err);
	if (rc < 0)
		return rc;
	rc = system->ops->another(system->carrier, caller_deadline(OPEN_MS), &another, &why);
	caller_leave(system);
	if (rc < 0)
		return tsp_fail(err, rc, "cannot open a private connection: %s", why.text);
	*ret_private = another;
	return TSP_OK;
}

int tsp_open(const tsp_open_options *options, tsp_system **ret_system, tsp_error *err)
{
	tsp_open_options read;
	const struct base *base = NULL;
	clock_ns deadline;
	int rc;

	if (ret_system == NULL)
		return tsp_fail(err, TSP_EUSAGE, "cannot open a system: nowhere to put it");
	rc = options_read(options, &read, &base, err);
	if (rc < 0)
		return rc;
	if (interrupt_open() < 0)
		return tsp_fail_errno(err, "open", "an event descriptor");
	deadline = caller_deadline(read.timeout_ms);
	if (base->port == 0)
		return simple_open(&read, deadline, ret_system, err);
	if (read.flags & TSP_PRIVATE_SYSTEM)
		return start_private(&read, deadline, ret_system, err);
	return attach_or_start(&read, deadline, ret_system, err);
}
