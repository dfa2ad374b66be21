/* SPDX-License-Identifier: MIT */
/*
 * What the operator of another system wants done here (thespian-director --fleet). The capability AllowFleetOrders
 * says from whom that is taken: LeaderOnly (there is none), Yes (any system of the convention) or No. It must be a
 * caller there that no actor has started; what is loaded is judged by our own authority and keys, as ever.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "director/actor.h"
#include "director/audit.h"

#define SETTING "AllowFleetOrders"
#define HINT                                                                                         \
	"its operator lets leaders do so with \"" SETTING "\": \"LeaderOnly\", all with \"Yes\", in its othercaps"

/* Of requests whose subject is a path or a folder here, and of unknown ones, none. */
static bool is_order(const tsp_message *message)
{
	static const char *const orders[] = { "DirectorList", "DirectorStatus", "DirectorProgress", "DirectorUnload",
		"DirectorRollback", "DirectorConfirm", "DirectorProve" };

	if (tsp_message_is(message, "DirectorLoad"))
		return tsp_value_kind(tsp_get(message, "package")) != TSP_KIND_ABSENT;
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++)
		if (tsp_message_is(message, orders[i]))
			return true;
	return false;
}

static bool setting_is(const tsp_actor *self, const char *text)
{
	tsp_text said = TSP_TEXT("LeaderOnly");

	(void)tsp_value_text(tsp_value_get(tsp_my_capabilities(self), SETTING), &said);
	return tsp_text_is(said, text);
}

/* NULL: it may be done. */
static const char *refusal(const tsp_actor *self, const tsp_message *message, const struct asker *asker)
{
	bool all = setting_is(self, "Yes");

	if (!asker)
		return "too many orders of other systems wait already";
	if (!all && !setting_is(self, "LeaderOnly"))
		return "orders of other systems are not taken here";
	if (!asker->leader && !all)
		return "orders are taken only from a leader of this system";
	if (!asker->leader && !asker->member)
		return "orders are taken only from systems that are linked with this one";
	if (!asker->outside)
		return "orders are taken only from a caller, not from an actor";
	if (!is_order(message))
		return "this is no order that another system may give";
	return NULL;
}

int order_judge(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct director *director = tsp_state(self);
	struct asker *asker = asker_get(self, sender);
	const char *why;
	tsp_error err = { 0 };
	char text[TSP_ADDRESS_TEXT];

	if (asker && !asker_known(asker))
		return TSP_DEFER;
	why = refusal(self, message, asker);
	if (asker)
		asker_forget(director, asker);
	if (!why)
		return TSP_OK;
	tsp_log(self, "warning", "an order of %s was refused: %s", tsp_address_text(sender, text), why);
	(void)audit_write(director->folder, "order refused", NULL, text, why,
		NULL); /* the refusal stands without its record */
	(void)tsp_fail(&err, TSP_EPERM, "%s", why);
	answer_error(self, sender, &err, HINT);
	return ORDER_ANSWERED;
}

int order_unpack(tsp_actor *self, const tsp_message *message, struct operation *operation, tsp_error *err)
{
	const struct director *director = tsp_state(self);
	char *state = file_join(director->folder, "state");
	tsp_text bytes = { 0 };
	int fd = -1, rc = TSP_OK;

	free(operation->subject);
	operation->subject = state ? text_format("%s/order-XXXXXX", state) : NULL;
	if (!operation->subject)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	else if (!tsp_value_bytes(tsp_get(message, "package"), &bytes) || bytes.size > PACKAGE_LIMIT)
		rc = tsp_fail(err, TSP_EVALUE, "what came is no package");
	if (rc >= 0)
		rc = file_make_folder(state, 0700, err);
	if (rc >= 0 && (fd = mkstemp(operation->subject)) < 0)
		rc = tsp_fail_errno(err, "make", operation->subject);
	if (rc >= 0) {
		operation->is_path = true;
		operation->is_passing = true;
		if (file_write_all(fd, bytes.data, bytes.size) < 0)
			rc = tsp_fail_errno(err, "write", operation->subject);
	}
	if (fd >= 0)
		(void)close(fd); /* it is read again, and verified */
	free(state);
	return rc;
}
