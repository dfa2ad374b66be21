/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "cli/attendees.h"

#include "base/error.h"

static int judge(const tsp_message *reply, tsp_error *err)
{
	tsp_text type = tsp_message_type(reply), reason = tsp_get_text(reply, "reason");

	if (tsp_message_is_system(reply) && tsp_message_is(reply, "Thespian_SystemStatus"))
		return TSP_OK;
	if (tsp_message_is_system(reply) && tsp_message_is(reply, "RequestFailed"))
		return tsp_fail(err, (int)tsp_get_int(reply, "code", TSP_EFAILED), "cannot list the convention: %.*s",
			(int)reason.size, reason.size > 0 ? reason.data : "");
	return tsp_fail(err, TSP_EPROTOCOL, "cannot list the convention: the system answered with '%.*s'",
		(int)type.size, type.size > 0 ? type.data : "");
}

int attendees_ask(tsp_system *system, int64_t timeout_ms, tsp_message **ret_status, tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_message *reply = NULL;
	tsp_value about;
	int rc = TSP_ENOMEM;

	if (builder != NULL) {
		tsp_put_format(builder, "{s:s}", "about", "convention");
		rc = tsp_builder_value(builder, &about);
	}
	if (rc < 0)
		(void)tsp_fail(err, rc, "cannot list the convention: %s", tsp_error_sentence(rc));
	else
		rc = tsp_ask(system, tsp_admin(system), "Thespian_StatusReq", about, timeout_ms, &reply, err);
	tsp_builder_free(builder);
	if (rc >= 0)
		rc = judge(reply, err);
	if (rc < 0)
		tsp_message_free(reply);
	else
		*ret_status = reply;
	return rc;
}
