/* SPDX-License-Identifier: MIT */
/* Keeper: asks the script for a backup of what it is told to keep, and passes on what comes of it. */
#include <stdio.h>
#include <thespian.h>

#define WAITING_LIMIT 64

/* Who asked: the script answers in the order in which it was asked. */
struct keeper {
	tsp_address waiting[WAITING_LIMIT];
	int first;
	int count;
};

/* Keep {"folder": text, "into": text, "name": text} is answered by Kept {file, bytes}. */
static int on_keep(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct keeper *keeper = tsp_state(self);
	tsp_text folder = tsp_get_text(message, "folder");
	tsp_text into = tsp_get_text(message, "into");
	tsp_text name = tsp_get_text(message, "name");
	char file[1000];
	int rc;

	if (folder.size == 0 || into.size == 0 || name.size == 0 || into.size + name.size > 900)
		return tsp_fail_text(self, TSP_EVALUE, "a Keep needs folder, into and name");
	if (keeper->count == WAITING_LIMIT)
		return tsp_fail_text(self, TSP_EBACKLOG, "%d backups wait already", keeper->count);
	(void)snprintf(file, sizeof(file), "%.*s/%.*s.tar.gz", (int)into.size, into.data,
		(int)name.size, name.data);
	rc = tsp_sendf(self, tsp_name_address(self, "Backup"), "Backup", "{s:t, s:s}", "folder",
		folder, "file", file);
	if (rc == TSP_OK)
		keeper->waiting[(keeper->first + keeper->count++) % WAITING_LIMIT] = sender;
	return rc;
}

static tsp_address take_first(struct keeper *keeper)
{
	tsp_address sender = keeper->waiting[keeper->first];

	keeper->first = (keeper->first + 1) % WAITING_LIMIT;
	keeper->count--;
	return sender;
}

static int on_backed_up(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct keeper *keeper = tsp_state(self);

	(void)sender;
	if (keeper->count == 0)
		return TSP_OK;
	return tsp_send(self, take_first(keeper), "Kept", tsp_message_value(message));
}

/* What the script could not do comes back to who asked it: to us. */
static int on_poison(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct keeper *keeper = tsp_state(self);

	(void)sender;
	if (keeper->count == 0)
		return TSP_OK;
	return tsp_sendf(self, take_first(keeper), "NotKept", "{s:t}", "details",
		tsp_get_text(message, "details"));
}

static const tsp_handler handlers[] = { { "Keep", on_keep }, { "BackedUp", on_backed_up },
	{ "PoisonMessage", on_poison }, { 0 } };

static const tsp_class keeper_class = {
	.name = "Keeper", .state_size = sizeof(struct keeper), .handlers = handlers
};
TSP_EXPORT(&keeper_class)
