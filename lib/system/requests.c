/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "system/caller.h"
#include "wire/value.h"

#define SHORT_MS 10000 /* for requests that name no time of their own */
#define SHOWN 160

/* "cannot DO 'SUBJECT': CAUSE", from what err says already. */
static int failed(tsp_error *err, int code, const char *what, const char *subject)
{
	char shown[SHOWN];

	return tsp_wrap(err, code, "cannot %s '%s'", what, text_quote(tsp_text_of(subject), shown, sizeof(shown)));
}

static void put_name(tsp_builder *builder, const void *data)
{
	tsp_put_key(builder, "name");
	tsp_put_string(builder, data);
}

/* At another system, which is asked as anybody would be. */
static int resolve_there(tsp_system *system, tsp_text name, uint64_t id, int64_t timeout_ms, tsp_address *ret_holder,
	tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_message *reply = NULL;
	tsp_value value;
	int rc = TSP_ENOMEM;

	if (builder != NULL) {
		tsp_put_format(builder, "{s:t}", "name", name);
		rc = tsp_builder_value(builder, &value);
	}
	if (rc == TSP_OK)
		rc = tsp_ask(system, (tsp_address){ id, 0 }, system_request_name(REQUEST_RESOLVE), value, timeout_ms,
			&reply, err);
	else
		(void)tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	tsp_builder_free(builder);
	if (rc < 0)
		return rc;
	if (tsp_message_is(reply, system_notice_name(NOTICE_RESOLVED)))
		*ret_holder = tsp_get_address(reply, "holder");
	else if (tsp_message_is(reply, system_notice_name(NOTICE_REQUEST_FAILED)))
		rc = tsp_fail(err, (int)tsp_get_int(reply, "code", TSP_EFAILED), "nobody holds that name there");
	else
		rc = caller_unexpected(reply, err);
	tsp_message_free(reply);
	return rc;
}

int tsp_resolve(tsp_system *system, const char *name, int64_t timeout_ms, tsp_address *ret_holder, tsp_error *err)
{
	tsp_message *reply = NULL;
	tsp_text text = tsp_text_of(name != NULL ? name : "");
	uint64_t id = system->id;
	int rc = TSP_OK;

	if (name == NULL)
		rc = tsp_fail(err, TSP_EUSAGE, "no name");
	else if (!address_split_name(name, system->id, &text, &id))
		rc = strchr(name, '@') != NULL && address_check_name(text, err) >= 0 ?
			tsp_fail(err, TSP_ENAME, "no system's id behind the '@'") :
			address_check_name(text, err);
	else if (text.size < strlen(name))
		rc = resolve_there(system, text, id, timeout_ms, ret_holder, err);
	if (rc < 0 || text.size < strlen(name))
		return rc < 0 ? failed(err, rc, "resolve", name) : rc;
	rc = caller_request_good(system, REQUEST_RESOLVE, NOTICE_RESOLVED, put_name, name, timeout_ms, &reply, err);
	if (rc < 0)
		return failed(err, rc, "resolve", name);
	*ret_holder = tsp_get_address(reply, "holder");
	tsp_message_free(reply);
	return TSP_OK;
}

int tsp_status(tsp_system *system, tsp_address target, int64_t timeout_ms, tsp_message **ret_status, tsp_error *err)
{
	tsp_message *reply = NULL;
	char text[TSP_ADDRESS_TEXT];
	tsp_builder *builder = NULL;
	tsp_value nothing;
	int rc;

	builder = tsp_builder_new();
	tsp_put_format(builder, "{}");
	rc = builder != NULL ? tsp_builder_value(builder, &nothing) : TSP_ENOMEM;
	if (rc == TSP_OK)
		rc = tsp_ask(system, target, SYSTEM_STATUS_REQUEST, nothing, timeout_ms, &reply, err);
	else
		tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	tsp_builder_free(builder);
	if (rc < 0)
		return rc;
	if (!tsp_message_is_system(reply) || !(tsp_message_is(reply, system_notice_name(NOTICE_SYSTEM_STATUS)) ||
					       tsp_message_is(reply, system_notice_name(NOTICE_ACTOR_STATUS)))) {
		rc = caller_unexpected(reply, err);
		tsp_message_free(reply);
		return failed(err, rc, "get the status of", tsp_address_text(target, text));
	}
	*ret_status = reply;
	return TSP_OK;
}

int tsp_actors(tsp_system *system, int64_t timeout_ms, tsp_message **ret_list, tsp_error *err)
{
	int rc = caller_request_good(system, REQUEST_ACTORS, NOTICE_ACTORS, NULL, NULL, timeout_ms, ret_list, err);

	return rc < 0 ? tsp_wrap(err, rc, "cannot list the actors") : TSP_OK;
}

int tsp_waits(tsp_system *system, int64_t timeout_ms, tsp_message **ret_list, tsp_error *err)
{
	int rc = caller_request_good(system, REQUEST_WAITS, NOTICE_WAITS, NULL, NULL, timeout_ms, ret_list, err);

	return rc < 0 ? tsp_wrap(err, rc, "cannot list who waits") : TSP_OK;
}

struct report {
	tsp_address parent;
	tsp_address child;
};

static void put_report(tsp_builder *builder, const void *data)
{
	const struct report *report = data;

	tsp_put_key(builder, "parent");
	tsp_put_address(builder, report->parent);
	tsp_put_key(builder, "child");
	tsp_put_address(builder, report->child);
}

int tsp_report_exit(tsp_system *system, tsp_address parent, tsp_address child, tsp_error *err)
{
	struct report report = { parent, child };
	tsp_message *reply = NULL;
	char text[TSP_ADDRESS_TEXT];
	int rc = caller_request_good(
		system, REQUEST_REPORT_EXIT, NOTICE_EXIT_REPORTED, put_report, &report, SHORT_MS, &reply, err);

	tsp_message_free(reply);
	return rc < 0 ? failed(err, rc, "report the exit of", tsp_address_text(child, text)) : TSP_OK;
}

struct logging {
	tsp_address target;
	const char *threshold;
	int forward;
	int64_t file;
};

static void put_logging(tsp_builder *builder, const void *data)
{
	const struct logging *logging = data;

	tsp_put_key(builder, "address");
	tsp_put_address(builder, logging->target);
	if (logging->threshold != NULL) {
		tsp_put_key(builder, "threshold");
		tsp_put_string(builder, logging->threshold);
	}
	if (logging->forward >= 0) {
		tsp_put_key(builder, "useLogging");
		tsp_put_bool(builder, logging->forward > 0);
	}
	if (logging->file < 0)
		return;
	tsp_put_key(builder, "useFile");
	if (logging->file > 1)
		tsp_put_int(builder, logging->file);
	else
		tsp_put_bool(builder, logging->file > 0);
}

int tsp_set_logging(tsp_system *system, tsp_address target, const char *threshold, int forward,
	int64_t file, tsp_error *err)
{
	struct logging logging = { target, threshold, forward, file };
	tsp_message *reply = NULL;
	char text[TSP_ADDRESS_TEXT];
	int rc = caller_request_good(system, REQUEST_SET_LOGGING, NOTICE_UPDATED, put_logging, &logging, SHORT_MS,
		&reply, err);

	tsp_message_free(rc == TSP_OK ? reply : NULL);
	return rc < 0 ? failed(err, rc, "set the logging of", tsp_address_text(target, text)) :
			TSP_OK;
}

struct follow {
	tsp_address target;
	const char *class_name;
	const char *level;
};

static void put_follow(tsp_builder *builder, const void *data)
{
	const struct follow *follow = data;

	tsp_put_key(builder, "address");
	tsp_put_address(builder, follow->target);
	tsp_put_key(builder, "class");
	tsp_put_string(builder, follow->class_name);
	tsp_put_key(builder, "level");
	tsp_put_string(builder, follow->level);
}

int tsp_follow_log(tsp_system *system, tsp_address target, const char *class_name, const char *level,
	tsp_error *err)
{
	struct follow follow = { target, class_name, level };
	tsp_message *reply = NULL;
	char text[TSP_ADDRESS_TEXT];
	int rc = caller_request_good(
		system, REQUEST_FOLLOW_LOG, NOTICE_UPDATED, put_follow, &follow, SHORT_MS, &reply, err);

	if (rc < 0)
		return failed(err, rc, "follow the log of",
			class_name != NULL ? class_name : tsp_address_text(target, text));
	tsp_message_free(reply);
	return TSP_OK;
}

struct load {
	const void *package;
	size_t size;
	const char *info;
};

static void put_load(tsp_builder *builder, const void *data)
{
	const struct load *load = data;

	tsp_put_key(builder, "data");
	tsp_put_bytes(builder, load->package, load->size);
	tsp_put_key(builder, "info");
	tsp_put_string(builder, load->info != NULL ? load->info : "");
}

/* SourceFailed{code, reason, output} as an error, with the compiler's lines. */
static int source_failed(const tsp_message *reply, char **ret_output, tsp_error *err)
{
	tsp_text reason = tsp_get_text(reply, "reason");
	int64_t code = tsp_get_int(reply, "code", TSP_EREJECTED);

	if (code >= 0 || code < TSP_ESHUTDOWN)
		code = TSP_EREJECTED;
	if (code == TSP_EBUILD && ret_output != NULL) {
		tsp_text output = tsp_get_text(reply, "output");

		*ret_output = tsp_text_copy(output.data != NULL ? output : TSP_TEXT(""));
	}
	if (reason.size == 0)
		return tsp_fail(err, (int)code, "%s", tsp_error_sentence((int)code));
	return tsp_fail(err, (int)code, "%.*s", (int)(reason.size < 4096 ? reason.size : 4096), reason.data);
}

static int loaded(const tsp_message *reply, char ret_hash[65], char **ret_output, tsp_error *err)
{
	tsp_text hash = tsp_get_text(reply, "sourceHash");
	int rc = caller_judge(reply, err);

	if (rc < 0)
		return rc;
	if (tsp_message_is_system(reply) && tsp_message_is(reply, system_notice_name(NOTICE_SOURCE_FAILED)))
		return source_failed(reply, ret_output, err);
	if (!tsp_message_is_system(reply) || !tsp_message_is(reply, system_notice_name(NOTICE_LOADED)) ||
	    hash.size != 64)
		return caller_unexpected(reply, err);
	memcpy(ret_hash, hash.data, hash.size);
	ret_hash[hash.size] = '\0';
	return TSP_OK;
}

int tsp_system_load(tsp_system *system, const void *package, size_t size, const char *info, int64_t timeout_ms,
	char ret_hash[65], char **ret_output, tsp_error *err)
{
	struct load load = { package, size, info };
	tsp_message *reply = NULL;
	char hash[65] = "";
	int rc = caller_enter(system, err);

	if (rc < 0)
		return rc;
	if (size > VALUE_SIZE_LIMIT)
		rc = tsp_fail(err, TSP_ETOOBIG, "it has %zu bytes, more than fit into a message", size);
	else
		rc = caller_request(system, REQUEST_LOAD, put_load, &load, caller_deadline(timeout_ms), &reply, err);
	if (rc == TSP_OK)
		rc = loaded(reply, hash, ret_output, err);
	caller_leave(system);
	tsp_message_free(reply);
	if (rc < 0)
		return failed(err, rc, "load", info != NULL ? info : "package");
	if (ret_hash != NULL)
		memcpy(ret_hash, hash, sizeof(hash));
	return TSP_OK;
}

static void put_hash(tsp_builder *builder, const void *data)
{
	tsp_put_key(builder, "hash");
	tsp_put_string(builder, data);
}

int tsp_system_unload(tsp_system *system, const char *hash, int64_t timeout_ms, tsp_error *err)
{
	tsp_message *reply = NULL;
	int rc;

	if (hash == NULL)
		return tsp_fail(err, TSP_EUSAGE, "cannot unload a source: no hash is given");
	rc = caller_request_good(system, REQUEST_UNLOAD, NOTICE_UNLOADED, put_hash, hash, timeout_ms, &reply, err);
	if (rc < 0)
		return failed(err, rc, "unload", hash);
	tsp_message_free(reply);
	return TSP_OK;
}

struct capability {
	const char *name;
	tsp_value value;
};

static void put_capability(tsp_builder *builder, const void *data)
{
	const struct capability *capability = data;

	put_name(builder, capability->name);
	tsp_put_key(builder, "value");
	tsp_put_value(builder, capability->value);
}

int tsp_system_update_capability(tsp_system *system, const char *name, tsp_value value, int64_t timeout_ms,
	tsp_error *err)
{
	struct capability capability = { name, value };
	tsp_message *reply = NULL;
	int rc = TSP_OK;

	if (name == NULL)
		return tsp_fail(err, TSP_EUSAGE, "cannot change a capability: no name is given");
	if (value.data != NULL)
		rc = value_check(value.data, value.size, err);
	if (rc == TSP_OK)
		rc = caller_request_good(system, REQUEST_CAPABILITY, NOTICE_UPDATED, put_capability,
			&capability, timeout_ms, &reply, err);
	if (rc < 0)
		return failed(err, rc, "change capability", name);
	tsp_message_free(reply);
	return TSP_OK;
}
