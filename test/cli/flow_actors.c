/* SPDX-License-Identifier: MIT */
/*
 * The actors of flow_*.bats and status_*.bats. Each counts what it sent, what was refused to it at the
 * send, what came back as refused, and what it got: the sums must agree.
 */
#include <thespian.h>

#include <time.h>
#include <unistd.h>

struct count {
	int64_t sent;
	int64_t refused;
	int64_t other; /* refused for another reason: there must be none */
	int64_t poisoned;
	int64_t got;
	int64_t statuses;
	tsp_address asker;
};

static int on_flood(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct count *count = tsp_state(self);
	tsp_address to = tsp_get_address(message, "to");

	for (int64_t i = tsp_get_int(message, "count", 1); i > 0; i--) {
		int rc = tsp_sendf(self, to, "Drop", "{s:I, s:s}", "n", i, "fill",
			"so that it has about a hundred bytes, as many a message has");

		if (rc == TSP_OK)
			count->sent++;
		else if (rc == TSP_EBACKLOG)
			count->refused++;
		else
			count->other++;
	}
	return tsp_sendf(self, sender, NULL, "s", "flooded");
}

/* One to sleep over, and ten that then wait behind it. */
static int on_both(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_address to = tsp_get_address(message, "to");
	int rc = tsp_sendf(self, to, "Sleep", "{s:i}", "ms", 60000);

	(void)sender;
	for (int i = 0; rc == TSP_OK && i < 10; i++)
		rc = tsp_sendf(self, to, "Drop", "n");
	return rc;
}

static int on_drop(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct count *count = tsp_state(self);

	(void)message;
	(void)sender;
	count->got++;
	return TSP_OK;
}

static int on_poison(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct count *count = tsp_state(self);

	(void)sender;
	if (tsp_text_is(tsp_get_text(message, "outcome"), "refused") &&
		tsp_get_int(message, "code", 0) == TSP_EBACKLOG)
		count->poisoned += tsp_get_int(message, "count", 1);
	else
		count->other++;
	return TSP_OK;
}

static int on_report(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const struct count *count = tsp_state(self);

	(void)message;
	return tsp_sendf(self, sender, NULL, "{s:I, s:I, s:I, s:I, s:I}", "sent", count->sent,
		"refused", count->refused, "other", count->other, "poisoned", count->poisoned,
		"got", count->got);
}

static int on_sleep(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int64_t ms = tsp_get_int(message, "ms", 1000);
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	(void)self;
	(void)sender;
	while (nanosleep(&left, &left) < 0)
		;
	return TSP_OK;
}

static int on_wake(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int64_t refused = 0;

	for (int64_t i = tsp_get_int(message, "count", 1); i > 0; i--)
		refused += tsp_wakeup_after(self, 3600000, (tsp_value){ 0 }) == TSP_ELIMIT;
	return tsp_sendf(self, sender, NULL, "{s:I}", "refused", refused);
}

static int on_watch(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int descriptors[2] = { 0, 0 };
	int rc = tsp_watch(self, descriptors, (size_t)tsp_get_int(message, "count", 1));

	return tsp_sendf(self, sender, NULL, "s", tsp_error_name(rc));
}

static int on_defer(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	return TSP_DEFER;
}

/* Asks itself, and tells whoever asked what it heard. */
static int on_yourself(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct count *count = tsp_state(self);

	(void)message;
	count->asker = sender;
	return tsp_request_status(self, tsp_my_address(self));
}

static int on_status(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const struct count *count = tsp_state(self);

	(void)sender;
	return tsp_send(self, count->asker, NULL, tsp_message_value(message));
}

static int on_child(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, NULL, "a", tsp_create(self, tsp_my_class(self), NULL));
}

static int on_fail(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_fail_text(self, TSP_EFAILED, "as it was told");
}

static int on_text(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_forward(self, sender, message);
}

static int on_other(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)self;
	(void)message;
	(void)sender;
	return TSP_OK;
}

static const tsp_handler handlers[] = {
	{ "Flood", on_flood },
	{ "Both", on_both },
	{ "Drop", on_drop },
	{ "PoisonMessage", on_poison },
	{ "Report", on_report },
	{ "Sleep", on_sleep },
	{ "Wake", on_wake },
	{ "Watch", on_watch },
	{ "Defer", on_defer },
	{ "Yourself", on_yourself },
	{ "Thespian_ActorStatus", on_status },
	{ "Child", on_child },
	{ "Fail", on_fail },
	{ "text", on_text },
	{ 0 },
};
static const tsp_class flow = {
	.name = "Flow",
	.state_size = sizeof(struct count),
	.handlers = handlers,
	.receive = on_other,
};
static const tsp_class shared = {
	.name = "Shared",
	.state_size = sizeof(struct count),
	.handlers = handlers,
	.receive = on_other,
	.host = TSP_HOST_SHARED,
};
TSP_EXPORT(&flow, &shared)
