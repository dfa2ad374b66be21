/* SPDX-License-Identifier: MIT */
/* Keeper: asks the script for a backup of what it is told to keep, and passes on what comes of it. */
#include <stdio.h>
#include <thespian.h>

#define WAITING_LIMIT 64

/* Who asked, by the number of the backup: a script that fails tries again behind the next one, so that what comes of
 * them need not come in their order. */
struct keeper {
	struct {
		int64_t number; /* 0: free */
		tsp_address asker;
	} waiting[WAITING_LIMIT];
	int64_t last;
};

static int find(const struct keeper *keeper, int64_t number)
{
	int at = 0;

	while (at < WAITING_LIMIT && keeper->waiting[at].number != number)
		at++;
	return at;
}

/* Keep {"folder": text, "into": text, "name": text} is answered by Kept {file, bytes, number}. */
static int on_keep(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct keeper *keeper = tsp_state(self);
	tsp_text folder = tsp_get_text(message, "folder");
	tsp_text into = tsp_get_text(message, "into");
	tsp_text name = tsp_get_text(message, "name");
	int at = find(keeper, 0);
	char file[1000];
	int rc;

	if (folder.size == 0 || into.size == 0 || name.size == 0 || into.size + name.size > 900)
		return tsp_fail_text(self, TSP_EVALUE, "a Keep needs folder, into and name");
	if (at == WAITING_LIMIT)
		return tsp_fail_text(self, TSP_EBACKLOG, "%d backups wait already", WAITING_LIMIT);
	(void)snprintf(file, sizeof(file), "%.*s/%.*s.tar.gz", (int)into.size, into.data,
		(int)name.size, name.data);
	rc = tsp_sendf(self, tsp_name_address(self, "Backup"), "Backup", "{s:t, s:s, s:I}", "folder",
		folder, "file", file, "number", keeper->last + 1);
	if (rc == TSP_OK) {
		keeper->waiting[at].number = ++keeper->last;
		keeper->waiting[at].asker = sender;
	}
	return rc;
}

/* Whose backup that was; nobody: not one of ours. */
static tsp_address take(struct keeper *keeper, tsp_value backup)
{
	int64_t number = 0;
	int at;

	if (!tsp_value_int(tsp_value_get(backup, "number"), &number) || number < 1)
		return TSP_NOBODY;
	at = find(keeper, number);
	if (at == WAITING_LIMIT)
		return TSP_NOBODY;
	keeper->waiting[at].number = 0;
	return keeper->waiting[at].asker;
}

static int on_backed_up(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_address asker = take(tsp_state(self), tsp_message_value(message));

	(void)sender;
	if (tsp_address_is_nobody(asker))
		return TSP_OK;
	return tsp_send(self, asker, "Kept", tsp_message_value(message));
}

/* What the script could not do comes back to who asked it: to us. */
static int on_poison(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_value lost, backup;
	tsp_text type;
	tsp_address asker;

	(void)sender;
	if (!tsp_value_encoded(tsp_get(message, "poisonMessage"), &lost) ||
		!tsp_value_typed(lost, &type, &backup))
		return TSP_OK;
	asker = take(tsp_state(self), backup);
	if (tsp_address_is_nobody(asker))
		return TSP_OK;
	return tsp_sendf(
		self, asker, "NotKept", "{s:t}", "details", tsp_get_text(message, "details"));
}

static const tsp_handler handlers[] = { { "Keep", on_keep }, { "BackedUp", on_backed_up },
	{ "PoisonMessage", on_poison }, { 0 } };

static const tsp_class keeper_class = {
	.name = "Keeper", .state_size = sizeof(struct keeper), .handlers = handlers
};
TSP_EXPORT(&keeper_class)
