/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/hosts.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "base/error.h"
#include "core/account.h"
#include "core/actors.h"
#include "core/admin_log.h"
#include "core/modules.h"
#include "core/log_follow.h"
#include "core/parcel.h"
#include "core/route.h"
#include "wire/value.h"

#define PLACE_RETRIES 3
#define TITLE_SIZE    160

uint64_t lease_grant(struct admin *admin, struct link *link)
{
	uint64_t lease = admin->next_lease;

	if (table_put(&admin->leases, lease, link) < 0)
		return 0;
	admin->next_lease++;
	return lease;
}

struct host *host_find(const struct admin *admin, uint64_t id)
{
	return table_get(&admin->hosts_by_id, id);
}

void host_greet(struct admin *admin, struct host *host)
{
	struct frame frame = {
		.kind = FRAME_HELLO, .to = own_address(admin, 0), .from = admin->address
	};
	tsp_value capabilities = { admin->capabilities, admin->capabilities_size };
	tsp_builder *b = admin->builder;
	int64_t poll_us = 20;
	bool polling = true;
	tsp_value body;

	(void)tsp_value_int(tsp_value_get(capabilities, "Poll Microseconds"), &poll_us);
	if (tsp_value_bool(tsp_value_get(capabilities, "Adaptive Polling"), &polling) && !polling)
		poll_us = 0;
	tsp_builder_reset(b);
	tsp_begin_map(b);
	tsp_put_key(b, "protocol");
	tsp_put_int(b, FRAME_PROTOCOL);
	tsp_put_key(b, "system");
	tsp_put_uint(b, admin->config.system);
	tsp_put_key(b, "host");
	tsp_put_uint(b, host->id);
	tsp_put_key(b, "lease");
	tsp_put_uint(b, lease_grant(admin, host->line));
	tsp_put_key(b, "capabilities");
	tsp_put_value(b, capabilities);
	tsp_put_key(b, "poll_us");
	tsp_put_int(b, poll_us);
	tsp_put_key(b, "shared");
	tsp_put_bool(b, host->shared || admin->config.one_host);
	if (!admin->config.one_host && host->module != NULL) {
		tsp_put_key(b, host->module->hash[0] != '\0' ? "source" : "module");
		tsp_put_string(
			b, host->module->hash[0] != '\0' ? host->module->hash : host->module->name);
	}
	tsp_end(b);
	if (tsp_builder_value(b, &body) < 0)
		return;
	frame.body = body.data;
	frame.body_size = body.size;
	admin->ops->send(admin->io, host->line->peer, &frame);
	host_tell_logging(admin, host);
}

void host_tell_value(
	struct admin *admin, struct host *host, enum system_notice notice, tsp_value value)
{
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.flags = FRAME_SYSTEM,
		.to = own_address(admin, 0),
		.from = admin->address };
	tsp_builder *b = admin->builder;
	tsp_value body;

	if (host->link_ended)
		return;
	tsp_builder_reset(b);
	tsp_begin_typed(b, system_notice_name(notice));
	tsp_put_value(b, value);
	tsp_end(b);
	if (tsp_builder_value(b, &body) < 0)
		return;
	frame.body = body.data;
	frame.body_size = body.size;
	admin->ops->send(admin->io, host->line->peer, &frame);
}

void host_tell(struct admin *admin, struct host *host, enum system_notice notice, const char *key,
	tsp_value value)
{
	static const uint8_t empty_map[] = { 0xa0 };
	tsp_builder *b;
	tsp_value map = { empty_map, sizeof(empty_map) };

	if (key == NULL) {
		host_tell_value(admin, host, notice, map);
		return;
	}
	b = tsp_builder_new();
	if (b == NULL)
		return;
	tsp_begin_map(b);
	tsp_put_key(b, key);
	tsp_put_value(b, value);
	tsp_end(b);
	if (tsp_builder_value(b, &map) == 0)
		host_tell_value(admin, host, notice, map);
	tsp_builder_free(b);
}

static struct host *host_new(struct admin *admin, struct module *module, bool shared)
{
	struct host *host = calloc(1, sizeof(*host));

	if (host == NULL)
		return NULL;
	host->line = calloc(1, sizeof(*host->line));
	if (host->line == NULL || table_put(&admin->hosts_by_id, admin->next_host, host) < 0) {
		free(host->line);
		free(host);
		return NULL;
	}
	host->id = admin->next_host++;
	host->line->kind = LINK_HOST;
	host->line->host = host;
	host->line->since = admin->now;
	list_init(&host->line->list);
	list_init(&host->line->pauses);
	host->module = module;
	host->shared = shared;
	host->status = -1;
	host->since = admin->now;
	list_init(&host->actors);
	list_init(&host->sent);
	list_init(&host->waiting);
	list_init(&host->module_link);
	table_init(&host->kept);
	list_append(&admin->hosts, &host->link);
	if (module != NULL)
		list_append(&module->hosts, &host->module_link);
	return host;
}

void host_free(struct admin *admin, struct host *host)
{
	size_t at = 0;
	uint64_t lease;
	const struct link *link;

	while ((link = table_next(&admin->leases, &at, &lease)) != NULL) {
		if (link != host->line)
			continue;
		(void)table_take(&admin->leases, lease);
		at = 0;
	}
	(void)table_take(&admin->hosts_by_id, host->id);
	link_forget_pauses(host->line);
	list_remove(&host->link);
	list_remove(&host->module_link);
	table_clear(&host->kept);
	free(host->line);
	free(host);
}

/* For the process list: the one that lives there, or of what kind they are that share it. */
static void put_title(
	const struct admin *admin, const struct actor *actor, bool shared, char *out, size_t size)
{
	char address[TSP_ADDRESS_TEXT];

	if (shared)
		snprintf(out, size, "%s shared", actor->class->name);
	else
		snprintf(out, size, "%s %s", actor->class->name,
			tsp_address_text(actor_address(admin, actor), address));
}

static struct host *host_start(
	struct admin *admin, struct actor *actor, bool shared, tsp_error *err)
{
	struct module *module = actor->module;
	struct host *host = host_new(admin, admin->config.one_host ? NULL : module, shared);
	char title[TITLE_SIZE];
	struct host_order order = {
		.module = module->id,
		.title = title,
		.forkserver = module->threads,
		.keep_user = module->keep_user,
	};
	tsp_text method = { NULL, 0 };
	int rc;

	if (host == NULL) {
		tsp_fail(err, TSP_ENOMEM, "no memory for a host");
		return NULL;
	}
	put_title(admin, actor, shared, title, sizeof(title));
	order.host = host->id;
	if (tsp_value_text(admin_capability(admin, "Process Startup Method"), &method)) {
		order.forkserver = order.forkserver || tsp_text_is(method, "forkserver");
		order.spawn = tsp_text_is(method, "spawn");
	}
	rc = admin->ops->start_host(
		admin->io, &order, host->line, &host->line->peer, &host->page, err);
	if (rc < 0) {
		host_free(admin, host);
		return NULL;
	}
	admin->counters.hosts_started++;
	host_greet(admin, host);
	return host;
}

static struct host *host_choose(struct admin *admin, const struct actor *actor)
{
	struct list *hosts = admin->config.one_host ? &admin->hosts : &actor->module->hosts;
	struct host *best = NULL;
	int count = 0;

	for (struct list *at = hosts->next; at != hosts; at = at->next) {
		struct host *host = admin->config.one_host ?
			list_item(at, struct host, link) :
			list_item(at, struct host, module_link);

		if (admin->config.one_host)
			return host;
		if (!host->shared || host->closing || host->link_ended)
			continue;
		count++;
		if (best == NULL || host->actor_count < best->actor_count)
			best = host;
	}
	return count < admin->config.cores ? NULL : best;
}

void host_adopt(struct host *host, struct actor *actor)
{
	actor->host = host;
	list_append(&host->actors, &actor->host_link);
	host->actor_count++;
}

static void send_order(struct admin *admin, struct actor *actor)
{
	struct creation *creation = actor->creation;
	tsp_address parent = actor->parent != 0 ? address_of(admin, actor->parent) :
						  admin->address;
	struct frame frame = {
		.kind = FRAME_ENVELOPE,
		.flags = FRAME_SYSTEM,
		.to = own_address(admin, actor->number),
		.from = admin->address,
	};
	tsp_builder *b = admin->builder;
	struct parcel *parcel;
	tsp_value body;

	tsp_builder_reset(b);
	tsp_begin_typed(b, system_notice_name(NOTICE_CREATE_ACTOR));
	tsp_begin_map(b);
	tsp_put_key(b, "class");
	tsp_put_string(b, actor->class->name);
	if (actor->abroad != NULL) { /* it was born on another system, as was its parent */
		parent = actor->abroad->parent;
		tsp_put_key(b, "birth");
		tsp_put_address(b, actor->abroad->birth);
	}
	tsp_put_key(b, "parent");
	tsp_put_address(b, parent);
	tsp_put_key(b, actor->module->hash[0] != '\0' ? "source" : "module");
	tsp_put_string(
		b, actor->module->hash[0] != '\0' ? actor->module->hash : actor->module->name);
	if (actor->born_under != NULL) {
		tsp_put_key(b, "name");
		tsp_put_string(b, actor->born_under->text);
	}
	if (actor->role != NULL) {
		tsp_put_key(b, "role");
		tsp_put_string(b, actor->role);
	}
	creation_put(b, creation);
	tsp_end(b);
	tsp_end(b);
	parcel = NULL;
	if (tsp_builder_value(b, &body) == 0) {
		frame.body = body.data;
		frame.body_size = body.size;
		parcel = parcel_new(admin, &frame);
	}
	if (parcel == NULL) {
		actor_failed(admin, actor, TSP_ENOMEM, "no memory for its creation", "");
		return;
	}
	parcel->creation = true;
	actor->state = ACTOR_STARTING;
	parcel_send(admin, actor, parcel);
	actor_ready(admin, actor);
	host_drain(admin, actor->host);
}

void host_place(struct admin *admin, struct actor *actor)
{
	enum tsp_host kind = actor->creation->host;
	struct host *host = NULL;
	tsp_error err = { 0 };

	if (admin->in_shutdown) {
		actor_failed(admin, actor, TSP_ESHUTDOWN, "the system is shutting down", "");
		return;
	}
	if (kind == TSP_HOST_DEFAULT)
		kind = actor->class->host;
	if (kind == TSP_HOST_DEFAULT)
		kind = admin->default_host;
	if (kind == TSP_HOST_SHARED || admin->config.one_host)
		host = host_choose(admin, actor);
	if (host == NULL)
		host = host_start(admin, actor, kind == TSP_HOST_SHARED, &err);
	if (host == NULL) {
		actor_failed(admin, actor, err.code != 0 ? err.code : TSP_ESTART,
			"no host could be started", err.text);
		return;
	}
	host_adopt(host, actor);
	follow_placed(admin, actor);
	send_order(admin, actor);
}

/* What a person reads of a wait status. */
static void describe_end(const struct host *host, char *out, size_t size)
{
	if (host->status == -1)
		snprintf(out, size, "lost (its status is unknown)");
	else if (WIFSIGNALED(host->status))
		snprintf(out, size, "killed by signal %d (%s)", WTERMSIG(host->status),
			strsignal(WTERMSIG(host->status)));
	else
		snprintf(out, size, "ended by exit with status %d", WEXITSTATUS(host->status));
}

/* Whether the host has begun on the order to create that actor. */
static bool order_was_taken(const struct host *host, const struct actor *actor)
{
	uint64_t dispatched = account_dispatched(host);

	for (struct list *at = host->sent.next; at != &host->sent; at = at->next) {
		const struct parcel *parcel = list_item(at, struct parcel, link);

		if (parcel->actor == actor && parcel->creation)
			return parcel->sequence <= dispatched;
	}
	return true;
}

/* Where it waited, or would have, ahead of what came for the same address since. */
static struct mailbox *mailbox_of(
	const struct admin *admin, struct actor *actor, const struct parcel *parcel)
{
	struct name *name = table_get(&admin->names, parcel->to.number);

	return name != NULL && name->holder == actor ? &name->mailbox : actor->mailbox;
}

void host_take_back(struct admin *admin, struct actor *actor)
{
	struct host *host = actor->host;
	struct list *next;

	for (struct list *at = host->sent.prev; at != &host->sent; at = next) {
		struct parcel *parcel = list_item(at, struct parcel, link);

		next = at->prev;
		if (parcel->actor != actor)
			continue;
		parcel_settle(parcel);
		if (parcel->creation || actor_mailbox(actor) == NULL)
			parcel_free(parcel);
		else
			mailbox_put_front(admin, mailbox_of(admin, actor, parcel), parcel);
	}
	list_remove(&actor->host_link);
	host->actor_count--;
	if (host->actor_count == 0 && !admin->config.one_host)
		host->closing = true; /* it ends by itself */
	actor->host = NULL;
	actor->state = ACTOR_WAITING;
	actor_unready(actor);
}

/* An order that reached a host on its way out was not taken: the actor is placed once more, with what
 * was sent behind it. */
static bool place_again(struct admin *admin, struct host *host, struct actor *actor)
{
	if (actor->state != ACTOR_STARTING || actor->creation == NULL || host->status != 0 ||
		actor->creation->retries >= PLACE_RETRIES || order_was_taken(host, actor))
		return false;
	if (actor_mailbox(actor) == NULL)
		return false;
	actor->creation->retries++;
	host_take_back(admin, actor);
	host_place(admin, actor);
	return true;
}

void host_kill(struct admin *admin, struct host *host)
{
	host->closing = true;
	host->killed = true;
	admin->ops->kill_host(admin->io, host->id);
}

void host_settle(struct admin *admin, struct host *host)
{
	struct module *module = host->module;
	char why[120];
	struct list *next;

	if (!host->link_ended || !host->process_ended)
		return;
	host->closing = true;
	describe_end(host, why, sizeof(why));
	if (host->actor_count > 0)
		admin->counters.hosts_died++;
	for (struct list *at = host->actors.next; at != &host->actors; at = next) {
		next = at->next;
		(void)place_again(admin, host, list_item(at, struct actor, host_link));
	}
	account_host_dead(admin, host, why);
	while (!list_empty(&host->actors)) {
		struct actor *actor = list_item(host->actors.next, struct actor, host_link);
		const char *reason = host->status == -1 ? "lost" :
			WIFSIGNALED(host->status)	? "killed" :
							  "exited";

		actor_ended(admin, actor, reason, why, host->status);
	}
	admin->ops->release_host(admin->io, host->id, host->line->peer);
	host_free(admin, host);
	if (module != NULL)
		module_settle(admin, module);
	admin_check_stopped(admin);
}
