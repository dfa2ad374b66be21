/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/admin_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "core/actors.h"
#include "core/convention.h"
#include "core/hosts.h"
#include "core/log_follow.h"
#include "core/route.h"
#include "wire/log_record.h"
#include "wire/value.h"

#define REFUSAL_INTERVAL (CLOCK_SECOND / 10)
#define TYPE_SHOWN	 120

/* Fills in what the link says of who speaks. */
static void put_actor(
	const struct admin *admin, const struct actor *actor, struct log_record *record)
{
	record->actor = actor_address(admin, actor);
	if (actor->class != NULL)
		record->class_name = tsp_text_of(actor->class->name);
	if (actor->host != NULL)
		record->pid = actor->host->pid;
}

void admin_log(struct admin *admin, enum log_level level, const struct actor *actor,
	const char *format, ...)
{
	struct log_record record = { .level = level, .pid = admin->config.pid };
	unsigned places = LOG_PLACE_BOTH;
	char text[1024];
	va_list args;

	if (level < admin->levels.internal)
		places &= ~(unsigned)LOG_PLACE_INTERNAL;
	if (level < admin->levels.normal)
		places &= ~(unsigned)LOG_PLACE_NORMAL;
	if (places == 0 && !follow_wants(admin, level))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_mend(text);
	record.text = tsp_text_of(text);
	if (actor != NULL)
		put_actor(admin, actor, &record);
	if (places != 0)
		admin->ops->log_record(admin->io, &record, places);
	convention_log(admin, &record);
	follow_copy(admin, actor, true, &record);
}

void admin_said(struct admin *admin, enum log_level level, const char *text)
{
	struct log_record record = { .level = level, .pid = admin->config.pid };
	char copy[1024];

	if (!follow_wants(admin, level))
		return;
	snprintf(copy, sizeof(copy), "%s", text);
	record.text = tsp_text_of(text_mend(copy));
	follow_copy(admin, NULL, true, &record);
}

void admin_log_refused(struct admin *admin, const struct frame *frame, const char *reason)
{
	char to[TSP_ADDRESS_TEXT], from[TSP_ADDRESS_TEXT], more[48] = "";
	uint32_t before;
	tsp_text type = { NULL, 0 };
	tsp_value value;

	if (!log_bucket_take(&admin->refusals, admin->now, REFUSAL_INTERVAL))
		return;
	before = log_bucket_report(&admin->refusals, admin->now, true);
	if (before > 0)
		snprintf(more, sizeof(more), " (and %lu refused before it)", (unsigned long)before);
	if (!(frame->flags & FRAME_EMPTY))
		(void)value_split((tsp_value){ frame->body, frame->body_size }, &type, &value);
	admin_log(admin, LOG_LEVEL_ERROR, NULL, "message '%.*s' from %s to %s refused: %s%s",
		(int)(type.size < TYPE_SHOWN ? type.size : TYPE_SHOWN),
		type.data != NULL ? type.data : "", tsp_address_text(frame->from, from),
		tsp_address_text(frame->to, to), reason, more);
}

bool log_level_of(tsp_text text, enum log_level *ret)
{
	for (int i = LOG_LEVEL_DEBUG; i <= LOG_LEVEL_CRITICAL; i++) {
		if (tsp_text_is(text, log_level_name((enum log_level)i))) {
			*ret = (enum log_level)i;
			return true;
		}
	}
	return false;
}

void request_log(struct admin *admin, const struct request *request)
{
	struct log_record record = { .level = LOG_LEVEL_INFO };
	tsp_text level = { NULL, 0 };
	int64_t places = LOG_PLACE_NORMAL;

	(void)tsp_value_text(tsp_value_get(request->value, "level"), &level);
	(void)tsp_value_text(tsp_value_get(request->value, "text"), &record.text);
	(void)tsp_value_text(tsp_value_get(request->value, "logger"), &record.logger);
	(void)tsp_value_int(tsp_value_get(request->value, "places"), &places);
	(void)log_level_of(level, &record.level);
	if (request->actor != NULL)
		put_actor(admin, request->actor, &record);
	else
		record.pid = request->link->host->pid;
	if (record.text.data == NULL)
		record.text = TSP_TEXT("");
	follow_copy(admin, request->actor, false, &record);
	convention_log(admin, &record);
	if (record.level < admin->levels.normal) /* it was made for who follows */
		places &= ~(int64_t)LOG_PLACE_NORMAL;
	if (places & LOG_PLACE_BOTH)
		admin->ops->log_record(admin->io, &record, (unsigned)places & LOG_PLACE_BOTH);
}

/* ---- What is wanted ---- */

void host_tell_logging(struct admin *admin, struct host *host)
{
	const struct host_logging *own = &host->logging;
	bool file = admin->levels.file != NULL && (own->set ? own->file : true);
	enum log_level least = follow_least(admin, host);
	tsp_builder *b = tsp_builder_new();
	tsp_value value;

	if (b == NULL)
		return; /* it goes on as it was told before */
	tsp_begin_map(b);
	tsp_put_key(b, "least");
	tsp_put_int(b, least);
	tsp_put_key(b, "normal");
	tsp_put_int(b, admin->levels.normal);
	tsp_put_key(b, "own_least");
	tsp_put_int(b, own->set ? own->threshold : admin->levels.internal);
	tsp_put_key(b, "places");
	tsp_put_int(b, own->set ? own->places : LOG_PLACE_BOTH);
	if (file) {
		tsp_put_key(b, "file");
		tsp_put_string(b, admin->levels.file);
	}
	tsp_end(b);
	if (tsp_builder_value(b, &value) == 0)
		host_tell_value(admin, host, NOTICE_LOG_SETTINGS, value);
	host->told_least = least;
	tsp_builder_free(b);
}

void admin_set_logging(struct admin *admin, const struct log_levels *levels)
{
	admin->levels = *levels;
	for (struct list *at = admin->hosts.next; at != &admin->hosts; at = at->next)
		host_tell_logging(admin, list_item(at, struct host, link));
}

/* TSP_EVALUE with a reason: what was given is no use. Members that are absent leave all as it is. */
static int read_change(tsp_value value, struct log_change *change, const char **ret_reason)
{
	tsp_value threshold = tsp_value_get(value, "threshold");
	tsp_value file = tsp_value_get(value, "useFile");
	tsp_text text = { NULL, 0 };
	bool on;

	*change = (struct log_change){ .forward = -1, .file = -1 };
	(void)tsp_value_text(threshold, &text);
	change->has_threshold = log_level_of(text, &change->threshold);
	*ret_reason = "the threshold is none of debug, info, warning, error, critical";
	if (tsp_value_kind(threshold) > TSP_KIND_NULL && !change->has_threshold)
		return TSP_EVALUE;
	if (tsp_value_bool(tsp_value_get(value, "useLogging"), &on))
		change->forward = on ? 1 : 0;
	if (tsp_value_bool(file, &on))
		change->file = on ? 1 : 0;
	*ret_reason = "useFile is neither true or false nor a number of bytes from 10240";
	if (tsp_value_kind(file) > TSP_KIND_BOOL &&
		(!tsp_value_int(file, &change->file) || change->file < LOG_FILE_LEAST))
		return TSP_EVALUE;
	return 0;
}

static void change_host(struct admin *admin, struct host *host, const struct log_change *change)
{
	struct host_logging *own = &host->logging;

	if (!own->set)
		*own = (struct host_logging){ .set = true,
			.threshold = admin->levels.internal,
			.places = LOG_PLACE_BOTH,
			.file = true };
	if (change->has_threshold)
		own->threshold = change->threshold;
	if (change->forward >= 0)
		own->places = change->forward > 0 ? own->places | LOG_PLACE_NORMAL :
						    own->places & ~(unsigned)LOG_PLACE_NORMAL;
	if (change->file >= 0) {
		own->file = change->file > 0;
		own->places = own->file ? own->places | LOG_PLACE_INTERNAL :
					  own->places & ~(unsigned)LOG_PLACE_INTERNAL;
	}
	host_tell_logging(admin, host);
}

void request_set_logging(struct admin *admin, const struct request *request)
{
	tsp_address address = admin->address;
	struct log_levels levels = admin->levels;
	struct log_change change;
	struct actor *actor;
	const char *reason;
	int rc = read_change(request->value, &change, &reason);

	(void)tsp_value_address(tsp_value_get(request->value, "address"), &address);
	if (rc < 0) {
		request_failed(admin, request, rc, reason);
		return;
	}
	if (tsp_address_equal(address, admin->address)) {
		admin->ops->set_logging(admin->io, &change, &levels);
		admin_set_logging(admin, &levels);
	} else {
		actor = actor_find(admin, address);
		if (actor == NULL || actor->host == NULL) {
			request_failed(admin, request, TSP_EDEAD, "the actor is dead");
			return;
		}
		change_host(admin, actor->host, &change);
	}
	notice_send(admin, request->from, admin->address, NOTICE_UPDATED, "{}");
}

void admin_describe(const struct admin *admin, char *out, size_t size)
{
	size_t modules = 0;

	for (const struct list *at = admin->modules.next; at != &admin->modules; at = at->next)
		modules++;
	snprintf(out, size,
		"status of the admin @%llx.0, %s at port %d%s: up %lld s, actors %zu, hosts %zu, "
		"modules %zu, callers %zu, bytes in mailboxes %zu, taken in %llu, finished %llu, "
		"poisoned %llu, returned %llu, refused %llu, dead letters %llu",
		(unsigned long long)admin->config.system,
		admin->config.base != NULL ? admin->config.base : "", admin->config.port,
		admin->in_shutdown ? ", shutting down" : "",
		(long long)((admin->now - admin->born) / CLOCK_SECOND), admin->actors.count,
		admin->hosts_by_id.count, modules, admin->caller_count, admin->mailbox_bytes,
		(unsigned long long)admin->counters.accepted,
		(unsigned long long)admin->counters.finished,
		(unsigned long long)admin->counters.poisoned,
		(unsigned long long)admin->counters.returned,
		(unsigned long long)admin->counters.refused,
		(unsigned long long)admin->counters.dead_letters);
}
