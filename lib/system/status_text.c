/* SPDX-License-Identifier: MIT */
/*
 * A status as people read it: the sections and their order are the original's (spec part 8.6), what it
 * did not have stands behind them. Every text is escaped: a class, a name or a message may hold anything.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/message.h"
#include "wire/system.h"

#define NAME_WIDTH  29 /* of a capability, right-aligned */
#define VALUE_WIDTH 40 /* of a counter, at most */
#define COUNTERS    96

static tsp_text text_at(tsp_value map, const char *key)
{
	tsp_text text = { NULL, 0 };

	(void)tsp_value_text(tsp_value_get(map, key), &text);
	return text;
}

static uint64_t number_at(tsp_value map, const char *key)
{
	uint64_t number = 0;

	(void)tsp_value_uint(tsp_value_get(map, key), &number);
	return number;
}

static bool truth_at(tsp_value map, const char *key)
{
	bool truth = false;

	(void)tsp_value_bool(tsp_value_get(map, key), &truth);
	return truth;
}

/* An address, "None" where there is none; a text as it is, all else as JSON. */
static void print_value(FILE *out, tsp_value value)
{
	char shown[TSP_ADDRESS_TEXT];
	tsp_address address;
	tsp_text text;
	char *json = NULL;

	if (tsp_value_address(value, &address)) {
		fputs(tsp_address_text(address, shown), out);
	} else if (tsp_value_text(value, &text)) {
		text_print(out, text, false);
	} else if (tsp_value_kind(value) <= TSP_KIND_NULL) {
		fputs("None", out);
	} else if (tsp_value_to_json(value, TSP_JSON_COMPACT, &json) == TSP_OK) {
		text_print(out, tsp_text_of(json), false);
		free(json);
	}
}

static void print_line(FILE *out, const char *title, tsp_value value)
{
	fprintf(out, "  |%s: ", title);
	print_value(out, value);
	fputc('\n', out);
}

/* Title and number of a list; where it was cut, the number is what there is. */
static void print_title(FILE *out, const char *title, tsp_value list, uint64_t count)
{
	size_t here = tsp_value_count(list);

	fprintf(out, "  |%s [%" PRIu64 "]:\n", title, count > here ? count : (uint64_t)here);
}

static void print_rest(FILE *out, tsp_value list, uint64_t count)
{
	size_t here = tsp_value_count(list);

	if (count > here)
		fprintf(out, "    and %" PRIu64 " more\n", count - here);
}

/* key: of the list in the status; count_key: of how many there are. */
static void print_list(FILE *out, const char *title, tsp_value status, const char *key,
	const char *count_key, void (*print_entry)(FILE *out, tsp_value entry))
{
	tsp_value list = tsp_value_get(status, key);
	uint64_t count = number_at(status, count_key);
	tsp_walk at = { 0 };
	tsp_value none;
	tsp_value entry;

	print_title(out, title, list, count);
	while (tsp_value_next(list, &at, &none, &entry)) {
		fputs("    ", out);
		print_entry(out, entry);
		fputc('\n', out);
	}
	print_rest(out, list, count);
}

static void print_message(FILE *out, tsp_value message)
{
	print_value(out, tsp_value_get(message, "from"));
	fputs(" --> ", out);
	print_value(out, tsp_value_get(message, "to"));
	fputs(":  ", out);
	print_value(out, tsp_value_get(message, "text"));
}

static void print_wakeup(FILE *out, tsp_value wakeup)
{
	fprintf(out, "in %.3f s", (double)number_at(wakeup, "due_ms") / 1000);
}

/* ---- counters: value - name ---- */

struct counter {
	tsp_text name;
	uint64_t value;
};

struct counter_list {
	struct counter entries[COUNTERS];
	size_t count;
};

static void add_counter(struct counter_list *list, tsp_text name, tsp_value value)
{
	uint64_t number;

	if (list->count < COUNTERS && tsp_value_uint(value, &number))
		list->entries[list->count++] = (struct counter){ name, number };
}

static void add_counters(struct counter_list *list, tsp_value map)
{
	tsp_walk at = { 0 };
	tsp_value key;
	tsp_value value;
	tsp_text name;

	while (tsp_value_next(map, &at, &key, &value))
		if (tsp_value_text(key, &name))
			add_counter(list, name, value);
}

static int compare_texts(tsp_text left, tsp_text right)
{
	int order = memcmp(left.data, right.data, left.size < right.size ? left.size : right.size);

	return order != 0 ? order : (left.size > right.size) - (left.size < right.size);
}

static int compare_counters(const void *a, const void *b)
{
	return compare_texts(((const struct counter *)a)->name, ((const struct counter *)b)->name);
}

static void print_counters(FILE *out, tsp_value status)
{
	/* what the status itself counts or measures */
	static const char *const single[] = { "actors", "callers", "uptime_ms", "memory",
		"oldest_ms", "pendingHigh", "receivedHigh", "receivedBytes", "waiting_ms",
		"hostActors" };
	struct counter_list list = { .count = 0 };
	int width = 0;

	add_counters(&list, tsp_value_get(status, "miscKeyVals"));
	add_counters(&list, tsp_value_get(status, "counters"));
	for (size_t i = 0; i < sizeof(single) / sizeof(*single); i++)
		add_counter(&list, tsp_text_of(single[i]), tsp_value_get(status, single[i]));
	qsort(list.entries, list.count, sizeof(*list.entries), compare_counters);
	for (size_t i = 0; i < list.count; i++) {
		int size = snprintf(NULL, 0, "%" PRIu64, list.entries[i].value);

		width = size > width ? size : width;
	}
	width = width < VALUE_WIDTH ? width : VALUE_WIDTH;
	for (size_t i = 0; i < list.count; i++) {
		fprintf(out, "  |> %*" PRIu64 " - ", width, list.entries[i].value);
		text_print(out, list.entries[i].name, false);
		fputc('\n', out);
	}
}

/* What both kinds of status have. */
static void print_common(FILE *out, tsp_value status)
{
	print_line(out, "Rate Governer", tsp_value_get(status, "governer"));
	print_list(
		out, "Pending Messages", status, "pendingMessages", "pendingCount", print_message);
	print_list(out, "Received Messages", status, "receivedMessages", "receivedCount",
		print_message);
	print_list(out, "Pending Wakeups", status, "pendingWakeups", "wakeupCount", print_wakeup);
	fputs("  |Pending Address Resolution [0]: an address is final when it is made\n", out);
	print_counters(out, status);
}

/* ---- the system ---- */

struct capability {
	tsp_text name;
	tsp_value value;
};

static int compare_capabilities(const void *a, const void *b)
{
	return compare_texts(
		((const struct capability *)a)->name, ((const struct capability *)b)->name);
}

/* In the order of their names; a map has them by length first. */
static void print_capabilities(FILE *out, tsp_value capabilities)
{
	size_t count = tsp_value_count(capabilities);
	struct capability *list = calloc(count + 1, sizeof(*list));
	char shown[4 * NAME_WIDTH + 1];
	tsp_walk at = { 0 };
	tsp_value key;

	print_title(out, "Capabilities", capabilities, 0);
	if (list == NULL)
		return;
	for (size_t i = 0; tsp_value_next(capabilities, &at, &key, &list[i].value); i++)
		(void)tsp_value_text(key, &list[i].name);
	qsort(list, count, sizeof(*list), compare_capabilities);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "  %*s: ", NAME_WIDTH, text_quote(list[i].name, shown, sizeof(shown)));
		print_value(out, list[i].value);
		fputc('\n', out);
	}
	free(list);
}

static void print_convention(FILE *out, tsp_value status)
{
	tsp_value leader = tsp_value_get(status, "conventionLeader");
	tsp_address address;

	if (tsp_value_address(leader, &address)) {
		fputs("  |Convention Leader: ", out);
		print_value(out, leader);
		fputs(" [", out);
		print_value(out, tsp_value_get(status, "conventionRegisterTime"));
		fputs("]\n", out);
	} else {
		fputs("  |Appears to be the Convention Leader\n", out);
	}
	print_list(out, "Convention Notifications", status, "notifyAddresses", "notifyCount",
		print_value);
	print_list(out, "Convention Attendees", status, "conventionAttendees", "attendeeCount",
		print_value);
}

static void print_source(FILE *out, tsp_value source)
{
	text_print(out, text_at(source, "hash"), false);
	fputs("  ", out);
	text_print(out, text_at(source, "info"), false);
	fputs("  ", out);
	text_print(out, text_at(source, "state"), false);
	fprintf(out, ", %" PRIu64 " actors", number_at(source, "actors"));
}

static void print_global(FILE *out, tsp_value global)
{
	text_print(out, text_at(global, "name"), false);
	fputs(" -- ", out);
	print_value(out, tsp_value_get(global, "holder"));
	if (number_at(global, "waiting") > 0)
		fprintf(out, ", %" PRIu64 " waiting", number_at(global, "waiting"));
	if (truth_at(global, "kept"))
		fputs(", kept", out);
}

static void print_host(FILE *out, tsp_value host)
{
	tsp_text type = text_at(host, "in_work");

	fprintf(out,
		"pid %" PRIu64 "%s, %" PRIu64 " actors, %.1f MB, %" PRIu64 " sent, %" PRIu64
		" waiting",
		number_at(host, "pid"), truth_at(host, "shared") ? " (shared)" : "",
		number_at(host, "actors"), (double)number_at(host, "memory") / 1e6,
		number_at(host, "sent"), number_at(host, "waiting"));
	if (truth_at(host, "busy")) {
		fprintf(out, ", busy since %.1f s ago with ",
			(double)number_at(host, "busy_ms") / 1000);
		text_print(out, type.data != NULL ? type : TSP_TEXT("a message of its own"), false);
		fputs(" in ", out);
		print_value(out, tsp_value_get(host, "actor"));
	}
}

/* Whether code of actors can do what the admin can. */
static void print_host_user(FILE *out, tsp_value status)
{
	tsp_text user = text_at(status, "hostUser");

	if (user.data == NULL) /* the caller's own process is all there is */
		return;
	fputs("  |Host User: ", out);
	text_print(out, user, false);
	fputs(truth_at(status, "hostsApart") ?
			"\n" :
			", as the admin: actors are hindered, not walled off\n",
		out);
}

static void print_system(FILE *out, tsp_value status)
{
	fputs("Status of ActorSystem @ ", out);
	print_value(out, tsp_value_get(status, "adminAddress"));
	fputs(truth_at(status, "inShutdown") ? ": [IN SHUTDOWN]\n" : ":\n", out);
	print_capabilities(out, tsp_value_get(status, "capabilities"));
	print_convention(out, status);
	print_list(out, "Primary Actors", status, "childActors", "childCount", print_value);
	print_common(out, status);
	print_line(out, "DeadLetter Handler", tsp_value_get(status, "deadLetterHandler"));
	print_list(out, "DeadLetter Addresses", status, "deadLetterAddresses", "", print_value);
	print_line(out, "Source Authority", tsp_value_get(status, "sourceAuthority"));
	print_list(out, "Loaded Sources", status, "loadedSources", "sourceCount", print_source);
	print_list(out, "Global Actors", status, "globalActors", "globalCount", print_global);
	print_list(out, "Hosts", status, "hosts", "hostCount", print_host);
	print_host_user(out, status);
}

/* ---- an actor ---- */

static void print_actor(FILE *out, tsp_value status)
{
	fputs("Status of ", out);
	text_print(out, text_at(status, "actorClass"), false);
	fputs(" Actor @ ", out);
	print_value(out, tsp_value_get(status, "actorAddress"));
	fputs(truth_at(status, "exiting") ? " EXITING:\n" : ":\n", out);
	print_line(out, "Source Hash", tsp_value_get(status, "sourceHash"));
	print_line(out, "Administrator", tsp_value_get(status, "adminAddress"));
	print_line(out, "Parent Actor", tsp_value_get(status, "parentAddress"));
	print_list(out, "Child Actors", status, "childActors", "childCount", print_value);
	print_common(out, status);
	if (text_at(status, "module").data != NULL)
		print_line(out, "Module", tsp_value_get(status, "module"));
	if (text_at(status, "globalName").data != NULL)
		print_line(out, "Global Name", tsp_value_get(status, "globalName"));
	if (text_at(status, "role").data != NULL)
		print_line(out, "Role", tsp_value_get(status, "role"));
}

int tsp_status_text(const tsp_message *status, char **ret_text)
{
	bool of_system = tsp_message_is(status, system_notice_name(NOTICE_SYSTEM_STATUS));
	char *text = NULL;
	size_t size = 0;
	FILE *out;

	if (!of_system && !tsp_message_is(status, system_notice_name(NOTICE_ACTOR_STATUS)))
		return TSP_EVALUE;
	out = open_memstream(&text, &size);
	if (out == NULL)
		return TSP_ENOMEM;
	if (of_system)
		print_system(out, tsp_message_value(status));
	else
		print_actor(out, tsp_message_value(status));
	if (fclose(out) != 0) {
		free(text);
		return TSP_ENOMEM;
	}
	*ret_text = text;
	return TSP_OK;
}
