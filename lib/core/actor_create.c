/* SPDX-License-Identifier: MIT */
/* Creation of children: at once where creator and child share this host, else by the admin. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "core/cell.h"
#include "core/put.h"
#include "wire/address.h"

#define HASH_DIGITS 64

uint64_t stage_number(struct stage *stage)
{
	if (stage->counter > ADDRESS_COUNTER_MASK) {
		if (stage->next_lease == 0)
			return 0;
		stage->lease = stage->next_lease;
		stage->next_lease = 0;
		stage->lease_asked = false;
		stage->counter = 1;
	}
	if (!stage->lease_asked && stage->counter > ADDRESS_COUNTER_MASK / 4 * 3) {
		tsp_builder *builder = stage_builder(stage);

		if (builder != NULL) {
			tsp_begin_map(builder);
			tsp_end(builder);
			stage->lease_asked = stage_post_built(stage, NULL, stage_address(stage, 0),
						     system_request_name(REQUEST_LEASE),
						     true) == TSP_OK;
		}
	}
	return stage->lease << ADDRESS_LEASE_SHIFT | stage->counter++;
}

enum tsp_host host_of_capabilities(tsp_value capabilities)
{
	tsp_text text;

	if (tsp_value_text(tsp_value_get(capabilities, "Actor Host"), &text) &&
		tsp_text_is(text, "shared"))
		return TSP_HOST_SHARED;
	return TSP_HOST_OWN;
}

/* What is to be made, as far as it is known here. */
struct plan {
	uint64_t number;
	tsp_text source;
	tsp_text module;
	tsp_text class_name;
	const tsp_class *class; /* if it is made here */
};

/* "MODULE:CLASS" is installed; else the source that is named, else the creator's own. */
static void plan_origin(const tsp_actor *self, const char *class_name,
	const tsp_create_options *options, struct plan *plan)
{
	const char *colon = strrchr(class_name, ':');

	plan->class_name = tsp_text_of(colon != NULL ? colon + 1 : class_name);
	if (colon != NULL) {
		plan->module = (tsp_text){ class_name, (size_t)(colon - class_name) };
		return;
	}
	if (options->source != NULL) {
		plan->source = tsp_text_of(options->source);
		return;
	}
	plan->source = tsp_text_of(self->origin->source);
	plan->module = tsp_text_of(self->origin->module);
}

static bool same_text(tsp_text text, const char *other)
{
	return other == NULL ? text.data == NULL : text.data != NULL && tsp_text_is(text, other);
}

/* The class, if this host may make the actor itself; else NULL: the admin decides. */
static const tsp_class *plan_local(
	const tsp_actor *self, const tsp_create_options *options, const struct plan *plan)
{
	const struct stage *stage = self->stage;
	enum tsp_host host = options->host;
	const tsp_class *class;
	char *name;

	if (!stage->shared || options->name != NULL || options->requirements.data != NULL)
		return NULL;
	if (!same_text(plan->source, self->origin->source) ||
		!same_text(plan->module, self->origin->module))
		return NULL;
	name = tsp_text_copy(plan->class_name);
	if (name == NULL)
		return NULL;
	class = stage->ops->find_class(
		stage->io, self->origin->source, self->origin->module, name, NULL);
	free(name);
	if (class == NULL || class->requires_capabilities != NULL)
		return NULL;
	if (host == TSP_HOST_DEFAULT)
		host = class->host;
	if (host == TSP_HOST_DEFAULT)
		host = stage->default_host;
	return host == TSP_HOST_SHARED ? class : NULL;
}

/* What is absent is left out. */
static void put_given(tsp_builder *builder, const char *key, tsp_text text)
{
	if (text.data != NULL)
		put_text(builder, key, text);
}

static int send_create(tsp_actor *self, const tsp_create_options *options, const struct plan *plan)
{
	struct stage *stage = self->stage;
	tsp_builder *builder = stage_builder(stage);

	if (builder == NULL)
		return TSP_ENOMEM;
	tsp_begin_map(builder);
	tsp_put_key(builder, "number");
	tsp_put_uint(builder, plan->number);
	put_given(builder, "class", plan->class_name);
	put_given(builder, "source", plan->source);
	put_given(builder, "module", plan->module);
	put_given(builder, "name", tsp_text_of(options->name));
	put_given(builder, "role", tsp_text_of(options->role));
	if (options->argument.data != NULL && plan->class == NULL) {
		tsp_put_key(builder, "argument");
		tsp_put_encoded(builder, options->argument);
	}
	if (options->requirements.data != NULL) {
		tsp_put_key(builder, "requirements");
		tsp_put_encoded(builder, options->requirements);
	}
	tsp_put_key(builder, "host");
	tsp_put_int(builder, options->host);
	tsp_put_key(builder, "local");
	tsp_put_bool(builder, plan->class != NULL);
	tsp_end(builder);
	return stage_post_built(stage, self, stage_address(stage, 0),
		system_request_name(REQUEST_CREATE), plan->class != NULL);
}

/* The cell, and its init as the first letter that it gets. */
static int make_here(tsp_actor *self, const tsp_create_options *options, const struct plan *plan)
{
	struct stage *stage = self->stage;
	const struct cell_order order = { .number = plan->number,
		.class = plan->class,
		.origin = self->origin,
		.parent = cell_address(self),
		.role = tsp_text_of(options->role) };
	struct letter *letter = letter_new(&stage->pool, options->argument.size);
	struct tsp_actor *cell = letter != NULL ? cell_new(stage, &order) : NULL;
	int rc = TSP_ENOMEM;

	if (cell == NULL)
		goto fail;
	rc = send_create(self, options, plan);
	if (rc < 0) {
		cell_free(cell);
		goto fail;
	}
	letter->from = cell_address(self);
	letter->to = plan->number;
	letter->flags = LETTER_INIT;
	if (letter->size > 0)
		memcpy(letter->body, options->argument.data, letter->size);
	cell_queue(cell, letter);
	return TSP_OK;
fail:
	letter_free(&stage->pool, letter);
	return rc;
}

static bool options_are_good(const char *class_name, const tsp_create_options *options)
{
	if (class_name == NULL || class_name[0] == '\0')
		return false;
	if (options->argument.data != NULL &&
		tsp_value_check(options->argument.data, options->argument.size) < 0)
		return false;
	if (options->requirements.data != NULL &&
		tsp_value_check(options->requirements.data, options->requirements.size) < 0)
		return false;
	return options->name == NULL ||
		address_check_name(tsp_text_of(options->name), NULL) == TSP_OK;
}

tsp_address tsp_create(tsp_actor *self, const char *class_name, const tsp_create_options *options)
{
	static const tsp_create_options none = { 0 };
	struct stage *stage = self->stage;
	struct plan plan = { 0 };
	int rc = TSP_EVALUE;

	if (options == NULL)
		options = &none;
	if (!options_are_good(class_name, options))
		goto refused;
	plan.number = stage_number(stage);
	if (plan.number == 0)
		goto refused;
	plan_origin(self, class_name, options, &plan);
	plan.class = plan_local(self, options, &plan);
	if (options->name == NULL && table_put(&self->children, plan.number, self) < 0)
		goto refused;
	rc = plan.class != NULL ? make_here(self, options, &plan) :
				  send_create(self, options, &plan);
	if (rc < 0) {
		if (options->name == NULL)
			(void)table_take(&self->children, plan.number);
		goto refused;
	}
	self->created++;
	if (options->name != NULL)
		return stage_address(
			stage, address_of_name(stage->system, tsp_text_of(options->name)));
	return stage_address(stage, plan.number);
refused:
	(void)cell_refuse(self, rc);
	return TSP_NOBODY;
}
