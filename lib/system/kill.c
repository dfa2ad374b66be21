/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/caller.h"

#define KILL_MS 10000 /* for what is asked without a time of its own */

struct kill {
	tsp_address address;
	int64_t grace_ms;
	bool others;
};

static void put_kill(tsp_builder *builder, const void *data)
{
	const struct kill *kill = data;

	tsp_put_key(builder, "address");
	tsp_put_address(builder, kill->address);
	tsp_put_key(builder, "grace_ms");
	tsp_put_int(builder, kill->grace_ms);
	tsp_put_key(builder, "others");
	tsp_put_bool(builder, kill->others);
}

/* How many go along is said with a refusal, too: so the reply is judged by who asked. */
static int kill_ask(tsp_system *system, enum system_request kind, const struct kill *kill, int64_t timeout_ms,
	int *ret_sharing, tsp_message **ret_reply, tsp_error *err)
{
	tsp_message *reply = NULL;
	int rc = caller_request(system, kind, put_kill, kill, caller_deadline(timeout_ms), &reply, err);

	if (rc == TSP_OK)
		rc = caller_judge(reply, err);
	if (reply != NULL && ret_sharing != NULL && (rc == TSP_OK || rc == TSP_EPERM))
		*ret_sharing = (int)tsp_get_int(reply, "sharing", 0);
	if (rc < 0)
		tsp_message_free(reply);
	else
		*ret_reply = reply;
	return rc;
}

static int failed(tsp_error *err, int code, const char *what, tsp_address actor)
{
	char text[TSP_ADDRESS_TEXT];

	return tsp_wrap(err, code, "cannot %s '%s'", what, tsp_address_text(actor, text));
}

int tsp_kill(tsp_system *system, tsp_address actor, int64_t grace_ms, bool others, int *ret_sharing, tsp_error *err)
{
	const struct kill kill = { actor, grace_ms < 0 ? 0 : grace_ms, others };
	tsp_message *reply = NULL;
	int rc = caller_enter(system, err);

	if (rc < 0)
		return rc;
	rc = kill_ask(system, REQUEST_KILL, &kill, KILL_MS, ret_sharing, &reply, err);
	if (rc == TSP_OK && !tsp_message_is(reply, system_notice_name(NOTICE_KILLED)))
		rc = caller_unexpected(reply, err);
	caller_leave(system);
	tsp_message_free(reply);
	return rc < 0 ? failed(err, rc, "kill", actor) : TSP_OK;
}

int tsp_restart(tsp_system *system, tsp_address actor, int64_t grace_ms, bool others, int64_t timeout_ms,
	int *ret_sharing, tsp_address *ret_actor, tsp_error *err)
{
	const struct kill kill = { actor, grace_ms < 0 ? 0 : grace_ms, others };
	tsp_address again = TSP_NOBODY;
	tsp_message *reply = NULL;
	int rc = caller_enter(system, err);

	if (rc < 0)
		return rc;
	rc = kill_ask(system, REQUEST_RESTART, &kill, timeout_ms, ret_sharing, &reply, err);
	if (rc == TSP_OK && !tsp_message_is(reply, system_notice_name(NOTICE_KILLED)))
		rc = caller_judge_created(reply, &again, err);
	caller_leave(system);
	tsp_message_free(reply);
	if (rc < 0)
		return failed(err, rc, "restart", actor);
	*ret_actor = again;
	return TSP_OK;
}
