/* SPDX-License-Identifier: MIT */
/*
 * A reminder service: many wake-ups at once, each with a payload that says which one it is. What is
 * pending when a new version takes the name is handed over to it, and rings there.
 *
 *   Remind {"after_ms": 1500, "text": "tea"}   Reminder {"text", "late_ms"} when it is time
 *   Pending {}                                 Pending [{"text", "in_ms"}, ..]
 *   Cancel {"text": "tea"}                     Cancelled {"count"}
 *   HandOver {"to": "Reminder"}                sent by the Director to the version that is replaced
 */
#define _POSIX_C_SOURCE 200809L
#include <thespian.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REMINDERS_LIMIT 256
#define TEXT_LIMIT	128 /* bytes */
#define AFTER_LIMIT	((int64_t)366 * 24 * 3600 * 1000)

struct reminder {
	uint64_t number; /* 0: this place is free */
	tsp_address whom;
	int64_t due_ms;
	bool handed; /* to the next version, which has not said yet that it has it */
	size_t size;
	char text[TEXT_LIMIT];
};

struct service {
	uint64_t count;
	struct reminder reminders[REMINDERS_LIMIT];
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The reminder with that number; 0 finds a free place. NULL: none. */
static struct reminder *find(tsp_actor *self, uint64_t number)
{
	struct service *service = tsp_state(self);

	for (int i = 0; i < REMINDERS_LIMIT; i++) {
		if (service->reminders[i].number == number)
			return &service->reminders[i];
	}
	return NULL;
}

static tsp_text text_of(const struct reminder *reminder)
{
	return (tsp_text){ reminder->text, reminder->size };
}

/* Asks to be woken for it. The payload is any value; here it is the number alone. */
static int arm(tsp_actor *self, const struct reminder *reminder)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value payload;
	int rc = TSP_ENOMEM;

	if (builder == NULL)
		return rc;
	tsp_put_uint(builder, reminder->number);
	rc = tsp_builder_value(builder, &payload);
	if (rc == TSP_OK)
		rc = tsp_wakeup_after(self, reminder->due_ms - now_ms(), payload);
	tsp_builder_free(builder);
	return rc;
}

/* No answer now: the reminder itself is the answer, so that `ask` waits until it rings. */
static int on_remind(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct service *service = tsp_state(self);
	struct reminder *reminder = find(self, 0);
	tsp_address whom = tsp_get_address(message, "for"); /* where one is handed over */
	tsp_text text = tsp_get_text(message, "text");
	int64_t after_ms = tsp_get_int(message, "after_ms", -1);
	int rc;

	if (after_ms < 0 || after_ms > AFTER_LIMIT || text.data == NULL || text.size > TEXT_LIMIT)
		return tsp_fail_text(self, TSP_EVALUE,
			"a Remind needs after_ms and a text of at most %d bytes", TEXT_LIMIT);
	if (reminder == NULL)
		return tsp_fail_text(
			self, TSP_ELIMIT, "%d reminders wait already", REMINDERS_LIMIT);
	*reminder = (struct reminder){ .number = service->count + 1,
		.whom = tsp_address_is_nobody(whom) ? sender : whom,
		.due_ms = now_ms() + after_ms,
		.size = text.size };
	memcpy(reminder->text, text.data, text.size);
	rc = arm(self, reminder);
	if (rc < 0)
		reminder->number = 0; /* an error leaves nothing behind: it is tried once more */
	else
		service->count++;
	return rc;
}

/* A wake-up cannot be taken back. One that was cancelled meanwhile is not found, and that is all. */
static int on_wakeup(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct reminder *reminder;
	uint64_t number = 0;

	(void)sender;
	if (!tsp_value_uint(tsp_get(message, "payload"), &number) || number == 0)
		return TSP_OK;
	reminder = find(self, number);
	if (reminder == NULL || reminder->handed)
		return TSP_OK;
	reminder->number = 0;
	return tsp_sendf(self, reminder->whom, "Reminder", "{s:t, s:I}", "text", text_of(reminder),
		"late_ms", now_ms() - reminder->due_ms);
}

static int on_pending(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct service *service = tsp_state(self);
	tsp_builder *builder = tsp_builder_new();
	tsp_value list;
	int rc = TSP_ENOMEM;

	(void)message;
	if (builder == NULL)
		return rc;
	tsp_begin_list(builder);
	for (int i = 0; i < REMINDERS_LIMIT; i++) {
		const struct reminder *reminder = &service->reminders[i];

		if (reminder->number != 0 && !reminder->handed)
			tsp_put_format(builder, "{s:t, s:I}", "text", text_of(reminder), "in_ms",
				reminder->due_ms - now_ms());
	}
	tsp_end(builder);
	rc = tsp_builder_value(builder, &list); /* an error of any put would show here */
	if (rc == TSP_OK)
		rc = tsp_send(self, sender, "Pending", list);
	tsp_builder_free(builder);
	return rc;
}

static int on_cancel(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct service *service = tsp_state(self);
	tsp_text text = tsp_get_text(message, "text");
	int64_t count = 0;

	for (int i = 0; i < REMINDERS_LIMIT; i++) {
		struct reminder *reminder = &service->reminders[i];

		if (reminder->number == 0 || reminder->handed || reminder->size != text.size ||
			memcmp(reminder->text, text.data, text.size) != 0)
			continue;
		reminder->number = 0;
		count++;
	}
	return tsp_sendf(self, sender, "Cancelled", "{s:I}", "count", count);
}

/* One Remind to the next version. It is noted: a Handled tells what became of it. */
static void hand(tsp_actor *self, tsp_address heir, struct reminder *reminder)
{
	tsp_builder *builder = tsp_builder_new();
	int64_t left_ms = reminder->due_ms - now_ms();
	tsp_value value;

	if (builder == NULL)
		return; /* then it rings here */
	tsp_put_format(builder, "{s:I, s:t, s:a}", "after_ms", left_ms > 0 ? left_ms : 0, "text",
		text_of(reminder), "for", reminder->whom);
	reminder->handed = tsp_builder_value(builder, &value) == TSP_OK &&
		tsp_send_noted(self, reminder->number, heir, "Remind", value) == TSP_OK;
	tsp_builder_free(builder);
}

/* The name already leads to the next version when the Director says this to the old one. */
static int on_hand_over(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct service *service = tsp_state(self);
	char *name = tsp_text_copy(tsp_get_text(message, "to"));
	tsp_address heir = tsp_name_address(self, name != NULL ? name : "");

	(void)sender;
	for (int i = 0; i < REMINDERS_LIMIT && name != NULL; i++) {
		if (service->reminders[i].number != 0 && !service->reminders[i].handed)
			hand(self, heir, &service->reminders[i]);
	}
	tsp_log(self, "info", "handed over to %s", name != NULL ? name : "nobody");
	free(name);
	return TSP_OK;
}

/* The next version has it, or it could not take it: then it rings here after all. */
static int on_handled(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct reminder *reminder = find(self, (uint64_t)tsp_get_int(message, "note", -1));

	(void)sender;
	if (reminder == NULL || !tsp_message_is_system(message))
		return TSP_OK;
	if (tsp_text_is(tsp_get_text(message, "outcome"), "finished")) {
		reminder->number = 0;
		return TSP_OK;
	}
	reminder->handed = false;
	return arm(self, reminder);
}

static const tsp_handler handlers[] = {
	{ "Remind", on_remind },
	{ "WakeupMessage", on_wakeup },
	{ "Pending", on_pending },
	{ "Cancel", on_cancel },
	{ "HandOver", on_hand_over },
	{ "Handled", on_handled },
	{ 0 },
};

static const tsp_class reminder_class = {
	.name = "Reminder", .state_size = sizeof(struct service), .handlers = handlers
};
TSP_EXPORT(&reminder_class)
