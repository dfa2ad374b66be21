/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/appointed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "core/actors.h"
#include "core/create.h"
#include "core/modules.h"

#define AGAIN_MS     50	   /* first wait before it is created again, doubled each time */
#define AGAIN_MAX_MS 1600  /* they are back within 2 s, however often they die */
#define STEADY_MS    10000 /* who lived that long has not failed in a row */

int appointed_init(struct appointed *appointed, const char *order, const char *name, tsp_error *err)
{
	const char *colon;
	const char *equals;

	memset(appointed, 0, sizeof(*appointed));
	appointed->again = CLOCK_NEVER;
	appointed->name = name;
	if (order == NULL)
		return 0;
	equals = strchr(order, '=');
	colon = strchr(order, ':');
	if (colon == NULL || colon == order || (equals != NULL && colon > equals) ||
		colon[1] == '\0' || colon + 1 == equals)
		return tsp_fail(
			err, TSP_EUSAGE, "cannot read '%s': not MODULE:CLASS[=ARGUMENT]", order);
	appointed->module = strndup(order, (size_t)(colon - order));
	appointed->class_name = equals != NULL ? strndup(colon + 1, (size_t)(equals - colon - 1)) :
						 strdup(colon + 1);
	appointed->argument = equals != NULL ? strdup(equals + 1) : NULL;
	if (appointed->module == NULL || appointed->class_name == NULL ||
		(equals != NULL && appointed->argument == NULL))
		return tsp_fail(err, TSP_ENOMEM, "no memory");
	appointed->wanted = true;
	return 0;
}

void appointed_clear(struct appointed *appointed)
{
	free(appointed->module);
	free(appointed->class_name);
	free(appointed->argument);
}

static struct appointed *order_of(struct admin *admin, const struct actor *actor)
{
	if (admin->authority_order.actor == actor)
		return &admin->authority_order;
	if (admin->director_order.actor == actor)
		return &admin->director_order;
	return NULL;
}

static void again(struct admin *admin, struct appointed *order)
{
	int64_t wait_ms = AGAIN_MS;

	order->actor = NULL;
	if (admin->in_shutdown)
		return;
	if (admin->now - order->born > STEADY_MS * CLOCK_MS)
		order->failures = 0;
	for (int i = 0; i < order->failures && wait_ms < AGAIN_MAX_MS; i++)
		wait_ms *= 2;
	order->failures++;
	admin->tick_at = 0;
	order->again = clock_after(admin->now, wait_ms < AGAIN_MAX_MS ? wait_ms : AGAIN_MAX_MS);
}

static void create(struct admin *admin, struct appointed *order)
{
	tsp_error err = { 0 };

	order->again = CLOCK_NEVER;
	order->born = admin->now;
	if (create_appointed(admin, order, &err) < 0) {
		admin->ops->log(admin->io, LOG_LEVEL_ERROR, err.text);
		again(admin, order);
	}
}

void appointed_begin(struct admin *admin)
{
	create_claim(admin, &admin->director_order);
	if (admin->authority_order.wanted)
		create(admin, &admin->authority_order);
	else if (admin->director_order.wanted)
		create(admin, &admin->director_order);
}

void appointed_started(struct admin *admin, struct actor *actor)
{
	struct appointed *order = order_of(admin, actor);

	if (order == NULL)
		return;
	order->started = true;
	if (order == &admin->authority_order) {
		admin->authority = actor->number;
		modules_ask_authority(admin);
		if (admin->director_order.wanted && admin->director_order.actor == NULL &&
			!admin->director_order.started)
			create(admin, &admin->director_order);
	}
}

void appointed_failed(struct admin *admin, struct actor *actor, const char *reason)
{
	struct appointed *order = order_of(admin, actor);

	if (order == NULL || order->started)
		return;
	admin->begin_code = TSP_ESTART;
	snprintf(admin->begin_reason, sizeof(admin->begin_reason), "the %s %s:%s did not start: %s",
		order == &admin->authority_order ? "authority" : "director", order->module,
		order->class_name, reason);
}

void appointed_ended(struct admin *admin, struct actor *actor)
{
	struct appointed *order = order_of(admin, actor);

	if (order == NULL)
		return;
	if (order == &admin->authority_order) {
		for (struct list *at = admin->loads.next; at != &admin->loads; at = at->next) {
			struct load *load = list_item(at, struct load, link);

			if (load->bytes != NULL)
				load->asked = false; /* the next one is asked again */
		}
	}
	admin->counters.restarts++;
	order->restarts++;
	again(admin, order);
}

clock_ns appointed_tick(struct admin *admin)
{
	struct appointed *orders[] = { &admin->authority_order, &admin->director_order };
	clock_ns next_time = CLOCK_NEVER;

	for (size_t i = 0; i < 2; i++) {
		if (!orders[i]->wanted || admin->in_shutdown)
			continue;
		if (orders[i]->again <= admin->now)
			create(admin, orders[i]);
		if (orders[i]->again < next_time)
			next_time = orders[i]->again;
	}
	return next_time;
}
