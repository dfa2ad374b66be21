/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/actors.h"
#include "core/hosts.h"
#include "core/member.h"
#include "core/modules.h"
#include "core/names.h"
#include "core/parcel.h"
#include "core/placement.h"
#include "core/route.h"
#include "core/waiters.h"

void request_lease(struct admin *admin, const struct request *request)
{
	struct host *host = request->link->host;
	tsp_builder *b;
	tsp_value value;
	uint64_t lease;

	if (++host->leases > LEASES_A_HOST) {
		admin->ops->log(admin->io, LOG_LEVEL_ERROR,
			"a host that asks for addresses without end is ended");
		host_kill(admin, host);
		return;
	}
	lease = lease_grant(admin, request->link);
	b = tsp_builder_new();
	if (b == NULL)
		return;
	tsp_put_uint(b, lease);
	if (lease != 0 && tsp_builder_value(b, &value) == 0)
		host_tell(admin, host, NOTICE_LEASE, "lease", value);
	tsp_builder_free(b);
}

void request_exited(struct admin *admin, const struct request *request)
{
	tsp_text reason = { NULL, 0 };
	tsp_text detail = { NULL, 0 };
	struct actor *actor;
	uint64_t number = 0;
	char *reason_text;
	char *detail_text;
	bool unfit;
	bool recursive = true;

	(void)tsp_value_uint(tsp_value_get(request->value, "number"), &number);
	actor = table_get(&admin->actors, number);
	if (actor == NULL || actor->host != request->link->host) {
		admin->counters.forged++;
		return;
	}
	(void)tsp_value_text(tsp_value_get(request->value, "reason"), &reason);
	(void)tsp_value_text(tsp_value_get(request->value, "detail"), &detail);
	unfit = tsp_text_is(reason, "unfit");
	if (unfit)
		reason = TSP_TEXT("failed");
	(void)tsp_value_bool(tsp_value_get(request->value, "recursive"), &recursive);
	actor->spares_children = !recursive;
	reason_text = tsp_text_copy(reason.data != NULL ? reason : TSP_TEXT("exited"));
	detail_text = tsp_text_copy(detail.data != NULL ? detail : TSP_TEXT(""));
	if (actor->state == ACTOR_STARTING && tsp_text_is(reason, "failed"))
		actor_failed(admin, actor, unfit ? TSP_ECAPABILITY : TSP_ESTART,
			unfit ? "this system does not fit" : "its init failed",
			detail_text != NULL ? detail_text : "");
	else
		actor_ended(admin, actor, reason_text != NULL ? reason_text : "exited",
			detail_text != NULL ? detail_text : "", -1);
	free(reason_text);
	free(detail_text);
	host_drain(admin, request->link->host); /* the credit of what it leaves undone */
}

void request_authority(struct admin *admin, const struct request *request)
{
	uint64_t number = request->actor->number;

	if (admin->authority_order.wanted && admin->authority_order.actor != request->actor) {
		admin->counters.denied++;
		admin->ops->log(admin->io, LOG_LEVEL_WARNING,
			"an actor that the start did not name tried to register as source authority");
		request_failed(admin, request, TSP_EPERM, "the start named the source authority");
		return;
	}
	if (admin->authority != 0 && admin->authority != number) {
		request_failed(admin, request, TSP_EPERM,
			"another actor is the source authority until it exits");
		return;
	}
	admin->authority = number;
	notice_send(admin, request->from, admin->address, NOTICE_REGISTERED, "{}");
	modules_ask_authority(admin);
}

void request_dead_letters(struct admin *admin, const struct request *request)
{
	bool enable = true;

	(void)tsp_value_bool(tsp_value_get(request->value, "enable"), &enable);
	if (enable)
		admin->dead_letters = request->actor->number;
	else if (admin->dead_letters == request->actor->number)
		admin->dead_letters = 0;
}

void request_shutdown(struct admin *admin, const struct request *request)
{
	/* without memory the end is heard as the end of the connection */
	(void)waiter_add(&admin->shutdown_waiters, request->from);
	admin_shutdown(admin, admin->now);
}

/* Whether what an address sends comes from outside: from a caller's process that no actor started. */
static void resolve_address(
	struct admin *admin, const struct request *request, tsp_address address)
{
	const struct link *link = route_caller(admin, address);
	const struct member *member = member_by_system(admin, address.system);

	notice_send(admin, request->from, admin->address, NOTICE_RESOLVED, "{s:a,s:b,s:b,s:b}", "address",
		address, "outside", (int)(link != NULL && !link->is_actor), "member",
		(int)(member != NULL && member->registered), "leader",
		(int)(member != NULL && (member->leads || member->rank >= 0)));
}

void request_resolve(struct admin *admin, const struct request *request)
{
	tsp_text text = { NULL, 0 };
	const struct name *name;
	tsp_address address;

	if (tsp_value_address(tsp_value_get(request->value, "address"), &address)) {
		resolve_address(admin, request, address);
		return;
	}
	(void)tsp_value_text(tsp_value_get(request->value, "name"), &text);
	name = table_get(&admin->names, address_of_name(admin->config.system, text));
	if (name == NULL || name->holder == NULL || !tsp_text_is(text, name->text)) {
		request_failed(admin, request, TSP_ENOENT, "nobody holds that name");
		return;
	}
	notice_send(admin, request->from, admin->address, NOTICE_RESOLVED, "{s:a,s:a}", "holder",
		address_of(admin, name->holder->number), "name", own_address(admin, name->number));
}

/* One who ends with its children asks them to, and waits for them. */
void request_end_children(struct admin *admin, const struct request *request)
{
	tsp_value children = tsp_value_get(request->value, "children");
	tsp_walk at = { 0 };
	tsp_value item;

	while (tsp_value_next(children, &at, NULL, &item)) {
		const struct actor *child = NULL;
		uint64_t number;

		if (tsp_value_uint(item, &number))
			child = table_get(&admin->actors, number);
		if (child != NULL && child->parent == request_owner(request))
			exit_request_send(admin, number, request->from);
	}
}

struct actor *request_victim(struct admin *admin, const struct request *request, int *ret_sharing)
{
	tsp_address address = TSP_NOBODY;
	bool others = false;
	struct actor *actor;
	int sharing = 0;

	(void)tsp_value_address(tsp_value_get(request->value, "address"), &address);
	(void)tsp_value_bool(tsp_value_get(request->value, "others"), &others);
	actor = actor_find(admin, address);
	if (actor == NULL) {
		request_failed(admin, request, TSP_EDEAD, "the actor is dead");
		return NULL;
	}
	if (actor->host != NULL && actor->host->actor_count > 1)
		sharing = (int)actor->host->actor_count - 1;
	if (sharing > 0 && (!others || admin->config.one_host)) {
		notice_send(admin, request->from, admin->address, NOTICE_REQUEST_FAILED,
			"{s:i,s:s,s:s,s:i}", "code", TSP_EPERM, "reason",
			"it shares its host with others", "request",
			system_request_name(request->kind), "sharing", sharing);
		return NULL;
	}
	*ret_sharing = sharing;
	return actor;
}

void request_end(struct admin *admin, const struct request *request, struct actor *actor)
{
	int64_t grace_ms = KILL_GRACE_MS;
	struct kill_order *kill;

	(void)tsp_value_int(tsp_value_get(request->value, "grace_ms"), &grace_ms);
	if (actor->abroad != NULL && !actor->abroad->here && actor->state == ACTOR_RUNNING) {
		placement_end(admin, actor, grace_ms);
		return;
	}
	if (actor->host == NULL) {
		actor_failed(admin, actor, TSP_ESTART, "killed before it had started", "");
		return;
	}
	kill = calloc(1, sizeof(*kill));
	if (grace_ms > 0 && kill != NULL) {
		kill->number = actor->number;
		kill->host = actor->host->id;
		kill->at = clock_after(admin->now, grace_ms);
		list_append(&admin->kills, &kill->link);
		admin->tick_at = 0;
		exit_request_send(admin, actor->number, admin->address);
		return;
	}
	free(kill);
	host_kill(admin, actor->host);
}

void request_kill(struct admin *admin, const struct request *request)
{
	int sharing = 0;
	struct actor *actor = request_victim(admin, request, &sharing);

	if (actor == NULL)
		return;
	notice_send(admin, request->from, admin->address, NOTICE_KILLED, "{s:a,s:i}", "address",
		address_of(admin, actor->number), "sharing", sharing);
	request_end(admin, request, actor);
}

/* Who lives has not exited, whoever says so: what is told is what a parent missed, never a lie. */
void request_report_exit(struct admin *admin, const struct request *request)
{
	tsp_address parent = TSP_NOBODY;
	tsp_address child = TSP_NOBODY;

	(void)tsp_value_address(tsp_value_get(request->value, "parent"), &parent);
	(void)tsp_value_address(tsp_value_get(request->value, "child"), &child);
	if (actor_find(admin, parent) == NULL) {
		request_failed(admin, request, TSP_EDEAD, "the parent is dead");
	} else if (actor_find(admin, child) != NULL) {
		request_failed(admin, request, TSP_EEXIST, "the child is alive");
	} else {
		notice_send(admin, parent, child, NOTICE_CHILD_EXITED, "{s:a,s:s,s:s}",
			"childAddress", child, "reason", "reported", "detail", "");
		notice_send(admin, request->from, admin->address, NOTICE_EXIT_REPORTED, "{}");
	}
}

clock_ns kills_tick(struct admin *admin)
{
	clock_ns next_time = CLOCK_NEVER;
	struct list *next;

	for (struct list *at = admin->kills.next; at != &admin->kills; at = next) {
		struct kill_order *kill = list_item(at, struct kill_order, link);
		const struct actor *actor =
			kill->number != 0 ? table_get(&admin->actors, kill->number) : NULL;

		next = at->next;
		if (actor != NULL && kill->at > admin->now) {
			if (kill->at < next_time)
				next_time = kill->at;
			continue;
		}
		if (actor != NULL && actor->host != NULL && actor->host->id == kill->host)
			host_kill(admin, actor->host);
		list_remove(&kill->link);
		free(kill);
	}
	return next_time;
}
