/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/caller.h"
#include "wire/value.h"

/* "cannot DO 'ADDRESS': CAUSE", from what err says already. */
static int failed(tsp_error *err, int code, const char *what, tsp_address target)
{
	char text[TSP_ADDRESS_TEXT];

	return tsp_wrap(err, code, "cannot %s '%s'", what, tsp_address_text(target, text));
}

/* The body in the system's builder. */
static int encode(struct tsp_system *system, const char *type, tsp_value value, tsp_value *ret_body, tsp_error *err)
{
	tsp_builder *builder = system->builder;
	tsp_text name = { 0 };
	tsp_value inner;
	int rc;

	if (value.size > VALUE_SIZE_LIMIT)
		return tsp_fail(err, TSP_ETOOBIG, "%s", tsp_error_sentence(TSP_ETOOBIG));
	if (value.data != NULL && value_check(value.data, value.size, err) < 0)
		return TSP_EVALUE;
	if (type != NULL && type[0] == '\0')
		return tsp_fail(err, TSP_EVALUE, "the type has no name");
	tsp_builder_reset(builder);
	if (type != NULL)
		tsp_begin_typed(builder, type);
	tsp_put_value(builder, value);
	if (type != NULL)
		tsp_end(builder);
	rc = tsp_builder_value(builder, ret_body);
	if (rc == TSP_OK)
		rc = value_split(*ret_body, &name, &inner);
	if (rc < 0)
		return tsp_fail(err, rc, "%s", tsp_error_sentence(rc));
	if (system_is_reserved(name))
		return tsp_fail(err, TSP_EPERM, "only the system sends a message of type '%.*s'", (int)name.size,
			name.data);
	return TSP_OK;
}

/* {0, 0} is nobody, and nothing is sent there. */
static int check_target(tsp_address target, tsp_error *err)
{
	if (tsp_address_is_nobody(target))
		return tsp_fail(err, TSP_EDEAD, "it is nobody's address");
	return TSP_OK;
}

int tsp_tell(tsp_system *system, tsp_address target, const char *type, tsp_value value, tsp_error *err)
{
	tsp_value body;
	int rc = caller_enter(system, err);

	if (rc < 0)
		return rc;
	rc = check_target(target, err);
	if (rc == TSP_OK)
		rc = encode(system, type, value, &body, err);
	if (rc == TSP_OK) {
		if (tsp_address_equal(target, tsp_admin(system)))
			system->asked_admin = true;
		rc = caller_send(system, target, caller_base(system).number, body, caller_deadline(CALLER_SEND_MS),
			err);
	}
	caller_leave(system);
	return rc < 0 ? failed(err, rc, "tell", target) : TSP_OK;
}

int tsp_ask(tsp_system *system, tsp_address target, const char *type, tsp_value value, int64_t timeout_ms,
	tsp_message **ret_reply, tsp_error *err)
{
	clock_ns deadline = caller_deadline(timeout_ms);
	tsp_message *reply = NULL;
	tsp_value body;
	int rc = caller_enter(system, err);

	if (rc < 0)
		return rc;
	rc = check_target(target, err);
	if (rc == TSP_OK)
		rc = encode(system, type, value, &body, err);
	if (rc == TSP_OK)
		rc = caller_ask(system, target, caller_next_ask(system), body, deadline, &reply, err);
	if (rc == TSP_OK)
		rc = caller_judge(reply, err);
	caller_leave(system);
	if (rc < 0) {
		tsp_message_free(reply);
		return failed(err, rc, "ask", target);
	}
	*ret_reply = reply;
	return TSP_OK;
}

/* What did not fit into the inbox is said once, in its turn: after what did. */
static int take_dropped(struct tsp_system *system, tsp_error *err)
{
	uint64_t dropped = system->inbox.dropped;

	if (dropped == 0)
		return TSP_OK;
	system->inbox.dropped = 0;
	return tsp_fail(err, TSP_EBACKLOG, "cannot listen: %llu messages were lost, too many were waiting",
		(unsigned long long)dropped);
}

int tsp_listen(tsp_system *system, int64_t timeout_ms, tsp_message **ret_message, tsp_error *err)
{
	clock_ns deadline = caller_deadline(timeout_ms);
	tsp_message *message;
	int rc = caller_enter(system, err);

	if (rc < 0)
		return rc;
	while ((message = inbox_take(&system->inbox)) == NULL) {
		rc = take_dropped(system, err);
		if (rc == TSP_OK) {
			rc = system->ops->wait(system->carrier, deadline, err);
			if (rc == TSP_OK && system->inbox.count == 0 && system->inbox.dropped == 0)
				rc = caller_in_time(deadline, err);
			if (rc < 0 && system->inbox.count == 0)
				(void)tsp_wrap(err, rc, "cannot listen");
		}
		if (rc < 0 && system->inbox.count == 0)
			break;
	}
	caller_leave(system);
	if (message == NULL)
		return rc;
	*ret_message = message;
	return TSP_OK;
}

int tsp_descriptor(const tsp_system *system)
{
	return system != NULL ? system->ops->descriptor(system->carrier) : -1;
}

tsp_address tsp_admin(const tsp_system *system)
{
	return (tsp_address){ system->id, 0 };
}

tsp_address tsp_system_name_address(const tsp_system *system, const char *name)
{
	return (tsp_address){ system->id, address_of_name(system->id, tsp_text_of(name)) };
}
