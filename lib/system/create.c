/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "system/caller.h"
#include "wire/value.h"

#define SHOWN 160

struct wish {
	uint64_t number;
	tsp_text class_name;
	tsp_text module; /* absent: source */
	const tsp_create_options *options;
};

static void put_optional(tsp_builder *builder, const char *key, const char *text)
{
	if (text == NULL)
		return;
	tsp_put_key(builder, key);
	tsp_put_string(builder, text);
}

static void put_encoded(tsp_builder *builder, const char *key, tsp_value value)
{
	if (value.data == NULL)
		return;
	tsp_put_key(builder, key);
	tsp_put_encoded(builder, value);
}

static void put_wish(tsp_builder *builder, const void *data)
{
	const struct wish *wish = data;
	const tsp_create_options *options = wish->options;

	tsp_put_key(builder, "number");
	tsp_put_uint(builder, wish->number);
	tsp_put_key(builder, "class");
	tsp_put_text(builder, wish->class_name);
	tsp_put_key(builder, "host");
	tsp_put_int(builder, options->host);
	if (wish->module.data != NULL) {
		tsp_put_key(builder, "module");
		tsp_put_text(builder, wish->module);
	} else {
		put_optional(builder, "source", options->source);
	}
	put_optional(builder, "name", options->name);
	put_optional(builder, "role", options->role);
	put_encoded(builder, "argument", options->argument);
	put_encoded(builder, "requirements", options->requirements);
}

static int check_options(const tsp_create_options *options, tsp_error *err)
{
	if (options->name != NULL && address_check_name(tsp_text_of(options->name), err) < 0)
		return TSP_ENAME;
	if (options->argument.data != NULL && value_check(options->argument.data, options->argument.size, err) < 0)
		return TSP_EVALUE;
	if (options->requirements.data != NULL &&
	    value_check(options->requirements.data, options->requirements.size, err) < 0)
		return TSP_EVALUE;
	if ((int)options->host < TSP_HOST_DEFAULT || (int)options->host > TSP_HOST_SHARED)
		return tsp_fail(err, TSP_EUSAGE, "unknown kind of host");
	return TSP_OK;
}

/* Splits MODULE:CLASS; a class without a module needs a source. */
static int wish_read(const char *class_name, const tsp_create_options *options, struct wish *wish, tsp_error *err)
{
	const char *colon = strchr(class_name, ':');

	wish->options = options;
	wish->class_name = tsp_text_of(colon != NULL ? colon + 1 : class_name);
	if (colon != NULL)
		wish->module = (tsp_text){ class_name, (size_t)(colon - class_name) };
	if (wish->class_name.size == 0 || (colon != NULL && wish->module.size == 0))
		return tsp_fail(err, TSP_ECLASS, "not the name of a class");
	if (!text_is_utf8(class_name, strlen(class_name)))
		return tsp_fail(err, TSP_ECLASS, "not UTF-8");
	if (colon != NULL && options->source != NULL)
		return tsp_fail(err, TSP_EUSAGE, "it cannot come from a module and from a source");
	if (colon == NULL && options->source == NULL)
		return tsp_fail(err, TSP_ECLASS, "neither a source nor a module (MODULE:CLASS) is named");
	return check_options(options, err);
}

/* CreateFailed{code, reason, detail}; an actor's process is told as actors are, by ChildActorExited. */
static int create_failed(const tsp_message *reply, tsp_error *err)
{
	tsp_text reason = tsp_get_text(reply, "reason");
	tsp_text detail = tsp_get_text(reply, "detail");
	int64_t code = tsp_get_int(reply, "code", TSP_ESTART);
	bool both = reason.size > 0 && detail.size > 0;

	if (code >= 0 || code < TSP_ESHUTDOWN)
		code = TSP_ESTART;
	if (reason.size == 0 && detail.size == 0)
		return tsp_fail(err, (int)code, "%s", tsp_error_sentence((int)code));
	return tsp_fail(err, (int)code, "%.*s%s%.*s", (int)(reason.size < 300 ? reason.size : 300), reason.data,
		both ? ": " : "", (int)(detail.size < 4096 ? detail.size : 4096), detail.data);
}

int caller_judge_created(const tsp_message *reply, tsp_address *ret_actor, tsp_error *err)
{
	int rc = caller_judge(reply, err);
	tsp_address address = tsp_get_address(reply, "address");
	tsp_text type = tsp_message_type(reply);

	if (rc < 0)
		return rc;
	if (tsp_message_is(reply, system_notice_name(NOTICE_CREATE_FAILED)) ||
	    tsp_message_is(reply, system_notice_name(NOTICE_CHILD_EXITED)))
		return create_failed(reply, err);
	if (!tsp_message_is(reply, system_notice_name(NOTICE_CREATED)) || tsp_address_is_nobody(address))
		return tsp_fail(err, TSP_EPROTOCOL, "the system answered with '%.*s'", (int)type.size, type.data);
	*ret_actor = address;
	return TSP_OK;
}

/* Who did not answer whom: a system that hangs is looked for by its admin. */
static int timed_out(const struct tsp_system *system, tsp_error *err)
{
	char admin[TSP_ADDRESS_TEXT], caller[TSP_ADDRESS_TEXT];

	return tsp_fail(err, TSP_ETIMEOUT, "no answer in time from the admin %s to the caller %s",
		tsp_address_text(tsp_admin(system), admin), tsp_address_text(caller_base(system), caller));
}

int tsp_system_create(tsp_system *system, const char *class_name, const tsp_create_options *options,
	int64_t timeout_ms, tsp_address *ret_actor, tsp_error *err)
{
	static const tsp_create_options none;
	clock_ns deadline = caller_deadline(timeout_ms);
	tsp_address actor = TSP_NOBODY;
	struct wish wish = { 0 };
	tsp_message *reply = NULL;
	char shown[SHOWN];
	int rc = caller_enter(system, err);

	if (rc < 0)
		return rc;
	if (class_name == NULL)
		rc = tsp_fail(err, TSP_EUSAGE, "no class is named");
	else
		rc = wish_read(class_name, options != NULL ? options : &none, &wish, err);
	if (rc == TSP_OK && system->next_actor >= CALLER_ACTORS_END)
		rc = tsp_fail(err, TSP_ELIMIT, "this connection has created %llu actors: open another",
			(unsigned long long)CALLER_ACTORS_END - 2);
	if (rc == TSP_OK) {
		wish.number = system->lease << ADDRESS_LEASE_SHIFT | system->next_actor++;
		rc = caller_request(system, REQUEST_CREATE, put_wish, &wish, deadline, &reply, err);
		if (rc == TSP_ETIMEOUT)
			rc = timed_out(system, err);
	}
	if (rc == TSP_OK)
		rc = caller_judge_created(reply, &actor, err);
	caller_leave(system);
	tsp_message_free(reply);
	if (rc < 0)
		return tsp_wrap(err, rc, "cannot create '%s'",
			text_quote(tsp_text_of(class_name), shown, sizeof(shown)));
	if (ret_actor != NULL)
		*ret_actor = actor;
	return TSP_OK;
}
