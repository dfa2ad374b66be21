/* SPDX-License-Identifier: MIT */
/* What the admin says to the host itself: hello, leases, capabilities, creations. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "core/traits.h"
#include "wire/address.h"

#define POLL_US_LIMIT 1000

static int set_capabilities(struct stage *stage, tsp_value capabilities)
{
	uint8_t *copy;

	if (tsp_value_kind(capabilities) != TSP_KIND_MAP)
		return TSP_EPROTOCOL;
	copy = malloc(capabilities.size);
	if (copy == NULL)
		return TSP_ENOMEM;
	memcpy(copy, capabilities.data, capabilities.size);
	free(stage->capabilities);
	stage->capabilities = copy;
	stage->capabilities_size = capabilities.size;
	stage->default_host = host_of_capabilities(capabilities);
	bounds_read(capabilities, &stage->bounds);
	outbox_set_bounds(&stage->outbox, &stage->bounds);
	stage_log_rate(stage, capabilities);
	return TSP_OK;
}

int stage_hear_hello(struct stage *stage, const struct frame *frame)
{
	tsp_value hello = { frame->body, frame->body_size };
	uint64_t protocol = 0;
	uint64_t system = 0;
	uint64_t lease = 0;
	int64_t poll_us = 0;
	int rc;

	if (stage->greeted || tsp_value_check(frame->body, frame->body_size) < 0 ||
		!tsp_value_uint(tsp_value_get(hello, "protocol"), &protocol) ||
		protocol != FRAME_PROTOCOL ||
		!tsp_value_uint(tsp_value_get(hello, "system"), &system) || system == 0 ||
		!tsp_value_uint(tsp_value_get(hello, "lease"), &lease) || lease == 0)
		return TSP_EPROTOCOL;
	rc = set_capabilities(stage, tsp_value_get(hello, "capabilities"));
	if (rc < 0)
		return rc;
	(void)tsp_value_int(tsp_value_get(hello, "poll_us"), &poll_us);
	(void)tsp_value_bool(tsp_value_get(hello, "shared"), &stage->shared);
	stage->poll_us = (int)(poll_us < 0 ? 0 : poll_us > POLL_US_LIMIT ? POLL_US_LIMIT : poll_us);
	stage->system = system;
	stage->lease = lease;
	stage->counter = 1;
	stage->greeted = true;
	return TSP_OK;
}

int stage_hear_host(struct stage *stage, const struct tsp_message *message)
{
	tsp_text type = message->type;
	uint64_t lease = 0;
	int rc;

	if (tsp_text_is(type, system_notice_name(NOTICE_FORCE_EXIT))) {
		stage_exit_all(stage);
	} else if (tsp_text_is(type, system_notice_name(NOTICE_CAPABILITIES))) {
		rc = set_capabilities(stage, tsp_get(message, "capabilities"));
		if (rc == TSP_OK)
			stage_fit_anew(stage);
		return rc;
	} else if (tsp_text_is(type, system_notice_name(NOTICE_LOG_SETTINGS))) {
		stage_hear_log_settings(stage, message);
	} else if (tsp_text_is(type, system_notice_name(NOTICE_LEASE))) {
		if (!tsp_value_uint(tsp_get(message, "lease"), &lease) || lease == 0)
			return TSP_EPROTOCOL;
		stage->next_lease = lease;
	}
	return TSP_OK; /* what it does not know is for later versions */
}

static tsp_text optional_text(tsp_value map, const char *key)
{
	tsp_text text = { NULL, 0 };

	(void)tsp_value_text(tsp_value_get(map, key), &text);
	return text;
}

static const tsp_class *look_up(
	struct stage *stage, const struct origin *origin, tsp_text name, tsp_error *err)
{
	char *class_name = tsp_text_copy(name);
	const tsp_class *class;

	if (class_name == NULL) {
		tsp_fail(err, TSP_ENOMEM, "no memory for class '%.*s'",
			(int)(name.size < 100 ? name.size : 100), name.data);
		return NULL;
	}
	class = stage->ops->find_class(stage->io, origin->source, origin->module, class_name, err);
	free(class_name);
	if (class == NULL && err->code == 0)
		tsp_fail(err, TSP_ECLASS, "no class '%.*s'",
			(int)(name.size < 100 ? name.size : 100), name.data);
	return class;
}

int stage_hear_creation(
	struct stage *stage, const struct frame *frame, const struct tsp_message *message)
{
	tsp_value value = message->value;
	uint64_t number = frame->to.number;
	struct cell_order order = { .number = number,
		.parent = tsp_get_address(message, "parent"),
		.name = optional_text(value, "name"),
		.role = optional_text(value, "role"),
		.by_admin = stage_is_abroad(stage, number) };
	tsp_value argument = { NULL, 0 };
	struct tsp_actor *cell = NULL;
	tsp_error err = { 0 };

	(void)tsp_value_address(tsp_value_get(value, "birth"), &order.birth);
	if (order.name.data != NULL &&
		stage_is_abroad(stage, address_of_name(stage->system, order.name)))
		order.by_admin = true;
	if (address_is_name(number) || table_get(&stage->cells, number) != NULL)
		return TSP_EPROTOCOL;
	(void)tsp_value_encoded(tsp_value_get(value, "requirements"), &order.requirements);
	order.origin =
		stage_origin(stage, optional_text(value, "source"), optional_text(value, "module"));
	if (order.origin != NULL)
		order.class = look_up(stage, order.origin, optional_text(value, "class"), &err);
	if (order.class != NULL)
		cell = cell_new(stage, &order);
	if (cell == NULL) {
		if (err.code == 0)
			tsp_fail(&err, TSP_ENOMEM, "no memory for the actor");
		cell_report_exit(stage, number, "failed", err.text, true);
		outbox_done_with(&stage->outbox, frame->sequence, DONE_FAILED, err.code,
			tsp_text_of(err.text));
		stage->inhabited = true;
		return TSP_OK;
	}
	(void)tsp_value_encoded(tsp_value_get(value, "argument"), &argument);
	if (!cell_be_born(cell, argument, frame->sequence)) {
		outbox_done_with(&stage->outbox, frame->sequence, DONE_FAILED, TSP_ESTART,
			tsp_text_of("init failed"));
		return TSP_OK;
	}
	outbox_done(&stage->outbox, frame->sequence);
	cell_settle(cell);
	return TSP_OK;
}
