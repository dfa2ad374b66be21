/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "system/caller.h"

struct wanted {
	enum tsp_morgue shelf;
	uint64_t id;
	tsp_address to;
	bool as_sender;
};

static void put_shelf(tsp_builder *builder, const void *data)
{
	const struct wanted *wanted = data;

	tsp_put_key(builder, "shelf");
	tsp_put_int(builder, (int64_t)wanted->shelf);
}

static void put_wanted(tsp_builder *builder, const void *data)
{
	const struct wanted *wanted = data;

	put_shelf(builder, wanted);
	tsp_put_key(builder, "id");
	tsp_put_uint(builder, wanted->id);
}

static void put_send(tsp_builder *builder, const void *data)
{
	const struct wanted *wanted = data;

	put_wanted(builder, wanted);
	if (!tsp_address_is_nobody(wanted->to)) {
		tsp_put_key(builder, "to");
		tsp_put_address(builder, wanted->to);
	}
	tsp_put_key(builder, "as_sender");
	tsp_put_bool(builder, wanted->as_sender);
}

static const char *name_of(enum tsp_morgue shelf)
{
	return shelf == TSP_MORGUE_POISON ? "poison message" : "dead letter";
}

static int failed(tsp_error *err, int code, const char *what, const struct wanted *wanted)
{
	return tsp_wrap(err, code, "cannot %s %s '%llu'", what, name_of(wanted->shelf),
		(unsigned long long)wanted->id);
}

int tsp_morgue_list(tsp_system *system, enum tsp_morgue shelf, int64_t timeout_ms, tsp_message **ret_list,
	tsp_error *err)
{
	const struct wanted wanted = { .shelf = shelf };
	int rc = caller_request_good(
		system, REQUEST_MORGUE_LIST, NOTICE_MORGUE, put_shelf, &wanted, timeout_ms, ret_list, err);

	return rc < 0 ? tsp_wrap(err, rc, "cannot list the %ss", name_of(shelf)) : TSP_OK;
}

int tsp_morgue_show(tsp_system *system, enum tsp_morgue shelf, uint64_t id, int64_t timeout_ms,
	tsp_message **ret_entry, tsp_error *err)
{
	const struct wanted wanted = { .shelf = shelf, .id = id };
	int rc = caller_request_good(system, REQUEST_MORGUE_SHOW, NOTICE_MORGUE_ENTRY, put_wanted, &wanted,
		timeout_ms, ret_entry, err);

	return rc < 0 ? failed(err, rc, "show", &wanted) : TSP_OK;
}

/* Whether the message has come to a good end: a handler took it. */
static bool was_taken(const tsp_message *reply)
{
	if (!tsp_message_is_system(reply))
		return true;
	if (tsp_message_is(reply, system_notice_name(NOTICE_HANDLED)))
		return tsp_text_is(tsp_get_text(reply, "outcome"), "finished");
	return !tsp_message_is(reply, system_notice_name(NOTICE_POISON)) &&
		!tsp_message_is(reply, system_notice_name(NOTICE_MORGUE_SENT));
}

static void drop(struct tsp_system *system, const struct wanted *wanted, clock_ns deadline)
{
	tsp_message *reply = NULL;

	/* where this fails, it is kept for once more, and says how often it was sent */
	(void)caller_request(system, REQUEST_MORGUE_DROP, put_wanted, wanted, deadline, &reply, NULL);
	tsp_message_free(reply);
}

/* Not from an address of this library's own requests: what comes late is for tsp_listen. */
int tsp_morgue_send(tsp_system *system, enum tsp_morgue shelf, uint64_t id, tsp_address to, bool as_sender,
	int64_t timeout_ms, tsp_message **ret_reply, tsp_error *err)
{
	const struct wanted wanted = { shelf, id, to, as_sender };
	clock_ns deadline = caller_deadline(timeout_ms);
	tsp_message *reply = NULL;
	int rc = caller_enter(system, err);

	if (rc < 0)
		return rc;
	rc = caller_request_at(system, caller_next_ask(system), REQUEST_MORGUE_SEND, put_send, &wanted, deadline,
		&reply, err);
	if (rc == TSP_OK)
		rc = caller_judge(reply, err);
	if (rc == TSP_OK && was_taken(reply))
		drop(system, &wanted, deadline);
	caller_leave(system);
	if (rc < 0) {
		tsp_message_free(reply);
		return failed(err, rc, "send", &wanted);
	}
	*ret_reply = reply;
	return TSP_OK;
}

int tsp_morgue_drop(tsp_system *system, enum tsp_morgue shelf, uint64_t id, int64_t timeout_ms,
	uint64_t *ret_count, tsp_error *err)
{
	const struct wanted wanted = { .shelf = shelf, .id = id };
	tsp_message *reply = NULL;
	int rc = caller_request_good(system, REQUEST_MORGUE_DROP, NOTICE_MORGUE_DROPPED, put_wanted, &wanted,
		timeout_ms, &reply, err);

	if (rc < 0)
		return failed(err, rc, "drop", &wanted);
	if (ret_count != NULL)
		*ret_count = (uint64_t)tsp_get_int(reply, "count", 0);
	tsp_message_free(reply);
	return TSP_OK;
}
