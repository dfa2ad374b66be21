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

/* Enters, and leaves again where nothing can be sent. */
static int begin(struct tsp_system *system, tsp_address target, const char *type, tsp_value value,
	tsp_value *ret_body, tsp_error *err)
{
	int rc = caller_enter(system, err);

	if (rc < 0)
		return rc;
	rc = check_target(target, err);
	if (rc == TSP_OK)
		rc = encode(system, type, value, ret_body, err);
	if (rc == TSP_OK)
		return TSP_OK;
	caller_leave(system);
	return failed(err, rc, "ask", target);
}

int tsp_ask(tsp_system *system, tsp_address target, const char *type, tsp_value value, int64_t timeout_ms,
	tsp_message **ret_reply, tsp_error *err)
{
	clock_ns deadline = caller_deadline(timeout_ms);
	tsp_message *reply = NULL;
	tsp_value body;
	int rc = begin(system, target, type, value, &body, err);

	if (rc < 0)
		return rc;
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

/* Closes a pending ask; its reply, or NULL, is the caller's. */
static tsp_message *end(struct tsp_system *system, struct pending_ask *ask)
{
	tsp_message *reply = pending_end(&system->pending, ask);

	inbox_hold(&system->inbox, system->pending.held);
	return reply;
}

static void give_up(struct tsp_system *system, struct pending_ask *ask)
{
	if (ask->reply == NULL)
		caller_cancel(system, ask->number);
	tsp_message_free(end(system, ask));
}

int tsp_ask_start(tsp_system *system, tsp_address target, const char *type, tsp_value value, int64_t timeout_ms,
	uint64_t *ret_ask, tsp_error *err)
{
	clock_ns deadline = caller_deadline(timeout_ms);
	uint64_t number;
	tsp_value body;
	int rc = begin(system, target, type, value, &body, err);

	if (rc < 0)
		return rc;
	number = caller_next_ask(system);
	rc = pending_add(&system->pending, number, target, deadline);
	if (rc < 0) {
		(void)tsp_fail(err, rc, "%d asks are open already", TSP_ASK_LIMIT);
	} else {
		rc = caller_send(system, target, number, body, deadline, err);
		if (rc < 0)
			give_up(system, pending_find(&system->pending, number));
	}
	caller_leave(system);
	if (rc < 0)
		return failed(err, rc, "ask", target);
	*ret_ask = number;
	return TSP_OK;
}

/* Waits for the reply to the ask of that number, 0: to any. *ret_ask, where there is one, is the one that has it, or
 * that the error is of. */
static int wait_reply(struct tsp_system *system, uint64_t number, struct pending_ask **ret_ask, tsp_error *err)
{
	struct pending_ask *ask = pending_find(&system->pending, number);
	int rc = TSP_OK;

	if (ask == NULL)
		return tsp_fail(err, TSP_ENOENT, "cannot wait for an answer: no such ask is open");
	while (rc == TSP_OK && ask->reply == NULL) {
		clock_ns deadline = ask->deadline;

		rc = system->ops->wait(system->carrier, deadline, err);
		ask = pending_find(&system->pending, number);
		if (rc == TSP_OK && ask->reply == NULL)
			rc = caller_in_time(deadline, err);
	}
	*ret_ask = ask;
	return ask->reply != NULL ? TSP_OK : rc;
}

int tsp_ask_finish(tsp_system *system, uint64_t *ask, tsp_message **ret_reply, tsp_error *err)
{
	struct pending_ask *ended = NULL;
	tsp_message *reply = NULL;
	tsp_address target;
	int rc = caller_enter(system, err);

	if (rc < 0)
		return rc;
	rc = wait_reply(system, *ask, &ended, err);
	if (ended == NULL) {
		caller_leave(system);
		return rc;
	}
	target = ended->target;
	if (rc != TSP_EINTERRUPT) {
		*ask = ended->number;
		if (rc == TSP_ETIMEOUT)
			give_up(system, ended);
		else
			reply = end(system, ended);
	}
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

bool tsp_ask_ready(const tsp_system *system, uint64_t ask)
{
	struct pending *pending = (struct pending *)(uintptr_t)&system->pending; /* only read */
	const struct pending_ask *open = pending_find(pending, ask);

	return open == NULL || open->reply != NULL;
}

void tsp_ask_cancel(tsp_system *system, uint64_t ask)
{
	struct pending_ask *open;

	if (caller_enter(system, NULL) < 0)
		return;
	open = ask != 0 ? pending_find(&system->pending, ask) : NULL;
	if (open != NULL)
		give_up(system, open);
	caller_leave(system);
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
	tsp_text text;
	uint64_t id;

	if (!address_split_name(name, system->id, &text, &id))
		return TSP_NOBODY;
	return (tsp_address){ id, address_of_name(id, text) };
}
