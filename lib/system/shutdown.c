/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/caller.h"

/* One that is gone already is what was wanted; one on its way out is waited for. */
static bool is_gone(int code)
{
	return code == TSP_ENOSYSTEM || code == TSP_ESHUTDOWN;
}

int tsp_shutdown(tsp_system *system, int64_t timeout_ms, int *ret_killed, tsp_error *err)
{
	clock_ns deadline = caller_deadline(timeout_ms);
	tsp_message *reply = NULL;
	tsp_error why = { 0 };
	int64_t killed = 0;
	int rc = caller_enter(system, err);

	if (rc < 0)
		return rc;
	rc = caller_request(system, REQUEST_SHUTDOWN, NULL, NULL, deadline, &reply, &why);
	if (rc == TSP_OK)
		rc = caller_judge(reply, &why);
	if (rc == TSP_OK)
		killed = tsp_get_int(reply, "killed", 0);
	tsp_message_free(reply);
	if (rc == TSP_OK || is_gone(rc))
		rc = system->ops->wait_end(system->carrier, deadline, &why);
	caller_leave(system);
	if (rc < 0)
		return tsp_fail(err, rc, "cannot shut the system down: %s", why.text);
	if (ret_killed != NULL)
		*ret_killed = (int)killed;
	return TSP_OK;
}
