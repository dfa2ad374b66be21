/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/gate.h"

#include "core/actors.h"
#include "core/admin_log.h"
#include "core/asks.h"
#include "core/convention.h"
#include "core/create.h"
#include "core/log_follow.h"
#include "core/modules.h"
#include "core/names.h"
#include "core/requests.h"
#include "core/restart.h"
#include "core/route.h"
#include "core/trace.h"
#include "wire/value.h"

#define HOST   (1u << REQUESTER_HOST)
#define ACTOR  (1u << REQUESTER_ACTOR)
#define CALLER (1u << REQUESTER_CALLER)
#define MEMBER (1u << REQUESTER_MEMBER)
#define LEADER (1u << REQUESTER_LEADER)

/* Names that nobody holds may keep what an ask sent there; the one who asked has given up. */
static void cancel(struct admin *admin, const struct request *request)
{
	uint64_t number = 0;

	if (!tsp_value_uint(tsp_value_get(request->value, "number"), &number) ||
		address_lease(number) != request->link->lease)
		return;
	asks_end(request->link, number);
	names_cancel(admin, number);
}

/*
 * One row a request; one without a row does not compile. Other systems, and who lives there, may do what
 * reading asks for and no more.
 */
struct row {
	unsigned allowed;
	void (*answer)(struct admin *admin, const struct request *request); /* Create: see below */
};

/* clang-format off */
#define ROW_REQUEST_CREATE { ACTOR | CALLER, NULL }
#define ROW_REQUEST_EXITED { HOST, request_exited }
#define ROW_REQUEST_LEASE { HOST, request_lease }
#define ROW_REQUEST_LOG { HOST | ACTOR, request_log }
#define ROW_REQUEST_SET_LOGGING { CALLER, request_set_logging }
#define ROW_REQUEST_LOAD { ACTOR | CALLER, modules_load }
#define ROW_REQUEST_UNLOAD { ACTOR | CALLER, modules_unload }
#define ROW_REQUEST_VALIDATED { ACTOR, modules_validated }
#define ROW_REQUEST_AUTHORITY { ACTOR, request_authority }
#define ROW_REQUEST_DEAD_LETTERS { ACTOR, request_dead_letters }
#define ROW_REQUEST_NOTIFY_SOURCES { ACTOR, modules_watch }
#define ROW_REQUEST_CAPABILITY { ACTOR | CALLER, request_capability }
#define ROW_REQUEST_SHUTDOWN { ACTOR | CALLER, request_shutdown }
#define ROW_REQUEST_TAKE { ACTOR, names_take }
#define ROW_REQUEST_GIVE { ACTOR, names_give }
#define ROW_REQUEST_KEEP { ACTOR, names_keep }
#define ROW_REQUEST_FREE { ACTOR, names_free }
#define ROW_REQUEST_CHILDREN { ACTOR, request_children }
#define ROW_REQUEST_END_CHILDREN { ACTOR, request_end_children }
#define ROW_REQUEST_RESOLVE { ACTOR | CALLER | MEMBER | LEADER, request_resolve }
#define ROW_REQUEST_KILL { CALLER, request_kill }
#define ROW_REQUEST_REPORT_EXIT { CALLER, request_report_exit }
#define ROW_REQUEST_RESTART { CALLER, request_restart }
#define ROW_REQUEST_MORGUE_LIST { CALLER, request_morgue_list }
#define ROW_REQUEST_MORGUE_SHOW { CALLER, request_morgue_show }
#define ROW_REQUEST_MORGUE_SEND { CALLER, request_morgue_send }
#define ROW_REQUEST_MORGUE_DROP { CALLER, request_morgue_drop }
#define ROW_REQUEST_POISONED { HOST, request_poisoned }
#define ROW_REQUEST_ACTORS { ACTOR | CALLER, request_actors }
#define ROW_REQUEST_WAITS { CALLER, request_waits }
#define ROW_REQUEST_FOLLOW_LOG { CALLER, request_follow_log }
#define ROW_REQUEST_CANCEL { CALLER, cancel }
#define ROW_REQUEST_NOTIFY_SYSTEMS { ACTOR, request_notify_systems }
#define ROW_REQUEST_PRE_REGISTER { ACTOR, request_pre_register }
#define ROW_REQUEST_DEREGISTER { ACTOR, request_deregister }
#define ROW_REQUEST_TRACE { CALLER, trace_start }
#define ROW_REQUEST_TRACE_END { CALLER, trace_end }
#define ROW_REQUEST_STATUS { ACTOR | CALLER | MEMBER | LEADER, request_status }
/* clang-format on */

static const struct row gate[REQUEST_COUNT] = {
#define ROW(constant, text) [constant] = ROW_##constant,
	SYSTEM_REQUESTS(ROW)
#undef ROW
};

bool gate_allows(enum system_request kind, enum requester by)
{
	return kind < REQUEST_COUNT && (gate[kind].allowed & (1u << by)) != 0;
}

uint64_t request_owner(const struct request *request)
{
	return request->actor != NULL ? actor_known_as(request->actor) : 0;
}

void request_failed(
	struct admin *admin, const struct request *request, int code, const char *reason)
{
	notice_send(admin, request->from, admin->address, NOTICE_REQUEST_FAILED, "{s:i,s:s,s:s}",
		"code", code, "reason", reason, "request", system_request_name(request->kind));
}

static enum requester requester_of(const struct link *link, const struct request *request)
{
	if (link->kind == LINK_HOST)
		return request->actor != NULL ? REQUESTER_ACTOR : REQUESTER_HOST;
	if (link->kind == LINK_SYSTEM)
		return link->member->leads ? REQUESTER_LEADER : REQUESTER_MEMBER;
	return link->is_actor ? REQUESTER_ACTOR : REQUESTER_CALLER;
}

int gate_request(struct admin *admin, struct link *link, const struct frame *frame)
{
	struct request request = { .link = link, .from = frame->from };
	tsp_text type;
	int kind;

	admin->counters.requests++;
	if (value_split((tsp_value){ frame->body, frame->body_size }, &type, &request.value) < 0)
		return TSP_EPROTOCOL;
	kind = system_request_find(type);
	if (link->kind == LINK_HOST && frame->from.number != 0)
		request.actor = actor_sender(admin, frame->from);
	if (kind < 0) {
		admin->counters.unknown_requests++;
		request.kind = REQUEST_COUNT;
		request_failed(admin, &request, TSP_ENOTIMPL, "the system knows no such request");
		return 0;
	}
	request.kind = (enum system_request)kind;
	request.by = requester_of(link, &request);
	/* A caller that an actor started may do what an actor may; it has no cell that could own or end. */
	if (!gate_allows(request.kind, request.by) ||
		(link->kind == LINK_CALLER && !gate_allows(request.kind, REQUESTER_CALLER))) {
		admin->counters.denied++;
		request_failed(admin, &request, TSP_EPERM, "not permitted to the one who asks");
		return 0;
	}
	admin->counters.of_kind[request.kind]++;
	if (request.kind == REQUEST_CREATE)
		return create_request(admin, &request); /* a number without a lease ends the link */
	gate[kind].answer(admin, &request);
	return 0;
}
