/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/admin.h"

#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "core/account.h"
#include "core/actors.h"
#include "core/appointed.h"
#include "core/asks.h"
#include "core/convention.h"
#include "core/hosts.h"
#include "core/loads.h"
#include "core/meeting.h"
#include "core/log_follow.h"
#include "core/names.h"
#include "core/parcel.h"
#include "core/placement.h"
#include "core/prospects.h"
#include "core/requests.h"
#include "core/restart.h"
#include "core/route.h"
#include "core/trace.h"
#include "core/waiters.h"
#include "wire/builder.h"

#define MEMORY_LIMIT	  ((uint64_t)1024 * 1024 * 1024)
#define SHUTDOWN_GRACE_MS 5000

static void lists_init(struct admin *admin)
{
	struct list *const lists[] = {
		&admin->name_list,
		&admin->hosts,
		&admin->callers,
		&admin->modules,
		&admin->loads,
		&admin->creations,
		&admin->kills,
		&admin->restarts,
		&admin->top,
		&admin->untold,
		&admin->follows,
		&admin->members,
		&admin->fetches,
		&admin->gifts,
		&admin->source_watchers,
		&admin->shutdown_waiters,
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		list_init(lists[i]);
	morgue_init(&admin->morgue);
	table_init(&admin->actors);
	table_init(&admin->names);
	table_init(&admin->hosts_by_id);
	table_init(&admin->modules_by_id);
	table_init(&admin->leases);
	table_init(&admin->members_by_system);
	table_init(&admin->members_by_key);
}

int admin_new(const struct admin_config *config, const struct admin_ops *ops, void *io,
	clock_ns now, struct admin **ret_admin, tsp_error *err)
{
	struct admin *admin = calloc(1, sizeof(*admin));
	int rc;

	if (admin == NULL)
		return tsp_fail(err, TSP_ENOMEM, "no memory for an admin");
	lists_init(admin);
	admin->ops = ops;
	admin->io = io;
	admin->config = *config;
	if (admin->config.memory_limit == 0)
		admin->config.memory_limit = MEMORY_LIMIT;
	if (admin->config.cores < 1)
		admin->config.cores = 1;
	admin->now = now;
	admin->born = now;
	admin->address = own_address(admin, 0);
	admin->next_lease = LEASE_OF_ADMIN + 1;
	admin->next_host = 1;
	admin->next_module = 1;
	admin->shutdown_at = CLOCK_NEVER;
	admin->builder = tsp_builder_new();
	rc = admin->builder != NULL ? 0 : tsp_fail(err, TSP_ENOMEM, "no memory for an admin");
	if (rc == 0) /* a wrapper may be larger than what it wraps */
		builder_set_limit(admin->builder, FRAME_LIMIT - FRAME_HEADER);
	if (rc == 0)
		rc = capabilities_init(admin, err);
	if (rc == 0)
		rc = convention_begin(admin, err);
	if (rc == 0)
		rc = appointed_init(&admin->authority_order, config->authority, NULL, err);
	if (rc == 0)
		rc = appointed_init(&admin->director_order, config->director, "Director", err);
	if (rc < 0) {
		admin_free(admin);
		return rc;
	}
	*ret_admin = admin;
	return 0;
}

static void link_free(struct admin *admin, struct link *link)
{
	traces_forget(admin, link);
	follow_ended(admin, link);
	asks_clear(link);
	(void)table_take(&admin->leases, link->lease);
	link_forget_pauses(link);
	list_remove(&link->list);
	free(link);
}

void admin_free(struct admin *admin)
{
	struct actor *actor;
	size_t at = 0;

	if (admin == NULL)
		return;
	for (struct list *h = admin->hosts.next; h != &admin->hosts; h = h->next) {
		struct host *host = list_item(h, struct host, link);
		struct parcel *parcel;
		size_t kept = 0;

		while (!list_empty(&host->sent))
			parcel_free(list_item(host->sent.next, struct parcel, link));
		while ((parcel = table_next(&host->kept, &kept, NULL)) != NULL)
			parcel_free(parcel);
	}
	while ((actor = table_next(&admin->actors, &at, NULL)) != NULL) {
		actor_free(admin, actor);
		at = 0;
	}
	names_clear(admin); /* their mailboxes may wait for their turn at a host */
	while (!list_empty(&admin->hosts))
		host_free(admin, list_item(admin->hosts.next, struct host, link));
	while (!list_empty(&admin->callers))
		link_free(admin, list_item(admin->callers.next, struct link, list));
	packages_clear(admin);
	gifts_clear(admin);
	members_clear(admin);
	convention_clear(admin);
	modules_clear(admin);
	while (!list_empty(&admin->kills)) {
		struct kill_order *kill = list_item(admin->kills.next, struct kill_order, link);

		list_remove(&kill->link);
		free(kill);
	}
	waiters_clear(&admin->shutdown_waiters);
	morgue_clear(&admin->morgue);
	table_clear(&admin->actors);
	table_clear(&admin->names);
	table_clear(&admin->hosts_by_id);
	table_clear(&admin->modules_by_id);
	table_clear(&admin->leases);
	appointed_clear(&admin->authority_order);
	appointed_clear(&admin->director_order);
	tsp_builder_free(admin->builder);
	free(admin->capabilities);
	free(admin);
}

void admin_begin(struct admin *admin, clock_ns now)
{
	admin->now = now;
	admin->begun = true;
	appointed_begin(admin);
}

int admin_is_ready(const struct admin *admin, tsp_error *err)
{
	if (admin->begin_code < 0)
		return tsp_fail(err, admin->begin_code, "%s", admin->begin_reason);
	if (!admin->begun)
		return 0;
	if (admin->authority_order.wanted && !admin->authority_order.started)
		return 0;
	if (admin->director_order.wanted && !admin->director_order.started)
		return 0;
	return 1;
}

struct link *admin_caller_opened(
	struct admin *admin, void *peer, bool is_actor, clock_ns now, tsp_error *err)
{
	struct link *link;

	admin->now = now;
	if (admin->caller_count >= admin->bounds.callers) {
		tsp_fail(err, TSP_ELIMIT, "%zu callers are connected already, as the capability 'Callers' allows",
			admin->bounds.callers);
		return NULL;
	}
	link = calloc(1, sizeof(*link));
	if (link == NULL) {
		tsp_fail(err, TSP_ENOMEM, "no memory for a caller");
		return NULL;
	}
	link->kind = LINK_CALLER;
	link->peer = peer;
	link->is_actor = is_actor;
	link->since = now;
	list_init(&link->pauses);
	list_append(&admin->callers, &link->list);
	admin->caller_count++;
	return link;
}

void admin_caller_is(struct link *link, int pid)
{
	link->pid = pid;
}

bool admin_caller_from(struct admin *admin, struct link *link, int pid)
{
	for (struct list *at = admin->hosts.next; at != &admin->hosts && pid > 0; at = at->next) {
		if (list_item(at, struct host, link)->pid == pid) {
			link->of_host = list_item(at, struct host, link)->id;
			return true;
		}
	}
	return false;
}

/* The first frame of a caller says what it speaks; the answer gives it its numbers. */
static int greet_caller(struct admin *admin, struct link *link, const struct frame *frame)
{
	struct frame answer = {
		.kind = FRAME_HELLO, .to = own_address(admin, 0), .from = admin->address
	};
	tsp_value hello = { frame->body, frame->body_size };
	int64_t protocol = 0;
	int64_t pid = 0;
	tsp_value body;

	if (frame->kind != FRAME_HELLO || tsp_value_check(frame->body, frame->body_size) < 0 ||
		!tsp_value_int(tsp_value_get(hello, "protocol"), &protocol) ||
		protocol != FRAME_PROTOCOL)
		return TSP_EPROTOCOL;
	(void)tsp_value_int(tsp_value_get(hello, "pid"), &pid);
	if (link->pid == 0)
		link->pid = (int)pid;
	link->lease = lease_grant(admin, link);
	if (link->lease == 0)
		return TSP_ENOMEM;
	link->greeted = true;
	tsp_builder_reset(admin->builder);
	tsp_put_format(admin->builder, "{s:i,s:u,s:u,s:v,s:i}", "protocol", FRAME_PROTOCOL,
		"system", admin->config.system, "lease", link->lease, "capabilities",
		(tsp_value){ admin->capabilities, admin->capabilities_size }, "port",
		admin->config.port);
	if (tsp_builder_value(admin->builder, &body) < 0)
		return TSP_ENOMEM;
	answer.body = body.data;
	answer.body_size = body.size;
	admin->ops->send(admin->io, link->peer, &answer);
	return 0;
}

static int receive_from_host(struct admin *admin, struct link *link, const struct frame *frame)
{
	struct host *host = link->host;
	int64_t pid = 0;

	switch (frame->kind) {
	case FRAME_ENVELOPE:
		return route_envelope(admin, link, frame);
	case FRAME_DONE:
		return account_done(admin, host, frame);
	case FRAME_HELLO:
		if (link->greeted || tsp_value_check(frame->body, frame->body_size) < 0)
			return TSP_EPROTOCOL;
		link->greeted = true;
		if (host->pid == 0 &&
			tsp_value_int(
				tsp_value_get((tsp_value){ frame->body, frame->body_size }, "pid"),
				&pid))
			host->pid = (int)pid;
		return 0;
	default:
		return TSP_EPROTOCOL;
	}
}

/* What had to wait until there was room again. */
static void relieve(struct admin *admin)
{
	if (!list_empty(&admin->untold))
		account_tell_refused(admin);
}

int admin_receive(struct admin *admin, struct link *link, const struct frame *frame, clock_ns now)
{
	int rc;

	admin->now = now;
	link->received++;
	if (link->kind == LINK_HOST)
		rc = receive_from_host(admin, link, frame);
	else if (link->kind == LINK_SYSTEM)
		rc = member_receive(admin, link, frame);
	else if (!link->greeted)
		rc = greet_caller(admin, link, frame);
	else if (frame->kind != FRAME_ENVELOPE)
		rc = TSP_EPROTOCOL;
	else
		rc = route_envelope(admin, link, frame);
	relieve(admin);
	return rc;
}

void admin_link_ended(struct admin *admin, struct link *link, clock_ns now)
{
	admin->now = now;
	if (link->kind == LINK_HOST) {
		link->host->link_ended = true;
		host_settle(admin, link->host);
		relieve(admin);
		return;
	}
	if (link->kind == LINK_SYSTEM) {
		member_line_ended(admin, link);
		return;
	}
	admin->caller_count--;
	link_free(admin, link);
}

void admin_host_born(struct admin *admin, uint64_t id, int pid, clock_ns now)
{
	struct host *host = host_find(admin, id);

	admin->now = now;
	if (host != NULL)
		host->pid = pid;
}

void admin_host_ended(struct admin *admin, uint64_t id, int status, clock_ns now)
{
	struct host *host = host_find(admin, id);

	admin->now = now;
	if (host == NULL)
		return;
	host->process_ended = true;
	host->status = status;
	host_settle(admin, host);
	relieve(admin);
}

void admin_host_failed(struct admin *admin, uint64_t id, const char *reason, clock_ns now)
{
	struct host *host = host_find(admin, id);

	admin->now = now;
	if (host == NULL)
		return;
	host->closing = true;
	while (!list_empty(&host->actors)) {
		struct actor *actor = list_item(host->actors.next, struct actor, host_link);

		if (actor->creation != NULL)
			actor_failed(
				admin, actor, TSP_ESTART, "its host could not be started", reason);
		else
			actor_ended(admin, actor, "lost", reason, -1);
	}
	host->link_ended = true;
	host->process_ended = true;
	host_settle(admin, host);
}

static clock_ns earlier(clock_ns a, clock_ns b)
{
	return a < b ? a : b;
}

clock_ns admin_tick(struct admin *admin, clock_ns now)
{
	clock_ns next = CLOCK_NEVER;

	admin->now = now;
	if (now < admin->tick_at)
		return admin->tick_at;
	admin->tick_at = CLOCK_NEVER;
	next = earlier(next, names_tick(admin));
	next = earlier(next, modules_tick(admin));
	next = earlier(next, kills_tick(admin));
	next = earlier(next, appointed_tick(admin));
	next = earlier(next, restarts_tick(admin));
	next = earlier(next, mailboxes_tick(admin));
	next = earlier(next, traces_tick(admin));
	next = earlier(next, follow_tick(admin));
	next = earlier(next, prospects_tick(admin));
	next = earlier(next, meetings_tick(admin));
	next = earlier(next, members_tick(admin));
	next = earlier(next, packages_tick(admin));
	if (admin->shutdown_at <= now) {
		admin->shutdown_at = CLOCK_NEVER;
		for (struct list *at = admin->hosts.next; at != &admin->hosts; at = at->next) {
			admin->killed++;
			admin->ops->kill_host(admin->io, list_item(at, struct host, link)->id);
		}
	}
	next = earlier(next, admin->shutdown_at);
	if (admin->tick_at == CLOCK_NEVER) /* else what was done set something due anew */
		admin->tick_at = next;
	return earlier(next, admin->tick_at);
}

static void fail_creations(struct admin *admin, struct list *creations)
{
	while (!list_empty(creations))
		actor_failed(admin, list_item(creations->next, struct creation, link)->actor,
			TSP_ESHUTDOWN, "the system is shutting down", "");
}

void admin_shutdown(struct admin *admin, clock_ns now)
{
	admin->now = now;
	if (admin->in_shutdown) {
		admin_check_stopped(admin);
		return;
	}
	admin->in_shutdown = true;
	admin->shutdown_at = clock_after(now, SHUTDOWN_GRACE_MS);
	admin->tick_at = 0;
	while (!list_empty(&admin->loads))
		load_failed(admin, list_item(admin->loads.next, struct load, link), TSP_ESHUTDOWN,
			"the system is shutting down", "");
	fail_creations(admin, &admin->creations);
	fail_creations(admin, &admin->restarts);
	convention_end(admin);
	for (struct list *at = admin->hosts.next; at != &admin->hosts; at = at->next)
		host_tell(admin, list_item(at, struct host, link), NOTICE_FORCE_EXIT, NULL,
			(tsp_value){ NULL, 0 });
	admin_check_stopped(admin);
}

void admin_check_stopped(struct admin *admin)
{
	if (!admin->in_shutdown || admin->stopped)
		return;
	if (!list_empty(&admin->hosts) && !(admin->config.one_host && admin->actors.count == 0))
		return;
	admin->stopped = true;
	names_end(admin);
	for (struct list *at = admin->shutdown_waiters.next; at != &admin->shutdown_waiters;
		at = at->next)
		notice_send(admin, list_item(at, struct waiter, link)->address, admin->address,
			NOTICE_SHUTDOWN, "{s:i}", "killed", admin->killed);
	waiters_clear(&admin->shutdown_waiters);
	admin->ops->stopped(admin->io);
}

bool admin_is_stopped(const struct admin *admin)
{
	return admin->stopped;
}

bool admin_in_shutdown(const struct admin *admin)
{
	return admin->in_shutdown;
}

uint64_t admin_system(const struct admin *admin)
{
	return admin->config.system;
}
