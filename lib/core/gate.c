/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/gate.h"

#include "core/actors.h"
#include "core/create.h"
#include "core/modules.h"
#include "core/names.h"
#include "core/requests.h"
#include "core/route.h"
#include "wire/value.h"

#define HOST   (1u << REQUESTER_HOST)
#define ACTOR  (1u << REQUESTER_ACTOR)
#define CALLER (1u << REQUESTER_CALLER)
#define MEMBER (1u << REQUESTER_MEMBER)
#define LEADER (1u << REQUESTER_LEADER)

/* One row a request; one without a row does not compile. Convention links are not there yet, so
 * members may do what reading asks for and no more. */
#define ROW_REQUEST_CREATE	   (ACTOR | CALLER)
#define ROW_REQUEST_EXITED	   HOST
#define ROW_REQUEST_LEASE	   HOST
#define ROW_REQUEST_LOG		   (HOST | ACTOR)
#define ROW_REQUEST_LOAD	   (ACTOR | CALLER)
#define ROW_REQUEST_UNLOAD	   (ACTOR | CALLER)
#define ROW_REQUEST_VALIDATED	   ACTOR
#define ROW_REQUEST_AUTHORITY	   ACTOR
#define ROW_REQUEST_DEAD_LETTERS   ACTOR
#define ROW_REQUEST_NOTIFY_SOURCES ACTOR
#define ROW_REQUEST_CAPABILITY	   (ACTOR | CALLER)
#define ROW_REQUEST_SHUTDOWN	   (ACTOR | CALLER)
#define ROW_REQUEST_TAKE	   ACTOR
#define ROW_REQUEST_GIVE	   ACTOR
#define ROW_REQUEST_KEEP	   ACTOR
#define ROW_REQUEST_FREE	   ACTOR
#define ROW_REQUEST_CHILDREN	   ACTOR
#define ROW_REQUEST_RESOLVE	   (ACTOR | CALLER | MEMBER | LEADER)
#define ROW_REQUEST_KILL	   CALLER
#define ROW_REQUEST_ACTORS	   (ACTOR | CALLER)
#define ROW_REQUEST_CANCEL	   CALLER
#define ROW_REQUEST_STATUS	   (ACTOR | CALLER | MEMBER | LEADER)

static const unsigned gate[REQUEST_COUNT] = {
#define ROW(constant, text) [constant] = ROW_##constant,
	SYSTEM_REQUESTS(ROW)
#undef ROW
};

bool gate_allows(enum system_request kind, enum requester by)
{
	return kind < REQUEST_COUNT && (gate[kind] & (1u << by)) != 0;
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

/* Names that nobody holds may keep what an ask sent there; the one who asked has given up. */
static void cancel(struct admin *admin, const struct request *request)
{
	uint64_t number = 0;

	if (tsp_value_uint(tsp_value_get(request->value, "number"), &number) &&
		address_lease(number) == request->link->lease)
		names_cancel(admin, number);
}

static int dispatch(struct admin *admin, const struct request *request)
{
	switch (request->kind) {
	case REQUEST_CREATE:
		return create_request(admin, request);
	case REQUEST_EXITED:
		request_exited(admin, request);
		break;
	case REQUEST_LEASE:
		request_lease(admin, request);
		break;
	case REQUEST_LOG:
		request_log(admin, request);
		break;
	case REQUEST_LOAD:
		modules_load(admin, request);
		break;
	case REQUEST_UNLOAD:
		modules_unload(admin, request);
		break;
	case REQUEST_VALIDATED:
		modules_validated(admin, request);
		break;
	case REQUEST_AUTHORITY:
		request_authority(admin, request);
		break;
	case REQUEST_DEAD_LETTERS:
		request_dead_letters(admin, request);
		break;
	case REQUEST_NOTIFY_SOURCES:
		modules_watch(admin, request);
		break;
	case REQUEST_CAPABILITY:
		request_capability(admin, request);
		break;
	case REQUEST_SHUTDOWN:
		request_shutdown(admin, request);
		break;
	case REQUEST_TAKE:
		names_take(admin, request);
		break;
	case REQUEST_GIVE:
		names_give(admin, request);
		break;
	case REQUEST_KEEP:
		names_keep(admin, request);
		break;
	case REQUEST_FREE:
		names_free(admin, request);
		break;
	case REQUEST_CHILDREN:
		request_children(admin, request);
		break;
	case REQUEST_RESOLVE:
		request_resolve(admin, request);
		break;
	case REQUEST_KILL:
		request_kill(admin, request);
		break;
	case REQUEST_ACTORS:
		request_actors(admin, request);
		break;
	case REQUEST_CANCEL:
		cancel(admin, request);
		break;
	case REQUEST_STATUS:
		request_status(admin, request);
		break;
	case REQUEST_COUNT:
		break;
	}
	return 0;
}

static enum requester requester_of(const struct link *link, const struct request *request)
{
	if (link->kind == LINK_HOST)
		return request->actor != NULL ? REQUESTER_ACTOR : REQUESTER_HOST;
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
		request.actor = actor_sender(admin, frame->from.number);
	if (kind < 0) {
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
	return dispatch(admin, &request);
}
