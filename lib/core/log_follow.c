/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/log_follow.h"

#include <stdlib.h>
#include <string.h>
#include "core/actors.h"
#include "core/admin_log.h"
#include "core/put.h"
#include "core/route.h"
#include "wire/value.h"

#define COPY_INTERVAL (CLOCK_SECOND / 200) /* and ten seconds' worth at once: log_bucket.h */
#define COPY_UNSENT   ((size_t)1024 * 1024)   /* bytes that the caller has not read */

/* What one connection follows. */
struct follow {
	struct list link; /* admin->follows */
	struct link *caller;
	uint64_t number;  /* of an actor or a name; 0: the system's own words */
	char *class_name; /* in place of it */
	enum log_level level;
	struct log_bucket bucket;
};

static bool is_of(const struct follow *follow, const struct actor *actor)
{
	if (follow->class_name != NULL)
		return actor->class != NULL && strcmp(actor->class->name, follow->class_name) == 0;
	if (follow->number == 0)
		return false;
	if (follow->number == actor->number || follow->number == actor_known_as(actor))
		return true;
	for (const struct name *name = actor->held; name != NULL; name = name->next_held)
		if (name->number == follow->number)
			return true;
	return false;
}

static bool is_wanted(
	const struct follow *follow, const struct actor *actor, bool own, enum log_level level)
{
	if (level < follow->level)
		return false;
	if (actor != NULL && is_of(follow, actor))
		return true;
	return follow->class_name == NULL && follow->number == 0 && (own || actor == NULL);
}

bool follow_wants(const struct admin *admin, enum log_level level)
{
	for (const struct list *at = admin->follows.next; at != &admin->follows; at = at->next)
		if (level >= list_item(at, struct follow, link)->level)
			return true;
	return false;
}

static void put_record(tsp_builder *b, const struct log_record *record)
{
	put_member(b, "level", log_level_name(record->level));
	tsp_put_key(b, "actor");
	if (!tsp_address_is_nobody(record->actor))
		tsp_put_address(b, record->actor);
	else
		tsp_put_null(b);
	put_text(b, "class", record->class_name);
	put_number(b, "pid", (uint64_t)record->pid);
	put_text(b, "logger", record->logger);
	put_text(b, "text", record->text);
}

/* record NULL: only the count. */
static void tell(struct admin *admin, struct follow *follow, const struct log_record *record,
	uint32_t skipped)
{
	tsp_address to = own_address(admin, (follow->caller->lease << ADDRESS_LEASE_SHIFT) | 1);
	tsp_builder *b = tsp_builder_new(); /* admin->builder may be at something */
	tsp_value body;

	if (b == NULL)
		return;
	tsp_begin_typed(b, system_notice_name(NOTICE_LOGGED));
	tsp_begin_map(b);
	if (record != NULL)
		put_record(b, record);
	put_number(b, "skipped", skipped);
	tsp_end(b);
	tsp_end(b);
	if (tsp_builder_value(b, &body) == 0)
		notice_put(admin, to, admin->address, body.data, body.size);
	tsp_builder_free(b);
}

static bool has_room(const struct admin *admin, const struct follow *follow)
{
	return admin->ops->unsent(admin->io, follow->caller->peer) < COPY_UNSENT;
}

void follow_copy(struct admin *admin, const struct actor *actor, bool own,
	const struct log_record *record)
{
	if (admin->copying)
		return; /* what goes wrong with a copy is not copied */
	admin->copying = true;
	for (struct list *at = admin->follows.next; at != &admin->follows; at = at->next) {
		struct follow *follow = list_item(at, struct follow, link);

		if (!is_wanted(follow, actor, own, record->level))
			continue;
		if (!has_room(admin, follow))
			log_bucket_hold(&follow->bucket, admin->now);
		else if (log_bucket_take(&follow->bucket, admin->now, COPY_INTERVAL))
			tell(admin, follow, record,
				log_bucket_report(&follow->bucket, admin->now, true));
		if (follow->bucket.held > 0)
			admin->tick_at = 0;
	}
	admin->copying = false;
}

clock_ns follow_tick(struct admin *admin)
{
	clock_ns next = CLOCK_NEVER;

	for (struct list *at = admin->follows.next; at != &admin->follows; at = at->next) {
		struct follow *follow = list_item(at, struct follow, link);
		uint32_t skipped = has_room(admin, follow) ?
			log_bucket_report(&follow->bucket, admin->now, false) :
			0;

		if (skipped > 0)
			tell(admin, follow, NULL, skipped);
		if (follow->bucket.held > 0 && clock_after(admin->now, 1000) < next)
			next = clock_after(admin->now, 1000);
	}
	return next;
}

/* ---- What hosts have to make ---- */

static bool lives_in(const struct follow *follow, const struct host *host)
{
	for (const struct list *at = host->actors.next; at != &host->actors; at = at->next) {
		const struct actor *actor = list_item(at, struct actor, host_link);

		if (!actor->leaving && is_of(follow, actor))
			return true;
	}
	return false;
}

enum log_level follow_least(const struct admin *admin, const struct host *host)
{
	enum log_level least = admin->levels.normal;

	for (const struct list *at = admin->follows.next; at != &admin->follows; at = at->next) {
		const struct follow *follow = list_item(at, struct follow, link);

		if (follow->level < least && lives_in(follow, host))
			least = follow->level;
	}
	return least;
}

void follow_placed(struct admin *admin, struct actor *actor)
{
	for (struct list *at = admin->follows.next; at != &admin->follows; at = at->next) {
		if (list_item(at, struct follow, link)->level < actor->host->told_least &&
			is_of(list_item(at, struct follow, link), actor)) {
			host_tell_logging(admin, actor->host);
			return;
		}
	}
}

static void tell_anew(struct admin *admin, struct host *host)
{
	if (host != NULL && follow_least(admin, host) != host->told_least)
		host_tell_logging(admin, host);
}

void follow_moved(struct admin *admin, uint64_t name, struct host *before, struct host *after)
{
	for (struct list *at = admin->follows.next; at != &admin->follows; at = at->next) {
		const struct follow *follow = list_item(at, struct follow, link);

		if (follow->number == name && follow->class_name == NULL) {
			tell_anew(admin, before);
			tell_anew(admin, after);
			return;
		}
	}
}

void follow_left(struct admin *admin, const struct actor *actor)
{
	for (struct list *at = admin->follows.next; at != &admin->follows; at = at->next) {
		if (is_of(list_item(at, struct follow, link), actor)) {
			tell_anew(admin, actor->host);
			return;
		}
	}
}

static void tell_hosts(struct admin *admin)
{
	for (struct list *at = admin->hosts.next; at != &admin->hosts; at = at->next)
		tell_anew(admin, list_item(at, struct host, link));
}

/* ---- Who follows ---- */

static void forget(struct link *link)
{
	struct follow *follow = link->follow;

	if (follow == NULL)
		return;
	link->follow = NULL;
	list_remove(&follow->link);
	free(follow->class_name);
	free(follow);
}

void follow_ended(struct admin *admin, struct link *link)
{
	if (link->follow == NULL)
		return;
	forget(link);
	tell_hosts(admin);
}

static int read_wish(struct admin *admin, tsp_value value, struct follow *follow, const char **ret_reason)
{
	tsp_text level = { NULL, 0 };
	tsp_text class_name = { NULL, 0 };
	tsp_address address = TSP_NOBODY;

	(void)tsp_value_text(tsp_value_get(value, "level"), &level);
	*ret_reason = "the level is none of debug, info, warning, error, critical";
	if (!log_level_of(level, &follow->level))
		return TSP_EVALUE;
	if (tsp_value_text(tsp_value_get(value, "class"), &class_name)) {
		*ret_reason = "no memory for the name of a class";
		follow->class_name = tsp_text_copy(class_name);
		return follow->class_name != NULL ? TSP_OK : TSP_ENOMEM;
	}
	(void)tsp_value_address(tsp_value_get(value, "address"), &address);
	*ret_reason = "the actor is dead";
	if (!tsp_address_equal(address, admin->address) && actor_find(admin, address) == NULL)
		return TSP_EDEAD;
	follow->number = address.number;
	return TSP_OK;
}

void request_follow_log(struct admin *admin, const struct request *request)
{
	struct link *link = request->link;
	bool ends = tsp_value_kind(tsp_value_get(request->value, "level")) <= TSP_KIND_NULL;
	struct follow *follow = ends ? NULL : calloc(1, sizeof(*follow));
	const char *reason = "no memory to follow a log";
	int rc = TSP_OK;

	if (!ends) {
		rc = follow != NULL ? read_wish(admin, request->value, follow, &reason) : TSP_ENOMEM;
		if (rc < 0) {
			free(follow);
			request_failed(admin, request, rc, reason);
			return;
		}
	}
	forget(link);
	if (follow != NULL) {
		follow->caller = link;
		list_init(&follow->bucket.link);
		list_append(&admin->follows, &follow->link);
		link->follow = follow;
	}
	tell_hosts(admin);
	notice_send(admin, request->from, admin->address, NOTICE_UPDATED, "{}");
}
