/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memmem */
#include "logwatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct subscriber {
	tsp_address address; /* nobody: this place is free */
	uint64_t number;     /* never used twice */
	int64_t missed;
	size_t size;
	char match[MATCH_LIMIT];
};

struct watcher {
	struct follow follow;
	int64_t lines;
	uint64_t subscriptions;
	struct subscriber subscribers[SUBSCRIBERS_LIMIT];
};

static struct subscriber *find(struct watcher *watcher, tsp_address address)
{
	for (int i = 0; i < SUBSCRIBERS_LIMIT; i++) {
		if (tsp_address_equal(watcher->subscribers[i].address, address))
			return &watcher->subscribers[i];
	}
	return NULL;
}

/*
 * Sent noted: when the subscriber has gone, Handled says so, and it is told nothing more. A line that
 * is refused, since too much waits for a slow subscriber, is counted: nobody waits for it.
 */
static void tell(tsp_actor *self, struct subscriber *subscriber, tsp_text text, bool cut)
{
	struct watcher *watcher = tsp_state(self);
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	int rc = TSP_ENOMEM;

	if (builder != NULL) {
		tsp_put_format(builder, "{s:I, s:t, s:b, s:I}", "number", watcher->lines, "text",
			text, "cut", cut, "missed", subscriber->missed);
		rc = tsp_builder_value(builder, &value);
	}
	if (rc == TSP_OK)
		rc = tsp_send_noted(self, subscriber->number, subscriber->address, "Line", value);
	tsp_builder_free(builder);
	subscriber->missed = rc == TSP_OK ? 0 : subscriber->missed + 1;
}

/* Text in a message is UTF-8. What is none, as a line that was cut in a letter, is made plain. */
static void make_plain(char *line, size_t size)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;

	if (builder == NULL)
		return;
	tsp_put_text(builder, (tsp_text){ line, size });
	if (tsp_builder_value(builder, &value) < 0) {
		for (size_t i = 0; i < size; i++) {
			if ((unsigned char)line[i] >= 0x80)
				line[i] = '?';
		}
	}
	tsp_builder_free(builder);
}

static void on_line(void *context, const char *line, size_t size, bool cut)
{
	tsp_actor *self = context;
	struct watcher *watcher = tsp_state(self);
	char plain[LINE_LIMIT];
	bool made = false;

	watcher->lines++;
	for (int i = 0; i < SUBSCRIBERS_LIMIT; i++) {
		struct subscriber *subscriber = &watcher->subscribers[i];

		if (tsp_address_is_nobody(subscriber->address) ||
			memmem(line, size, subscriber->match, subscriber->size) == NULL)
			continue;
		if (!made) {
			memcpy(plain, line, size);
			make_plain(plain, size);
			made = true;
		}
		tell(self, subscriber, (tsp_text){ plain, size }, cut);
	}
}

/* The end of every handler: a watch ends with the next message of any kind. */
static int go_on(tsp_actor *self)
{
	struct watcher *watcher = tsp_state(self);

	return tsp_watch(self, &watcher->follow.notify, watcher->follow.notify >= 0 ? 1 : 0);
}

/* Events are forgotten before the file is read: what is written meanwhile makes a new one. */
static int look(tsp_actor *self)
{
	struct watcher *watcher = tsp_state(self);

	if (watcher->follow.notify < 0)
		return TSP_OK;
	follow_hush(&watcher->follow);
	if (follow_read(&watcher->follow, on_line, self))
		(void)tsp_wakeup_after(
			self, 0, (tsp_value){ 0 }); /* the rest after other messages */
	return go_on(self);
}

static int on_ready(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return look(self);
}

static int on_follow(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct watcher *watcher = tsp_state(self);
	char *path = tsp_text_copy(tsp_get_text(message, "file"));
	int rc;

	if (path == NULL || path[0] != '/') {
		free(path);
		return tsp_fail_text(self, TSP_EVALUE, "a Follow needs a file by its whole path");
	}
	rc = follow_open(&watcher->follow, path);
	if (rc < 0)
		rc = tsp_fail_text(self, TSP_EIO, "cannot follow '%s': %s", path, strerror(errno));
	else
		rc = tsp_sendf(self, sender, "Following", "{s:s, s:I}", "file", path, "position",
			watcher->follow.position);
	free(path);
	return rc < 0 ? rc : look(self);
}

static int on_subscribe(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct watcher *watcher = tsp_state(self);
	struct subscriber *subscriber = find(watcher, sender);
	tsp_text match = tsp_get_text(message, "match");

	if (subscriber == NULL)
		subscriber = find(watcher, TSP_NOBODY);
	if (match.data == NULL || match.size > MATCH_LIMIT)
		return tsp_fail_text(
			self, TSP_EVALUE, "match is a text of at most %d bytes", MATCH_LIMIT);
	if (subscriber == NULL)
		return tsp_fail_text(self, TSP_ELIMIT, "%d have subscribed", SUBSCRIBERS_LIMIT);
	*subscriber = (struct subscriber){
		.address = sender, .number = ++watcher->subscriptions, .size = match.size
	};
	memcpy(subscriber->match, match.data, match.size);
	(void)tsp_sendf(self, sender, "Subscribed", "{s:t}", "match", match);
	return go_on(self);
}

static int on_unsubscribe(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct subscriber *subscriber = find(tsp_state(self), sender);

	(void)message;
	if (subscriber != NULL)
		*subscriber = (struct subscriber){ 0 };
	(void)tsp_sendf(self, sender, "Unsubscribed", "{s:b}", "found", subscriber != NULL);
	return go_on(self);
}

/* What became of a Line. */
static int on_handled(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct watcher *watcher = tsp_state(self);
	int64_t note = tsp_get_int(message, "note", 0);

	(void)sender;
	for (int i = 0; i < SUBSCRIBERS_LIMIT; i++) {
		struct subscriber *subscriber = &watcher->subscribers[i];

		if (subscriber->number != 0 && (int64_t)subscriber->number == note &&
			tsp_text_is(tsp_get_text(message, "outcome"), "dead"))
			*subscriber = (struct subscriber){ 0 };
	}
	return go_on(self);
}

static int on_other(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return go_on(self);
}

static int init(tsp_actor *self, tsp_value argument)
{
	struct watcher *watcher = tsp_state(self);

	(void)argument;
	watcher->follow = (struct follow){ .notify = -1, .fd = -1 };
	return TSP_OK;
}

static void fini(tsp_actor *self)
{
	struct watcher *watcher = tsp_state(self);

	follow_close(&watcher->follow);
}

static const tsp_handler handlers[] = {
	{ "Follow", on_follow },
	{ "Subscribe", on_subscribe },
	{ "Unsubscribe", on_unsubscribe },
	{ "WatchMessage", on_ready },
	{ "WakeupMessage", on_ready },
	{ "Handled", on_handled },
	{ 0 },
};

static const tsp_class log_watch = {
	.name = "LogWatch",
	.state_size = sizeof(struct watcher),
	.init = init,
	.fini = fini,
	.handlers = handlers,
	.receive = on_other,
};
TSP_EXPORT(&log_watch)
